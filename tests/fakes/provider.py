"""A payment provider in memory, written by hand; it passes the same contract as Stripe's adapter.

What is true at Stripe is put into it (`put_subscription`, `put_invoice`, ...), and it answers what is asked of that.
`answers` are raised by the next calls before any work is done, oldest first; `lost` after the work is done.
`during` runs within a fetch, when its answer is read but not yet given. `calls` is what was asked.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from payments.core.billing import ENDED_STATUSES, InvoiceStatus, SnapshotPart, SubscriptionStatus
from payments.core.catalog import Price
from payments.core.ids import AccountId, CustomerRef, EventId, InvoiceId, SubscriptionId
from payments.core.snapshot import DisputeFact, InvoiceFact, RefundFact, Snapshot, SubscriptionFact
from payments.ports.provider import (
    Account,
    CheckoutOrder,
    CheckoutSession,
    InvoiceOrder,
    ListedEvent,
    ListedSubscription,
    ObjectKind,
    Page,
    PortalFlow,
    ProviderRefused,
    SessionStatus,
)

T = TypeVar("T")
DAY = 86_400_000
PAGE = 100


@dataclass(slots=True)
class FakeCustomer:
    """A customer, with all that is theirs."""

    name: str = ""
    email: str | None = None
    deleted: bool = False
    subscriptions: dict[SubscriptionId, SubscriptionFact] = field(default_factory=dict)
    invoices: dict[InvoiceId, InvoiceFact] = field(default_factory=dict)
    refunds: dict[str, RefundFact] = field(default_factory=dict)
    disputes: dict[str, DisputeFact] = field(default_factory=dict)
    cards: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Row:
    """Something that was made: what `find` looks through."""

    kind: ObjectKind
    id: str
    customer: CustomerRef | None
    made_at: int
    metadata: Mapping[str, str]


class FakeProvider:
    """See the module. `at` is its clock, in milliseconds."""

    def __init__(self, account: Account | None = None, *, at: int = 1_763_880_000_000) -> None:
        self.of = account or Account(AccountId("acct_1"), False, "usd")
        self.at = at
        self.customers: dict[CustomerRef, FakeCustomer] = {}
        self.sessions: dict[str, tuple[CheckoutOrder, CheckoutSession]] = {}
        self.products: dict[str, str] = {}
        self.items: dict[InvoiceId, list[InvoiceOrder]] = {}
        self.orders: dict[InvoiceId, InvoiceOrder] = {}
        self.events: list[ListedEvent] = []
        self.whose: dict[str, CustomerRef] = {}
        self.made: list[Row] = []
        self.answers: list[Exception] = []
        self.lost: list[Exception] = []
        self.during: Callable[[], Awaitable[None]] | None = None
        self.calls: list[str] = []
        self.page = PAGE
        self._keys: dict[str, tuple[str, object]] = {}
        self._numbers = itertools.count(1)

    # -- what tests say ------------------------------------------------------------------------------------------------

    def customer(self, stripe_id: CustomerRef) -> FakeCustomer:
        """A customer, made when new."""
        return self.customers.setdefault(stripe_id, FakeCustomer())

    def put_subscription(self, customer: CustomerRef, fact: SubscriptionFact) -> None:
        """A subscription is so now."""
        self.customer(customer).subscriptions[fact.id] = fact

    def put_invoice(self, customer: CustomerRef, fact: InvoiceFact) -> None:
        """An invoice is so now."""
        self.customer(customer).invoices[fact.id] = fact

    def put_refund(self, customer: CustomerRef, fact: RefundFact) -> None:
        """A refund is so now."""
        self.customer(customer).refunds[fact.id] = fact

    def put_dispute(self, customer: CustomerRef, fact: DisputeFact) -> None:
        """A dispute is so now."""
        self.customer(customer).disputes[fact.id] = fact

    def event(
        self,
        type_: str,
        object_id: str,
        customer: CustomerRef | None = None,
        *,
        id_: str | None = None,
        at: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> ListedEvent:
        """An event happened, and stands in the list."""
        number = next(self._numbers)
        created_at = self.at if at is None else at
        name = id_ or f"evt_{number}"
        kind = "customer" if object_id == customer else type_.removeprefix("customer.").split(".")[0]
        body = {
            "id": name,
            "object": "event",
            "type": type_,
            "created": created_at // 1000,
            "livemode": self.of.livemode,
            "data": {
                "object": {"id": object_id, "object": kind, "customer": customer, "metadata": dict(metadata or {})}
            },
        }
        listed = ListedEvent(EventId(name), type_, created_at, object_id, customer, json.dumps(body))
        self.events.append(listed)
        return listed

    def _begin(self, call: str) -> None:
        self.calls.append(call)
        if self.answers:
            raise self.answers.pop(0)

    def _end(self) -> None:
        if self.lost:
            raise self.lost.pop(0)

    def _once(self, key: str, call: str, make: Callable[[], T]) -> T:
        """A creating call: the same key gives the same answer, and refuses another order."""
        self._begin(call.split(" ")[0])
        if key in self._keys:
            asked, answer = self._keys[key]
            if asked != call:
                raise ProviderRefused("idempotency_error", "this key was used for something else")
            self._end()
            return answer  # type: ignore[return-value]  # what the same call answered
        made = make()
        self._keys[key] = (call, made)
        self._end()
        return made

    def _new(self, kind: ObjectKind, prefix: str, customer: CustomerRef | None, metadata: Mapping[str, str]) -> str:
        made_id = f"{prefix}_{next(self._numbers)}"
        self.made.append(Row(kind, made_id, customer, self.at, dict(metadata)))
        return made_id

    def _known(self, customer: CustomerRef) -> FakeCustomer:
        found = self.customers.get(customer)
        if found is None:
            raise ProviderRefused("missing_object", f"no such customer: {customer}")
        return found

    # -- the port ------------------------------------------------------------------------------------------------------

    async def account(self) -> Account:
        self._begin("account")
        return self.of

    async def find(self, kind: ObjectKind, row_id: str, *, since_at: int, customer: CustomerRef | None) -> str | None:
        self._begin("find")
        for row in reversed(self.made):
            if row.kind is not kind or row.made_at < since_at - 300_000:
                continue
            if customer is not None and row.customer not in (None, customer):
                continue
            if row.metadata.get("guestlist_row") == row_id:
                return row.id
        return None

    async def create_customer(
        self, key: str, *, name: str, email: str | None, metadata: Mapping[str, str]
    ) -> CustomerRef:
        def make() -> CustomerRef:
            made = CustomerRef(self._new(ObjectKind.CUSTOMER, "cus", None, metadata))
            self.customers[made] = FakeCustomer(name, email)
            return made

        return self._once(key, f"create_customer {name} {email} {sorted(metadata.items())}", make)

    async def set_customer_email(self, customer: CustomerRef, email: str) -> None:
        self._begin("set_customer_email")
        self._known(customer).email = email

    async def create_product(self, key: str, *, name: str, metadata: Mapping[str, str]) -> str:
        def make() -> str:
            made = self._new(ObjectKind.PRODUCT, "prod", None, metadata)
            self.products[made] = name
            return made

        return self._once(key, f"create_product {name} {sorted(metadata.items())}", make)

    async def rename_product(self, product_id: str, name: str) -> None:
        self._begin("rename_product")
        if product_id not in self.products:
            raise ProviderRefused("missing_object", f"no such product: {product_id}")
        self.products[product_id] = name

    async def create_price(self, key: str, *, product_id: str, price: Price, metadata: Mapping[str, str]) -> str:
        order = f"create_price {product_id} {price.amount} {price.currency} {price.unit} {price.count}"
        return self._once(key, order, lambda: self._new(ObjectKind.PRICE, "price", None, metadata))

    async def create_checkout(self, key: str, order: CheckoutOrder) -> CheckoutSession:
        def make() -> CheckoutSession:
            self._known(order.customer)
            made = self._new(ObjectKind.CHECKOUT_SESSION, "cs", order.customer, order.metadata)
            session = CheckoutSession(
                made, f"https://pay.example/{made}", SessionStatus.OPEN, order.expires_at, False, order.metadata
            )
            self.sessions[made] = (order, session)
            return session

        return self._once(
            key, f"create_checkout {order.customer} {order.price.provider_price_id} {order.reference}", make
        )

    async def checkout(self, session_id: str) -> CheckoutSession:
        self._begin("checkout")
        return self._session(session_id)

    async def complete_checkouts(self, customer: CustomerRef) -> Sequence[CheckoutSession]:
        self._begin("complete_checkouts")
        found = [s for order, s in self.sessions.values() if order.customer == customer]
        return [s for s in reversed(found) if s.status is SessionStatus.COMPLETE]

    def _session(self, session_id: str) -> CheckoutSession:
        if session_id not in self.sessions:
            raise ProviderRefused("missing_object", f"no such checkout session: {session_id}")
        order, session = self.sessions[session_id]
        if session.status is SessionStatus.OPEN and session.expires_at <= self.at:
            session = replace(session, status=SessionStatus.EXPIRED, url=None)
            self.sessions[session_id] = (order, session)
        return replace(session, url=None) if self._known(order.customer).deleted else session

    async def expire_checkout(self, session_id: str) -> None:
        self._begin("expire_checkout")
        session = self._session(session_id)
        if session.status is not SessionStatus.OPEN:
            raise ProviderRefused("invalid_request_error", f"only open sessions expire: it is {session.status}")
        ended = replace(session, status=SessionStatus.EXPIRED, url=None)
        self.sessions[session_id] = (self.sessions[session_id][0], ended)

    async def create_portal_configuration(self, key: str) -> str:
        return self._once(key, "create_portal_configuration", lambda: f"bpc_{next(self._numbers)}")

    async def create_portal(
        self,
        customer: CustomerRef,
        *,
        configuration_id: str,
        return_url: str,
        flow: PortalFlow,
        subscription: SubscriptionId | None = None,
    ) -> str:
        self._begin("create_portal")
        self._known(customer)
        return f"https://portal.example/{customer}/{flow}"

    async def cancel_now(self, subscription: SubscriptionId) -> None:
        self._begin("cancel_now")
        customer, fact = self._subscription(subscription)
        if fact.status in ENDED_STATUSES:
            raise ProviderRefused("missing_object", f"no such subscription: {subscription}")
        ended = replace(fact, status=SubscriptionStatus.CANCELED, ended_at=self.at)
        customer.subscriptions[subscription] = ended
        self._end()

    async def cards(self, customer: CustomerRef) -> frozenset[str]:
        self._begin("cards")
        return frozenset(self.customer(customer).cards)

    async def cancel_at_period_end(self, subscription: SubscriptionId, cancel: bool) -> None:
        self._begin("cancel_at_period_end")
        customer, fact = self._subscription(subscription)
        if fact.status in ENDED_STATUSES:
            raise ProviderRefused("invalid_request_error", "a canceled subscription can't be changed")
        customer.subscriptions[subscription] = replace(fact, cancel_at=fact.period_end_at if cancel else None)

    def _subscription(self, subscription: SubscriptionId) -> tuple[FakeCustomer, SubscriptionFact]:
        for customer in self.customers.values():
            if subscription in customer.subscriptions:
                return customer, customer.subscriptions[subscription]
        raise ProviderRefused("missing_object", f"no such subscription: {subscription}")

    async def create_invoice(self, key: str, order: InvoiceOrder) -> InvoiceId:
        def make() -> InvoiceId:
            customer = self._known(order.customer)
            made = InvoiceId(self._new(ObjectKind.INVOICE, "in", order.customer, order.metadata))
            customer.invoices[made] = _draft(made, order, self.at)
            self.orders[made] = order
            return made

        return self._once(key, f"create_invoice {order}", make)

    async def create_invoice_item(self, key: str, invoice: InvoiceId, order: InvoiceOrder) -> str:
        def make() -> str:
            customer, fact = self._invoice(invoice)
            total = fact.total + order.amount
            customer.invoices[invoice] = replace(fact, total=total, amount_remaining=total)
            return self._new(ObjectKind.INVOICE_ITEM, "ii", order.customer, order.metadata)

        return self._once(key, f"create_invoice_item {invoice} {order}", make)

    async def send_invoice(self, invoice: InvoiceId) -> InvoiceFact:
        self._begin("send_invoice")
        customer, fact = self._invoice(invoice)
        if fact.status is not InvoiceStatus.DRAFT:
            return fact
        if customer.email is None:
            raise ProviderRefused("missing_email", "Missing email. In order to send an invoice the customer needs one.")
        sent = replace(
            fact,
            status=InvoiceStatus.OPEN,
            number=f"GL-{next(self._numbers):04}",
            finalized_at=self.at,
            due_at=self.at + self.orders[invoice].days_until_due * DAY,
            hosted_url=f"https://invoice.example/{invoice}",
            pdf_url=f"https://invoice.example/{invoice}/pdf",
        )
        customer.invoices[invoice] = sent
        self._end()
        return sent

    async def delete_draft(self, invoice: InvoiceId, item: str | None) -> None:
        self._begin("delete_draft")
        for customer in self.customers.values():
            fact = customer.invoices.get(invoice)
            if fact is not None and fact.status is not InvoiceStatus.DRAFT:
                raise ProviderRefused("invoice_not_editable", "You can only delete draft invoices.")
            customer.invoices.pop(invoice, None)
        for gone in (invoice, item):
            self.made = [one for one in self.made if one.id != gone]
        self._end()

    async def invoice(self, invoice: InvoiceId) -> InvoiceFact:
        self._begin("invoice")
        return self._invoice(invoice)[1]

    def _invoice(self, invoice: InvoiceId) -> tuple[FakeCustomer, InvoiceFact]:
        for customer in self.customers.values():
            if invoice in customer.invoices:
                return customer, customer.invoices[invoice]
        raise ProviderRefused("missing_object", f"no such invoice: {invoice}")

    async def fetch(
        self, customer: CustomerRef, parts: SnapshotPart, *, failures_unknown: Sequence[InvoiceId] = ()
    ) -> Snapshot:
        self._begin(f"fetch {customer} {int(parts)}")
        has = self._known(customer)
        ended = all(s.status in ENDED_STATUSES for s in has.subscriptions.values())
        found = Snapshot(
            subscriptions=tuple(has.subscriptions.values()) if SnapshotPart.SUBSCRIPTIONS in parts else None,
            invoices=tuple(has.invoices.values()) if SnapshotPart.INVOICES in parts else None,
            refunds=tuple(has.refunds.values()) if SnapshotPart.CHARGES in parts else None,
            disputes=tuple(has.disputes.values()) if SnapshotPart.DISPUTES in parts else None,
            failed_at=self._failures(failures_unknown),
            deleted=SnapshotPart.SUBSCRIPTIONS in parts and has.deleted and ended,
        )
        if self.during is not None:
            during, self.during = self.during, None
            await during()
        return found

    def _failures(self, invoice_ids: Iterable[InvoiceId]) -> Mapping[InvoiceId, int]:
        found: dict[InvoiceId, int] = {}
        for invoice_id in invoice_ids:
            times = [
                e.created_at for e in self.events if e.type == "invoice.payment_failed" and e.object_id == invoice_id
            ]
            if times:
                found[invoice_id] = min(times)
        return found

    async def customer_of(self, event_type: str, body: str) -> CustomerRef | None:
        self._begin("customer_of")
        try:
            found = json.loads(body)["data"]["object"]
        except (ValueError, KeyError, TypeError):
            return None
        named = found.get("customer")
        if isinstance(named, str):
            return CustomerRef(named)
        return self.whose.get(str(found.get("charge") or found.get("id")))

    async def events_page(self, *, since_at: int, after: str | None) -> Page[ListedEvent]:
        self._begin("events_page")
        newest_first = sorted(enumerate(self.events), key=lambda e: (e[1].created_at, e[0]), reverse=True)
        rows = [event for _, event in newest_first if event.created_at // 1000 >= since_at // 1000]
        return _page(rows, after, self.page, lambda event: event.id)

    async def subscriptions_page(self, *, after: str | None) -> Page[ListedSubscription]:
        self._begin("subscriptions_page")
        rows = [
            ListedSubscription(stripe_id, fact)
            for stripe_id, customer in self.customers.items()
            for fact in customer.subscriptions.values()
        ]
        rows.reverse()
        return _page(rows, after, self.page, lambda row: row.fact.id)

    async def subscription_status(self, subscription: SubscriptionId) -> SubscriptionStatus:
        self._begin("subscription_status")
        return self._subscription(subscription)[1].status

    async def close(self) -> None:
        self.calls.append("close")


def _page(rows: Sequence[T], after: str | None, size: int, name: Callable[[T], str]) -> Page[T]:
    names = [name(row) for row in rows]
    start = 0 if after is None else names.index(after) + 1
    more = start + size < len(rows)
    return Page(rows[start : start + size], names[start + size - 1] if more else None)


def _draft(invoice_id: InvoiceId, order: InvoiceOrder, now: int) -> InvoiceFact:
    return InvoiceFact(
        id=invoice_id,
        subscription_id=None,
        status=InvoiceStatus.DRAFT,
        number=None,
        description=order.description,
        billing_reason="manual",
        collection_method="send_invoice",
        currency=order.currency,
        total=0,
        amount_paid=0,
        amount_remaining=0,
        attempt_count=0,
        period_start_at=now,
        period_end_at=now,
        due_at=None,
        finalized_at=None,
        paid_at=None,
        hosted_url=None,
        pdf_url=None,
        created_at=now,
        metadata=dict(order.metadata),
    )
