"""`/membership`: what somebody has, and its buttons."""

from dataclasses import replace
from typing import Any

import pytest

from bot.commands.membership import told
from payments.core.access import EffectState, Reason
from payments.core.billing import SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.community import Platform
from payments.core.lines import Discount
from payments.flows.views.membership import Membership, of_person
from tests.commands.conftest import ADA, BEN, DAY, EXTRA, MIA, OTHER_SERVER, START, Town, action_of, link_of, member


async def test_who_has_nothing_is_told_how_to_join(town: Town) -> None:
    await town.plan()
    assert "`/plans` shows what you can join" in (await town.ask(MIA, "membership")).text
    assert "no membership here" in (await town.ask(MIA, "membership", place=OTHER_SERVER)).text
    assert "in the community you want to join" in (await town.ask(MIA, "membership", place=None)).text


async def test_a_member_sees_plan_state_renewal_and_what_it_opens(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    await town.access(MIA, "Members")
    shown = await town.ask(MIA, "membership")
    assert "**Pro** in Book Club · paid" in shown.text
    assert "Renews on February 1, 2090: €9.99 a month" in shown.text
    assert "Includes **Members**" in shown.text
    assert [button.label for button in shown.buttons] == ["Manage payment", "Cancel Pro"]
    german = await town.ask(MIA, "membership", reader="de", place=None)
    assert "Verlängert sich am 1. Februar 2090: 9,99\xa0€ im Monat" in german.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"status": SubscriptionStatus.PAST_DUE, "reason": Reason.GRACE, "access_until": START + 3 * DAY},
            "You keep access until January 4, 2090",
        ),
        ({"cancel_at": START + 9 * DAY, "access_until": START + 9 * DAY}, "yours until January 10, 2090"),
        (
            {"status": SubscriptionStatus.TRIALING, "reason": Reason.TRIALING, "trial_end_at": START + 7 * DAY},
            "Free until January 8, 2090, then €9.99 a month",
        ),
        (
            {"status": SubscriptionStatus.PAST_DUE, "reason": Reason.PAST_DUE, "access_from": None},
            "grace period is over; if there is an open invoice in `/invoices`, pay it",
        ),
        ({"reason": Reason.REFUNDED, "access_from": None}, "refunded; join again"),
        ({"reason": Reason.DISPUTED, "access_from": None}, "counts again if you withdraw the dispute; or join again"),
    ],
)
async def test_every_state_says_what_comes_next(town: Town, given: dict[str, object], said: str) -> None:
    await town.plan()
    await town.subscribed(**given)  # type: ignore[arg-type]  # each row names its own fields
    assert said in (await town.ask(MIA, "membership")).text


@pytest.mark.parametrize(
    ("changed", "english", "german"),
    [
        ({"unit_amount": 700}, "€7.00 a month", "7,00\xa0€ im Monat"),  # made by hand at the provider
        ({"quantity": 3}, "€29.97 a month (3 × €9.99)", "29,97\xa0€ im Monat (3 × 9,99\xa0€)"),
        ({"unit_amount": None}, None, None),
        (
            {"discounts": (Discount("di_1"),)},
            "€9.99 a month, before your discount",
            "9,99\xa0€ im Monat, ohne deinen Rabatt gerechnet",
        ),
    ],
    ids=["by hand", "three units", "tiers", "discount"],
)
@pytest.mark.parametrize("platform", Platform)
async def test_a_member_reads_what_their_own_subscription_costs_or_no_amount(
    town: Town, platform: Platform, changed: dict[str, Any], english: str | None, german: str | None
) -> None:
    await town.plan()
    row = await town.subscribed(trial_end_at=START + 7 * DAY)
    row = replace(row, price_id=None, items=(replace(row.items[0], **changed),))
    async with town.store.transaction() as tx:
        await tx.billing.put_subscription(row)
    (found,) = await of_person(town.app, row.beneficiary_id)
    paid, trial = found, replace(found, reason=Reason.TRIALING)

    def line(locale: str, membership: Membership) -> str:
        return told(locale, membership, row.beneficiary_id, platform).splitlines()[1]

    renews, ends = "Renews on February 1, 2090", "January 8, 2090"
    assert line("en", paid) == (f"{renews}: {english}" if english else renews)
    assert line("en", trial) == (
        f"Free until {ends}, then {english}" if english else f"Trial until {ends}; the membership goes on after that"
    )
    renews, ends = "Verlängert sich am 1. Februar 2090", "8. Januar 2090"
    assert line("de", paid) == (f"{renews}: {german}" if german else renews)
    assert line("de", trial) == (
        f"Kostenlos bis {ends}, danach {german}"
        if german
        else f"Probezeit bis {ends}; danach läuft die Mitgliedschaft weiter"
    )


