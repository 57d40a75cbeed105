"""What time alone brings about: grace that is over, purchases that end, links that expire."""

from payments.flows.runtime.context import AppContext
from payments.ports.stores import QueueName

DUE_MAX = 500
"""How many customers one tick marks; the next tick marks more."""


async def tick(app: AppContext) -> int:
    """Mark the customers whose moment has come, and close links whose time is over. How many customers.

    A settlement stores when to look again (`recheck_at`), for everybody and everything it concerns. Called often.
    """
    now = app.business.now()
    async with app.store.transaction() as tx:
        due = await tx.customers.mark_due(now, DUE_MAX)
        await tx.checkouts.expire_due(now)
    if due:
        app.wake(QueueName.CUSTOMERS)
    return due
