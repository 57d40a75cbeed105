"""Dead and blocked work is taken up again, when an admin asks for it."""

from dataclasses import dataclass

from payments.core.access import EffectState
from payments.flows.runtime.context import AppContext
from payments.ports.stores import QueueName


@dataclass(frozen=True, slots=True)
class Replayed:
    """How much was taken up again."""

    customers: int
    events: int
    effects: int
    requests: int
    notices: int
    updates: int


async def replay(app: AppContext) -> Replayed:
    """Put everything that is dead, and every blocked effect, to work again. Raises `StoreUnavailable`."""
    states = (EffectState.DEAD, EffectState.BLOCKED)
    async with app.store.transaction() as tx:
        replayed = Replayed(
            customers=await tx.customers.replay_dead(),
            events=await tx.events.replay_dead(),
            effects=await tx.accesses.reopen_states(states, app.machine.now()),
            requests=await tx.requests.replay_dead(),
            notices=await tx.notices.replay_dead(),
            updates=await tx.inbox.replay_dead(),
        )
    for queue in QueueName:
        app.wake(queue)
    return replayed