async def test_a_pass_that_was_bought_twice_shows_both_periods(town: Town) -> None:
    await town.plan(period="once_days", every=30)
    await town.buys()
    await town.buys()
    shown = (await town.ask(MIA, "membership")).text
    assert shown.index("Ends on January 31, 2090") < shown.index("Starts on January 31, 2090 and ends on March 2, 2090")
    german = (await town.ask(MIA, "membership", reader="de")).text
    assert "Beginnt am 31. Januar 2090, endet am 2. März 2090" in german


async def test_what_the_provider_adds_as_tax_is_said(town: Town) -> None:
    await town.plan()
    await town.buys()
    (found,) = await of_person(town.app, await town.person(MIA))
    subscription = found.subscription
    assert subscription is not None
    async with town.store.transaction() as tx:
        (bill,) = await tx.billing.invoices(subscription.customer_id)
        assert bill.lines
        await tx.billing.put_invoice(replace(bill, lines=(replace(bill.lines[0], tax_amount=190),)))
    assert ": €9.99 a month, plus tax" in (await town.ask(MIA, "membership")).text
    async with town.store.transaction() as tx:
        await tx.billing.put_subscription(replace(subscription, discounts=(Discount("di_1"),)))
    assert "€9.99 a month, before your discount and tax" in (await town.ask(MIA, "membership")).text


async def test_a_yearly_price_by_hand_is_told_by_the_year(town: Town) -> None:
    await town.plan()
    row = replace(await town.subscribed(), price_id=None, unit=Unit.YEAR)
    async with town.store.transaction() as tx:
        await tx.billing.put_subscription(row)
    assert "Renews on February 1, 2090: €9.99 a year" in (await town.ask(MIA, "membership")).text


async def test_a_present_has_an_end_and_nothing_to_cancel(town: Town) -> None:
    await town.plan()
    await town.ask(ADA, "member", member=member(MIA), give="Pro", days=3)
    shown = await town.ask(MIA, "membership")
    assert "a free membership from the admins" in shown.text
    assert "Ends on January 4, 2090" in shown.text
    assert shown.buttons == ()
    await town.ask(ADA, "member", member=member(BEN), give="Pro")
    assert "For good" in (await town.ask(BEN, "membership")).text


async def test_what_was_given_and_has_ended_is_gone_from_the_list_two_weeks_later(town: Town) -> None:
    await town.plan()
    await town.ask(ADA, "member", member=member(MIA), give="Pro", days=3)
    town.clock.at += 16 * DAY
    assert "**Pro**" in (await town.ask(MIA, "membership")).text
    town.clock.at += 2 * DAY
    assert "You have no membership here" in (await town.ask(MIA, "membership")).text


async def test_what_somebody_else_pays_can_not_be_cancelled_by_who_has_it(town: Town) -> None:
    await town.plan()
    gift = await town.subscribed(MIA, payer=BEN)
    shown = await town.ask(MIA, "membership")
    assert "Paid for by somebody else" in shown.text
    assert shown.buttons == ()
    assert "has already ended or changed" in (await town.press(MIA, f"cancel_yes:{gift.id}")).text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (EffectState.OPEN, "is on its way"),
        (EffectState.WAITING, "join, and it is yours"),
        (EffectState.BLOCKED, "the admins know"),
    ],
)
async def test_a_role_that_is_not_there_yet_says_why(town: Town, state: EffectState, said: str) -> None:
    await town.plan()
    await town.subscribed()
    await town.access(MIA, "Members", applied=False)
    if state is not EffectState.OPEN:
        lease = town.app.lease()
        async with town.store.transaction() as tx:
            (effect,) = await tx.accesses.claim(Platform.DISCORD, lease, town.clock.now(), 1)
            await tx.accesses.park(effect, lease, state, "x")
    assert said in (await town.ask(MIA, "membership")).text


