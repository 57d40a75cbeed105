"""May this plan be sold now? Asked wherever something is offered, and by what ends the links that were given out."""

from dataclasses import dataclass

from payments.core.catalog import Plan, PlanState
from payments.core.community import Target
from payments.core.ids import PlanId, PriceId
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.outbox import store_request
from payments.flows.runtime.places import in_served, open_targets, served_places
from payments.ports.stores import Transaction


@dataclass(frozen=True, slots=True)
class Opens:
    """What newcomers to a plan get.

    ``offered``: what of it is in places that are served. ``served``: whether that is anything; of a plan that opens
    nothing, whether any place of its community is served.
    """

    targets: tuple[Target, ...]
    offered: tuple[Target, ...]
    served: bool

    @property
    def broken(self) -> tuple[Target, ...]:
        """What can't be opened for anybody now. One is enough to sell nothing: who pays would miss a part of it."""
        return tuple(target for target in self.offered if target.fault is not None)

    @property
    def sellable(self) -> bool:
        """Whether all that a buyer is promised could be given."""
        return self.served and not self.broken


async def opens(app: AppContext, tx: Transaction, plan: Plan) -> Opens:
    """What a plan opens now, and whether that can be given."""
    targets, served = await open_targets(tx, plan), await served_places(app, tx, plan)
    offered = in_served(targets, served)
    return Opens(targets, offered, bool(offered if targets else served))


async def prices_sold(app: AppContext, tx: Transaction, plan_id: PlanId) -> frozenset[PriceId]:
    """The prices at which a plan is sold now; none when it is not, or when what it opens can't be given."""
    plan = await tx.plans.get(plan_id)
    if plan is None or plan.state is PlanState.ARCHIVED or not (await opens(app, tx, plan)).sellable:
        return frozenset()
    return frozenset(price.id for price in await tx.plans.on_sale(plan_id))


async def store_ending(tx: Transaction, app: AppContext, plan_id: PlanId, *, every: bool = False) -> None:
    """Have the worker end the links of what is not sold any more, stored with the change itself.

    `every`: also those at today's prices, which were made on other terms.
    """
    sold = frozenset[PriceId]() if every else await prices_sold(app, tx, plan_id)
    if await tx.checkouts.unsold(plan_id, sold, None, 1):
        params = {"plan_id": plan_id} | ({"until": app.business.now()} if every else {})
        # Of no account: the links that it ends are those of any.
        await store_request(tx, app, app.first_account.id, "links", new_id("lnk"), params, at_once=True)
