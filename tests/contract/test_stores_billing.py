"""Checkouts, what is bought, entitlements, books, requests, notices, leases."""

from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import Reason, Source
from payments.core.billing import (
    BillingReason,
    CheckoutState,
    CollectionMethod,
    CreditNote,
    Customer,
    Dispute,
    DisputeStatus,
    EndedBy,
    InvoiceStatus,
    NoteStatus,
    PauseBehavior,
    PausedBy,
    Purchase,
    PurchaseState,
    Refund,
    RefundStatus,
    SubscriptionStatus,
)
from payments.core.ids import (
    AccountId,
    ChargeId,
    CheckoutId,
    CustomerId,
    EntitlementId,
    InvoiceId,
    PurchaseId,
    RequestId,
    SubscriptionId,
)
from payments.core.ledger import Change, LedgerSource
from payments.core.lines import NoteLine, NoteRefund
from payments.ports.stores import AuditEntry, LeaseLost, LedgerEntry, RequestState, Retry
from storage.database import ConstraintViolated
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ACCOUNT, ADA, BEN, CAVE, MONTHLY, NOW, PRO, ROLE, lease


async def test_a_member_has_one_open_checkout_a_plan(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        checkout = builders.checkout(await builders.customer(tx))
        assert await tx.checkouts.add(checkout)
        assert not await tx.checkouts.add(replace(checkout, id=CheckoutId("chk_2")))
        opened = replace(checkout, state=CheckoutState.OPEN, session_id="cs_1", url="https://pay", expires_at=NOW + 10)
        await tx.checkouts.update(opened)
        assert await tx.checkouts.current(ADA, PRO) == opened
        assert await tx.checkouts.of_session(checkout.customer_id, "cs_1") == opened
        assert await tx.checkouts.of_session(checkout.customer_id, "cs_2") is None
        assert await tx.checkouts.of_session(CustomerId("cus_other"), "cs_1") is None
        assert await tx.checkouts.expire_due(NOW + 9) == 0
        assert await tx.checkouts.expire_due(NOW + 10) == 1
        assert await tx.checkouts.current(ADA, PRO) is None
        assert await tx.checkouts.get(checkout.id) == replace(opened, state=CheckoutState.EXPIRED)
        assert await tx.checkouts.add(replace(checkout, id=CheckoutId("chk_2")))


async def test_a_subscription_is_stored_as_it_is_now(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        first = builders.subscription(customer)
        later = replace(
            builders.subscription(customer, "sub_2", NOW + 1),
            plan_id=None,
            price_id=None,
            unit=None,
            count=None,
            latest_invoice_id=None,
            beneficiary_id=BEN,
        )
        await tx.billing.put_subscription(first)
        await tx.billing.put_subscription(later)
        past_due = replace(first, status=SubscriptionStatus.PAST_DUE, past_due_since_at=NOW, paid_once=False)
        await tx.billing.put_subscription(past_due)
        assert await tx.billing.subscription(ACCOUNT, first.id) == past_due
        assert await tx.billing.subscription(AccountId("acct_other"), first.id) is None
        assert await tx.billing.subscriptions(customer.id) == [past_due, later]
        assert await tx.billing.subscriptions_of(ADA) == [later, past_due]
        assert await tx.billing.subscriptions_of(BEN) == [later]
        assert await tx.billing.drifted(ACCOUNT, [later.id, SubscriptionId("sub_9")]) == [later]
        assert await tx.billing.unended(ACCOUNT, None, 1) == [past_due]
        assert await tx.billing.unended(ACCOUNT, first.id, 9) == [later]
        await tx.billing.put_subscription(replace(later, status=SubscriptionStatus.CANCELED, ended_at=NOW))
        assert await tx.billing.unended(ACCOUNT, first.id, 9) == []


async def test_a_purchase_is_paid_once(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        checkout = builders.checkout(customer)
        await tx.checkouts.add(checkout)
        bought = Purchase(
            PurchaseId("pur_1"),
            checkout.id,
            ACCOUNT,
            customer.id,
            ADA,
            BEN,
            PRO,
            MONTHLY,
            500,
            "eur",
            PurchaseState.OPEN,
            None,
            None,
            NOW,
        )
        await tx.billing.put_purchase(bought)
        paid = replace(bought, state=PurchaseState.PAID, invoice_id=InvoiceId("in_1"), paid_at=NOW + 1)
        await tx.billing.put_purchase(paid)
        assert await tx.billing.purchases(customer.id) == [paid]
        assert await tx.billing.purchases_of(ADA) == await tx.billing.purchases_of(BEN) == [paid]
    with pytest.raises(ConstraintViolated):
        async with store.transaction() as tx:
            await tx.billing.put_purchase(replace(paid, paid_at=None))


async def test_invoices_are_stored_as_they_are_now_and_told_oldest_first(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        euros, dollars = await builders.customer(tx), await builders.customer(tx, currency="usd")
        old, other = builders.invoice(euros), builders.invoice(dollars, "in_3")
        new = replace(builders.invoice(euros, "in_2", NOW + 5), subscription_id=None, purchase_id=PurchaseId("pur_1"))
        for invoice in (new, old, other):
            await tx.billing.put_invoice(invoice)
        paid = replace(old, status=InvoiceStatus.PAID, amount_paid=500, amount_remaining=0, paid_at=NOW, failed_at=NOW)
        await tx.billing.put_invoice(paid)
        assert await tx.billing.invoices(euros.id) == [paid, new]
        assert await tx.billing.invoices(dollars.id) == [other]


async def test_refunds_and_disputes_are_traced_to_their_invoice(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        charge = ChargeId("ch_1")
        refund = Refund(ACCOUNT, "re_1", customer.id, charge, None, RefundStatus.PENDING, 500, 500, "eur", NOW)
        dispute = Dispute(ACCOUNT, "du_1", customer.id, charge, None, DisputeStatus.LOST, 500, "eur", NOW, 700)
        for invoice_id in (None, InvoiceId("in_1")):
            await tx.billing.put_refund(replace(refund, invoice_id=invoice_id))
            await tx.billing.put_dispute(replace(dispute, invoice_id=invoice_id))
        assert await tx.billing.refunds(customer.id) == [replace(refund, invoice_id=InvoiceId("in_1"))]
        assert await tx.billing.disputes(customer.id) == [replace(dispute, invoice_id=InvoiceId("in_1"))]


async def test_credit_notes_are_stored_with_the_lines_and_refunds_that_they_name(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer, other = await builders.customer(tx), await builders.customer(tx, currency="usd")
        named = note(customer, lines=(NoteLine("il_1", 300),), refunds=(NoteRefund("re_1"),))
        later = replace(note(other), id="cn_2", created_at=NOW + 5)
        for one in (later, replace(named, post_payment_amount=0), named):
            await tx.billing.put_note(one)
        assert await tx.billing.notes(customer.id) == [named]
        assert await tx.billing.notes(other.id) == [later]


def note(customer: Customer, *, lines: tuple[NoteLine, ...] = (), refunds: tuple[NoteRefund, ...] = ()) -> CreditNote:
    bill = InvoiceId("in_1")
    return CreditNote(ACCOUNT, "cn_1", customer.id, bill, NoteStatus.ISSUED, 0, 500, "eur", NOW, lines, refunds)


async def test_what_decides_whether_a_bill_covers_is_stored(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        paused = replace(
            builders.subscription(customer),
            paused_by=PausedBy.PAUSE_REQUESTED,
            ended_by=EndedBy.PAYMENT_FAILED,
            unpaid_since_at=NOW + 1,
        )
        bill = replace(
            builders.invoice(customer), balance_applied=300, auto_advance=False, ended_at=NOW + 2, by_pause=True
        )
        await tx.billing.put_subscription(paused)
        await tx.billing.put_invoice(bill)
        assert await tx.billing.subscriptions(customer.id) == [paused]
        assert await tx.billing.invoices(customer.id) == [bill]


async def test_a_row_with_words_that_are_new_to_us_is_read_as_unknown_and_keeps_them(store: SqlStore) -> None:
    """Earlier versions stored whatever word Stripe had."""
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        charge = ChargeId("ch_1")
        await tx.billing.put_subscription(builders.subscription(customer))
        await tx.billing.put_invoice(builders.invoice(customer))
        await tx.billing.put_refund(
            Refund(ACCOUNT, "re_1", customer.id, charge, None, RefundStatus.PENDING, 500, 500, "eur", NOW)
        )
        await tx.billing.put_dispute(
            Dispute(ACCOUNT, "du_1", customer.id, charge, None, DisputeStatus.NEEDS_RESPONSE, 500, "eur", NOW)
        )
        await tx.billing.put_note(note(customer))
    tables = ("subscription", "invoice", "refund", "dispute", "credit_note")
    async with store._database.transaction() as raw:
        for table in tables:
            assert await raw.execute(f"UPDATE {table} SET status = 'something_new'") == 1
        await raw.execute("UPDATE subscription SET collection_method = 'by_hand', pause_behavior = 'forgive'")
        await raw.execute("UPDATE subscription SET paused_by = 'a_storm', ended_by = 'a_whim'")
        await raw.execute("UPDATE invoice SET billing_reason = 'a_whim'")
    async with store.transaction() as tx:
        billing = tx.billing
        kinds = (billing.subscriptions, billing.invoices, billing.refunds, billing.disputes, billing.notes)
        found = [row.status for rows_of in kinds for row in await rows_of(customer.id)]
        words = (SubscriptionStatus, InvoiceStatus, RefundStatus, DisputeStatus, NoteStatus)
        assert found == [word["UNKNOWN"] for word in words]
        (subscription,) = await tx.billing.subscriptions(customer.id)
        assert subscription.collection_method is CollectionMethod.UNKNOWN
        assert subscription.pause_behavior is PauseBehavior.UNKNOWN
        assert subscription.paused_by is PausedBy.UNKNOWN
        assert subscription.ended_by is EndedBy.UNKNOWN
        (invoice,) = await tx.billing.invoices(customer.id)
        assert invoice.billing_reason is BillingReason.UNKNOWN
    async with store._database.transaction() as raw:
        for table in tables:
            assert [row["status"] for row in await raw.fetch(f"SELECT status FROM {table}")] == ["something_new"]


@pytest.mark.parametrize(
    ("subscription", "invoice", "bounced"),
    [
        ({}, {}, True),
        ({"paid_once": True}, {}, False),  # it came in by another try
        ({"trial_end_at": NOW}, {}, False),
        ({"status": SubscriptionStatus.INCOMPLETE}, {}, False),  # a card that was declined let nobody in
        ({}, {"failed_at": None}, False),
        ({}, {"due_at": NOW}, False),  # it was sent
    ],
    ids=["bounced", "paid", "trial", "declined", "on its way", "sent"],
)
async def test_whose_first_payment_bounced_is_known_of_all_their_customers(
    store: SqlStore, subscription: dict[str, Any], invoice: dict[str, Any], *, bounced: bool
) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        other = await builders.customer(tx, ADA, "usd")
        first: dict[str, Any] = {
            "status": SubscriptionStatus.PAST_DUE,
            "paid_once": False,
            "trial_end_at": None,
            "beneficiary_id": BEN,
        }
        await tx.billing.put_subscription(replace(builders.subscription(customer), **(first | subscription)))
        failed: dict[str, Any] = {"failed_at": NOW, "due_at": None}
        await tx.billing.put_invoice(replace(builders.invoice(customer), **(failed | invoice)))
        who = frozenset({ADA, BEN}) if bounced else frozenset()
        assert await tx.billing.bounced({ADA, BEN}, other.id) == who
        assert await tx.billing.bounced({ADA, BEN}, customer.id) == frozenset()


async def test_the_guest_list_holds_a_persons_lines(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        line = builders.entitlement(ADA)
        comp = replace(builders.entitlement(BEN, 2), account_id=None, source=Source.COMP, payer_id=ADA)
        await tx.entitlements.put(line)
        await tx.entitlements.put(comp)
        ended = replace(line, access_from=None, access_until=NOW, reason=Reason.REFUNDED)
        await tx.entitlements.put(ended)
        assert await tx.entitlements.of([ADA, BEN, ADA]) == [ended, comp]
        assert await tx.entitlements.get(line.id) == ended
        assert await tx.entitlements.get(EntitlementId("ent_none")) is None


async def test_the_ledger_and_the_audit_are_written(store: SqlStore) -> None:
    def entry(number: int) -> AuditEntry:
        return AuditEntry(f"aud_{number}", NOW + number, CAVE, ADA, ROLE, "guestlist", "granted", "Supporter given")

    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        change = Change(
            account_id=ACCOUNT,
            customer_id=customer.id,
            source=LedgerSource.SUBSCRIPTION,
            source_id="sub_1",
            plan_id=PRO,
            status_before=None,
            status_after="active",
            items_before=None,
            items_after=(builders.ITEM,),
            quantity_before=None,
            quantity_after=1,
            unit_amount_before=None,
            unit_amount_after=500,
            total_before=None,
            total_after=None,
            currency="eur",
            interval_before=None,
            interval_after="1 month",
            discounts_before=None,
            discounts_after=(),
            stripe_at=NOW,
        )
        back = replace(
            change,
            source=LedgerSource.REFUND,
            unit_amount_after=None,
            total_before=300,
            total_after=500,
        )
        later = replace(change, status_before="active", status_after="past_due")
        await tx.ledger.add([LedgerEntry("led_1", change, NOW + 1), LedgerEntry("led_2", later, NOW + 1)])
        await tx.ledger.add([LedgerEntry("led_3", back, NOW + 1)])
        for number in range(3):
            await tx.audit_log.add(entry(number))
        await tx.audit_log.add(AuditEntry("aud_9", NOW, None, None, None, "guestlist", "breaker_tripped", "11 of 100"))
        assert await tx.audit_log.of_person(ADA, 2) == [entry(2), entry(1)]
    amounts = "unit_amount_before, unit_amount_after, total_before, total_after"
    async with store._database.transaction() as raw:
        rows = await raw.fetch(f"SELECT {amounts}, items_after FROM ledger ORDER BY id")
    assert [tuple(row[name] for name in amounts.split(", ")) for row in rows] == [
        (None, 500, None, None),
        (None, 500, None, None),
        (None, None, 300, 500),
    ]
    assert str(rows[0]["items_after"]).startswith('[{"amount":500,"count":1,"currency":"eur","discounts":[{')
    with pytest.raises(ConstraintViolated):
        async with store.transaction() as tx:
            await tx.ledger.add([LedgerEntry("led_1", change, NOW + 1)])


async def test_a_creating_call_is_stored_once(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        request = builders.request()
        assert await tx.requests.add(request) == request
        assert await tx.requests.add(replace(request, id=RequestId("req_x"), params='{"a": 1}')) == request
        assert await tx.requests.get("checkout", "chk_9") is None
        assert (await tx.requests.new_key(request.id)).key_version == 1
        await tx.requests.made(request.id, "cs_1")
        assert await tx.requests.get("checkout", "chk_1") == replace(
            request, key_version=1, state=RequestState.MADE, result_id="cs_1"
        )
        assert await tx.requests.claim(["checkout"], lease(), NOW + 10**9, 10) == []
        with pytest.raises(LookupError):
            await tx.requests.new_key(RequestId("req_none"))


async def test_a_call_that_nobody_waits_for_is_taken_up(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        for subject, kind in (("chk_1", "checkout"), ("inv_1", "invoice")):
            await tx.requests.add(builders.request(subject, kind))
        assert await tx.requests.claim(["checkout"], lease(), NOW + 59_999, 10) == []
        assert await tx.requests.claim([], lease(), NOW + 60_000, 10) == []
        [claimed] = await tx.requests.claim(["checkout", "portal"], lease(), NOW + 60_000, 10)
        assert claimed.object_id == "chk_1"
        await tx.requests.failed(claimed.id, lease(), Retry("Stripe is down", NOW + 70_000))
        assert await tx.requests.claim(["checkout"], lease(), NOW + 69_999, 10) == []
        [again] = await tx.requests.claim(["checkout"], lease("two", NOW + 99_999), NOW + 70_000, 10)
        assert (again.attempts, again.last_error) == (1, "Stripe is down")
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.requests.failed(claimed.id, lease(), Retry("late", NOW))
    async with store.transaction() as tx:
        await tx.requests.release(lease("two"))
        assert len(await tx.requests.claim(["checkout"], lease("three", NOW + 99_999), NOW + 70_000, 10)) == 1
        await tx.requests.failed(claimed.id, lease("three"), Retry("attempts used up", NOW, dead=True))
        dead = await tx.requests.get("checkout", "chk_1")
        assert dead is not None
        assert dead.state == "dead"
        assert await tx.requests.replay_dead() == 1
        assert len(await tx.requests.claim(["checkout"], lease(), NOW, 10)) == 1


async def test_a_call_stored_under_a_clock_ahead_of_the_machines_is_taken_up_too(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.requests.add(builders.request(created_at=NOW + 31 * 86_400_000))
        assert await tx.requests.claim(["checkout"], lease(), NOW, 10) == []
        assert await tx.requests.claim(["checkout"], lease(), NOW + 59_999, 10) == []
        assert len(await tx.requests.claim(["checkout"], lease(), NOW + 60_000, 10)) == 1


async def test_a_call_whose_person_was_sent_off_is_taken_up_at_once(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        stored = await tx.requests.add(builders.request(created_at=NOW + 31 * 86_400_000))
        assert await tx.requests.claim(["checkout"], lease(), NOW, 10) == []
        await tx.requests.hand_over(stored.id, NOW)
        assert len(await tx.requests.claim(["checkout"], lease(), NOW, 10)) == 1
        await tx.requests.failed(stored.id, lease(), Retry("Stripe is down", NOW + 70_000))
        await tx.requests.hand_over(stored.id, NOW)  # late: the worker's own pause stands
        assert await tx.requests.claim(["checkout"], lease("two"), NOW + 69_999, 10) == []


async def test_bills_that_wait_for_an_email_are_found_whoever_they_are_for(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        other = await tx.requests.add(builders.request())
        bill = await tx.requests.add(replace(builders.request(), id=RequestId("req_bill"), kind="bill"))
        assert await tx.requests.bills_waiting() == []
        for one in (other, bill):
            await tx.requests.set_state(one.id, RequestState.NEEDS_EMAIL, "Missing email")
        assert [one.id for one in await tx.requests.bills_waiting()] == [bill.id]


async def test_a_call_waits_for_the_payers_email(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        request = await tx.requests.add(builders.request())
        await tx.requests.set_state(request.id, RequestState.NEEDS_EMAIL, "Missing email")
        [waiting] = await tx.requests.needing_email(ADA)
        assert (waiting.id, waiting.last_error) == (request.id, "Missing email")
        assert await tx.requests.needing_email(BEN) == []
        await tx.requests.set_state(request.id, RequestState.PENDING, None)
        assert await tx.requests.needing_email(ADA) == []


async def test_a_notice_is_sent_once(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        assert await tx.notices.add(builders.notice())
        assert not await tx.notices.add(builders.notice())
        await tx.notices.add(builders.notice("older", NOW - 1))
        claimed = await tx.notices.claim(lease(), NOW, 10)
        assert [notice.key for notice in claimed] == ["older", "failed-in_1"]
        assert await tx.notices.claim(lease("two"), NOW, 10) == []
        await tx.notices.done("older", lease())
        await tx.notices.failed("failed-in_1", lease(), Retry("Discord is down", NOW + 5))
        assert await tx.notices.claim(lease(), NOW + 4, 10) == []
        [again] = await tx.notices.claim(lease(), NOW + 5, 10)
        assert again == replace(builders.notice(), attempts=1)
        await tx.notices.release(lease())
        await tx.notices.claim(lease("two"), NOW + 5, 10)
        await tx.notices.failed("failed-in_1", lease("two"), Retry("closed to messages", NOW, dead=True))
        assert await tx.notices.claim(lease(), NOW + 99, 10) == []
        assert await tx.notices.replay_dead() == 1
        assert len(await tx.notices.claim(lease(), NOW, 10)) == 1
        assert not await tx.notices.add(builders.notice())
        with pytest.raises(LeaseLost):
            await tx.notices.done("older", lease())
        with pytest.raises(LeaseLost):
            await tx.notices.failed("older", lease(), Retry("late", NOW))


async def test_only_one_process_holds_the_timers(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.leases.take("timers", lease("a", NOW + 10), NOW)
        assert await tx.leases.take("timers", lease("a", NOW + 20), NOW + 5)
        assert not await tx.leases.take("timers", lease("b", NOW + 30), NOW + 19)
        assert await tx.leases.take("timers", lease("b", NOW + 30), NOW + 20)
        await tx.leases.give_back("timers", "a")
        assert not await tx.leases.take("timers", lease("a"), NOW + 21)
        await tx.leases.give_back("timers", "b")
        assert await tx.leases.take("timers", lease("a"), NOW + 21)
