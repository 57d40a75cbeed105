"""What a subscription sells: the one answer, for settling and for selling. Pure.

It follows from the products and prices of its items; metadata only says who it belongs to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from payments.core.billing import Invoice, Subscription
from payments.core.catalog import Price
from payments.core.covering.want import Sells
from payments.core.ids import PlanId, PriceId
from payments.core.lines import InvoiceLine, SubscriptionItem
from payments.core.snapshot import InvoiceFact, SubscriptionFact


@dataclass(frozen=True, slots=True)
class Sold:
    """One of our plans, at one of our prices (None: at one that was made at the provider); or nothing of ours."""

    plan_id: PlanId | None
    price_id: PriceId | None


NOTHING = Sold(None, None)


@dataclass(frozen=True, slots=True)
class KnownPrices:
    """Our prices by their ids at the provider, and the plans of their products."""

    prices: Mapping[str, Price]
    plans: Mapping[str, frozenset[PlanId]]

    @staticmethod
    def of(prices: Iterable[Price]) -> "KnownPrices":
        """What these prices say; those that the provider doesn't have yet say nothing."""
        made = tuple(prices)
        plans: dict[str, frozenset[PlanId]] = {}
        for price in made:
            if price.provider_product_id is not None:
                former = plans.get(price.provider_product_id, frozenset())
                plans[price.provider_product_id] = former | {price.plan_id}
        return KnownPrices({p.provider_price_id: p for p in made if p.provider_price_id is not None}, plans)


NO_PRICES = KnownPrices({}, {})


def named_in(
    subscriptions: Iterable[SubscriptionFact | Subscription], invoices: Iterable[InvoiceFact | Invoice] = ()
) -> frozenset[str]:
    """The provider's ids of all prices and products that subscriptions and the lines of invoices are made of."""
    parts: list[SubscriptionItem | InvoiceLine] = [item for one in subscriptions for item in one.items]
    parts += [line for one in invoices for line in one.lines or ()]
    return frozenset(id_ for part in parts for id_ in (part.provider_price_id, part.product_id) if id_ is not None)


def of_item(item: SubscriptionItem, known: KnownPrices) -> Sold | None:
    """What an item sells; None: what it tells is not enough to say.

    A price made at the provider for a product of ours sells its plan. A product that is not ours sells nothing, and
    so does a quantity of 0.
    """
    if item.quantity == 0:
        return NOTHING
    price = known.prices.get(item.provider_price_id or "")
    if price is not None:
        return Sold(price.plan_id, price.id)
    if item.product_id is None:
        return None
    plans = known.plans.get(item.product_id, frozenset())
    if len(plans) > 1:
        return None
    return Sold(next(iter(plans)), None) if plans else NOTHING


def plans_of(parts: Iterable[SubscriptionItem | InvoiceLine], known: KnownPrices) -> tuple[PlanId, ...]:
    """The plans that items sell, or lines of bills asked for, as far as these tell; each once, in their order."""
    found = (of_item(_item_of(part), known) for part in parts)
    return tuple(dict.fromkeys(sold.plan_id for sold in found if sold is not None and sold.plan_id is not None))


def _item_of(part: SubscriptionItem | InvoiceLine) -> SubscriptionItem:
    """A line asks for what an item of its price and product sells, however many of it."""
    return (
        part
        if isinstance(part, SubscriptionItem)
        else SubscriptionItem(part.id, part.provider_price_id, part.product_id)
    )


def sells(plan_id: PlanId, items: Iterable[SubscriptionItem], known: KnownPrices, *, told: bool = False) -> Sells:
    """Which of a subscription's items, and which lines of its bills, are this plan's.

    Where no item tells that it sells the plan, as with what an older version stored, all of them do; but not if `told`
    is said: then only what is known to.
    """

    def of_plan(part: SubscriptionItem | InvoiceLine) -> bool:
        found = of_item(SubscriptionItem(part.id, part.provider_price_id, part.product_id), known)
        return found is not None and found.plan_id == plan_id

    return of_plan if told or any(of_plan(item) for item in items) else lambda _: True


def of_subscription(
    fact: SubscriptionFact, known: KnownPrices, stored: Subscription | None, named: Price | None
) -> Sold:
    """What a subscription sells: of several plans the one that it sold before, else the first.

    Where its items don't tell, it goes on selling what is stored; a new one then sells what our link was made for, so
    that nobody who paid on it waits for what we can't read. Nor do they tell where its metadata name a price of ours
    (`named`) that is not here, or not known to be at the provider: an older backup was restored. A quantity of 0 sells
    nothing even then.
    """
    items = [of_item(item, known) for item in fact.items]
    found = [sold for sold in items if sold is not None and sold.plan_id is not None]
    if found:
        return next((sold for sold in found if stored is not None and sold.plan_id == stored.plan_id), found[0])
    lost = fact.refs.price_id is not None and (named is None or named.provider_price_id is None)
    lost = lost and any(item.quantity != 0 for item in fact.items)
    if items and None not in items and not lost:
        return NOTHING
    if stored is not None:
        return Sold(stored.plan_id, stored.price_id)
    return Sold(fact.refs.plan_id, fact.refs.price_id)