async def test_cancelling_asks_first_then_keeps_what_is_paid_and_can_be_taken_back(town: Town) -> None:
    await town.plan()
    await town.buys()
    shown = await town.ask(MIA, "membership")
    asked = await town.press(MIA, action_of(shown, "Cancel Pro"))
    assert "Cancel **Pro**? You keep it until February" in asked.text
    kept = await town.press(MIA, action_of(asked, "Keep it"))
    assert "**Pro** continues" in kept.text
    done = await town.press(MIA, action_of(asked, "Yes, cancel"))
    assert "**Pro** is cancelled. You keep it until" in done.text
    await town.settled()
    cancelled = await town.ask(MIA, "membership")
    assert "Cancelled: yours until" in cancelled.text
    resumed = await town.press(MIA, action_of(cancelled, "Resume Pro"))
    assert "**Pro** continues and renews as before" in resumed.text
    await town.settled()
    assert "Renews on" in (await town.ask(MIA, "membership")).text


async def test_another_member_can_not_cancel_hers(town: Town) -> None:
    await town.plan()
    subscription = await town.subscribed()
    for action in ("cancel", "cancel_yes", "cancel_no", "resume"):
        refused = await town.press(BEN, f"{action}:{subscription.id}")
        assert "has already ended or changed" in refused.text
        assert "has already ended or changed" in (await town.press(MIA, action)).text


async def test_what_ended_meanwhile_can_not_be_cancelled(town: Town) -> None:
    await town.plan()
    subscription = await town.subscribed()
    ended = replace(subscription, status=SubscriptionStatus.CANCELED, ended_at=START)
    async with town.store.transaction() as tx:
        await tx.billing.put_subscription(ended)
    assert "has already ended or changed" in (await town.press(MIA, f"cancel_yes:{subscription.id}")).text


async def test_stripe_ended_it_and_we_have_not_heard(town: Town) -> None:
    await town.plan()
    subscription = await town.subscribed()  # known here, never made at Stripe
    assert "has already ended or changed" in (await town.press(MIA, f"cancel_yes:{subscription.id}")).text
    assert "has already ended or changed" in (await town.press(MIA, f"resume:{subscription.id}")).text


async def test_manage_payment_opens_the_members_own_portal(town: Town) -> None:
    await town.plan()
    assert "nothing to manage" in (await town.press(MIA, "manage")).text
    await town.buys()
    opened = await town.press(MIA, action_of(await town.ask(MIA, "membership"), "Manage"))
    assert link_of(opened).startswith("http")
    assert opened.buttons[0].label == "Open"


async def test_memberships_of_other_communities_show_only_in_private(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    await town.ask(ADA, "plan list", place=OTHER_SERVER)
    assert "no membership here" in (await town.ask(MIA, "membership", place=OTHER_SERVER)).text
    assert "**Pro** in Book Club" in (await town.ask(MIA, "membership", place=None)).text


async def test_what_was_bought_once_shows_its_end_and_needs_no_cancelling(town: Town) -> None:
    await town.plan(period="once_days", every=30)
    await town.buys()
    shown = await town.ask(MIA, "membership")
    assert "**Pro** in Book Club · paid" in shown.text
    assert "Ends on January 31, 2090" in shown.text
    assert shown.buttons == ()


async def test_a_role_taken_off_for_newcomers_still_shows_for_who_had_it(town: Town) -> None:
    await town.plan(role2=EXTRA)
    await town.subscribed()
    town.clock.at += 1
    await town.ask(ADA, "plan edit", plan="Pro", remove_role=EXTRA.name, members_keep="keep")
    assert "Includes **Extra** and **Members**" in (await town.ask(MIA, "membership")).text
    assert "Includes **Members**" in (await town.ask(MIA, "plans")).text
    await town.ask(ADA, "plan edit", plan="Pro", add_role=EXTRA)
    await town.ask(ADA, "plan edit", plan="Pro", remove_role=EXTRA.name, members_keep="lose")
    assert "Extra" not in (await town.ask(MIA, "membership")).text


async def test_an_old_button_to_keep_what_was_cancelled_since_says_so(town: Town) -> None:
    await town.plan()
    await town.subscribed(cancel_at=town.clock.at + 5 * DAY)
    action = action_of(await town.ask(MIA, "membership"), "Resume").replace("resume", "cancel_no")
    assert "already ended or changed" in (await town.press(MIA, action)).text
