"""The worlds in which the provider's contract is held: Stripe's client against the sandbox, the fake, the bare fake.

A world says what people and banks do; the provider then has to tell it.
"""

import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from bot.app.clocks import SteadyClock
from payments.core.billing import (
    BillingReason,
    CollectionMethod,
    DisputeStatus,
    InvoiceStatus,
    NoteStatus,
    RefundStatus,
    SnapshotPart,
    SubscriptionStatus,
)
from payments.core.calendar import Unit
from payments.core.catalog import Price, PriceKind, PriceState
from payments.core.ids import AccountId, ChargeId, CustomerRef, InvoiceId, PlanId, PriceId, SubscriptionId
from payments.core.lines import NoteLine, NoteRefund, SubscriptionItem
from payments.core.snapshot import CreditNoteFact, DisputeFact, InvoiceFact, RefundFact, Snapshot, SubscriptionFact
from payments.ports.providers import (
    CatalogSync,
    CheckoutOrder,
    CheckoutSession,
    Customers,
    InvoiceOrder,
    Invoicing,
    Lookup,
    PaymentProvider,
    Portal,
    ProviderEvent,
    ProviderUnavailable,
    Refunds,
    SessionStatus,
    SubscriptionActions,
)
from payments.providers.stripe import StripeProvider
from payments.providers.stripe.calls import StripeCalls
from payments.providers.stripe.events import decode
from payments.rate_limit import Limiter
from sandbox.server import Sandbox
from tests.fakes.bare_provider import BareProvider
from tests.fakes.provider import FakeProvider

VISA = "4242424242424242"
FAILS_LATER = "4000000000000341"
KEY = "sk_test_contract_0123456789"
DAY = 86_400_000


def event(type_: str, **fields: Any) -> ProviderEvent:
    """An event as a webhook brings it."""
    return decode(json.dumps({"id": "evt_1", "type": type_, "created": 1_763_880_000, "livemode": False} | fields))


class Everything(PaymentProvider, Protocol):
    """A provider that offers every port."""

    @property
    def customers(self) -> Customers: ...
    @property
    def catalog(self) -> CatalogSync: ...
    @property
    def subscriptions(self) -> SubscriptionActions: ...
    @property
    def invoicing(self) -> Invoicing: ...
    @property
    def refunds(self) -> Refunds: ...
    @property
    def portal(self) -> Portal: ...
    @property
    def lookup(self) -> Lookup: ...


EVERYTHING = frozenset(name for name, what in vars(Everything).items() if isinstance(what, property))


