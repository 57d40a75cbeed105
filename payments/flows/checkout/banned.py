"""Who is banned from a chat is sold nothing that opens it: the money could only be given back.

Discord tells bans only to bots that may ban, so there the money stands with `/member` and the contact, as for whoever
left the server.
"""

from collections.abc import Collection

from payments.core.community import Identity, Place, Target
from payments.core.ids import PersonId, PlanId
from payments.flows.checkout.sessions import queue_expiry
from payments.flows.runtime.context import AppContext
from payments.ports.stores import QueueName, Transaction


async def barred_from(app: AppContext, person_id: PersonId, targets: Collection[Target]) -> Target | None:
    """The first of these that an admin has banned one of the person's accounts from, as the platform says it now.

    Where it doesn't say, nobody is refused: a payment is told to the contact if it opens nothing.
    """
    async with app.store.transaction() as tx:
        accounts = await tx.person_merges.accounts(person_id)
    for target in targets:
        for account in accounts:
            if account.identity.platform is target.platform and await _banned(app, account.identity, target):
                return target
    return None


async def _banned(app: AppContext, who: Identity, target: Target) -> bool:
    platform = app.platforms.get(who.platform)
    found = None if platform is None else await platform.member(who.user_id, Place(target.platform, target.place_id))
    return found is not None and found.banned


async def end_links(app: AppContext, who: Identity, place: Place) -> int:
    """An admin has banned somebody: links by which they could still pay for what opens the place end. How many."""
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(who)
        if person_id is None:
            return 0
        await tx.identities.lock([person_id])
        links = [link for link in await tx.checkouts.waiting(person_id) if await _opens(tx, link.plan_id, place)]
        for link in links:
            await queue_expiry(tx, app, link)
    if links:
        app.wake(QueueName.REQUESTS)
    return len(links)


async def _opens(tx: Transaction, plan_id: PlanId, place: Place) -> bool:
    for row in await tx.plans.targets([plan_id]):
        target = await tx.communities.target(row.target_id)
        if target is not None and (target.platform, target.place_id) == (place.platform, place.external_id):
            return True
    return False
