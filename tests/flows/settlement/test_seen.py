"""What a settlement has seen is not asked about again; whatever order events come in, the end is as if it were."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from payments.core.billing import Checkout, CheckoutState, Customer, Invoice, InvoiceStatus, SubscriptionStatus
from payments.core.ids import CheckoutId, CustomerRef, InvoiceId, PriceId, SubscriptionId
from payments.flows.settlement.settle import settle_customer
from payments.ports.providers import ProviderEvent
from tests.core.builders import DAY, PRO, T0, invoice, refund, subscription
from tests.flows.club_fixture import Club, stripe_id

B, S = InvoiceStatus, SubscriptionStatus
CALLS_MAX = 6
SEEDS = 4

Step = tuple[Callable[["Member"], None], tuple[str, ...]]
"""What becomes true at Stripe, and the events that tell of it: their types and what they are of."""


@dataclass(slots=True)
class Member:
    """A customer with one subscription, and how it is at Stripe."""

    club: Club
    name: str
    customer: Customer
    events: list[ProviderEvent] = field(default_factory=list)

    def subscribed(self, status: SubscriptionStatus, latest: str, cancel_at: int | None = None) -> None:
        ended_at = T0 + DAY if status is S.CANCELED else None
        fact = subscription(
            status,
            id_=SubscriptionId(f"sub_{self.name}"),
            latest=InvoiceId(f"{latest}_{self.name}"),
            cancel_at=cancel_at,
            ended_at=ended_at,
            metadata={"guestlist_checkout": f"chk_{self.name}"},
        )
        self.club.provider.put_subscription(stripe_id(self.customer), fact)

    def billed(self, number: str, status: InvoiceStatus, attempts: int = 0) -> None:
        of = SubscriptionId(f"sub_{self.name}")
        fact = invoice(f"{number}_{self.name}", status, subscription_id=of, attempts=attempts)
        self.club.provider.put_invoice(stripe_id(self.customer), fact)

    def refunded(self) -> None:
        fact = refund(f"re_{self.name}", of=f"in1_{self.name}")
        self.club.provider.put_refund(stripe_id(self.customer), fact)

    def take(self, step: Step) -> None:
        """It becomes true; its events are on their way, each of them twice."""
        change, types = step
        change(self)
        for told in types:
            type_, of = told.split()
            event = self.club.provider.event(type_, f"{of}_{self.name}", stripe_id(self.customer))
            self.events += [event, event]

    @property
    def asked(self) -> int:
        """How many calls of Stripe were made for it: one for each part."""
        fetches = (call.split() for call in self.club.provider.calls)
        return sum(int(made[2]).bit_count() for made in fetches if made[:2] == ["fetch", stripe_id(self.customer)])

    async def stored(self) -> str:
        """All that the settlements left behind."""
        async with self.club.store.transaction() as tx:
            rows: list[object] = [
                *await tx.billing.subscriptions(self.customer.id),
                *map(_as_it_ended, sorted(await tx.billing.invoices(self.customer.id), key=lambda row: row.id)),
                *await tx.billing.refunds(self.customer.id),
                *await tx.entitlements.of([self.customer.person_id]),
                await tx.checkouts.get(CheckoutId(f"chk_{self.name}")),
            ]
        rows.append(await self.club.inside(self.name))
        return "\n".join(map(repr, rows)).replace(self.name, "NAME")


def _as_it_ended(row: Invoice) -> Invoice:
    """Of a paid one, whether it was ever seen failing depends on the moments in which Stripe was asked."""
    return replace(row, failed_at=None) if row.status is B.PAID else row


def _incomplete(m: Member) -> None:
    m.subscribed(S.INCOMPLETE, "in1")
    m.billed("in1", B.OPEN)


def _renewing(m: Member) -> None:
    m.subscribed(S.ACTIVE, "in2")
    m.billed("in2", B.DRAFT)


def _failing(m: Member) -> None:
    m.subscribed(S.PAST_DUE, "in2")
    m.billed("in2", B.OPEN, attempts=1)


def _recovered(m: Member) -> None:
    m.billed("in2", B.PAID, attempts=1)
    m.subscribed(S.ACTIVE, "in2")


UPDATED = "customer.subscription.updated sub"
PURCHASE: list[Step] = [
    (_incomplete, ("customer.subscription.created sub", "invoice.created in1", "invoice.finalized in1")),
    (lambda m: m.billed("in1", B.PAID), ("invoice.paid in1",)),
    (lambda m: m.subscribed(S.ACTIVE, "in1"), (UPDATED, "checkout.session.completed cs", "customer.updated cus")),
]
STORIES: dict[str, list[Step]] = {
    "purchase": [],
    "renewal": [
        (_renewing, ("invoice.created in2", UPDATED)),
        (lambda m: m.billed("in2", B.OPEN), ("invoice.finalized in2",)),
        (lambda m: m.billed("in2", B.PAID), ("invoice.paid in2",)),
    ],
    "failed renewal": [
        (_renewing, ("invoice.created in2", UPDATED)),
        (_failing, ("invoice.finalized in2", "invoice.payment_failed in2", UPDATED)),
        (_recovered, ("invoice.paid in2", UPDATED)),
    ],
    "cancel": [
        (lambda m: m.subscribed(S.ACTIVE, "in1", T0 + DAY), (UPDATED,)),
        (lambda m: m.subscribed(S.CANCELED, "in1", T0 + DAY), ("customer.subscription.deleted sub",)),
    ],
    "refund": [(lambda m: m.refunded(), ("charge.refunded ch", "refund.created re"))],
}


async def joining(club: Club, name: str) -> Member:
    """Somebody who was given a link."""
    customer = await club.customer(name)
    link = Checkout(
        id=CheckoutId(f"chk_{name}"),
        payer_id=customer.person_id,
        beneficiary_id=customer.person_id,
        plan_id=PRO,
        price_id=PriceId("prc_monthly"),
        customer_id=customer.id,
        state=CheckoutState.OPEN,
        session_id=f"cs_{name}",
        url="https://pay.example",
        expires_at=T0 + DAY,
        created_at=T0,
    )
    async with club.store.transaction() as tx:
        await tx.checkouts.add(link)
    return Member(club, name, customer)


async def work(club: Club) -> None:
    """The worker takes up what is due now."""
    lease = club.app.lease()
    async with club.store.transaction() as tx:
        claimed = await tx.customers.claim(lease, club.machine.at, 50)
    for one in claimed:
        await settle_customer(club.app, one, lease)


async def rest(club: Club) -> None:
    """Until nothing is left to do."""
    while await club.unsettled():
        club.pass_time(club.app.settings.settle_pause_ms)
        await work(club)


@dataclass(slots=True)
class Twins:
    """Two that live through the same: of the one only events tell, the other is marked by somebody with each."""

    club: Club
    ours: Member
    other: Member
    steps: list[Step]
    chance: random.Random

    async def moment(self) -> None:
        """Something happens at Stripe, or an event of it comes."""
        events = len(self.ours.events)
        if self.steps and (not events or self.chance.random() < 0.3):
            step = self.steps.pop(0)
            self.ours.take(step)
            self.other.take(step)
        elif events:
            index = self.chance.randrange(events)
            await self.club.webhook(self.ours.events.pop(index))
            await self.club.webhook(self.other.events.pop(index))
            await self.club.mark(self.other.customer)

    async def live(self) -> None:
        """Until all has happened and was told, some of it while Stripe was being asked."""
        while self.steps or self.ours.events:
            await self.moment()
            self.club.pass_time(self.chance.choice((0, 10, 400, 1_500)))
            if self.chance.random() < 0.3:
                self.club.provider.during = self.moment
            if self.chance.random() < 0.6:
                await work(self.club)
        await rest(self.club)


@pytest.mark.parametrize("story", STORIES)
async def test_in_any_order_the_end_is_as_if_every_event_were_asked_about(any_club: Club, story: str) -> None:
    for seed in range(SEEDS):
        ours, other = await joining(any_club, f"a{seed}"), await joining(any_club, f"b{seed}")
        twins = Twins(any_club, ours, other, [*PURCHASE, *STORIES[story]], random.Random(f"{story} {seed}"))
        await twins.live()
        assert await ours.stored() == await other.stored(), f"seed {seed}"
        assert ours.asked <= other.asked


async def test_a_purchase_asks_six_times_at_most_in_whatever_order_it_is_told(any_club: Club) -> None:
    """All of it is true when the first event comes; the others come within two seconds, or ten."""
    for seed in range(4 * SEEDS):
        chance = random.Random(seed)
        member = await joining(any_club, f"m{seed}")
        for step in PURCHASE:
            member.take(step)
        chance.shuffle(member.events)
        longest = chance.choice((300, 1_500))
        for event in member.events:
            await any_club.webhook(event)
            await work(any_club)
            any_club.pass_time(chance.randrange(longest))
        await rest(any_club)
        assert await any_club.inside(member.name)
        assert member.asked <= CALLS_MAX, f"seed {seed}"


async def bought(club: Club, name: str = "ann") -> Member:
    """A member who has paid and is settled; Stripe's own events are still to come."""
    member = await joining(club, name)
    for step in PURCHASE:
        member.take(step)
    await club.settle(member.customer)
    club.pass_time(club.app.settings.settle_pause_ms)
    return member