class World(ABC):
    """What the tests of the contract say."""

    offers: ClassVar[frozenset[str]] = EVERYTHING
    """The ports it has besides the required ones; tests of the others are not held in it."""

    provider: Everything

    def __init__(self) -> None:
        self.made = 0

    @abstractmethod
    def now(self) -> int:
        """The provider's time."""

    @abstractmethod
    async def pay(self, session: CheckoutSession) -> None:
        """A person pays on the page of a link."""

    @abstractmethod
    async def failing(self) -> tuple[CustomerRef, InvoiceId, int]:
        """A customer whose first payment failed: the invoice, and when it failed first."""

    @abstractmethod
    async def refund(self, customer: CustomerRef, amount: int) -> InvoiceId:
        """Money of the customer's only payment goes back: the invoice it was for."""

    @abstractmethod
    async def credit(self, customer: CustomerRef, amount: int) -> InvoiceId:
        """The owner credits so much of the only invoice, which is paid, and gives it back."""

    @abstractmethod
    async def dispute(self, customer: CustomerRef) -> InvoiceId:
        """The bank contests the customer's only payment: the invoice it was for."""

    @abstractmethod
    async def end(self, customer: CustomerRef) -> None:
        """The customer's only subscription ends now."""

    @abstractmethod
    async def delete(self, customer: CustomerRef) -> None:
        """The owner deletes a customer."""

    @abstractmethod
    def goes_away(self) -> None:
        """The provider can't be reached at the next call."""

    def key(self) -> str:
        self.made += 1
        return f"key-{self.made}"

    async def customer(self, email: str | None = None) -> CustomerRef:
        key = self.key()
        return await self.provider.customers.create(key, name="Ana", email=email, metadata={"guestlist_row": key})

    async def price(self, kind: PriceKind = PriceKind.RECURRING, amount: int = 900) -> Price:
        recurring = kind is PriceKind.RECURRING
        price = Price(
            id=PriceId(f"prc_{self.made}"),
            plan_id=PlanId("pln_1"),
            account_id=AccountId("acct_1"),
            kind=kind,
            unit_amount=amount,
            currency="usd",
            unit=Unit.MONTH if recurring else None,
            count=1 if recurring else None,
            until_at=None,
            state=PriceState.ACTIVE,
            provider_product_id=None,
            provider_price_id=None,
            created_at=self.now(),
        )
        return await self.named(price)

    async def named(self, price: Price) -> Price:
        """A price with the provider's names for its product and itself."""
        product = await self.provider.catalog.create_product(
            self.key(), name="Pro", metadata={"guestlist_row": "pln_1"}
        )
        names = {"guestlist_row": price.id}
        made = await self.provider.catalog.create_price(self.key(), product_id=product, price=price, metadata=names)
        return replace(price, provider_product_id=product, provider_price_id=made)

    def order(self, customer: CustomerRef, price: Price, *, trial_days: int = 0, row: str = "chk_1") -> CheckoutOrder:
        return CheckoutOrder(
            customer=customer,
            price=price,
            trial_days=trial_days,
            success_url="https://guests.example/paid",
            cancel_url="https://guests.example/cancelled",
            expires_at=self.now() + 3_600_000,
            reference=row,
            metadata={"guestlist_row": row, "guestlist_plan": "pln_1", "guestlist_purchase": "pur_1"},
        )

    async def link(
        self, customer: CustomerRef, price: Price, *, trial_days: int = 0, row: str = "chk_1"
    ) -> CheckoutSession:
        order = self.order(customer, price, trial_days=trial_days, row=row)
        return await self.provider.checkouts.open(self.key(), order)

    async def subscribed(self) -> CustomerRef:
        """A customer who has subscribed on the checkout page."""
        customer = await self.customer()
        await self.pay(await self.link(customer, await self.price()))
        return customer


class StripeWorld(World):
    """The real client, connected to the sandbox."""

    def __init__(self, provider: StripeProvider, sandbox: Sandbox, limiter: Limiter) -> None:
        super().__init__()
        self.provider: StripeProvider = provider
        self.sandbox = sandbox
        self.limiter = limiter

    @property
    def client(self) -> StripeCalls:
        """Stripe's SDK with the same key, for what only the owner does."""
        return self.provider._calls

    def now(self) -> int:
        return int(self.sandbox.clock.now() * 1000)

    def objects(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.stripe.state().get(kind, [])
        return found

    def fault(self, path: str, **what: Any) -> None:
        self.sandbox.faults.add({"service": "stripe", "path": path} | what)

    async def pay(self, session: CheckoutSession, card: str = VISA) -> None:
        await self.sandbox.stripe.pay(session=session.id, card=card)

    async def trying(self, card: str = VISA) -> CustomerRef:
        customer = await self.customer()
        await self.pay(await self.link(customer, await self.price(), trial_days=3), card)
        return customer

    async def failing(self) -> tuple[CustomerRef, InvoiceId, int]:
        customer = await self.trying(FAILS_LATER)
        await self.advance(6)
        failed = [event for event in self.objects("event") if event["type"] == "invoice.payment_failed"]
        first = min(failed, key=lambda event: int(event["created"]))
        return customer, InvoiceId(first["data"]["object"]["id"]), first["created"] * 1000

    def _invoice_of(self, customer: CustomerRef) -> str:
        (invoice,) = [one["id"] for one in self.objects("invoice") if one["customer"] == customer]
        return str(invoice)

    async def refund(self, customer: CustomerRef, amount: int) -> InvoiceId:
        invoice = self._invoice_of(customer)
        await self.sandbox.stripe.refund(invoice=invoice, amount=amount)
        return InvoiceId(invoice)

    async def credit(self, customer: CustomerRef, amount: int) -> InvoiceId:
        invoice = self._invoice_of(customer)
        (line,) = next(one for one in self.objects("invoice") if one["id"] == invoice)["lines"]["data"]
        await self.provider._calls.v1.credit_notes.create_async(
            {
                "invoice": invoice,
                "lines": [{"type": "invoice_line_item", "invoice_line_item": line["id"], "amount": amount}],
                "refund_amount": amount,
            }
        )
        return InvoiceId(invoice)

    async def dispute(self, customer: CustomerRef) -> InvoiceId:
        invoice = self._invoice_of(customer)
        await self.sandbox.stripe.dispute(invoice=invoice, status="open")
        return InvoiceId(invoice)

    async def end(self, customer: CustomerRef) -> None:
        snapshot = await self.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS)
        await self.provider.subscriptions.cancel_now(only_subscription(snapshot).id)

    async def delete(self, customer: CustomerRef) -> None:
        await self.provider._calls.v1.customers.delete_async(customer)

    def goes_away(self) -> None:
        self.fault("*", drop=True, times=0)

    async def advance(self, days: float) -> None:
        await self.sandbox.clock.advance(days * 86_400)


