"""Memberships, purchases and bills go on where a released version left them."""

from __future__ import annotations

from dataclasses import replace

from payments.core.access import Reason
from payments.core.billing import CheckoutState, InvoiceStatus, SubscriptionStatus
from payments.core.ids import CustomerRef, InvoiceId, SubscriptionId
from payments.flows.billing import invoices as bills
from payments.flows.checkout.sessions import CheckoutLink
from payments.flows.checkout.subscribe import subscribe
from tests.core.builders import DAY, PRO, refund
from tests.flows.club_fixture import stripe_id
from tests.flows.two_platforms import BothSides, on_discord
from tests.frozen.cast import pay
from tests.frozen.steps import catch_up, customer, has, hears, redrive, reread, waiting

# -- subscriptions --------------------------------------------------------------------------------------------------


async def test_a_subscription_renews(frozen: BothSides) -> None:
    rena = await customer(frozen, "rena")
    frozen.club.pass_time(2 * DAY)
    at, has_of = frozen.club.clock.at, frozen.club.provider.customer(stripe_id(rena))
    sub, bill = SubscriptionId("sub_rena"), InvoiceId("in_rena_2")
    draft = has_of.invoices[bill]
    paid = replace(draft, status=InvoiceStatus.PAID, amount_paid=draft.total, amount_remaining=0, paid_at=at)
    has_of.invoices[bill] = paid
    has_of.subscriptions[sub] = replace(
        has_of.subscriptions[sub], period_start_at=at, period_end_at=at + 30 * DAY, latest_invoice_id=bill
    )
    await hears(frozen, "invoice.paid", bill, rena)
    async with frozen.store.transaction() as tx:
        stored = await tx.billing.subscription(rena.account_id, sub)
        (invoiced,) = [one for one in await tx.billing.invoices(rena.id) if one.id == bill]
    assert stored is not None
    assert (stored.status, stored.period_end_at) == (SubscriptionStatus.ACTIVE, at + 30 * DAY)
    assert (invoiced.status, invoiced.paid_at) == (InvoiceStatus.PAID, at)
    assert has(frozen, "rena")


async def test_a_past_due_subscription_keeps_its_access_until_what_was_paid_for_is_over(frozen: BothSides) -> None:
    """The grace; longer in the first frozen schema, where it failed in the midst of a period that was paid for."""
    frozen.club.pass_time(3 * DAY)
    await catch_up(frozen)
    assert has(frozen, "paula")
    frozen.club.pass_time(30 * DAY)
    await catch_up(frozen)
    assert not has(frozen, "paula")
    (line,) = await frozen.club.entitlements("paula")
    assert line.reason is Reason.PAST_DUE
    assert ("prs_paula", "access_ended") in {(who, kind) for who, kind, _ in await frozen.club.notices()}


async def test_a_cancelled_subscription_ends_and_a_trial_becomes_a_paid_one(frozen: BothSides) -> None:
    cid, tess = await customer(frozen, "cid"), await customer(frozen, "tess")
    frozen.club.pass_time(14 * DAY)
    at, provider = frozen.club.clock.at, frozen.club.provider
    subscriptions = provider.customer(stripe_id(cid)).subscriptions
    over = replace(subscriptions[SubscriptionId("sub_cid")], status=SubscriptionStatus.CANCELED, ended_at=at)
    subscriptions[over.id] = over
    await hears(frozen, "customer.subscription.deleted", over.id, cid)
    assert not has(frozen, "cid")
    (trial,) = provider.customer(stripe_id(tess)).subscriptions.values()
    provider.put_subscription(stripe_id(tess), replace(trial, status=SubscriptionStatus.ACTIVE))
    await hears(frozen, "customer.subscription.updated", trial.id, tess)
    assert has(frozen, "tess")
    assert [line.reason for line in await frozen.club.entitlements("tess")] == [Reason.PAID]


# -- purchases --------------------------------------------------------------------------------------------------------