async def tell(member: Member, told: str) -> int:
    """An event comes and is settled; how many calls that makes."""
    before = member.asked
    type_, of = told.split()
    await member.club.webhook(member.club.provider.event(type_, f"{of}_{member.name}", stripe_id(member.customer)))
    await rest(member.club)
    return member.asked - before


@pytest.mark.parametrize(
    "told",
    [
        "customer.subscription.created sub",
        "invoice.created in1",
        "invoice.finalized in1",
        "invoice.paid in1",
        "checkout.session.completed cs",
        "customer.updated cus",
    ],
)
async def test_a_step_that_was_seen_is_not_asked_about(club: Club, told: str) -> None:
    assert await tell(await bought(club), told) == 0


@pytest.mark.parametrize(
    "told",
    [
        UPDATED,
        "customer.subscription.deleted sub",
        "customer.subscription.created other",
        "invoice.created other",
        "invoice.finalized other",
        "invoice.paid other",
        "invoice.payment_failed in1",
        "invoice.voided in1",
        "checkout.session.completed other",
        "checkout.session.async_payment_failed cs",
        "charge.refunded ch",
        "customer.deleted cus",
    ],
)
async def test_whatever_may_be_news_is_asked_about(club: Club, told: str) -> None:
    assert await tell(await bought(club), told) > 0


