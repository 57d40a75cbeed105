"""`/member`: the reason for every access, presents, and trying again."""

from dataclasses import replace
from typing import Any

import pytest

from bot.commands import dispatch
from payments.core.access import EffectState, Reason, Source
from payments.core.audit import AuditKind
from payments.core.billing import SubscriptionStatus
from payments.core.changes import On, Said, Thing, Who, Why, Word, facts
from payments.core.community import Platform
from payments.core.ids import TargetId
from payments.core.refusals import Cause
from payments.core.rights import Rank
from payments.flows.access.desired import sync_desired_access
from payments.flows.runtime.audit import record_audit
from payments.ports.chat import ActionButton
from payments.ports.stores import AuditEntry, Refused
from tests.commands.conftest import ADA, BEN, DAY, MIA, OTHER_SERVER, START, Town, action_of, member


async def test_somebody_we_never_met_is_said_so(town: Town) -> None:
    assert "I don't know Ben" in (await town.ask(ADA, "member", member=member(BEN))).text


async def test_a_payer_who_has_the_role_is_explained(town: Town) -> None:
    await town.plan()
    subscription = await town.subscribed()
    await town.access(MIA, "Members")
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "✅ **Pro:** In. It renews on February 1, 2090." in told
    assert "Has **Members**" in told
    assert subscription.id.replace("_", r"\_") in told
    assert ": active" in told


async def test_a_failed_payment_and_its_end_of_grace_are_explained_in_german(town: Town) -> None:
    await town.plan()
    await town.subscribed(
        status=SubscriptionStatus.PAST_DUE, reason=Reason.GRACE, access_from=START, access_until=START + 3 * DAY
    )
    await town.access(MIA, "Members")
    told = (await town.ask(ADA, "member", reader="de", member=member(MIA))).text
    assert "✅ **Pro:** Dabei bis 4. Januar 2090: Nachfrist, Zahlung am 1. Januar 2090 gescheitert." in told


async def test_a_pass_that_was_bought_twice_shows_both_periods_and_nothing_ahead_as_past(town: Town) -> None:
    await town.plan(period="once_days", every=30)
    await town.buys()
    await town.buys()
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "✅ **Pro:** In until March 2, 2090." in told
    assert "· one-time purchase, January 1, 2090 to January 31, 2090: paid" in told
    assert "· one-time purchase, January 31, 2090 to March 2, 2090: paid" in told
    assert told.count("Pro · €9.99 · paid") == 2
    town.clock.at += 60 * DAY
    out = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "❌ **Pro:** Out since March 2, 2090: the time is over." in out


async def test_what_begins_later_is_no_access_yet(town: Town) -> None:
    await town.plan()
    await town.subscribed(access_from=START + 3 * DAY, access_until=START + 9 * DAY)
    told = (await town.ask(ADA, "member", reader="de", member=member(MIA))).text
    assert "⏳ **Pro:** Noch nicht dabei: beginnt am 4. Januar 2090, gilt bis 10. Januar 2090." in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"access_until": START + 9 * DAY, "cancel_at": START + 9 * DAY}, "In until January 10, 2090: cancelled"),
        ({"reason": Reason.TRIALING, "trial_end_at": START + 3 * DAY}, "In. Free trial until January 4, 2090."),
        (
            {"status": SubscriptionStatus.PAST_DUE, "reason": Reason.GRACE, "access_until": START + 3 * DAY},
            "In until January 4, 2090: grace period, payment failed on January 1, 2090.",
        ),
        (
            {"status": SubscriptionStatus.PAST_DUE, "access_until": START + 9 * DAY},
            "In until January 10, 2090: paid until then, but a later payment failed on January 1, 2090.",
        ),
        ({"reason": Reason.PAUSED, "access_from": None}, "Out: paused."),
        (
            {"status": SubscriptionStatus.PAST_DUE, "reason": Reason.GRACE, "access_until": START - DAY},
            "Out since December 31, 2089: not paid, and the grace period is over",
        ),
        ({"reason": Reason.AWAITING_FIRST_PAYMENT, "access_from": None}, "Not in yet: the first payment hasn't"),
    ],
)
async def test_the_verdict_comes_first(town: Town, given: dict[str, Any], said: str) -> None:
    await town.plan()
    await town.subscribed(**given)
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert told.splitlines()[1].partition("** ")[2].startswith(said), told


async def test_who_is_out_is_out_since_the_role_was_no_longer_due(town: Town) -> None:
    await town.plan()
    await town.buys()
    town.clock.at += 5 * DAY
    (line,) = await town.entitlements(MIA)
    async with town.store.transaction() as tx:
        await tx.entitlements.put(replace(line, access_from=None, access_until=None, reason=Reason.REFUNDED))
        await sync_desired_access(town.app, tx, [line.beneficiary_id])
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "❌ **Pro:** Out since January 6, 2090: refunded." in told