async def test_a_refunded_purchase_loses_its_access(frozen: BothSides) -> None:
    otto = await customer(frozen, "otto")
    assert has(frozen, "otto")
    frozen.club.provider.put_refund(stripe_id(otto), refund("re_otto", of="in_pur_otto", charge="ch_otto"))
    await hears(frozen, "charge.refunded", "ch_otto", otto)
    assert not has(frozen, "otto")
    async with frozen.store.transaction() as tx:
        assert [row.invoice_id for row in await tx.billing.refunds(otto.id)] == ["in_pur_otto"]
    assert [line.reason for line in await frozen.club.entitlements("otto")] == [Reason.REFUNDED]


async def test_an_open_link_is_found_again_and_completes(frozen: BothSides) -> None:
    lena = await customer(frozen, "lena")
    link = await subscribe(frozen.club.app, person_id=lena.person_id, plan_id=PRO, name="lena")
    assert isinstance(link, CheckoutLink)
    checkout = await waiting(frozen, lena)
    assert (checkout.state, checkout.url) == (CheckoutState.OPEN, link.url)
    pay(frozen, link.url)
    await hears(frozen, "checkout.session.completed", str(checkout.session_id), lena)
    assert has(frozen, "lena")
    assert (await reread(frozen, checkout)).state is CheckoutState.COMPLETE


async def test_a_link_whose_making_was_unclear_is_found_and_paid(frozen: BothSides) -> None:
    lola = await customer(frozen, "lola")
    pending = await waiting(frozen, lola)
    assert pending.state is CheckoutState.PENDING
    await catch_up(frozen)
    assert "checkout" in await redrive(frozen)
    opened = await reread(frozen, pending)
    assert opened.state is CheckoutState.OPEN
    assert opened.url is not None
    pay(frozen, opened.url)
    await hears(frozen, "checkout.session.completed", str(opened.session_id), lola)
    assert has(frozen, "lola")
    assert len([row for row in frozen.club.provider.made if row.metadata.get("guestlist_row") == pending.id]) == 1


# -- bills ------------------------------------------------------------------------------------------------------------


async def test_a_bill_that_waits_for_an_address_is_sent_and_paid(frozen: BothSides) -> None:
    app, bea = frozen.club.app, await customer(frozen, "bea")
    async with frozen.store.transaction() as tx:
        (request,) = await tx.requests.needing_email(bea.person_id)
    sent = await bills.email_given(app, on_discord("bea"), request.id, "bea@example.org")
    assert isinstance(sent, bills.InvoiceSent), sent
    invoices = frozen.club.provider.customer(stripe_id(bea)).invoices
    invoices[sent.invoice.id] = replace(
        invoices[sent.invoice.id],
        status=InvoiceStatus.PAID,
        amount_paid=2500,
        amount_remaining=0,
        paid_at=frozen.club.clock.at,
    )
    await hears(frozen, "invoice.paid", sent.invoice.id, bea)
    async with frozen.store.transaction() as tx:
        (row,) = await tx.billing.invoices(bea.id)
        stored = await tx.requests.get("bill", request.object_id)
    assert (row.id, row.status, row.amount_paid) == (sent.invoice.id, InvoiceStatus.PAID, 2500)
    assert stored is not None
    assert (stored.state, stored.result_id) == ("made", sent.invoice.id)


async def test_a_customer_who_was_deleted_at_stripe_buys_again(frozen: BothSides) -> None:
    frank = await customer(frozen, "frank")
    link = await subscribe(frozen.club.app, person_id=frank.person_id, plan_id=PRO, name="frank")
    assert isinstance(link, CheckoutLink)
    assert pay(frozen, link.url) == frank.stripe_id != "cus_frank_usd"
    await hears(frozen, "checkout.session.completed", str((await waiting(frozen, frank)).session_id), frank)
    assert has(frozen, "frank")
    former = frozen.club.provider.event("charge.refunded", "ch_former", CustomerRef("cus_frank_usd"))
    assert (await frozen.club.webhook(former)).state == "marked", "what was bought before is still known as Frank's"
