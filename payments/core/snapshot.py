"""What a payment provider says of one customer now, in the provider's own words but our types."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from payments.core import refs
from payments.core.billing import (
    ENDED_STATUSES,
    BillingReason,
    CollectionMethod,
    DisputeStatus,
    EndedBy,
    InvoiceStatus,
    NoteStatus,
    PauseBehavior,
    PausedBy,
    RefundStatus,
    SubscriptionStatus,
)
from payments.core.calendar import Unit
from payments.core.ids import ChargeId, InvoiceId, SubscriptionId
from payments.core.lines import Discount, InvoiceLine, NoteLine, NoteRefund, SubscriptionItem

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SubscriptionFact:
    """A subscription as fetched. ``metadata`` carries our ids, which ``refs`` reads.

    ``items`` and ``discounts`` are in the order of their ids; without any item, nothing is known of them.
    """

    id: SubscriptionId
    status: SubscriptionStatus
    provider_price_id: str | None
    currency: str
    unit_amount: int
    quantity: int
    unit: Unit | None
    count: int | None
    items: tuple[SubscriptionItem, ...]
    discounts: tuple[Discount, ...]
    collection_method: CollectionMethod
    pause_behavior: PauseBehavior | None
    cancel_at: int | None
    trial_end_at: int | None
    period_start_at: int | None
    period_end_at: int | None
    latest_invoice_id: InvoiceId | None
    started_at: int
    ended_at: int | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    paused_by: PausedBy | None = None
    ended_by: EndedBy | None = None
    pending_invoice_id: InvoiceId | None = None

    @property
    def refs(self) -> refs.Refs:
        """What the metadata says of us."""
        return refs.read(self.metadata)


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """An invoice as fetched. ``metadata``: its own, with the subscription's beneath it.

    ``lines`` are in the provider's order; None: not all of them are known. ``credited``: credit notes took off some of
    it, before or after it was paid.
    """

    id: InvoiceId
    subscription_id: SubscriptionId | None
    status: InvoiceStatus
    number: str | None
    description: str | None
    billing_reason: BillingReason | None
    collection_method: CollectionMethod
    currency: str
    total: int
    amount_paid: int
    amount_remaining: int
    attempt_count: int
    period_start_at: int | None
    period_end_at: int | None
    due_at: int | None
    finalized_at: int | None
    paid_at: int | None
    hosted_url: str | None
    pdf_url: str | None
    created_at: int
    lines: tuple[InvoiceLine, ...] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    balance_applied: int = 0
    auto_advance: bool = True
    ended_at: int | None = None
    credited: bool = False

    @property
    def refs(self) -> refs.Refs:
        """What the metadata says of us."""
        return refs.read(self.metadata)


@dataclass(frozen=True, slots=True)
class RefundFact:
    """A refund of a charge; ``charge_amount`` is what the charge took."""

    id: str
    charge_id: ChargeId
    invoice_id: InvoiceId | None
    status: RefundStatus
    amount: int
    charge_amount: int
    currency: str
    created_at: int


@dataclass(frozen=True, slots=True)
class DisputeFact:
    """A dispute of a charge."""

    id: str
    charge_id: ChargeId
    invoice_id: InvoiceId | None
    status: DisputeStatus
    amount: int
    currency: str
    created_at: int
    charge_amount: int | None = None


@dataclass(frozen=True, slots=True)
class CreditNoteFact:
    """A credit note as fetched; see `billing.CreditNote`."""

    id: str
    invoice_id: InvoiceId
    status: NoteStatus
    pre_payment_amount: int
    post_payment_amount: int
    currency: str
    created_at: int
    lines: tuple[NoteLine, ...]
    refunds: tuple[NoteRefund, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One customer as the provider has it now. A part that was not asked for is None: nothing is known of it.

    An object that is absent from a part is no statement about that object (invariant 6). ``deleted`` is one:
    the provider said ``deleted: true`` of the customer. ``notes`` are asked for with the invoices, if one was
    credited. ``failed_at``: when an invoice's first payment failed.
    ``processing``: invoices of which a payment is on its way.
    """

    subscriptions: tuple[SubscriptionFact, ...] | None = None
    invoices: tuple[InvoiceFact, ...] | None = None
    refunds: tuple[RefundFact, ...] | None = None
    disputes: tuple[DisputeFact, ...] | None = None
    failed_at: Mapping[InvoiceId, int] = field(default_factory=dict)
    deleted: bool = False
    notes: tuple[CreditNoteFact, ...] | None = None
    processing: frozenset[InvoiceId] = frozenset()

    def with_former(self, former: "Snapshot") -> "Snapshot":
        """With what the provider has under an id that the customer had before; of what was asked of this one.

        That this one is deleted ends nothing that goes on there: by mistake one may have been replaced that was not.
        """
        going_on = any(s.status not in ENDED_STATUSES for s in former.subscriptions or ())
        return replace(
            self,
            subscriptions=_with(self.subscriptions, former.subscriptions),
            invoices=_with(self.invoices, former.invoices),
            refunds=_with(self.refunds, former.refunds),
            disputes=_with(self.disputes, former.disputes),
            notes=_with(self.notes, former.notes),
            deleted=self.deleted and not going_on,
        )


def _with(mine: tuple[_T, ...] | None, former: tuple[_T, ...] | None) -> tuple[_T, ...] | None:
    return None if mine is None else (*mine, *(former or ()))