async def test_support_is_told_of_payments_without_amounts(town: Town) -> None:
    await town.plan()
    await town.buys()
    await town.ranked(BEN, Rank.SUPPORT)
    told = (await town.ask(BEN, "member", member=member(MIA))).text
    assert "· January 1, 2090 · Pro · paid" in told
    assert "9.99" not in told


async def test_who_paid_but_is_not_in_the_server_is_explained_and_can_be_tried_again(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    access = await town.access(MIA, "Members", applied=False)
    lease = town.app.lease()
    async with town.store.transaction() as tx:
        (effect,) = await tx.accesses.claim(Platform.DISCORD, lease, town.clock.now(), 1)
        await tx.accesses.park(effect, lease, EffectState.WAITING, "is not in the server or chat")
    told = await town.ask(ADA, "member", member=member(MIA))
    assert "should have access; the platform hasn't confirmed it yet" in told.text
    assert "waiting for them to join" in told.text
    tried = await town.press(ADA, action_of(told, "Try again"))
    assert tried.text == "Trying 1 role or chat again."
    async with town.store.transaction() as tx:
        again = await tx.accesses.effect(access.person_id, access.target_id)
    assert again is not None
    assert again.state is EffectState.OPEN
    assert "effects" in town.woken
    assert "tried" in (await town.ask(ADA, "member", member=member(MIA))).text
    assert "nothing is blocked" in (await town.press(ADA, action_of(told, "Try again"))).text


async def test_a_blocked_role_says_what_the_admin_must_do(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    await town.access(MIA, "Members", applied=False)
    lease = town.app.lease()
    async with town.store.transaction() as tx:
        (effect,) = await tx.accesses.claim(Platform.DISCORD, lease, town.clock.now(), 1)
        refused = Refused(Cause.HIERARCHY, town.clock.now())
        await tx.accesses.park(effect, lease, EffectState.BLOCKED, "hierarchy: 50013", refused=refused)
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "blocked, an admin is needed: Move my own role above it" in told


async def test_free_days_are_an_entitlement_of_their_own(town: Town) -> None:
    await town.plan()
    given = await town.ask(ADA, "member", member=member(BEN), give="Pro", days=3)
    assert given.text == "✅ Ben has **Pro** free for 3 days."
    (line,) = await town.entitlements(BEN)
    async with town.store.transaction() as tx:
        assert await tx.customers.unsettled() == 1
    assert (line.source, line.access_until) == (Source.COMP, START + 3 * DAY)
    assert "customers" in town.woken
    told = (await town.ask(ADA, "member", member=member(BEN))).text
    assert "✅ **Pro:** In until January 4, 2090: a free membership." in told
    assert "**Ada** gave **Ben** the plan **Pro** for free; until: Jan 4, 2090" in told


@pytest.mark.parametrize(
    ("reason", "until", "said"),
    [
        (Reason.PAID, None, "through a subscription, which goes on being charged"),
        (Reason.GRACE, START + DAY, "through a subscription, which goes on being charged"),
        (Reason.PAID, START + 5 * DAY, "They have it until January 6, 2090 anyway"),
        (Reason.CANCELED, START, None),
    ],
)
async def test_what_is_given_to_somebody_who_pays_says_that_it_puts_nothing_off(
    town: Town, reason: Reason, until: int | None, said: str | None
) -> None:
    await town.plan()
    await town.subscribed(BEN, reason=reason, access_until=until)
    given = (await town.ask(ADA, "member", member=member(BEN), give="Pro", days=3)).text
    assert given.startswith("✅ Ben has **Pro** free for 3 days.")
    assert (said in given and "runs beside" in given) if said else "⚠️" not in given


async def test_a_present_can_be_ended(town: Town) -> None:
    await town.plan()
    given = await town.ask(ADA, "member", member=member(BEN), give="Pro")
    assert given.text == "✅ Ben has **Pro** free for good."
    told = await town.ask(ADA, "member", member=member(BEN))
    end = action_of(told, "End free membership: Pro")
    assert len(end) <= 64
    ended = await town.press(ADA, end)
    assert "The free membership **Pro** has ended." in ended.text
    town.clock.at += 1
    assert "has already ended" in (await town.press(ADA, end)).text
    (line,) = await town.entitlements(BEN)
    assert not line.opens(town.clock.now())


async def test_a_free_membership_that_is_ended_early_is_told_so_and_not_that_its_time_is_over(town: Town) -> None:
    await town.plan()
    await town.ask(ADA, "member", member=member(BEN), give="Pro", days=30)
    shown = await town.ask(ADA, "member", member=member(BEN))
    await town.press(ADA, next(b.action for b in shown.buttons if isinstance(b, ActionButton)))
    town.clock.at += 1
    assert "ended early by an admin" in (await town.ask(BEN, "membership")).text
    told = (await town.ask(ADA, "member", member=member(BEN))).text
    assert "ended early by the team" in told
    assert "/subscribe" not in told


async def test_the_log_is_told_in_the_readers_words(town: Town) -> None:
    await town.plan()
    await town.buys()
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "**Members** should be granted (paid)" in told
    assert (
        "**Members** soll vergeben werden (bezahlt)"
        in (await town.ask(ADA, "member", reader="de", member=member(MIA))).text
    )


async def test_each_thing_that_happened_is_told_by_its_kind_in_the_readers_words(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    mia, ada, community = await town.person(MIA), await town.person(ADA), await town.community()
    members = (await town.targets())["Members"].id
    happened: tuple[tuple[AuditKind, TargetId | None, dict[str, Thing]], ...] = (
        (AuditKind.UNWANTED, members, {"reason": Why(Reason.REFUNDED)}),
        (AuditKind.REVOKED, members, {"reason": Why(Reason.REFUNDED), "gone": Said(Word.NOT_THERE)}),
        (AuditKind.PARTED, members, {"account": "x", "taken": False, "gone": None}),
        (AuditKind.WAITING, members, {"platform": On(Platform.TELEGRAM)}),
        (AuditKind.CONTACT_GONE, None, {"contact": Who(ada)}),
        (AuditKind.BILL_WITHDRAWN, None, {"what": "Coaching", "cause": "late"}),
    )
    async with town.store.transaction() as tx:
        for kind, target, things in happened:
            about = {**things, "target": "Members"} if target is not None else things
            await record_audit(
                tx, START, kind, facts(**about), community_id=community.id, person_id=mia, target_id=target
            )
    english = (await town.ask(ADA, "member", member=member(MIA))).text
    german = (await town.ask(ADA, "member", reader="de", member=member(MIA))).text
    for told, german_told in (
        ("**Members** should be revoked (refunded)", "**Members** soll entzogen werden (erstattet)"),
        ("**Members** was revoked (they had already left)", "**Members** entzogen (war schon nicht mehr da)"),
        ("the account that was replaced already had **Members**", "das ersetzte Konto hatte **Members** schon"),
        ("waiting for them to link their account on Telegram", "wartet, bis die Person ihr Konto auf Telegram"),
        ("is no longer an owner, so **Ada** is the contact now", "ist nicht mehr Inhaber; Kontakt ist jetzt **Ada**"),
        ("an invoice was not sent after all", "eine Rechnung wurde doch nicht verschickt"),
    ):
        assert told in english
        assert german_told in german


async def test_what_an_older_version_wrote_is_shown_as_it_wrote_it(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    mia, community = await town.person(MIA), await town.community()
    members = (await town.targets())["Members"].id
    async with town.store.transaction() as tx:
        for number, (action, target, text) in enumerate(
            (
                ("wanted", members, "Members opened by Pro: paid"),
                ("from_before", None, "whatever it was"),
                ("contact_gone", None, "the contact is no owner any more"),
            )
        ):
            await tx.audit_log.add(
                AuditEntry(f"aud_{number}", START, community.id, mia, target, "guestlist", action, text)
            )
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "**Members** should be granted (Members opened by Pro: paid)" in told
    assert "noted by an older version: whatever it was" in told
    assert "noted by an older version: the contact is no owner any more" in told


async def test_another_servers_admin_can_not_end_a_present_here(town: Town) -> None:
    await town.plan()
    await town.ask(ADA, "member", member=member(BEN), give="Pro")
    told = await town.ask(ADA, "member", member=member(BEN))
    refused = await town.press(ADA, action_of(told, "End free"), place=OTHER_SERVER)
    assert "has already ended" in refused.text
    (line,) = await town.entitlements(BEN)
    assert line.opens(town.clock.now())


async def test_a_present_of_a_plan_that_is_not_there_is_refused(town: Town) -> None:
    await town.plan()
    assert "I don't know that plan" in (await town.ask(ADA, "member", member=member(BEN), give="Nope")).text
    assert "“give” is missing" in (await town.ask(ADA, "member", member=member(BEN), days=3)).text


async def test_members_can_not_look_at_each_other(town: Town) -> None:
    await town.plan()
    assert "for the community's team" in (await town.ask(MIA, "member", member=member(BEN))).text


async def test_an_entitlement_of_an_archived_plan_is_explained_too(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    await town.access(MIA, "Members")
    archive = await town.ask(ADA, "plan archive", plan="Pro")
    await town.press(ADA, action_of(archive, "Stop"))
    assert "✅ **Pro:** In." in (await town.ask(ADA, "member", member=member(MIA))).text


async def test_free_days_that_are_ordered_twice_are_given_once(town: Town) -> None:
    await town.plan()
    ordered = replace(town.request(ADA, "member", member=member("mia"), give="Pro", days=3), key="tg:17")
    for _ in range(2):
        assert "3 days" in (await dispatch.command(town.app, ordered)).text
        town.clock.at += DAY
    assert (await town.ask(ADA, "member", member=member("mia"))).text.count("gave **Mia**") == 1
