"""Settling what is sold: refunds, disputes, changed plans, presents, purchases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.access import Reason
from payments.core.billing import Checkout, CheckoutState, Customer, DisputeStatus, PurchaseState, SubscriptionStatus
from payments.core.changes import Why, facts, load
from payments.core.community import Identity, Platform
from payments.core.ids import CheckoutId, InvoiceId, PersonId, PriceId
from storage.store import SqlStore
from tests.core.builders import DAY, LITE, PRO, T0, VIP, bought, dispute, purchase, refund, subscription
from tests.flows.club_fixture import BAR, CLUB, Club, member, open_club, stripe_id

S = SubscriptionStatus


async def test_a_full_refund_puts_out_and_says_why(club: Club) -> None:
    customer = await member(club)
    club.pass_time(DAY)
    club.provider.put_refund(stripe_id(customer), refund(of="in_sub_1"))
    await club.settle(customer)
    access = await club.access("ann")
    assert access is not None
    assert (access.wanted, access.reason) == (False, Reason.REFUNDED)
    async with club.store.transaction() as tx:
        lines = await tx.audit_log.of_person(customer.person_id, 10)
    (closed, opened) = [line for line in lines if line.action != "refunded"]
    closes, opens = (load(line.changes or "") for line in (closed, opened))
    assert (closed.action, closes) == ("unwanted", facts(target="tgt_vip", reason=Why(Reason.REFUNDED)))
    assert (opened.action, opens) == ("wanted", facts(target="tgt_vip", reason=Why(Reason.PAID), plan="pro"))


async def test_a_dispute_puts_out_and_winning_it_lets_in_again(club: Club) -> None:
    customer = await member(club)
    club.provider.put_dispute(stripe_id(customer), dispute("needs_response", of="in_sub_1"))
    await club.settle(customer)
    assert not await club.inside("ann")
    club.provider.put_dispute(stripe_id(customer), dispute("won", of="in_sub_1"))
    await club.settle(customer)
    assert await club.inside("ann")


async def test_a_dispute_that_goes_on_to_a_status_new_to_us_stays_what_it_was(any_club: Club) -> None:
    club = any_club
    customer = await member(club)
    club.provider.put_dispute(stripe_id(customer), dispute("lost", of="in_sub_1"))
    await club.settle(customer)
    club.provider.put_dispute(stripe_id(customer), dispute("something_new", of="in_sub_1"))
    await club.settle(customer)
    assert not await club.inside("ann")
    async with club.store.transaction() as tx:
        assert [row.status for row in await tx.billing.disputes(customer.id)] == [DisputeStatus.LOST]


async def test_changing_the_plan_changes_what_is_open(club: Club) -> None:
    customer = await member(club)
    club.provider.put_subscription(stripe_id(customer), subscription(provider_price_id="stripe_prc_lite"))
    await club.settle(customer)
    assert (await club.inside("ann", VIP), await club.inside("ann", BAR)) == (False, True)
    found = next(e for e in await club.entitlements("ann") if e.opens(club.app.business.now()))
    assert found.plan_id == LITE
    closed = await club.access("ann", VIP)
    assert closed is not None
    assert closed.reason is Reason.CHANGED


async def test_a_gift_opens_for_the_one_who_gets_it(club: Club) -> None:
    await club.person("ben")
    customer = await club.customer("ann")
    gift = subscription(metadata={"guestlist_payer": "prs_ann", "guestlist_beneficiary": "prs_ben"})
    club.provider.put_subscription(stripe_id(customer), gift)
    await club.settle(customer)
    assert (await club.inside("ann"), await club.inside("ben")) == (False, True)


async def test_a_gift_moved_to_another_person_closes_the_first_one_s(club: Club) -> None:
    await club.person("ben")
    customer = await member(club)
    moved = subscription(metadata={"guestlist_beneficiary": "prs_ben"})
    club.provider.put_subscription(stripe_id(customer), moved)
    await club.settle(customer)
    assert (await club.inside("ann"), await club.inside("ben")) == (False, True)


async def test_someone_named_whom_we_do_not_know_is_not_invented(club: Club) -> None:
    customer = await club.customer("ann")
    club.provider.put_subscription(
        stripe_id(customer), subscription(metadata={"guestlist_beneficiary": "prs_stranger"})
    )
    await club.settle(customer)
    assert await club.inside("ann")


async def linked(club: Club, customer: Customer, state: CheckoutState, id_: str = "pur_1") -> None:
    """Ann was given a link for thirty days of PRO."""
    link = Checkout(
        CheckoutId(f"chk_{id_}"),
        customer.person_id,
        customer.person_id,
        PRO,
        PriceId("prc_days"),
        customer.id,
        state,
        f"cs_{id_}",
        "https://pay.example",
        T0 + DAY,
        T0,
    )
    async with club.store.transaction() as tx:
        await tx.checkouts.add(link)
        await tx.billing.put_purchase(replace(purchase(id_), customer_id=customer.id))


async def test_a_purchase_that_is_paid_opens_and_closes_its_link(club: Club) -> None:
    customer = await club.customer("ann")
    await linked(club, customer, CheckoutState.OPEN)
    club.provider.put_invoice(stripe_id(customer), bought())
    await club.settle(customer)
    assert await club.inside("ann")
    async with club.store.transaction() as tx:
        (paid,) = await tx.billing.purchases(customer.id)
        link = await tx.checkouts.get(CheckoutId("chk_pur_1"))
    assert (paid.state, paid.paid_at, paid.invoice_id) == (PurchaseState.PAID, T0, InvoiceId("in_pur_1"))
    assert link is not None
    assert link.state is CheckoutState.COMPLETE
    assert await club.notices() == []
    club.pass_time(30 * DAY)
    await club.settle(customer)
    assert not await club.inside("ann")


async def test_a_payment_on_a_link_that_had_ended_counts_and_says_so(club: Club) -> None:
    customer = await club.customer("ann")
    await linked(club, customer, CheckoutState.EXPIRED)
    club.provider.put_invoice(stripe_id(customer), bought())
    await club.settle(customer)
    assert await club.inside("ann")
    assert await club.notices() == [("prs_ann", "checkout_paid_late", {"plan": "pro", "community": "The Club"})]


async def days(club: Club) -> dict[str, tuple[int, int]]:
    """From which day to which each of Ann's purchases gives access."""
    return {
        e.source_id: ((e.access_from - T0) // DAY, (e.access_until - T0) // DAY)
        for e in await club.entitlements("ann")
        if e.access_from is not None and e.access_until is not None
    }


@pytest.mark.parametrize("first", ["usd", "eur"])
async def test_purchases_of_two_customers_follow_upon_each_other_whichever_is_settled_first(
    store: SqlStore, first: str
) -> None:
    """A person is two customers when they pay in two currencies, or were two persons."""
    club = await open_club(store)
    customers = {currency: await club.customer("ann", currency) for currency in ("usd", "eur")}
    club.pass_time(3 * DAY)
    for day, (id_, currency) in enumerate((("pur_1", "usd"), ("pur_2", "eur"), ("pur_3", "usd"))):
        await linked(club, customers[currency], CheckoutState.COMPLETE, id_)
        club.provider.put_invoice(stripe_id(customers[currency]), bought(id_, T0 + day * DAY))
    await club.settle(customers[first])
    await club.settle(*customers.values())
    assert await days(club) == {"pur_1": (0, 30), "pur_2": (30, 60), "pur_3": (60, 90)}
    club.provider.put_refund(stripe_id(customers["usd"]), refund(of="in_pur_1"))
    await club.settle(customers["usd"])
    assert await days(club) == {"pur_2": (1, 31), "pur_3": (31, 61)}


async def test_who_pays_twice_for_one_plan_is_told_once_and_so_is_the_contact(store: SqlStore) -> None:
    """Two subscriptions of two customers, in two currencies, made in the dashboard."""
    club = await open_club(store)
    contact = await club.person("zoe")
    async with club.store.transaction() as tx:
        community = await tx.communities.get(CLUB)
        assert community is not None
        await tx.communities.update(replace(community, contact_id=contact))
        # Of her other account the contact learns nothing.
        await tx.identities.ensure(Identity(Platform.TELEGRAM, "1"), "Doctor Secret", "en", PersonId("prs_ann"), 0)
    one = await member(club, "ann", "sub_u", "usd")
    two = await member(club, "ann", "sub_e", "eur")
    await club.settle(one, two)
    about = {"plan": "pro", "community": "The Club", "subscriptions": "sub_e sub_u"}
    assert sorted(await club.notices()) == [
        ("prs_ann", "paid_twice", about),
        ("prs_zoe", "member_pays_twice", {**about, "member": "ann", "contact_of": "com_1"}),
    ]


async def test_who_pays_twice_is_told_whatever_else_of_theirs_is_settled(club: Club) -> None:
    """Also by the settlement of a customer of theirs who has nothing of that plan."""
    one = await member(club, "ann", "sub_u", "usd")
    two = await member(club, "ann", "sub_e", "eur")
    other = await club.customer("ann", "gbp")
    await club.settle(one, two)
    await club.mark(other)
    await club.settle(other)
    assert await club.unsettled() == 0
    assert [kind for _, kind, _ in await club.notices()] == ["paid_twice"]
