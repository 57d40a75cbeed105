"""What flows ask of places: which are served, what opens there, and where a bill was made."""

from collections.abc import Collection, Sequence

from payments.core.catalog import Plan
from payments.core.community import Place, Platform, Target
from payments.core.ids import CommunityId
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import Params
from payments.ports.stores import Transaction


async def find_served(app: AppContext, places: Collection[Place]) -> frozenset[Place]:
    """Those of the places that are served. Raises `StoreUnavailable`."""
    async with app.store.transaction() as tx:
        return await served_in(app, tx, places)


async def served_in(app: AppContext, tx: Transaction, places: Collection[Place]) -> frozenset[Place]:
    """The same in a transaction that is open."""
    named = {place for place in places if place in app.settings.named_places}
    claimed = await tx.communities.served([place for place in places if place not in named])
    for place in claimed:
        app.unclaimed.arrived(place)
    return frozenset({*named, *claimed, *(place for place in places if app.unclaimed.expected(place))})


def in_served(targets: Sequence[Target], served: frozenset[Place]) -> tuple[Target, ...]:
    """Those of the targets that stand where the bot serves."""
    return tuple([target for target in targets if Place(target.platform, target.place_id) in served])


async def served_places(app: AppContext, tx: Transaction, plan: Plan) -> frozenset[Place]:
    """The places of a plan's community that are served."""
    return await served_in(app, tx, await tx.communities.places(plan.community_id))


async def open_targets(tx: Transaction, plan: Plan) -> tuple[Target, ...]:
    """What newcomers to a plan get, by name."""
    rows = await tx.plans.targets([plan.id])
    found = [await tx.communities.target(row.target_id) for row in rows if row.closed_at is None]
    return tuple(sorted([one for one in found if one is not None], key=lambda target: target.name.casefold()))


def place_of(params: Params) -> Place | None:
    """Where a bill was made; None for those that older versions stored."""
    platform, _, external_id = params.get("place", "").partition(":")
    return Place(Platform(platform), external_id) if external_id else None


async def billed_by(tx: Transaction, params: Params) -> CommunityId:
    """The community of a bill: the one that made it, or, once that has joined another, the one that has its place."""
    stored, place = CommunityId(params["community_id"]), place_of(params)
    if place is None or await tx.communities.get(stored) is not None:
        return stored
    host = await tx.communities.at(place)
    return stored if host is None else host.id