async def test_a_step_is_asked_about_until_what_is_stored_lies_behind_it(club: Club) -> None:
    member = await joining(club, "ann")
    member.subscribed(S.INCOMPLETE, "in1")
    member.billed("in1", B.DRAFT)
    await club.settle(member.customer)
    for told in ("invoice.finalized in1", "invoice.paid in1", "checkout.session.completed cs"):
        assert await tell(member, told) > 0


async def test_a_bill_seen_open_is_asked_about_when_it_is_paid_though_its_subscription_goes_on(club: Club) -> None:
    member = await joining(club, "ann")
    member.subscribed(S.ACTIVE, "in1")
    member.billed("in1", B.OPEN)
    await club.settle(member.customer)
    assert await tell(member, "invoice.paid in1") > 0


async def test_a_page_that_is_completed_is_asked_about_while_nothing_was_seen_of_it(club: Club) -> None:
    member = await joining(club, "ann")
    await club.settle(member.customer)
    assert await tell(member, "checkout.session.completed cs") > 0


@pytest.mark.parametrize("status", [S.INCOMPLETE, S.PAST_DUE, S.UNPAID])
async def test_a_bill_seen_paid_beside_a_subscription_seen_unpaid_is_asked_about(
    club: Club, status: SubscriptionStatus
) -> None:
    """The subscription may have been fetched a moment before the invoice: what was paid may have opened it since."""
    member = await joining(club, "ann")
    member.subscribed(status, "in1")
    member.billed("in1", B.PAID)
    await club.settle(member.customer)
    member.subscribed(S.ACTIVE, "in1")
    assert await tell(member, "invoice.paid in1") > 0
    assert await club.inside("ann")


async def test_a_renewal_seen_paid_before_its_subscription_was_seen_renewed_is_asked_about(club: Club) -> None:
    member = await bought(club)
    member.billed("in2", B.PAID)
    assert await tell(member, "invoice.created in2") == 1  # invoices alone
    member.subscribed(S.ACTIVE, "in2")
    assert await tell(member, "invoice.paid in2") == 2


async def test_a_mark_that_no_event_made_is_asked_about_whatever_events_come_with_it(club: Club) -> None:
    member = await bought(club)
    member.subscribed(S.CANCELED, "in1")
    await club.mark(member.customer)
    assert await tell(member, "invoice.paid in1") > 0
    assert not await club.inside("ann")


async def test_a_mark_that_was_not_answered_is_asked_about_by_the_next(club: Club) -> None:
    """Stripe gave no answer to the one that was news: what comes after it, and is none, does not answer it."""
    member = await bought(club)
    member.subscribed(S.CANCELED, "in1")
    club.provider.answers = [ConnectionError("down")]
    await club.webhook(club.provider.event(UPDATED.split()[0], "sub_ann", stripe_id(member.customer)))
    with pytest.raises(ConnectionError):
        await work(club)
    club.pass_time(120_000)
    await tell(member, "invoice.paid in1")
    assert not await club.inside("ann")


async def test_when_to_look_again_outlives_what_was_no_news(club: Club) -> None:
    member = await bought(club)
    member.subscribed(S.ACTIVE, "in1", cancel_at=T0 + 2 * DAY)
    await club.settle(member.customer)
    assert await tell(member, "invoice.paid in1") == 0
    club.pass_time(3 * DAY)
    async with club.store.transaction() as tx:
        assert await tx.customers.mark_due(club.clock.at, 10) == 1


async def test_a_bill_of_a_subscription_not_seen_yet_has_that_asked_about_too(club: Club) -> None:
    """Of a purchase's events the draft's came first: who paid is not kept waiting for the others."""
    member = await joining(club, "ann")
    for step in PURCHASE:
        member.take(step)
    assert await tell(member, "invoice.created in1") == 2
    assert await club.inside("ann")


async def test_a_card_alone_is_asked_about_while_something_may_be_bought_with_it(club: Club) -> None:
    member = await joining(club, "ann")
    for step in PURCHASE:
        member.take(step)
    assert await tell(member, "customer.updated cus") == 2
    assert await club.inside("ann")
    assert await tell(member, "customer.updated cus") == 0


async def test_what_was_bought_under_a_former_id_is_asked_about(club: Club) -> None:
    member = await bought(club)
    club.provider.customer(CustomerRef("cus_new"))
    async with club.store.transaction() as tx:
        await tx.customers.set_stripe_id(member.customer.id, CustomerRef("cus_new"))
    assert await tell(member, "invoice.paid in1") > 0