class FakeWorld(World):
    """The fake, into which the same things are put as facts."""

    def __init__(self, provider: FakeProvider | None = None) -> None:
        super().__init__()
        self.provider: FakeProvider = provider or FakeProvider()

    def now(self) -> int:
        return self.provider.at

    async def pay(self, session: CheckoutSession) -> None:
        order, _ = self.provider.sessions[session.id]
        self.provider.sessions[session.id] = (order, replace(session, status=SessionStatus.COMPLETE, url=None))
        self._subscription(order.customer, SubscriptionStatus.ACTIVE, InvoiceStatus.PAID, dict(order.metadata))

    def _subscription(
        self,
        customer: CustomerRef,
        status: SubscriptionStatus,
        invoice_status: InvoiceStatus,
        metadata: dict[str, str],
    ) -> InvoiceId:
        self.made += 1
        at, end = self.now(), self.now() + 30 * DAY
        subscription_id, invoice_id = SubscriptionId(f"sub_{self.made}"), InvoiceId(f"in_{self.made}")
        paid = invoice_status is InvoiceStatus.PAID
        fact = SubscriptionFact(
            id=subscription_id, status=status, provider_price_id="price_1", currency="usd", unit_amount=900, quantity=1,
            unit=Unit.MONTH, count=1, items=(SubscriptionItem("si_1", "price_1", unit_amount=900),), discounts=(),
            collection_method=CollectionMethod.CHARGE_AUTOMATICALLY, pause_behavior=None, cancel_at=None,
            trial_end_at=None,
            period_start_at=at, period_end_at=end, latest_invoice_id=invoice_id, started_at=at, ended_at=None,
            metadata=metadata,
        )  # fmt: skip
        invoice = InvoiceFact(
            id=invoice_id, subscription_id=subscription_id, status=invoice_status, number="GL-1", description=None,
            billing_reason=BillingReason.SUBSCRIPTION_CREATE, collection_method=CollectionMethod.CHARGE_AUTOMATICALLY,
            currency="usd", total=900,
            amount_paid=900 if paid else 0, amount_remaining=0 if paid else 900, attempt_count=1, period_start_at=at,
            period_end_at=end, due_at=None, finalized_at=at, paid_at=at if paid else None,
            hosted_url="https://invoice.example", pdf_url=None, created_at=at, metadata=metadata,
        )  # fmt: skip
        self.provider.put_subscription(customer, fact)
        self.provider.put_invoice(customer, invoice)
        if paid:
            self.provider.charges[ChargeId("ch_1")] = invoice
        return invoice_id

    async def failing(self) -> tuple[CustomerRef, InvoiceId, int]:
        customer = await self.customer()
        invoice = self._subscription(customer, SubscriptionStatus.PAST_DUE, InvoiceStatus.OPEN, {})
        first = self.provider.event("invoice.payment_failed", invoice, customer)
        self.provider.event("invoice.payment_failed", invoice, customer, at=self.now() + DAY)
        return customer, invoice, first.created_at

    def _invoice_of(self, customer: CustomerRef) -> InvoiceId:
        (invoice,) = self.provider.known[customer].invoices
        return invoice

    async def refund(self, customer: CustomerRef, amount: int) -> InvoiceId:
        self.made += 1
        invoice = self._invoice_of(customer)
        fact = RefundFact(
            f"re_{self.made}", ChargeId("ch_1"), invoice, RefundStatus.SUCCEEDED, amount, 900, "usd", self.now()
        )
        self.provider.put_refund(customer, fact)
        return invoice

    async def credit(self, customer: CustomerRef, amount: int) -> InvoiceId:
        invoice = await self.refund(customer, amount)
        lines, refunds = (NoteLine("il_1", amount),), (NoteRefund(f"re_{self.made}"),)
        note = CreditNoteFact("cn_1", invoice, NoteStatus.ISSUED, 0, amount, "usd", self.now(), lines, refunds)
        self.provider.put_note(customer, note)
        return invoice

    async def dispute(self, customer: CustomerRef) -> InvoiceId:
        invoice = self._invoice_of(customer)
        fact = DisputeFact("du_1", ChargeId("ch_1"), invoice, DisputeStatus.NEEDS_RESPONSE, 900, "usd", self.now())
        self.provider.put_dispute(customer, fact)
        return invoice

    async def end(self, customer: CustomerRef) -> None:
        for fact in list(self.provider.known[customer].subscriptions.values()):
            ended = replace(fact, status=SubscriptionStatus.CANCELED, ended_at=self.now())
            self.provider.put_subscription(customer, ended)

    async def delete(self, customer: CustomerRef) -> None:
        self.provider.known[customer].deleted = True
        await self.end(customer)

    def goes_away(self) -> None:
        self.provider.answers.append(ProviderUnavailable("away"))


