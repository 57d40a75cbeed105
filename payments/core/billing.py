"""What was bought, as the payment provider last told it: customers, checkouts, subscriptions, invoices, refunds."""

from dataclasses import dataclass
from enum import IntFlag, StrEnum

from payments.core.calendar import Unit
from payments.core.ids import (
    AccountId,
    ChargeId,
    CheckoutId,
    CustomerId,
    CustomerRef,
    InvoiceId,
    PersonId,
    PlanId,
    PriceId,
    PurchaseId,
    SubscriptionId,
)
from payments.core.lines import Discount, InvoiceLine, NoteLine, NoteRefund, SubscriptionItem
from payments.core.words import ProviderWord


@dataclass(frozen=True, slots=True)
class Customer:
    """A person as a customer of one Stripe account in one currency (Stripe allows one currency a customer)."""

    id: CustomerId
    person_id: PersonId
    account_id: AccountId
    currency: str
    stripe_id: CustomerRef | None
    email: str | None


class SnapshotPart(IntFlag):
    """The parts of a customer's state at Stripe; a mark says which of them changed."""

    SUBSCRIPTIONS = 1
    INVOICES = 2  # purchases too: a one-time Checkout makes an invoice
    CHARGES = 4  # with their refunds
    DISPUTES = 8
    ALL = 15


class CheckoutState(StrEnum):
    """The life of a checkout link."""

    PENDING = "pending"  # our row is there, Stripe's session not yet known
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Checkout:
    """One checkout link: who pays, who benefits, and for what."""

    id: CheckoutId
    payer_id: PersonId
    beneficiary_id: PersonId
    plan_id: PlanId
    price_id: PriceId
    customer_id: CustomerId
    state: CheckoutState
    session_id: str | None
    url: str | None
    expires_at: int | None
    created_at: int


class SubscriptionStatus(ProviderWord):
    """Stripe's subscription statuses. UNKNOWN is any that this version doesn't know: it changes nothing."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"
    PAUSED = "paused"
    UNKNOWN = "unknown"


class CollectionMethod(ProviderWord):
    """Stripe's ways to collect a bill. An UNKNOWN one replaces none that we knew; at first it counts as automatic."""

    CHARGE_AUTOMATICALLY = "charge_automatically"
    SEND_INVOICE = "send_invoice"
    UNKNOWN = "unknown"


class PausedBy(ProviderWord):
    """Why a subscription is `paused`. An UNKNOWN cause counts as one that nobody asked for."""

    PAUSE_REQUESTED = "pause_requested"
    TRIAL_END_WITHOUT_PAYMENT_METHOD = "trial_end_without_payment_method"
    UNKNOWN = "unknown"


class EndedBy(ProviderWord):
    """Why a subscription was canceled. An UNKNOWN cause counts as somebody's wish."""

    CANCELLATION_REQUESTED = "cancellation_requested"
    PAYMENT_DISPUTED = "payment_disputed"
    PAYMENT_FAILED = "payment_failed"
    UNKNOWN = "unknown"


class PauseBehavior(ProviderWord):
    """What Stripe does with the bills of a pause. With an UNKNOWN one it is a pause all the same."""

    KEEP_AS_DRAFT = "keep_as_draft"
    MARK_UNCOLLECTIBLE = "mark_uncollectible"
    VOID = "void"
    UNKNOWN = "unknown"


ENDED_STATUSES = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})


class Ending(StrEnum):
    """What is wanted of a subscription's end and not yet seen done at the provider."""

    AT_ONCE = "at_once"
    PERIOD_END = "period_end"
    KEEP = "keep"  # an end that was set is taken back
    ASKED = "asked"  # its payment was taken back; the contact says whether it ends


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as Stripe last told it, with what only we know.

    That is ``past_due_since_at``, ``paid_once``, and ``unpaid_since_at``: when we first saw it unpaid.

    ``plan_id`` is None when it sells nothing of ours. ``unit_amount`` is the price of one ``quantity`` of the
    provider's first item in minor units, and 0 where that isn't known: see ``may_cost`` and ``undiscounted_amount``.
    ``items`` and ``discounts`` are in the order of their ids; without any item, nothing is known of them. ``cancel_at``
    covers both of Stripe's ways to say it. ``pause_behavior`` is set while ``pause_collection`` is, ``paused_by`` while
    it is `paused`, ``ended_by`` once it is canceled. ``pending_invoice_id`` is of a change that waits for its payment.
    ``latest_invoice_id`` pays the current period. ``ending_for`` is the bill whose payment was taken back, for which we
    let it end, since ``ending_for_at`` (None: that end was not set, or was taken back since). ``moved_here``: it was
    made by no link of ours.
    """

    account_id: AccountId
    id: SubscriptionId
    customer_id: CustomerId
    payer_id: PersonId
    beneficiary_id: PersonId
    plan_id: PlanId | None
    price_id: PriceId | None
    status: SubscriptionStatus
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
    past_due_since_at: int | None
    paid_once: bool
    started_at: int
    ended_at: int | None
    paused_by: PausedBy | None = None
    ended_by: EndedBy | None = None
    unpaid_since_at: int | None = None
    pending_invoice_id: InvoiceId | None = None
    ending: Ending | None = None
    ending_for: InvoiceId | None = None
    ending_for_at: int | None = None
    moved_here: bool = False

    @property
    def ends_by_itself(self) -> bool:
        """Whether it runs, and ends with what is paid already: nothing more is charged."""
        at, paid_until = self.cancel_at, self.period_end_at
        return self.status not in ENDED_STATUSES and at is not None and (paid_until is None or at <= paid_until)

    @property
    def may_cost(self) -> bool:
        """Whether something may be charged for it: an item whose amount isn't known counts."""
        if not self.items:
            return self.unit_amount > 0
        return any(item.unit_amount != 0 and item.quantity != 0 for item in self.items)

    @property
    def discounted(self) -> bool:
        """Whether a discount is taken off it, or off one of its items."""
        return bool(self.discounts) or any(item.discounts for item in self.items)

    @property
    def undiscounted_amount(self) -> int | None:
        """What each renewal charges before discounts and before tax that is added; None where it isn't known.

        Tiers, fractions, usage, a pause, several items and a price of another currency don't tell.
        """
        if len(self.items) != 1 or self.pause_behavior is not None:
            return None
        (item,) = self.items
        if item.unit_amount is None or item.quantity is None:
            return None
        return item.unit_amount * item.quantity if item.currency == self.currency else None


