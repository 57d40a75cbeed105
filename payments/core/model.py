"""The words of Guestlist as values: communities, people, what is sold, and what was bought.

Times are milliseconds since 1970 UTC and end in ``_at`` (business time unless said otherwise); durations end in
their unit. Money is an integer of minor units beside its currency (lower case, ISO 4217).
"""

from dataclasses import dataclass
from enum import IntFlag, StrEnum

from payments.core.ids import (
    AccountId,
    ChargeId,
    CheckoutId,
    CommunityId,
    CustomerId,
    EntitlementId,
    InvoiceId,
    PersonId,
    PlanId,
    PriceId,
    PurchaseId,
    StripeCustomerId,
    SubscriptionId,
    TargetId,
)


class Platform(StrEnum):
    """A chat platform on which memberships open something."""

    DISCORD = "discord"
    TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True)
class Identity:
    """An account of a chat platform."""

    platform: Platform
    user_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a community lives: a Discord server or a Telegram chat."""

    platform: Platform
    external_id: str


@dataclass(frozen=True, slots=True)
class Community:
    """One owner's community: a Discord server and any number of Telegram chats.

    ``contact_id`` is the person told when an admin must act. ``breaker_tripped_at`` is machine time; while it is
    set nobody is revoked in this community. ``icon`` (an emoji or two letters) and ``color`` (``#rrggbb``) dress its
    pages; None: the product's own.
    """

    id: CommunityId
    name: str
    locale: str
    currency: str
    grace_ms: int
    contact_id: PersonId | None
    breaker_tripped_at: int | None
    created_at: int
    icon: str | None = None
    color: str | None = None


class TargetKind(StrEnum):
    """What a plan can open."""

    ROLE = "role"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Target:
    """A thing a plan opens: a role of a Discord server (``external_id`` the role), or a Telegram chat."""

    id: TargetId
    community_id: CommunityId
    platform: Platform
    place_id: str
    kind: TargetKind
    external_id: str
    name: str


class Unit(StrEnum):
    """Units of a billing interval, as Stripe's ``recurring.interval`` has them."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class PriceKind(StrEnum):
    """How a price is charged and how long it lasts."""

    RECURRING = "recurring"  # every `count` `unit`s, until cancelled
    FIXED_TIME = "fixed_time"  # once, for `count` `unit`s
    LIFETIME = "lifetime"  # once, for good
    FIXED_DATE = "fixed_date"  # once, until `until_at`


class PriceState(StrEnum):
    """A price is sold only while active; a retired one goes on charging those who have it."""

    PENDING = "pending"  # our row is there, Stripe's object not yet known
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan costs, each one ever sold. ``unit``/``count`` are None for lifetime and fixed-date prices."""

    id: PriceId
    plan_id: PlanId
    account_id: AccountId
    kind: PriceKind
    amount: int
    currency: str
    unit: Unit | None
    count: int | None
    until_at: int | None
    state: PriceState
    stripe_product_id: str | None
    stripe_price_id: str | None
    created_at: int


class PlanState(StrEnum):
    """An archived plan is not sold; who has it keeps it."""

    ACTIVE = "active"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a community sells. ``grace_ms``: how long a member whose renewal failed stays in; 0 is not at all.

    ``pause_keeps_access``: whether ``pause_collection`` leaves the member in (default: suspended).
    ``refund_ends_access`` and ``dispute_ends_access``: whether a full refund, or an open or lost dispute, of the
    current period ends access (default: yes).
    """

    id: PlanId
    community_id: CommunityId
    name: str
    description: str
    state: PlanState
    grace_ms: int
    trial_days: int
    pause_keeps_access: bool
    refund_ends_access: bool
    dispute_ends_access: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """A plan opens a target. ``closed_at``: taken off then; only entitlements that began before still open it."""

    plan_id: PlanId
    target_id: TargetId
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class Customer:
    """A person as a customer of one Stripe account in one currency (Stripe allows one currency a customer)."""

    id: CustomerId
    person_id: PersonId
    account_id: AccountId
    currency: str
    stripe_id: StripeCustomerId | None
    email: str | None


class Part(IntFlag):
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
    """One checkout link: who pays, for whom, what."""

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


class SubscriptionStatus(StrEnum):
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


ENDED_STATUSES = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as Stripe last told it, with what only we know (``past_due_since_at``, ``paid_once``).

    ``plan_id`` is None when it sells nothing of ours. ``amount`` is the price of one ``quantity`` in minor units.
    ``items`` and ``discounts`` are canonical JSON texts, kept for the ledger. ``cancel_at`` covers both of Stripe's
    ways to say it. ``pause_behavior`` is set while ``pause_collection`` is. ``latest_invoice_id`` pays the current
    period.
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
    amount: int
    quantity: int
    unit: Unit | None
    count: int | None
    items: str
    discounts: str
    collection_method: str
    pause_behavior: str | None
    cancel_at: int | None
    trial_end_at: int | None
    period_start_at: int | None
    period_end_at: int | None
    latest_invoice_id: InvoiceId | None
    past_due_since_at: int | None
    paid_once: bool
    started_at: int
    ended_at: int | None


class PurchaseState(StrEnum):
    """A one-time purchase counts from the moment its invoice is paid."""

    OPEN = "open"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Purchase:
    """A one-time purchase. Its row is made with the checkout and carried in the metadata of Stripe's invoice."""

    id: PurchaseId
    checkout_id: CheckoutId
    account_id: AccountId
    customer_id: CustomerId
    payer_id: PersonId
    beneficiary_id: PersonId
    plan_id: PlanId
    price_id: PriceId
    amount: int
    currency: str
    state: PurchaseState
    invoice_id: InvoiceId | None
    paid_at: int | None
    created_at: int


class InvoiceStatus(StrEnum):
    """Stripe's invoice statuses."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as Stripe last told it. ``failed_at`` is when its first payment failed, from the event alone."""

    account_id: AccountId
    id: InvoiceId
    customer_id: CustomerId
    subscription_id: SubscriptionId | None
    purchase_id: PurchaseId | None
    status: InvoiceStatus
    number: str | None
    description: str | None
    billing_reason: str | None
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


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund, traced to the invoice it gives back. ``charge_amount`` tells a full refund from a partial one."""

    account_id: AccountId
    id: str
    customer_id: CustomerId
    charge_id: ChargeId
    invoice_id: InvoiceId | None
    status: str
    amount: int
    charge_amount: int
    currency: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute of a charge, traced to the invoice it contests. Inquiries (``warning_*``) are no disputes."""

    account_id: AccountId
    id: str
    customer_id: CustomerId
    charge_id: ChargeId
    invoice_id: InvoiceId | None
    status: str
    amount: int
    currency: str
    created_at: int


class Source(StrEnum):
    """Where an entitlement comes from."""

    SUBSCRIPTION = "subscription"
    PURCHASE = "purchase"
    COMP = "comp"
    TRIAL = "trial"


class Reason(StrEnum):
    """Why an entitlement opens or doesn't; each has its sentence in `bot.texts`."""

    PAID = "paid"
    TRIALING = "trialing"
    GRACE = "grace"
    COMP = "comp"
    AWAITING_FIRST_PAYMENT = "awaiting_first_payment"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"
    PAUSED = "paused"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    EXPIRED = "expired"
    ENDED = "ended"  # a free membership, by the team before its time


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A line of the guest list: this beneficiary may use this plan from ``access_from`` until before ``access_until``.

    ``access_from`` None: not at all. ``access_until`` None: no end known. ``reason`` says why.
    ``began_at`` is when the membership began, for targets taken off a plan later.
    """

    id: EntitlementId
    source: Source
    source_id: str
    account_id: AccountId | None
    plan_id: PlanId
    payer_id: PersonId
    beneficiary_id: PersonId
    began_at: int
    access_from: int | None
    access_until: int | None
    reason: Reason

    def opens(self, now: int) -> bool:
        """Whether it gives access at `now`."""
        return (
            self.access_from is not None
            and self.access_from <= now
            and (self.access_until is None or now < self.access_until)
        )


@dataclass(frozen=True, slots=True)
class Access:
    """What a person should have (``wanted``) and what the platform confirmed (``applied``) of one target.

    ``held_before``: the person had it before we gave it (None: never asked); what we did not give, we don't take.
    ``user_id``: the account of the platform that this is about, from before it was given until it is confirmed gone.
    ``entitlement_id`` and ``reason``: why it is wanted, or the last reason why not.
    """

    person_id: PersonId
    target_id: TargetId
    wanted: bool
    applied: bool
    held_before: bool | None
    entitlement_id: EntitlementId | None
    reason: Reason | None
    wanted_at: int
    applied_at: int | None
    user_id: str | None = None


class EffectState(StrEnum):
    """The state of making one access right; see invariant 5 of the design."""

    OPEN = "open"
    WAITING = "waiting"  # the person is not there yet
    BLOCKED = "blocked"  # an admin must act
    DONE = "done"
    DEAD = "dead"  # attempts used up; replayable