class BareWorld(FakeWorld):
    """The fake with the required ports alone: customers, products and prices go by our own ids."""

    offers = frozenset()

    def __init__(self) -> None:
        super().__init__(BareProvider(at=1_763_880_000_000))

    async def customer(self, email: str | None = None) -> CustomerRef:
        return CustomerRef(self.key())

    async def named(self, price: Price) -> Price:
        return replace(price, provider_product_id=price.plan_id, provider_price_id=price.id)


@contextlib.asynccontextmanager
async def stripe_world() -> AsyncIterator[StripeWorld]:
    """The sandbox and a provider for the length of a block."""
    async with Sandbox.running() as sandbox:
        limiter = Limiter(SteadyClock(), per_second=1000, burst=1000)
        provider = StripeProvider(KEY, api_base=sandbox.url, limiter=limiter)
        try:
            yield StripeWorld(provider, sandbox, limiter)
        finally:
            await provider.close()


def order(customer: CustomerRef, row: str = "bil_1") -> InvoiceOrder:
    return InvoiceOrder(customer, 2500, "usd", "A workshop", 14, "Thank you", {"guestlist_row": row})


async def bill(world: World, customer: CustomerRef) -> InvoiceId:
    invoice = await world.provider.invoicing.create_draft(world.key(), order(customer))
    await world.provider.invoicing.add_item(world.key(), invoice, order(customer))
    return invoice


def only_subscription(snapshot: Snapshot) -> SubscriptionFact:
    assert snapshot.subscriptions is not None
    (fact,) = snapshot.subscriptions
    return fact