class PurchaseState(StrEnum):
    """A one-time purchase counts from the moment its invoice is paid."""

    OPEN = "open"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Purchase:
    """A one-time purchase. Its row is made with the checkout and carried in the metadata of Stripe's invoice.

    ``total`` is its price when it was made, in minor units: before discounts, and before tax that is added.
    """

    id: PurchaseId
    checkout_id: CheckoutId
    account_id: AccountId
    customer_id: CustomerId
    payer_id: PersonId
    beneficiary_id: PersonId
    plan_id: PlanId
    price_id: PriceId
    total: int
    currency: str
    state: PurchaseState
    invoice_id: InvoiceId | None
    paid_at: int | None
    created_at: int


class InvoiceStatus(ProviderWord):
    """Stripe's invoice statuses."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"
    UNKNOWN = "unknown"


class BillingReason(ProviderWord):
    """Stripe's reasons for a bill. One with an UNKNOWN reason counts as one that pays for a period."""

    AUTOMATIC_PENDING_INVOICE_ITEM_INVOICE = "automatic_pending_invoice_item_invoice"
    MANUAL = "manual"
    QUOTE_ACCEPT = "quote_accept"
    SUBSCRIPTION = "subscription"
    SUBSCRIPTION_CREATE = "subscription_create"
    SUBSCRIPTION_CYCLE = "subscription_cycle"
    SUBSCRIPTION_THRESHOLD = "subscription_threshold"
    SUBSCRIPTION_UPDATE = "subscription_update"
    UPCOMING = "upcoming"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as Stripe last told it. ``failed_at`` is when its first payment failed, from the event alone.

    ``lines`` is None while they are not known: earlier versions stored invoices without them. ``balance_applied`` is
    what the customer's balance paid of it, in minor units, beside ``amount_paid``. ``ended_at``: when it was voided or
    written off. ``auto_advance``: Stripe finalizes and collects it by itself. ``by_pause``: a pause ended it or left it
    a draft, which only we remember. ``processing``: a payment of it is on its way, as debits are for days.
    ``access_kept``: the owner's answer to its being taken back unpaid. ``withdrawn``: it was voided by us, with the end
    of what it was for.
    """

    account_id: AccountId
    id: InvoiceId
    customer_id: CustomerId
    subscription_id: SubscriptionId | None
    purchase_id: PurchaseId | None
    status: InvoiceStatus
    number: str | None
    description: str | None
    billing_reason: BillingReason | None
    currency: str
    total: int
    amount_paid: int
    amount_remaining: int
    period_start_at: int | None
    period_end_at: int | None
    due_at: int | None
    finalized_at: int | None
    paid_at: int | None
    failed_at: int | None
    hosted_url: str | None
    pdf_url: str | None
    created_at: int
    lines: tuple[InvoiceLine, ...] | None = None
    balance_applied: int = 0
    auto_advance: bool = True
    ended_at: int | None = None
    by_pause: bool = False
    processing: bool = False
    access_kept: bool = False
    withdrawn: bool = False


class RefundStatus(ProviderWord):
    """Stripe's refund statuses."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund, traced to the invoice it gives back. ``charge_amount`` tells a full refund from a partial one."""

    account_id: AccountId
    id: str
    customer_id: CustomerId
    charge_id: ChargeId
    invoice_id: InvoiceId | None
    status: RefundStatus
    amount: int
    charge_amount: int
    currency: str
    created_at: int


class DisputeStatus(ProviderWord):
    """Stripe's dispute statuses. Those of inquiries begin with ``warning_``."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response"
    APPEAL_UNDER_REVIEW = "appeal_under_review"
    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute of a charge, traced to the invoice it contests. Inquiries (``warning_*``) are no disputes.

    ``charge_amount`` is what the charge took; None in rows of earlier versions.
    """

    account_id: AccountId
    id: str
    customer_id: CustomerId
    charge_id: ChargeId
    invoice_id: InvoiceId | None
    status: DisputeStatus
    amount: int
    currency: str
    created_at: int
    charge_amount: int | None = None


class NoteStatus(ProviderWord):
    """Stripe's credit note statuses."""

    ISSUED = "issued"
    VOID = "void"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note: ``pre_payment_amount`` was taken off an invoice before it was paid, ``post_payment_amount`` given
    back after that, its refunds included. ``lines``: which lines of the invoice it names; none: it names none."""

    account_id: AccountId
    id: str
    customer_id: CustomerId
    invoice_id: InvoiceId
    status: NoteStatus
    pre_payment_amount: int
    post_payment_amount: int
    currency: str
    created_at: int
    lines: tuple[NoteLine, ...]
    refunds: tuple[NoteRefund, ...]
