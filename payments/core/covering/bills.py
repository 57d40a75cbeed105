"""What is known of one subscription: its items, its bills, and what was given back of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.lines import InvoiceLine, SubscriptionItem


class Pause(StrEnum):
    """What kind of pause it is."""

    REQUESTED = "requested"  # somebody asked for it, or collection is paused: the plan says what it keeps
    UNASKED = "unasked"  # such as after a trial for which no card came: it keeps nothing


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice of the subscription. Amounts are in minor units, times in milliseconds.

    ``cash``, ``outside`` (out of band) and ``balance`` (of the customer) are what paid it; proration credits are lines.
    ``failed_at`` is its first failed payment, or when we first saw that one had failed. ``due_at``: of one that is
    sent. ``ended_at``: voided or written off. ``processing``: a payment is on its way. ``stays_draft``: the provider
    will not finalize it by itself. ``by_pause``: a pause ended it or left it. ``forgiven``: the owner answered that
    access is kept. ``withdrawn``: we voided it. ``change``: made for a change in the midst of a period.
    """

    id: str
    status: InvoiceStatus
    created_at: int
    lines: tuple[InvoiceLine, ...]
    cash: int = 0
    outside: int = 0
    balance: int = 0
    failed_at: int | None = None
    due_at: int | None = None
    paid_at: int | None = None
    ended_at: int | None = None
    processing: bool = False
    stays_draft: bool = False
    by_pause: bool = False
    forgiven: bool = False
    withdrawn: bool = False
    change: bool = False

    @property
    def money(self) -> int:
        """What was paid of it other than by proration credits."""
        return self.cash + self.outside + self.balance

    @property
    def owed(self) -> int:
        """What its lines ask for after discounts; below 0 when credits outweigh."""
        return sum(net(line) for line in self.lines)


def net(line: InvoiceLine) -> int:
    """What a line asks for after discounts."""
    return line.amount - line.discount_amount


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund that counts: pending, asked for or made. ``kept``: one of ours that leaves access as it is.

    ``charge_id``: which payment of the bill it gives back, of ``payment`` in all (None: not told).
    """

    id: str
    bill_id: str
    amount: int
    at: int | None = None
    kept: bool = False
    charge_id: str | None = None
    payment: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """An issued credit note: what it takes off before payment, and what it gives back after it.

    ``post`` includes what its refunds (``refund_ids``) give back. ``lines``: gross amounts by the ids of the bill's
    lines; without any it belongs to none.
    """

    id: str
    bill_id: str
    pre: int = 0
    post: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    refund_ids: frozenset[str] = frozenset()
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Contested:
    """A dispute that counts: open, under appeal, lost or prevented. ``payment`` is the contested payment's amount."""

    bill_id: str
    amount: int
    payment: int
    charge_id: str | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that decides. ``sent``: bills are sent, not collected. ``ended_at``: became canceled or unpaid.

    ``payment_ended_it``: it is unpaid, or canceled because payments failed. ``counts_as_paid``: it was moved here
    paid. ``bounced_before``: a first payment of this person bounced once. ``pending_bill_id``: of a change that waits
    for its payment.
    """

    status: SubscriptionStatus
    items: tuple[SubscriptionItem, ...]
    bills: tuple[Bill, ...]
    given_back: tuple[GivenBack, ...] = ()
    notes: tuple[Note, ...] = ()
    contested: tuple[Contested, ...] = ()
    sent: bool = False
    pause: Pause | None = None
    trial_end_at: int | None = None
    cancel_at: int | None = None
    ended_at: int | None = None
    payment_ended_it: bool = False
    counts_as_paid: bool = False
    bounced_before: bool = False
    pending_bill_id: str | None = None

    def bill(self, bill_id: str) -> Bill | None:
        """A bill by its id."""
        return next((bill for bill in self.bills if bill.id == bill_id), None)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan says. ``at_once``: a first payment that takes days, or a first bill that is sent, opens access."""

    grace_ms: int = 0
    refund_ends: bool = True
    dispute_ends: bool = True
    pause_keeps: bool = False
    at_once: bool = False
