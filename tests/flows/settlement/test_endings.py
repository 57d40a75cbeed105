"""A payment that is taken back ends its subscription with the period; of several at once the contact is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from payments.core.billing import Customer, Ending, InvoiceStatus, SnapshotPart, Subscription, SubscriptionStatus
from payments.core.community import Identity, Platform
from payments.core.ids import AccountId, SubscriptionId
from payments.flows import endings
from payments.flows.billing import team_endings
from payments.flows.billing.team_endings import NotNow, Question
from payments.flows.checkout.subscribe import AlreadyMember, subscribe
from payments.flows.endings import By, Ended
from payments.flows.jobs.redrive import REDRIVEN, redrive
from payments.flows.runtime.outbox import Deadline
from payments.ports.providers import ProviderUnavailable
from tests.core.builders import ACCOUNT, DAY, PRO, dispute, invoice, refund
from tests.fakes.platform import FakePlatform, FakeServer
from tests.flows.club_fixture import CLUB, PLACE, Club, member, stripe_id
from tests.flows.settlement.test_refunds import with_contact


async def work(club: Club) -> None:
    """The requests worker does all that nobody waits for."""
    lease = club.app.lease()
    async with club.store.transaction() as tx:
        found = await tx.requests.claim(REDRIVEN, lease, club.machine.at, 50)
    for request in found:
        await redrive(club.app, request, lease)


async def row(club: Club, sub: str = "sub_1") -> Subscription:
    async with club.store.transaction() as tx:
        found = await tx.billing.subscription(AccountId(ACCOUNT), SubscriptionId(sub))
    assert found is not None
    return found


async def taken(club: Club, customer: Customer, sub: str = "sub_1", **how: object) -> None:
    """All that was paid is given back."""
    club.provider.put_refund(stripe_id(customer), refund(f"re_{sub}", of=f"in_{sub}", **how))  # type: ignore[arg-type]
    await club.settle(customer)


def at_stripe(club: Club, customer: Customer, sub: str = "sub_1") -> int | None:
    return club.provider.customer(stripe_id(customer)).subscriptions[SubscriptionId(sub)].cancel_at


async def kinds(club: Club) -> list[str]:
    return [kind for _, kind, _ in await club.notices()]


async def test_a_full_refund_ends_the_subscription_with_its_period_and_that_is_told(any_club: Club) -> None:
    club = any_club
    await with_contact(club)
    customer = await member(club)
    await taken(club, customer)
    assert not await club.inside("ann")
    await work(club)
    assert at_stripe(club, customer) is not None
    told = {kind: (who, params) for who, kind, params in await club.notices()}
    assert told["ending_payment"][0] == "prs_ann"
    who, params = told["ending_payment_contact"]
    assert (who, params["member"], params["subscription"]) == ("prs_olga", "ann", "sub_1")
    await club.settle(customer)
    assert (await row(club)).ending is None
    await work(club)
    assert (await kinds(club)).count("ending_payment") == 1


async def test_a_call_that_stripe_does_not_answer_is_made_later(any_club: Club) -> None:
    club = any_club
    customer = await member(club)
    await taken(club, customer)
    club.provider.answers = [ProviderUnavailable("down")]
    await work(club)
    assert at_stripe(club, customer) is None
    assert (await row(club)).ending is Ending.PERIOD_END
    club.pass_time(DAY)
    await work(club)
    assert at_stripe(club, customer) is not None


async def test_what_two_carry_out_at_the_same_time_is_told_once(any_club: Club) -> None:
    club = any_club
    await with_contact(club)
    customer = await member(club)
    await taken(club, customer)
    async with club.store.transaction() as tx:
        (request,) = await tx.requests.claim(REDRIVEN, club.app.lease(), club.machine.at, 50)
    deadline = Deadline(club.app, hurried=False)
    done = await asyncio.gather(*(endings.carry_out(club.app, request, deadline) for _ in range(2)))
    assert set(done) == {Ended.PERIOD_END}
    assert (await kinds(club)).count("ending_payment_contact") == 1


async def test_a_call_that_is_stored_as_made_waits_for_a_settlement_and_never_the_other_way_too(any_club: Club) -> None:
    club = any_club
    customer = await member(club)
    await taken(club, customer)
    async with club.store.transaction() as tx:
        (request,) = await tx.requests.claim(REDRIVEN, club.app.lease(), club.machine.at, 50)
    async with club.store.transaction() as tx:  # as a settlement: the person, and in the end the customer's row
        await tx.identities.lock([customer.person_id])
        made = asyncio.create_task(endings.carry_out(club.app, request, Deadline(club.app, hurried=False)))
        await asyncio.sleep(0.3)  # on PostgreSQL it has called by now, and waits for the person
        await tx.customers.mark([customer.id], SnapshotPart.ALL, club.clock.at)
    assert await made is Ended.PERIOD_END


async def test_what_was_wanted_before_is_not_carried_out_any_more(any_club: Club) -> None:
    club = any_club
    customer = await member(club)
    await taken(club, customer)
    stored = await row(club)
    async with club.store.transaction() as tx:
        await endings.wish(tx, club.app, stored, Ending.KEEP, By.MEMBER)
    await work(club)
    assert at_stripe(club, customer) is None
    assert "cancel_at_period_end" not in club.provider.calls  # the other wish waits for who made it


async def test_a_dispute_that_is_won_lets_it_go_on(any_club: Club) -> None:
    club = any_club
    await with_contact(club)
    customer = await member(club)
    club.provider.put_dispute(stripe_id(customer), dispute("needs_response", of="in_sub_1"))
    await club.settle(customer)
    await work(club)
    await club.settle(customer)
    assert at_stripe(club, customer) is not None
    club.provider.put_dispute(stripe_id(customer), dispute("won", of="in_sub_1"))
    await club.settle(customer)
    assert await club.inside("ann")
    await work(club)
    assert at_stripe(club, customer) is None
    assert {"ending_payment_back", "ending_payment_back_contact"} <= set(await kinds(club))


async def several(club: Club) -> list[Customer]:
    names = ("ann", "ben", "cleo", "dora", "eve")
    customers = [await member(club, name, f"sub_{name}") for name in names]
    for name, customer in zip(names, customers, strict=True):
        await taken(club, customer, f"sub_{name}")
    return customers


async def test_of_several_at_once_the_contact_is_asked_and_all_lose_access(any_club: Club) -> None:
    club = any_club
    await with_contact(club)
    customers = await several(club)
    await work(club)
    ended = [at_stripe(club, c, f"sub_{c.person_id[4:]}") is not None for c in customers]
    assert ended == [True, True, True, False, False]
    assert (await kinds(club)).count("endings_asked") == 1
    assert [await club.inside(name) for name in ("ann", "eve")] == [False, False]
    assert (await row(club, "sub_eve")).ending is Ending.ASKED
    await club.settle(*customers)
    assert (await row(club, "sub_eve")).ending is Ending.ASKED


async def test_without_a_contact_nobody_can_be_asked_and_each_ends(club: Club) -> None:
    customers = await several(club)
    await work(club)
    assert all(at_stripe(club, c, f"sub_{c.person_id[4:]}") is not None for c in customers)


def of(club: Club, name: str) -> Identity:
    return Identity(Platform.DISCORD, f"user-{name}")


async def asked(club: Club) -> None:
    """Two wait for an answer, and olga owns the server."""
    platform = FakePlatform(Platform.DISCORD)
    server = FakeServer(members={"user-olga": set(), "user-ann": set()}, admins={"user-olga"})
    platform.servers[PLACE.external_id] = server
    club.app.platforms = {Platform.DISCORD: platform}
    club.app.settings = replace(club.app.settings, named_places=frozenset({PLACE}))
    contact = await with_contact(club)
    assert contact == "prs_olga"
    await several(club)
    await work(club)


async def test_the_contact_ends_those_that_were_seen_and_no_more(any_club: Club) -> None:
    club = any_club
    await asked(club)
    found = await team_endings.question(club.app, of(club, "olga"), CLUB)
    assert isinstance(found, Question)
    assert (found.count, [one.member for one in found.shown]) == (2, ["dora", "eve"])
    grown = await team_endings.answer(
        club.app, of(club, "olga"), CLUB, end=True, mark="others", actor=await club.person("olga")
    )
    assert isinstance(grown, Question)
    done = await team_endings.answer(
        club.app, of(club, "olga"), CLUB, end=True, mark=found.mark, actor=await club.person("olga")
    )
    assert done == 2
    await work(club)
    assert (await row(club, "sub_eve")).ending is Ending.PERIOD_END
    again = await team_endings.answer(
        club.app, of(club, "olga"), CLUB, end=False, mark=found.mark, actor=await club.person("olga")
    )
    assert again is NotNow.OVER


async def test_those_that_may_go_on_are_not_asked_about_again(club: Club) -> None:
    await asked(club)
    who, actor = of(club, "olga"), await club.person("olga")
    found = await team_endings.question(club.app, who, CLUB)
    assert isinstance(found, Question)
    assert await team_endings.answer(club.app, who, CLUB, end=False, mark=found.mark, actor=actor) == 2
    eve = await club.customer("eve")
    await club.settle(eve)
    assert (await row(club, "sub_eve")).ending is None
    assert at_stripe(club, eve, "sub_eve") is None


async def test_nobody_else_decides_or_learns_who_it_is_about(club: Club) -> None:
    await asked(club)
    who, actor = of(club, "ann"), await club.person("ann")
    assert await team_endings.question(club.app, who, CLUB) is NotNow.NOT_YOURS
    assert await team_endings.answer(club.app, who, CLUB, end=True, mark="any", actor=actor) is NotNow.NOT_YOURS
    sub = SubscriptionId("sub_eve")
    assert await team_endings.ending_now(club.app, who, ACCOUNT, sub) is NotNow.NOT_YOURS
    assert await team_endings.end_now(club.app, who, ACCOUNT, sub, actor=actor) is NotNow.NOT_YOURS
    assert (await row(club, "sub_eve")).ending is Ending.ASKED


async def test_the_team_ends_one_at_once(any_club: Club) -> None:
    club = any_club
    await asked(club)
    who, actor = of(club, "olga"), await club.person("olga")
    sub = SubscriptionId("sub_eve")
    assert await team_endings.end_now(club.app, who, ACCOUNT, sub, actor=actor) is Ended.AT_ONCE
    eve = await club.customer("eve")
    assert club.provider.customer(stripe_id(eve)).subscriptions[sub].status == "canceled"
    await club.settle(eve)
    assert await team_endings.end_now(club.app, who, ACCOUNT, sub, actor=actor) is NotNow.OVER
    assert "ending_team" in await kinds(club)


async def test_the_team_ends_with_its_period_what_a_payment_on_its_way_pays(club: Club) -> None:
    await asked(club)
    who, actor = of(club, "olga"), await club.person("olga")
    fay = await member(club, "fay", "sub_fay")
    has, sub = club.provider.customer(stripe_id(fay)), SubscriptionId("sub_fay")
    club.provider.put_subscription(stripe_id(fay), replace(has.subscriptions[sub], status=SubscriptionStatus.PAST_DUE))
    bill = invoice("in_2", InvoiceStatus.OPEN, at=club.clock.at + DAY, subscription_id=sub, attempts=1)
    club.provider.put_invoice(stripe_id(fay), bill)
    has.processing.add(bill.id)
    await club.settle(fay)
    assert await team_endings.end_now(club.app, who, ACCOUNT, sub, actor=actor) is Ended.PERIOD_END
    assert has.subscriptions[sub].status is SubscriptionStatus.PAST_DUE
    async with club.store.transaction() as tx:
        bills = {one.id: one for one in await tx.billing.invoices(fay.id)}
    assert not bills[bill.id].withdrawn, "whoever takes it back later is asked whether access is kept"


async def test_that_nothing_more_is_charged_is_not_said_while_a_bill_is_tried(any_club: Club) -> None:
    club = any_club
    await with_contact(club)
    customer = await member(club)
    club.pass_time(30 * DAY)
    fact = club.provider.customer(stripe_id(customer)).subscriptions[SubscriptionId("sub_1")]
    club.provider.put_subscription(stripe_id(customer), replace(fact, status=SubscriptionStatus.PAST_DUE))
    club.provider.put_invoice(stripe_id(customer), invoice("in_2", InvoiceStatus.OPEN, at=club.clock.at, attempts=1))
    club.provider.put_dispute(stripe_id(customer), dispute("needs_response", of="in_sub_1"))
    await club.settle(customer)
    await work(club)
    told = {kind: params for _, kind, params in await club.notices()}
    assert (told["ending_payment"]["billed"], told["ending_payment_contact"]["billed"]) == (1, 1)


async def test_who_was_refunded_may_join_again_and_the_old_one_ends_first(club: Club) -> None:
    customer = await member(club)
    await taken(club, customer)
    async with club.store.transaction() as tx:  # the contact let it go on
        stored = await tx.billing.subscription(ACCOUNT, SubscriptionId("sub_1"))
        assert stored is not None
        await tx.billing.put_subscription(replace(stored, ending=None))
    answer = await subscribe(club.app, person_id=customer.person_id, plan_id=PRO, name="ann")
    assert not isinstance(answer, AlreadyMember)
    assert at_stripe(club, customer) is not None
