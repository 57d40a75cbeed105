"""A bill that is taken back before it was sent: whoever made it may not bill here any more, or nobody answered.

It would go out in the owner's name, whatever has become of the place and of the team since it was typed.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum

from payments.core.audit import AuditKind
from payments.core.changes import facts
from payments.core.community import Community, Identity, Place
from payments.core.ids import CommunityId, InvoiceId, PersonId
from payments.core.rights import Rank
from payments.flows.messages import enqueue_contact_notice, enqueue_notice
from payments.flows.rights.ranks import rank_in
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.names import name_in
from payments.flows.runtime.origins import side_of
from payments.flows.runtime.outbox import Params, params_of
from payments.flows.runtime.places import billed_by, place_of, served_in
from payments.ports.providers import ProviderUnavailable
from payments.ports.stores import ProviderRequest, QueueName, RequestState, Transaction

TAKEN_BACK = "taken back"
WAITS = (RequestState.PENDING, RequestState.NEEDS_EMAIL)

WAITS_MS = 14 * 86_400_000
"""How long a bill may wait before it is sent, for the member's e-mail above all (business time)."""


class Withdrawn(StrEnum):
    """Why a bill is not sent."""

    RANK = "rank"  # whoever made it is no manager any more
    UNSERVED = "unserved"
    LATE = "late"
    DELETED = "deleted"  # its draft, at Stripe: by the owner, or by us when it could not be sent for a while


async def objection(app: AppContext, request: ProviderRequest) -> Withdrawn | None:
    """Why a stored bill must not be sent now; None: it may. Raises `ProviderUnavailable` while a platform is away."""
    if app.business.now() - request.created_at >= WAITS_MS:
        return Withdrawn.LATE
    params = params_of(request)
    async with app.store.transaction() as tx:
        if not await served_in(app, tx, await _places(tx, params)):
            return Withdrawn.UNSERVED
    place = place_of(params)
    if place is None:  # stored by a version that did not keep where it was made
        return None
    rank = await rank_in(app, place, Identity(place.platform, params["by"]))
    if rank is None:
        raise ProviderUnavailable("nobody says just now whether who billed still may", unclear=False)
    return None if rank >= Rank.MANAGER else Withdrawn.RANK


async def _places(tx: Transaction, params: Params) -> list[Place]:
    place = place_of(params)
    return [place] if place else list(await tx.communities.places(CommunityId(params["community_id"])))


async def end_late(app: AppContext) -> int:
    """Nightly: bills to which nobody answered are taken back; how many. Raises `StoreUnavailable`."""
    async with app.store.transaction() as tx:
        before = app.business.now() - WAITS_MS
        late = [request for request in await tx.requests.bills_waiting() if request.created_at <= before]
        ended = await _withdraw_all(app, tx, late, Withdrawn.LATE)
    if late:
        app.wake(QueueName.NOTICES)
        app.wake(QueueName.REQUESTS)
    return ended


async def end_of(app: AppContext, tx: Transaction, community: Community, place: Place) -> None:
    """A place is served no longer: what was billed there goes out no more. Whoever calls wakes the queues `notices` and
    `requests` after the commit."""
    await _withdraw_all(app, tx, await _waiting_in(tx, community, place), Withdrawn.UNSERVED)


async def billed_in(tx: Transaction, community: Community, place: Place) -> frozenset[PersonId]:
    """The persons that `end_of` locks: for a caller that locks others too."""
    return _billed(await _waiting_in(tx, community, place))


async def _waiting_in(tx: Transaction, community: Community, place: Place) -> list[ProviderRequest]:
    waiting = [(request, params_of(request)) for request in await tx.requests.bills_waiting()]
    return [
        request
        for request, params in waiting
        if place_of(params) == place or (place_of(params) is None and params["community_id"] == community.id)
    ]


async def _withdraw_all(app: AppContext, tx: Transaction, requests: Sequence[ProviderRequest], why: Withdrawn) -> int:
    """Those for which Stripe was never given a draft, and how many. The worker asks Stripe about the others."""
    await lock(tx, requests)
    return sum([await withdraw(app, tx, request, why) for request in requests])


async def lock(tx: Transaction, requests: Collection[ProviderRequest]) -> None:
    """Nobody else takes these bills back, or goes on to send them, until the commit."""
    await tx.identities.lock(_billed(requests))


def _billed(requests: Collection[ProviderRequest]) -> frozenset[PersonId]:
    return frozenset(PersonId(params_of(request)["person_id"]) for request in requests)


def taken_back(request: ProviderRequest) -> bool:
    """Whether a bill was taken back; one that Stripe refused was not."""
    return request.state is RequestState.REFUSED and (request.last_error or "").startswith(TAKEN_BACK)


async def withdraw(
    app: AppContext, tx: Transaction, request: ProviderRequest, why: Withdrawn, gone: InvoiceId | None = None
) -> bool:
    """Take a locked bill back; the member and the contact hear of it. Whoever calls wakes the queue `notices` after the
    commit. False when it isn't: it is over already, or may have been sent, and then the worker looks.

    `gone`: its invoice, of which is known that it can't be paid any more.
    """
    stored = await tx.requests.get(request.kind, request.object_id)
    # Whoever was about to send it may have been told that there is no such draft any more, and have ended it by that.
    if stored is None or taken_back(stored) or stored.state not in (*WAITS, *([RequestState.REFUSED] if gone else [])):
        return False
    draft = await tx.requests.get("invoice", request.object_id)
    if draft is not None and draft.result_id not in (None, gone):
        await tx.requests.set_state(request.id, RequestState.PENDING, stored.last_error)
        return False
    await tx.requests.set_state(request.id, RequestState.REFUSED, f"{TAKEN_BACK}: {why}")
    await _tell(app, tx, request, why)
    return True


async def _tell(app: AppContext, tx: Transaction, request: ProviderRequest, why: Withdrawn) -> None:
    params, now = params_of(request), app.business.now()
    community = await tx.communities.get(await billed_by(tx, params))
    person_id = PersonId(params["person_id"])
    side = await side_of(tx, person_id)
    said: dict[str, object] = {name: params[name] for name in ("what", "amount", "currency")}
    said["community"] = community.name if community else ""
    only = {} if side is None else {"only": side.value}
    await enqueue_notice(tx, now, person_id, "bill_withdrawn", f"bill_withdrawn:{request.id}", said | only)
    if community is None:
        return
    about = facts(what=params["what"], cause=why.value)
    await record_audit(tx, now, AuditKind.BILL_WITHDRAWN, about, community_id=community.id, person_id=person_id)
    said |= {"why": why, "member": await name_in(tx, community.id, person_id)}
    await enqueue_contact_notice(tx, now, community, "bill_not_sent", f"bill_not_sent:{request.id}", said)
