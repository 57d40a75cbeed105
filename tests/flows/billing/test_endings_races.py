"""What is wanted of an end stays wanted, however late a call or a settlement comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from payments.core.billing import Customer, Ending, InvoiceStatus, SubscriptionStatus
from payments.core.community import Identity, Platform
from payments.core.ids import SubscriptionId
from payments.flows import endings
from payments.flows.billing.portal import Renewal, cancel, resume
from payments.flows.checkout.subscribe import CheckoutLink, subscribe
from payments.flows.endings import By
from payments.ports.providers import ProviderUnavailable
from tests.core.builders import DAY, PRO, dispute, invoice
from tests.flows.club_fixture import Club, member, stripe_id
from tests.flows.settlement.test_endings import at_stripe, kinds, row, work

SUB = SubscriptionId("sub_1")
ANN = Identity(Platform.DISCORD, "user-ann")
MONTH = 30 * DAY


async def past_due(club: Club) -> Customer:
    """Ann's renewal was not paid."""
    customer = await member(club)
    club.pass_time(MONTH + DAY)
    has = club.provider.customer(stripe_id(customer))
    club.provider.put_subscription(
        stripe_id(customer), replace(has.subscriptions[SUB], status=SubscriptionStatus.PAST_DUE)
    )
    club.provider.put_invoice(
        stripe_id(customer), invoice("in_2", InvoiceStatus.OPEN, at=club.clock.at - DAY, attempts=1)
    )
    await club.settle(customer)
    return customer


async def test_what_was_paid_just_before_ends_with_its_period_and_can_be_resumed(club: Club) -> None:
    customer = await past_due(club)
    paid = invoice("in_2", at=club.clock.at - DAY)
    club.provider.put_invoice(stripe_id(customer), paid)
    fact = club.provider.customer(stripe_id(customer)).subscriptions[SUB]
    ends_at = club.clock.at + MONTH
    club.provider.put_subscription(
        stripe_id(customer), replace(fact, status=SubscriptionStatus.ACTIVE, period_end_at=ends_at)
    )
    assert await cancel(club.app, ANN, SUB) is Renewal.CANCELLED
    await club.settle(customer)
    assert (await row(club)).ending is None
    assert await resume(club.app, ANN, SUB) is Renewal.RESUMED
    assert at_stripe(club, customer) is None


class Slow:
    """One call reaches the provider late: something else happens first."""

    def __init__(self, club: Club, monkeypatch: pytest.MonkeyPatch, first: Callable[[], Awaitable[object]]) -> None:
        begin = endings._act
        waiting = [first]

        async def act(actions: object, ending: Ending, subscription_id: SubscriptionId) -> None:
            if waiting:
                await waiting.pop()()
            await begin(actions, ending, subscription_id)  # type: ignore[arg-type]

        monkeypatch.setattr(endings, "_act", act)


@pytest.mark.parametrize("settled", [False, True])
async def test_an_end_that_reaches_stripe_late_does_not_undo_what_was_wanted_later(
    club: Club, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    customer = await member(club)

    async def first() -> None:
        await resume(club.app, ANN, SUB)
        if settled:
            await club.settle(customer)

    Slow(club, monkeypatch, first)
    await cancel(club.app, ANN, SUB)
    await club.settle(customer)
    await work(club)
    assert at_stripe(club, customer) is None


@pytest.mark.parametrize("settled", [False, True])
async def test_a_resuming_that_reaches_stripe_late_does_not_undo_a_cancellation(
    club: Club, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    customer = await member(club)
    await cancel(club.app, ANN, SUB)
    await club.settle(customer)

    async def first() -> None:
        await cancel(club.app, ANN, SUB)
        if settled:
            await club.settle(customer)

    Slow(club, monkeypatch, first)
    await resume(club.app, ANN, SUB)
    await club.settle(customer)
    await work(club)
    assert at_stripe(club, customer) is not None


async def test_what_was_fetched_before_does_not_show_that_a_wish_is_done(club: Club) -> None:
    customer = await member(club)

    async def meanwhile() -> None:
        club.provider.during = None
        await cancel(club.app, ANN, SUB)
        club.provider.answers = [ProviderUnavailable("slow")]
        assert await resume(club.app, ANN, SUB) is Renewal.STORED

    club.provider.during = meanwhile
    await club.settle(customer)  # fetched before the cancellation, stored after the resuming
    club.pass_time(DAY)
    await work(club)
    assert at_stripe(club, customer) is None


async def test_whose_answer_was_lost_is_told_once_it_is_done(club: Club) -> None:
    customer = await member(club)
    s = await row(club)
    async with club.store.transaction() as tx:
        await endings.wish(tx, club.app, s, Ending.PERIOD_END, By.MEMBER)
    fact = club.provider.customer(stripe_id(customer)).subscriptions[SUB]
    club.provider.put_subscription(stripe_id(customer), replace(fact, cancel_at=fact.period_end_at))
    await club.settle(customer)  # Stripe did it, and its answer was lost
    club.pass_time(DAY)
    await work(club)
    assert "ending_member" in await kinds(club)


async def test_who_joins_again_has_one_subscription_when_the_dispute_is_won(club: Club) -> None:
    customer = await member(club)
    club.provider.put_dispute(stripe_id(customer), dispute("needs_response", of="in_sub_1"))
    await club.settle(customer)
    await work(club)
    await club.settle(customer)
    assert isinstance(await subscribe(club.app, person_id=customer.person_id, plan_id=PRO, name="ann"), CheckoutLink)
    club.provider.put_dispute(stripe_id(customer), dispute("won", of="in_sub_1"))
    await club.settle(customer)
    await work(club)
    assert at_stripe(club, customer) is not None


async def test_who_cancels_does_not_put_off_an_end_at_once(club: Club) -> None:
    customer = await member(club)
    s = await row(club)
    async with club.store.transaction() as tx:
        await endings.wish(tx, club.app, s, Ending.AT_ONCE, By.TEAM)
    assert await cancel(club.app, ANN, SUB) is Renewal.STORED
    club.pass_time(DAY)
    await work(club)
    assert club.provider.customer(stripe_id(customer)).subscriptions[SUB].status is SubscriptionStatus.CANCELED
