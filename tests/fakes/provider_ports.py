"""The ports of the fake provider, each on its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from payments.core import refs
from payments.core.billing import ENDED_STATUSES, InvoiceStatus, RefundStatus, SubscriptionStatus
from payments.core.catalog import Price
from payments.core.covering.known import TAKING
from payments.core.ids import ChargeId, CustomerRef, InvoiceId, SubscriptionId
from payments.core.snapshot import DisputeFact, InvoiceFact, RefundFact, SubscriptionFact
from payments.ports.providers import (
    CheckoutOrder,
    CheckoutSession,
    InvoiceOrder,
    ListedMoney,
    ListedSubscription,
    MoneyKind,
    ObjectKind,
    Offered,
    Page,
    Paid,
    PaidOnce,
    PortalFlow,
    ProviderEvent,
    ProviderRefused,
    RefundMade,
    SessionStatus,
)
from payments.providers.stripe.events import decode
from tests.fakes.invoice_draft import draft

if TYPE_CHECKING:
    from tests.fakes.provider import FakeCustomer, FakeProvider

T = TypeVar("T")
DAY = 86_400_000


class FakePort:
    """A port of the fake."""

    def __init__(self, of: FakeProvider) -> None:
        self._of = of


class FakeLookup(FakePort):
    async def find(self, kind: ObjectKind, row_id: str, *, since_at: int, customer: CustomerRef | None) -> str | None:
        self._of.begin("find")
        for row in reversed(self._of.made):
            if row.kind is not kind or row.made_at < since_at - 300_000:
                continue
            if customer is not None and row.customer not in (None, customer):
                continue
            if refs.read(row.metadata).row == row_id:
                return row.id
        return None


class FakeCustomers(FakePort):
    async def create(self, key: str, *, name: str, email: str | None, metadata: Mapping[str, str]) -> CustomerRef:
        def make() -> CustomerRef:
            made = CustomerRef(self._of.new(ObjectKind.CUSTOMER, "cus", None, metadata))
            self._of.known[made] = self._of.new_customer(name, email)
            return made

        return self._of.once(key, f"create_customer {name} {email} {sorted(metadata.items())}", make)

    async def set_email(self, customer: CustomerRef, email: str) -> None:
        self._of.begin("set_customer_email")
        self._of.asked(customer).email = email

    async def email(self, customer: CustomerRef) -> str | None:
        self._of.begin("customer_email")
        return self._of.asked(customer).email

    async def name_ours(self, customer: CustomerRef, metadata: Mapping[str, str]) -> None:
        self._of.begin("name_customer")
        self._of.asked(customer).metadata.update(metadata)

    async def cards(self, customer: CustomerRef) -> frozenset[str]:
        self._of.begin("cards")
        return frozenset(self._of.customer(customer).cards)


class FakeCatalog(FakePort):
    async def create_product(self, key: str, *, name: str, metadata: Mapping[str, str]) -> str:
        def make() -> str:
            made = self._of.new(ObjectKind.PRODUCT, "prod", None, metadata)
            self._of.products[made] = name
            return made

        return self._of.once(key, f"create_product {name} {sorted(metadata.items())}", make)

    async def rename_product(self, product_id: str, name: str) -> None:
        self._of.begin("rename_product")
        if product_id not in self._of.products:
            raise ProviderRefused("missing_object", f"no such product: {product_id}")
        self._of.products[product_id] = name

    async def create_price(self, key: str, *, product_id: str, price: Price, metadata: Mapping[str, str]) -> str:
        order = f"create_price {product_id} {price.unit_amount} {price.currency} {price.unit} {price.count}"
        return self._of.once(key, order, lambda: self._of.new(ObjectKind.PRICE, "price", None, metadata))

    async def offered(self, provider_price_id: str) -> Offered:
        self._of.begin("retrieve_price")
        return Offered.SOLD if provider_price_id.startswith("price") else Offered.GONE


class FakeCheckouts(FakePort):
    async def open(self, key: str, order: CheckoutOrder) -> CheckoutSession:
        def make() -> CheckoutSession:
            self._of.asked(order.customer)
            made = self._of.new(ObjectKind.CHECKOUT_SESSION, "cs", order.customer, order.metadata)
            session = CheckoutSession(
                made, f"https://pay.example/{made}", SessionStatus.OPEN, order.expires_at, False, order.metadata
            )
            self._of.sessions[made] = (order, session)
            return session

        return self._of.once(
            key, f"create_checkout {order.customer} {order.price.provider_price_id} {order.reference}", make
        )

    async def get(self, session_id: str) -> CheckoutSession:
        self._of.begin("checkout")
        return self._session(session_id)

    async def completed(self, customer: CustomerRef) -> Sequence[CheckoutSession]:
        self._of.begin("complete_checkouts")
        found = [s for order, s in self._of.sessions.values() if order.customer == customer]
        return [s for s in reversed(found) if s.status is SessionStatus.COMPLETE]

    async def paid_once(self, session_id: str) -> PaidOnce | None:
        return None  # all of these are opened by us, for customers we know

    def _session(self, session_id: str) -> CheckoutSession:
        if session_id not in self._of.sessions:
            raise ProviderRefused("missing_object", f"no such checkout session: {session_id}")
        order, session = self._of.sessions[session_id]
        if session.status is SessionStatus.OPEN and session.expires_at <= self._of.at:
            session = replace(session, status=SessionStatus.EXPIRED, url=None)
            self._of.sessions[session_id] = (order, session)
        return replace(session, url=None) if self._of.asked(order.customer).deleted else session

    async def expire(self, session_id: str) -> None:
        self._of.begin("expire_checkout")
        session = self._session(session_id)
        if session.status is not SessionStatus.OPEN:
            raise ProviderRefused("invalid_request_error", f"only open sessions expire: it is {session.status}")
        ended = replace(session, status=SessionStatus.EXPIRED, url=None)
        self._of.sessions[session_id] = (self._of.sessions[session_id][0], ended)


class FakePortal(FakePort):
    async def create_configuration(self, key: str) -> str:
        return self._of.once(key, "create_portal_configuration", lambda: f"bpc_{next(self._of.numbers)}")

    async def usable(self, configuration_id: str) -> bool:
        self._of.begin("retrieve_portal_configuration")
        return configuration_id.startswith("bpc_")

    async def login_page(self, configuration_id: str, *, enable: bool) -> str | None:
        self._of.begin("portal_login_page")
        return f"https://portal.example/login/{configuration_id}"

    async def open(
        self,
        customer: CustomerRef,
        *,
        configuration_id: str,
        return_url: str,
        flow: PortalFlow,
        subscription: SubscriptionId | None = None,
    ) -> str:
        self._of.begin("create_portal")
        self._of.asked(customer)
        return f"https://portal.example/{customer}/{flow}"


class FakeSubscriptions(FakePort):
    async def cancel(self, subscription: SubscriptionId) -> None:
        self._at_period_end(subscription, cancel=True)

    async def keep(self, subscription: SubscriptionId) -> None:
        self._at_period_end(subscription, cancel=False)

    def _at_period_end(self, subscription: SubscriptionId, *, cancel: bool) -> None:
        self._of.begin("cancel_at_period_end")
        customer, fact = self._subscription(subscription)
        if fact.status in ENDED_STATUSES:
            raise ProviderRefused("invalid_request_error", "a canceled subscription can't be changed")
        customer.subscriptions[subscription] = replace(fact, cancel_at=fact.period_end_at if cancel else None)

    async def cancel_now(self, subscription: SubscriptionId) -> None:
        self._of.begin("cancel_now")
        customer, fact = self._subscription(subscription)
        if fact.status in ENDED_STATUSES:
            raise ProviderRefused("missing_object", f"no such subscription: {subscription}")
        ended = replace(fact, status=SubscriptionStatus.CANCELED, ended_at=self._of.at)
        customer.subscriptions[subscription] = ended
        self._of.end()

    def _subscription(self, subscription: SubscriptionId) -> tuple[FakeCustomer, SubscriptionFact]:
        for customer in self._of.known.values():
            if subscription in customer.subscriptions:
                return customer, customer.subscriptions[subscription]
        raise ProviderRefused("missing_object", f"no such subscription: {subscription}")

    async def name_ours(self, subscription: SubscriptionId, metadata: Mapping[str, str]) -> None:
        self._of.begin("name_subscription")
        customer, fact = self._subscription(subscription)
        customer.subscriptions[subscription] = replace(fact, metadata={**fact.metadata, **metadata})

    async def status(self, subscription: SubscriptionId) -> SubscriptionStatus:
        self._of.begin("subscription_status")
        return self._subscription(subscription)[1].status


class FakeInvoicing(FakePort):
    async def create_draft(self, key: str, order: InvoiceOrder) -> InvoiceId:
        def make() -> InvoiceId:
            customer = self._of.asked(order.customer)
            made = InvoiceId(self._of.new(ObjectKind.INVOICE, "in", order.customer, order.metadata))
            customer.invoices[made] = draft(made, order, self._of.at)
            self._of.orders[made] = order
            return made

        return self._of.once(key, f"create_invoice {order}", make)

    async def add_item(self, key: str, invoice: InvoiceId, order: InvoiceOrder) -> str:
        def make() -> str:
            customer, fact = self._invoice(invoice)
            total = fact.total + order.amount
            customer.invoices[invoice] = replace(fact, total=total, amount_remaining=total)
            return self._of.new(ObjectKind.INVOICE_ITEM, "ii", order.customer, order.metadata)

        return self._of.once(key, f"create_invoice_item {invoice} {order}", make)

    async def send(self, invoice: InvoiceId) -> InvoiceFact:
        self._of.begin("send_invoice")
        customer, fact = self._invoice(invoice)
        if fact.status is not InvoiceStatus.DRAFT:
            return fact
        if customer.email is None:
            raise ProviderRefused("missing_email", "Missing email. In order to send an invoice the customer needs one.")
        sent = replace(
            fact,
            status=InvoiceStatus.OPEN,
            number=f"GL-{next(self._of.numbers):04}",
            finalized_at=self._of.at,
            due_at=self._of.at + self._of.orders[invoice].days_until_due * DAY,
            hosted_url=f"https://invoice.example/{invoice}",
            pdf_url=f"https://invoice.example/{invoice}/pdf",
        )
        customer.invoices[invoice] = sent
        self._of.end()
        return sent

    async def delete_draft(self, customer: CustomerRef, invoice: InvoiceId, item: str | None) -> None:
        self._of.begin("delete_draft")
        drafts = self._of.customer(customer).invoices
        if invoice in drafts and drafts[invoice].status is not InvoiceStatus.DRAFT:
            raise ProviderRefused("invalid_request_error", "You can only delete draft invoices.")
        drafts.pop(invoice, None)
        for gone in (invoice, item):
            self._of.made = [one for one in self._of.made if one.id != gone]
        self._of.end()

    async def void(self, invoice: InvoiceId) -> InvoiceFact:
        self._of.begin("void_invoice")
        customer, fact = self._invoice(invoice)
        if fact.status is not InvoiceStatus.OPEN:
            return fact
        if invoice in customer.processing:
            raise ProviderRefused("invalid_request_error", "This invoice has a payment that is processing.")
        customer.invoices[invoice] = replace(fact, status=InvoiceStatus.VOID, ended_at=self._of.at)
        self._of.end()
        return customer.invoices[invoice]

    async def get(self, invoice: InvoiceId) -> InvoiceFact:
        self._of.begin("invoice")
        return self._invoice(invoice)[1]

    def _invoice(self, invoice: InvoiceId) -> tuple[FakeCustomer, InvoiceFact]:
        for customer in self._of.known.values():
            if invoice in customer.invoices:
                return customer, customer.invoices[invoice]
        raise ProviderRefused("missing_object", f"no such invoice: {invoice}")

    async def finalize(self, invoice: InvoiceId) -> InvoiceFact:
        self._of.begin("finalize_invoice")
        customer, fact = self._invoice(invoice)
        if fact.status is InvoiceStatus.DRAFT:
            fact = replace(
                fact,
                status=InvoiceStatus.OPEN,
                number=f"GL-{next(self._of.numbers):04}",
                finalized_at=self._of.at,
                hosted_url=f"https://invoice.example/{invoice}",
                auto_advance=True,
            )
            customer.invoices[invoice] = fact
        self._of.end()
        return fact


class FakeRefunds(FakePort):
    async def payments(self, invoice: InvoiceId) -> Sequence[Paid]:
        self._of.begin("payments")
        return tuple(self._paid(charge) for charge, bill in self._of.charges.items() if bill.id == invoice)

    def _paid(self, charge: ChargeId) -> Paid:
        bill = self._bill(charge)
        refunds = (r for c in self._of.known.values() for r in c.refunds.values() if r.charge_id == charge)
        back = sum(refund.amount for refund in refunds if refund.status in TAKING)
        disputed = any(d.charge_id == charge for c in self._of.known.values() for d in c.disputes.values())
        return Paid(charge, bill.amount_paid, bill.amount_paid - back, bill.currency, disputed)

    def _bill(self, charge: ChargeId) -> InvoiceFact:
        if charge not in self._of.charges:
            raise ProviderRefused("missing_object", f"no such charge: {charge}")
        return self._of.charges[charge]

    async def refund(self, key: str, charge: ChargeId, amount: int | None, metadata: Mapping[str, str]) -> RefundMade:
        def make() -> RefundMade:
            paid = self._paid(charge)
            if paid.disputed:
                raise ProviderRefused("charge_disputed", f"{charge} has been charged back")
            if paid.left <= 0:
                raise ProviderRefused("charge_already_refunded", f"{charge} has already been refunded")
            bill = self._bill(charge)
            customer = next(ref for ref, one in self._of.known.items() if bill.id in one.invoices)
            made = self._of.new(ObjectKind.REFUND, "re", None, metadata)
            given = paid.left if amount is None else amount
            status = RefundStatus.SUCCEEDED
            self._of.put_refund(
                customer, RefundFact(made, charge, bill.id, status, given, paid.amount, bill.currency, self._of.at)
            )
            return RefundMade(made, given, bill.currency)

        return self._of.once(key, f"create_refund {charge} {amount} {sorted(metadata.items())}", make)

    async def get(self, refund: str) -> RefundMade:
        self._of.begin("refund")
        for customer in self._of.known.values():
            if refund in customer.refunds:
                fact = customer.refunds[refund]
                return RefundMade(fact.id, fact.amount, fact.currency)
        raise ProviderRefused("missing_object", f"no such refund: {refund}")


class FakeEvents(FakePort):
    def decode(self, body: str) -> ProviderEvent:
        return decode(body)

    async def customer_of(self, event: ProviderEvent) -> CustomerRef | None:
        self._of.begin("customer_of")
        return event.customer or self._of.whose.get(event.leads.get("charge") or event.object_id or "")

    async def list_changes(self, *, since_at: int, after: str | None) -> Page[ProviderEvent]:
        self._of.begin("events_page")
        newest_first = sorted(enumerate(self._of.happened), key=lambda e: (e[1].created_at, e[0]), reverse=True)
        rows = [event for _, event in newest_first if event.created_at // 1000 >= since_at // 1000]
        return _page(rows, after, self._of.page, lambda event: event.id)

    async def list_live(self, *, after: str | None) -> Page[ListedSubscription]:
        self._of.begin("subscriptions_page")
        rows = [
            ListedSubscription(stripe_id, fact)
            for stripe_id, customer in self._of.known.items()
            for fact in customer.subscriptions.values()
        ]
        rows.reverse()
        return _page(rows, after, self._of.page, lambda row: row.fact.id)

    async def list_money(self, kind: MoneyKind, *, since_at: int, after: str | None) -> Page[ListedMoney]:
        self._of.begin(f"{kind}s_page")
        rows = []
        for stripe_id, customer in self._of.known.items():
            facts: dict[MoneyKind, Iterable[InvoiceFact | RefundFact | DisputeFact]] = {
                MoneyKind.INVOICE: customer.invoices.values(),
                MoneyKind.REFUND: customer.refunds.values(),
                MoneyKind.DISPUTE: customer.disputes.values(),
            }
            for fact in facts[kind]:
                if fact.created_at >= since_at:
                    amount = fact.amount_paid if isinstance(fact, InvoiceFact) else fact.amount
                    rows.append(ListedMoney(fact.id, stripe_id, fact.status, amount))
        rows.reverse()
        return _page(rows, after, self._of.page, lambda row: row.id)


def _page(rows: Sequence[T], after: str | None, size: int, name: Callable[[T], str]) -> Page[T]:
    names = [name(row) for row in rows]
    start = 0 if after is None else names.index(after) + 1
    more = start + size < len(rows)
    return Page(rows[start : start + size], names[start + size - 1] if more else None)
