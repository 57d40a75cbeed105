"""`guestlist places --stop`: what ends with a place that is served no longer, in the commit that stops it."""

from dataclasses import dataclass, replace

from payments.core.audit import AuditKind
from payments.core.changes import On, facts
from payments.core.community import Community, Place
from payments.flows.billing import withdrawals
from payments.flows.communities.claim import dismiss, locked, part, vacant
from payments.flows.communities.settings import fresh
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.flows.runtime.sales import store_ending
from payments.ports.stores import QueueName, Transaction


@dataclass(frozen=True, slots=True)
class Stopped:
    """It is served no longer.

    `members` have access by plans of its community. `shared`: other places of that community are served, and its plans
    open something in this one, so that it stays in there, and only its owners can claim it.
    """

    members: int
    shared: bool


async def stop(app: AppContext, place: Place) -> Stopped | None:
    """Stop serving a place; None if it is not served. Raises `StoreUnavailable`."""
    async with app.store.transaction() as tx:
        community = await locked(tx, place)
        if community is None or not await tx.communities.serve(place, served=False):
            return None
        places = await tx.communities.place_names(community.id)
        served = await served_in(app, tx, places)
        shared = bool(served) and not await vacant(tx, place, await withdrawals.billed_in(tx, community, place))
        await withdrawals.end_of(app, tx, community, place)
        about = facts(place=places[place], platform=On(place.platform), id=place.external_id)
        await record_audit(tx, app.business.now(), AuditKind.PLACE_STOPPED, about, community_id=community.id)
        if served and not shared:
            community = await part(tx, community, place, await _own(app, tx, community, place))
        await dismiss(app, tx, community)
        await _end(app, tx, community)
        plans = await tx.plans.of_community(community.id, archived=True)
        members = sum([await tx.plans.members(plan.id, app.business.now()) for plan in plans])
    app.wake(QueueName.REQUESTS)
    app.wake(QueueName.NOTICES)
    return Stopped(members, shared)


async def end_unserved(app: AppContext) -> None:
    """At the start, and nightly: nothing is sold any more by a place that was taken out of the configuration. Raises
    `StoreUnavailable`."""
    async with app.store.transaction() as tx:
        for community in await tx.communities.all():
            places = await tx.communities.places(community.id)
            if len(await served_in(app, tx, places)) < len(places):
                await _end(app, tx, community)
    app.wake(QueueName.REQUESTS)


async def _end(app: AppContext, tx: Transaction, community: Community) -> None:
    """A link that was given out sells no more than a new one would."""
    for plan in await tx.plans.of_community(community.id):
        await store_ending(tx, app, plan.id)


async def _own(app: AppContext, tx: Transaction, community: Community, place: Place) -> Community:
    """A community for the place alone, with nobody to tell until it is claimed."""
    name = (await tx.communities.place_names(community.id))[place]
    made = fresh(app, name, None, community.locale)
    return replace(made, currency=community.currency)
