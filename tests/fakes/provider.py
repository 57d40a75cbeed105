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

from payments.core.billing import ENDED_STATUSES, SnapshotPart
from payments.core.ids import AccountId, ChargeId, CustomerRef, InvoiceId, SubscriptionId
from payments.core.snapshot import CreditNoteFact, DisputeFact, InvoiceFact, RefundFact, Snapshot, SubscriptionFact
from payments.ports.providers import (
    Account,
    CheckoutOrder,
    CheckoutSession,
    FraudWarnings,
    InvoiceOrder,
    ObjectKind,
    ProviderEvent,
    ProviderRefused,
)
from payments.providers.stripe.events import decode
from payments.providers.stripe.limits import LIMITS
from tests.fakes.provider_ports import (
    FakeCatalog,
    FakeCheckouts,
    FakeCustomers,
    FakeEvents,
    FakeInvoicing,
    FakeLookup,
    FakePortal,
    FakeRefunds,
    FakeSubscriptions,
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
    notes: dict[str, CreditNoteFact] = field(default_factory=dict)
    processing: set[InvoiceId] = field(default_factory=set)
    cards: set[str] = field(default_factory=set)
    metadata: dict[str, str] = field(default_factory=dict)


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

    limits = LIMITS

    def __init__(self, account: Account | None = None, *, at: int = 1_763_880_000_000) -> None:
        self.checkouts = FakeCheckouts(self)
        self.events = FakeEvents(self)
        self.customers = FakeCustomers(self)
        self.catalog = FakeCatalog(self)
        self.subscriptions = FakeSubscriptions(self)
        self.invoicing = FakeInvoicing(self)
        self.refunds = FakeRefunds(self)
        self.portal = FakePortal(self)
        self.fraud_warnings: FraudWarnings | None = None  # tests that need it set it
        self.lookup = FakeLookup(self)
        self.of = account or Account(AccountId("acct_1"), False, "usd")
        self.at = at
        self.known: dict[CustomerRef, FakeCustomer] = {}
        self.sessions: dict[str, tuple[CheckoutOrder, CheckoutSession]] = {}
        self.products: dict[str, str] = {}
        self.items: dict[InvoiceId, list[InvoiceOrder]] = {}
        self.charges: dict[ChargeId, InvoiceFact] = {}
        """What paid which bill through the provider; a bill that is paid without one was paid outside it."""
        self.orders: dict[InvoiceId, InvoiceOrder] = {}
        self.happened: list[ProviderEvent] = []
        self.whose: dict[str, CustomerRef] = {}
        self.made: list[Row] = []
        self.answers: list[Exception] = []
        self.lost: list[Exception] = []
        self.during: Callable[[], Awaitable[None]] | None = None
        self.calls: list[str] = []
        self.page = PAGE
        self._keys: dict[str, tuple[str, object]] = {}
        self.numbers = itertools.count(1)

    # -- what tests say ------------------------------------------------------------------------------------------------

    def customer(self, stripe_id: CustomerRef) -> FakeCustomer:
        """A customer, made when new."""
        return self.known.setdefault(stripe_id, FakeCustomer())

    def new_customer(self, name: str, email: str | None) -> FakeCustomer:
        """A customer about which nothing is known yet."""
        return FakeCustomer(name, email)

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

    def put_note(self, customer: CustomerRef, fact: CreditNoteFact) -> None:
        """A credit note is so now, and its invoice says that there is one."""
        has = self.customer(customer)
        has.notes[fact.id] = fact
        has.invoices[fact.invoice_id] = replace(has.invoices[fact.invoice_id], credited=True)

    def event(
        self,
        type_: str,
        object_id: str,
        customer: CustomerRef | None = None,
        *,
        id_: str | None = None,
        at: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> ProviderEvent:
        """An event happened, and stands in the list."""
        number = next(self.numbers)
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
        listed = replace(decode(json.dumps(body)), created_at=created_at)
        self.happened.append(listed)
        return listed

    def begin(self, call: str) -> None:
        self.calls.append(call)
        if self.answers:
            raise self.answers.pop(0)

    def end(self) -> None:
        if self.lost:
            raise self.lost.pop(0)

    def once(self, key: str, call: str, make: Callable[[], T]) -> T:
        """A creating call: the same key gives the same answer, and refuses another order."""
        self.begin(call.split(" ")[0])
        if key in self._keys:
            asked, answer = self._keys[key]
            if asked != call:
                raise ProviderRefused("idempotency_error", "this key was used for something else")
            self.end()
            return answer  # type: ignore[return-value]  # what the same call answered
        made = make()
        self._keys[key] = (call, made)
        self.end()
        return made

    def new(self, kind: ObjectKind, prefix: str, customer: CustomerRef | None, metadata: Mapping[str, str]) -> str:
        made_id = f"{prefix}_{next(self.numbers)}"
        self.made.append(Row(kind, made_id, customer, self.at, dict(metadata)))
        return made_id

    def asked(self, customer: CustomerRef) -> FakeCustomer:
        found = self.known.get(customer)
        if found is None:
            raise ProviderRefused("missing_object", f"no such customer: {customer}")
        return found

    # -- the port ------------------------------------------------------------------------------------------------------

    def told_time(self) -> int | None:
        return None

    async def account(self) -> Account:
        self.begin("account")
        return self.of

    async def snapshot(
        self, customer: CustomerRef, parts: SnapshotPart, *, failures_unknown: Sequence[InvoiceId] = ()
    ) -> Snapshot:
        self.begin(f"fetch {customer} {int(parts)}")
        has = self.asked(customer)
        ended = all(s.status in ENDED_STATUSES for s in has.subscriptions.values())
        found = Snapshot(
            subscriptions=tuple(has.subscriptions.values()) if SnapshotPart.SUBSCRIPTIONS in parts else None,
            invoices=tuple(has.invoices.values()) if SnapshotPart.INVOICES in parts else None,
            refunds=tuple(has.refunds.values()) if SnapshotPart.CHARGES in parts else None,
            disputes=tuple(has.disputes.values()) if SnapshotPart.DISPUTES in parts else None,
            failed_at=self._failures(failures_unknown),
            notes=tuple(has.notes.values()) if SnapshotPart.INVOICES in parts else None,
            processing=frozenset(has.processing.intersection(failures_unknown)),
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
                e.created_at for e in self.happened if e.type == "invoice.payment_failed" and e.object_id == invoice_id
            ]
            if times:
                found[invoice_id] = min(times)
        return found

    async def close(self) -> None:
        self.calls.append("close")
