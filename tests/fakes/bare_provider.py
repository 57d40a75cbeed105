"""A payment provider with nothing but the three ports that every one has: pages to pay on, events, snapshots."""

from dataclasses import replace

from payments.core.billing import SubscriptionStatus
from payments.core.ids import CustomerRef, SubscriptionId
from payments.ports.providers import SessionStatus
from tests.core.builders import subscription
from tests.fakes.provider import FakeCustomer, FakeProvider


class BareProvider(FakeProvider):
    """The fake without its other ports. Whoever pays is a customer, by our own id."""

    customers = catalog = subscriptions = invoicing = refunds = portal = lookup = None  # type: ignore[assignment]  # not offered

    def __init__(self, *, at: int) -> None:
        super().__init__(at=at)
        for port in ("customers", "catalog", "subscriptions", "invoicing", "refunds", "portal", "lookup"):
            setattr(self, port, None)

    def asked(self, customer: CustomerRef) -> FakeCustomer:
        return self.customer(customer)

    def paid(self, session_id: str) -> None:
        """A person pays on the page: a subscription begins."""
        order, session = self.sessions[session_id]
        self.sessions[session_id] = (order, replace(session, status=SessionStatus.COMPLETE, url=None))
        fact = subscription(
            SubscriptionStatus.ACTIVE,
            id_=SubscriptionId(f"sub_{session_id}"),
            provider_price_id=order.price.provider_price_id,
            started_at=self.at,
            metadata=order.metadata,
        )
        self.put_subscription(order.customer, fact)
        self.event("customer.subscription.created", fact.id, order.customer)
