"""What is stored of a customer when something is decided about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from payments.core.access import Entitlement
from payments.core.billing import CreditNote, Customer, Dispute, Invoice, Purchase, Refund, Subscription
from payments.core.catalog import Plan, Price
from payments.core.ids import InvoiceId, PersonId, PlanId, PriceId
from payments.core.selling import NO_PRICES, KnownPrices


@dataclass(frozen=True, slots=True)
class State:
    """What is stored of a customer, and of what its objects name.

    ``plans``, ``prices`` (``known``: by their ids at Stripe) and ``people`` hold all that the stored rows and the
    snapshot name and we know. ``entitlements``: all of the beneficiaries touched. ``action_required``: invoices whose
    payment waits for the payer's bank, from the event alone. ``bounced``: who pays or uses subscriptions of other
    customers whose first payment bounced.
    """

    customer: Customer
    subscriptions: tuple[Subscription, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    notes: tuple[CreditNote, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    plans: Mapping[PlanId, Plan] = field(default_factory=dict)
    prices: Mapping[PriceId, Price] = field(default_factory=dict)
    known: KnownPrices = NO_PRICES
    people: frozenset[PersonId] = frozenset()
    action_required: frozenset[InvoiceId] = frozenset()
    bounced: frozenset[PersonId] = frozenset()

    def price(self, price_id: PriceId) -> Price | None:
        """One of our prices, if it is named anywhere."""
        return self.prices.get(price_id) or next((p for p in self.known.prices.values() if p.id == price_id), None)
