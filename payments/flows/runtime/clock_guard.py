"""The clock guard: no one is put out by a clock that is wrong (invariant 6).

Ends come by business time. Where that is more than an hour away from what the providers' own answers say, be it ahead
or behind, all revokes wait until they agree again.
"""

from payments.core.refusals import Cause
from payments.flows.runtime.context import AppContext
from payments.ports.providers import PaymentProvider, ProviderRefused, ProviderUnavailable
from payments.ports.stores import QueueName

APART_MS_MAX = 3_600_000
ASK_PAUSE_MS = 3_000
"""How long a clock that was found wrong counts as wrong without asking again."""

REFUSALS_MAX = 10_000


async def clock_is_right(app: AppContext) -> bool:
    """Whether business time is that of a provider, as far as any tells it.

    What one told before may be old, after the machine slept: all are asked again before the clock counts as wrong.
    """
    providers = [account.provider for account in app.accounts.values()]
    if any(_agrees(app, provider) for provider in providers):
        return True
    now, wrong_at = app.machine.now(), app.clock_wrong_at
    if wrong_at is not None and now - wrong_at < ASK_PAUSE_MS:
        return False
    answered = [provider for provider in providers if await _answers(provider)]
    right = any(_agrees(app, provider) for provider in answered)
    right |= bool(answered) and all(provider.told_time() is None for provider in providers)
    app.clock_wrong_at = None if right else now
    return right


async def look(app: AppContext) -> int:
    """Let go on what waits for the clock, once it is right again; of how many. Raises `StoreUnavailable`."""
    async with app.store.transaction() as tx:
        waiting = {one.place for one in await tx.accesses.refusals(REFUSALS_MAX) if one.cause == Cause.CLOCK}
    if not waiting or not await clock_is_right(app):
        return 0
    async with app.store.transaction() as tx:
        places = sorted(waiting, key=lambda place: (place.platform, place.external_id))
        opened = [await tx.accesses.reopen_refused(place, None, [Cause.CLOCK], app.machine.now()) for place in places]
    if any(opened):
        app.wake(QueueName.EFFECTS)
    return sum(opened)


def _agrees(app: AppContext, provider: PaymentProvider) -> bool:
    told = provider.told_time()
    return told is not None and abs(app.business.now() - told) <= APART_MS_MAX


async def _answers(provider: PaymentProvider) -> bool:
    """Ask it for anything, for the time of its answer."""
    try:
        await provider.account()
    except (ProviderUnavailable, ProviderRefused):
        return False
    return True
