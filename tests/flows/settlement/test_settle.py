"""Settling: what Stripe says becomes state, entitlements, wanted access and effects, in one commit."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from payments.core.access import EffectState, Reason
from payments.core.billing import Customer, InvoiceStatus, SnapshotPart, SubscriptionStatus
from payments.core.community import Platform
from payments.core.ids import CustomerRef, PersonId, SubscriptionId
from payments.flows.settlement.settle import settle_customer
from payments.ports.providers import ProviderRefused, ProviderUnavailable
from payments.ports.stores import LeaseLost
from storage.store import SqlStore
from tests.core.builders import DAY, GRACE, SUB, T0, VIP, comp, dispute, invoice, refund, subscription
from tests.flows.club_fixture import Club, member, open_club, stripe_id

S = SubscriptionStatus


async def renewal_fails(club: Club, customer: Customer, *, told: bool = True, sub: SubscriptionId = SUB) -> None:
    """Stripe could not collect the renewal; `told`: its webhook came."""
    failing = invoice("in_2", InvoiceStatus.OPEN, at=club.clock.at, attempts=1, subscription_id=sub)
    club.provider.put_subscription(stripe_id(customer), subscription(S.PAST_DUE, id_=sub))
    club.provider.put_invoice(stripe_id(customer), failing)
    event = club.provider.event("invoice.payment_failed", "in_2", stripe_id(customer))
    if told:
        await club.webhook(event)


async def test_a_member_who_pays_is_wanted_in_and_an_effect_is_open(club: Club) -> None:
    customer = await club.customer("ann")
    club.provider.put_subscription(stripe_id(customer), subscription())
    club.provider.put_invoice(stripe_id(customer), invoice())
    await club.settle(customer)
    access, effect = await club.access("ann"), await club.effect("ann")
    assert access is not None
    assert effect is not None
    assert (access.wanted, access.reason, effect.state, effect.seq) == (True, Reason.PAID, EffectState.OPEN, 1)
    assert "effects" in club.woken
    assert await club.unsettled() == 0


async def test_settling_again_opens_no_effect_again(club: Club) -> None:
    customer = await member(club)
    before = await club.effect("ann")
    await club.settle(customer)
    assert await club.effect("ann") == before


async def due(club: Club) -> int:
    """How many customers a worker would take up at this very moment."""
    async with club.store.transaction() as tx:
        return len(await tx.customers.claim(club.app.lease(), club.machine.at, 50))


async def test_the_rest_of_a_purchases_events_are_settled_together_a_moment_later(club: Club) -> None:
    customer = await member(club)
    for _ in range(3):
        await club.webhook(club.provider.event("invoice.paid", "in_1", stripe_id(customer)))
    assert (await due(club), await club.unsettled()) == (0, 1)
    club.pass_time(club.app.settings.settle_pause_ms)
    assert await due(club) == 1


async def test_while_something_is_being_paid_the_next_event_is_settled_at_once(club: Club) -> None:
    customer = await club.customer("ann")
    club.provider.put_subscription(stripe_id(customer), subscription(S.INCOMPLETE))
    await club.settle(customer)
    await club.webhook(club.provider.event("customer.subscription.updated", "sub_1", stripe_id(customer)))
    assert await due(club) == 1


async def test_what_may_yet_be_paid_has_no_pause(club: Club) -> None:
    """Asked about invoices alone, or when Stripe lists nothing yet: the payment may be what the next event tells."""
    customer = await club.customer("ann")
    await club.settle(customer)
    await club.webhook(club.provider.event("customer.subscription.updated", "sub_1", stripe_id(customer)))
    assert await due(club) == 1

    ben = await member(club, "ben")
    club.pass_time(club.app.settings.settle_pause_ms)
    await club.mark(ben, SnapshotPart.CHARGES)
    await club.settle()
    await club.webhook(club.provider.event("customer.subscription.updated", "sub_2", stripe_id(ben)))
    assert await due(club) == 1


async def test_a_change_of_reason_alone_opens_no_effect(club: Club) -> None:
    customer = await member(club)
    before = await club.effect("ann")
    club.pass_time(30 * DAY)
    await renewal_fails(club, customer)
    await club.settle()
    access = await club.access("ann")
    assert access is not None
    assert (access.wanted, access.reason) == (True, Reason.GRACE)
    assert await club.effect("ann") == before


async def test_the_story_of_a_failed_renewal(club: Club) -> None:
    customer = await member(club)
    club.pass_time(30 * DAY)
    failed_at = club.clock.at
    await renewal_fails(club, customer)
    await club.settle()
    assert await club.inside("ann")
    assert await club.notices() == [
        (
            "prs_ann",
            "payment_failed",
            {
                "plan": "pro",
                "community": "The Club",
                "url": "https://pay.example/in_2",
                "grace_until_at": failed_at + GRACE,
            },
        )
    ]
    club.pass_time(GRACE - DAY)
    async with club.store.transaction() as tx:
        assert await tx.customers.mark_due(club.clock.at, 10) == 1
    await club.settle()
    assert [kind for _, kind, _ in await club.notices()] == ["payment_failed", "grace_ending"]
    club.pass_time(DAY)
    async with club.store.transaction() as tx:
        assert await tx.customers.mark_due(club.clock.at - 1, 10) == 0
        assert await tx.customers.mark_due(club.clock.at, 10) == 1
    await club.settle()
    access = await club.access("ann")
    assert access is not None
    assert (access.wanted, access.reason) == (False, Reason.PAST_DUE)
    club.provider.put_subscription(stripe_id(customer), subscription())
    club.provider.put_invoice(stripe_id(customer), invoice("in_2", at=failed_at, paid_at=club.clock.at))
    await club.settle(customer)
    assert await club.inside("ann")
    assert await club.notices() == [], "a failure and a reminder that are over are not sent"


async def test_a_failure_that_no_webhook_told_is_looked_up_in_the_event_list(club: Club) -> None:
    customer = await member(club)
    club.pass_time(30 * DAY)
    failed_at = club.clock.at
    await renewal_fails(club, customer, told=False)
    club.pass_time(DAY)
    await club.settle(customer)
    (found,) = await club.entitlements("ann")
    assert found.access_until == failed_at + GRACE
    assert club.provider.calls[-1] == f"fetch {stripe_id(customer)} 0"


async def test_a_failure_that_a_webhook_told_is_not_asked_for(club: Club) -> None:
    customer = await member(club)
    club.pass_time(30 * DAY)
    failed_at = club.clock.at
    await renewal_fails(club, customer)
    club.pass_time(DAY)
    club.provider.calls.clear()
    await club.settle()
    (found,) = await club.entitlements("ann")
    assert found.access_until == failed_at + GRACE
    # All, then invoices again, since they may have been older than the subscription; failures are not asked about.
    assert club.provider.calls == ["fetch cus_ann_usd 3", "fetch cus_ann_usd 2"]


async def test_the_payer_is_told_when_the_bank_wants_a_confirmation(club: Club) -> None:
    customer = await member(club)
    club.pass_time(30 * DAY)
    await renewal_fails(club, customer)
    await club.webhook(club.provider.event("invoice.payment_action_required", "in_2", stripe_id(customer)))
    await club.settle()
    assert [kind for _, kind, _ in await club.notices()] == ["payment_action_required"]


def live(club: Club) -> None:
    """The account is a live one, whose data nobody can wipe."""
    first = club.app.first_account
    club.app.accounts = {first.id: replace(first, livemode=True)}


async def test_a_customer_whose_test_data_was_wiped_is_out(club: Club) -> None:
    customer = await member(club)
    del club.provider.known[stripe_id(customer)]
    await club.settle(customer)
    assert not await club.inside("ann")
    assert await club.unsettled() == 0


@pytest.mark.parametrize(
    "error", [ProviderUnavailable("down"), ProviderRefused("missing_object", "no such customer")], ids=["down", "no"]
)
async def test_when_stripe_gives_no_answer_nothing_changes_and_it_is_tried_again(club: Club, error: Exception) -> None:
    customer = await member(club)
    live(club)
    club.provider.put_subscription(stripe_id(customer), subscription(S.CANCELED))
    club.provider.answers = [error]
    await club.settle(customer)
    assert await club.inside("ann")
    assert await club.unsettled() == 1
    club.pass_time(10_000)
    await club.settle()
    assert not await club.inside("ann")
    assert await club.unsettled() == 0


async def test_an_outage_in_the_second_question_changes_nothing_either(club: Club) -> None:
    customer = await member(club)
    await renewal_fails(club, customer, told=False)

    async def down() -> None:
        club.provider.answers = [ProviderUnavailable("down")]

    club.provider.during = down
    await club.settle(customer)
    (found,) = await club.entitlements("ann")
    assert found.reason is Reason.PAID


async def test_a_customer_that_stripe_refuses_for_good_is_dead_and_seen(club: Club) -> None:
    customer = await member(club)
    await club.mark(customer)
    for _ in range(club.app.settings.attempts_max):
        club.provider.answers = [ProviderRefused("permission", "no")]
        await club.settle()
        club.pass_time(2 * 3_600_000)
    assert (await club.store.counts())["customers_dead"] == 1
    assert await club.inside("ann")


async def test_being_out_of_reach_for_a_day_kills_nothing(club: Club) -> None:
    customer = await member(club)
    await club.mark(customer)
    for _ in range(24):
        club.provider.answers = [ProviderUnavailable("down")]
        await club.settle()
        club.pass_time(3_600_000)
    await club.settle()
    assert await club.unsettled() == 0


async def test_only_the_parts_that_changed_are_asked_for(club: Club) -> None:
    customer = await member(club)
    club.provider.calls.clear()
    await club.mark(customer, SnapshotPart.CHARGES)
    await club.mark(customer, SnapshotPart.INVOICES)
    await club.settle()
    assert club.provider.calls == [f"fetch {customer.stripe_id} {int(SnapshotPart.CHARGES | SnapshotPart.INVOICES)}"]


async def test_a_customer_without_anything_at_stripe_settles_without_asking(club: Club) -> None:
    customer = await club.customer("ann", known=False)
    await club.settle(customer)
    assert club.provider.calls == []
    assert await club.unsettled() == 0


# -- invariant 2 -------------------------------------------------------------------------------------------------------


async def test_a_mark_that_comes_during_a_fetch_is_not_cleared_by_it(club: Club) -> None:
    customer = await member(club)

    async def cancelled_meanwhile() -> None:
        club.provider.put_subscription(stripe_id(customer), subscription(S.CANCELED))
        await club.webhook(club.provider.event("customer.subscription.deleted", SUB, stripe_id(customer)))

    club.provider.during = cancelled_meanwhile
    await club.settle(customer)
    assert await club.inside("ann")
    assert await club.unsettled() == 1
    await club.settle()
    assert not await club.inside("ann")


async def test_a_settlement_whose_lease_was_lost_commits_nothing(club: Club) -> None:
    customer = await member(club)
    club.provider.put_subscription(stripe_id(customer), subscription(S.CANCELED))
    await club.mark(customer)
    (claimed,), lease = await club.claim()

    async def another_takes_over() -> None:
        club.machine.at += 120_000
        assert len((await club.claim())[0]) == 1

    club.provider.during = another_takes_over
    with pytest.raises(LeaseLost):
        await settle_customer(club.app, claimed, lease)
    assert await club.inside("ann")
    (found,) = await club.entitlements("ann")
    assert found.reason is Reason.PAID


async def test_two_settlements_at_once_can_not_each_leave_the_revoking_to_the_other(postgres_store: SqlStore) -> None:
    """Ann pays by two customers; both end at once, and two processes settle them at the same moment."""
    club = await open_club(postgres_store)
    for turn in range(5):
        subs = {"usd": f"sub_u{turn}", "eur": f"sub_e{turn}"}
        customers = {currency: await member(club, "ann", sub, currency) for currency, sub in subs.items()}
        assert await club.inside("ann")
        for currency, sub in subs.items():
            ended = subscription(S.CANCELED, id_=SubscriptionId(sub))
            club.provider.put_subscription(stripe_id(customers[currency]), ended)
            await club.mark(customers[currency])
        claimed, lease = await club.claim()
        assert len(claimed) == 2
        await asyncio.gather(*(settle_customer(club.app, item, lease) for item in claimed))
        assert not await club.inside("ann")


async def test_of_two_settlements_at_once_the_one_that_still_pays_keeps_the_member_in(postgres_store: SqlStore) -> None:
    club = await open_club(postgres_store)
    one = await member(club, "ann", "sub_u", "usd")
    two = await member(club, "ann", "sub_e", "eur")
    club.provider.put_subscription(stripe_id(one), subscription(S.CANCELED, id_=SubscriptionId("sub_u")))
    await club.mark(one)
    await club.mark(two)
    claimed, lease = await club.claim()
    await asyncio.gather(*(settle_customer(club.app, item, lease) for item in claimed))
    access = await club.access("ann")
    assert access is not None
    assert (access.wanted, access.entitlement_id) == (True, "ent_subscription_acct_1_sub_e")


# -- invariant 3 -------------------------------------------------------------------------------------------------------


async def test_a_decision_whose_commit_fails_leaves_no_trace(club: Club) -> None:
    """State, entitlements, wanted access, effects, messages and the ledger stand or fall together."""
    customer = await club.customer("ann")
    club.provider.put_subscription(stripe_id(customer), subscription())
    await club.mark(customer)
    (claimed,), lease = await club.claim()
    stolen = replace(lease, token="somebody else")
    with pytest.raises(LeaseLost):
        await settle_customer(club.app, claimed, stolen)
    assert await club.entitlements("ann") == []
    assert await club.access("ann") is None
    assert await club.effect("ann") is None
    async with club.store.transaction() as tx:
        assert await tx.billing.subscriptions(customer.id) == []
        assert await tx.audit_log.of_person(customer.person_id, 10) == []


async def test_nothing_is_asked_of_stripe_while_a_transaction_is_open(club: Club) -> None:
    """SQLite has one writer: a fetch within a transaction would keep this one out."""
    customer = await member(club)

    async def write() -> None:
        async with asyncio.timeout(60):
            await club.mark(customer, SnapshotPart.CHARGES)

    club.provider.during = write
    await club.settle(customer)
    assert await club.unsettled() == 1


# -- invariants 6 and 7 ------------------------------------------------------------------------------------------------


async def test_what_stripe_does_not_list_any_more_stays(club: Club) -> None:
    customer = await member(club)
    club.provider.customer(stripe_id(customer)).subscriptions.clear()
    await club.settle(customer)
    assert await club.inside("ann")


async def test_a_customer_deleted_at_stripe_is_out(club: Club) -> None:
    customer = await member(club)
    gone = club.provider.customer(stripe_id(customer))
    gone.subscriptions.clear()
    gone.deleted = True
    await club.settle(customer)
    assert not await club.inside("ann")


async def test_a_former_customer_that_stripe_knows_no_more_says_nothing(club: Club) -> None:
    """Test data was deleted at Stripe: what is paid now counts all the same."""
    customer = await club.customer("ann")
    new = CustomerRef("cus_new")
    async with club.store.transaction() as tx:
        await tx.customers.set_stripe_id(customer.id, new)
    club.provider.put_subscription(new, subscription())
    club.provider.put_invoice(new, invoice())
    del club.provider.known[stripe_id(customer)]
    await club.settle(customer)
    assert await club.inside("ann")


async def test_a_deleted_customer_ends_nothing_that_goes_on_under_a_former_id(club: Club) -> None:
    customer = await member(club)
    new = CustomerRef("cus_new")
    async with club.store.transaction() as tx:
        await tx.customers.set_stripe_id(customer.id, new)
    club.provider.customer(new).deleted = True
    await club.settle(customer)
    assert await club.inside("ann")


async def test_access_is_held_over_all_that_names_it(club: Club) -> None:
    """A present and a subscription open the same role: it is lost only with the last of them."""
    customer = await member(club)
    gift = comp("ent_comp_1", customer.person_id, until=T0 + 10 * DAY)
    async with club.store.transaction() as tx:
        await tx.entitlements.put(gift)
    club.provider.put_subscription(stripe_id(customer), subscription(S.CANCELED))
    await club.settle(customer)
    access = await club.access("ann")
    assert access is not None
    assert (access.wanted, access.reason) == (True, Reason.COMP)
    club.pass_time(10 * DAY)
    async with club.store.transaction() as tx:
        assert await tx.customers.mark_due(club.clock.at, 10) == 1
    await club.settle()
    assert not await club.inside("ann")


async def test_a_present_ends_for_someone_who_never_bought_anything(club: Club) -> None:
    customer = await club.customer("ann", known=False)
    gift = comp("ent_comp_1", customer.person_id, until=T0 + DAY)
    async with club.store.transaction() as tx:
        await tx.entitlements.put(gift)
    await club.settle(customer)
    assert await club.inside("ann")
    club.pass_time(DAY)
    async with club.store.transaction() as tx:
        assert await tx.customers.mark_due(club.clock.at, 10) == 1
    await club.settle()
    access = await club.access("ann")
    assert access is not None
    assert (access.wanted, access.reason) == (False, Reason.EXPIRED)


async def test_what_is_done_and_yet_not_so_is_opened_again(club: Club) -> None:
    customer = await member(club)
    lease = club.app.lease()
    async with club.store.transaction() as tx:
        await tx.accesses.reopen(customer.person_id, VIP, club.machine.at)
        (effect,) = await tx.accesses.claim(Platform.DISCORD, lease, club.machine.at, 1)
        await tx.accesses.done(effect, lease, applied=False, now=club.clock.at, machine_now=club.machine.at)
    await club.settle(customer)
    found = await club.effect("ann")
    assert found is not None
    assert found.state is EffectState.OPEN


# -- what else follows -------------------------------------------------------------------------------------------------


async def test_events_are_settled_with_the_settlement_that_answers_them(club: Club) -> None:
    customer = await member(club)
    event = club.provider.event("customer.subscription.updated", SUB, stripe_id(customer))
    assert (await club.webhook(event)).state == "marked"
    assert (await club.webhook(event)).state == "marked"
    await club.settle()
    assert (await club.webhook(event)).state == "settled"
    assert await club.unsettled() == 0


async def test_every_settlement_works_on_both_databases(store: SqlStore) -> None:
    club = await open_club(store)
    customer = await member(club)
    club.pass_time(30 * DAY)
    await renewal_fails(club, customer)
    club.provider.put_refund(stripe_id(customer), refund(of="in_sub_1"))
    club.provider.put_dispute(stripe_id(customer), dispute("lost", of="in_sub_1"))
    await club.settle(customer)
    access = await club.access("ann")
    assert access is not None
    assert (access.wanted, access.reason) == (False, Reason.DISPUTED)
    assert [kind for _, kind, _ in await club.notices()] == ["payment_failed"]
    assert PersonId("prs_ann") == customer.person_id
