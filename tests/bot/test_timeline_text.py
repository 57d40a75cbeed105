"""What a visitor of the demo reads of the service's rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.texts.en import notices
from demo import timeline_text
from demo.timeline import Timeline
from payments.core.access import EffectState, Reason
from payments.flows.jobs.redrive import REDRIVEN
from storage.store import SqlStore
from tests.fakes.door import open_door

MORE_OF_A_NOTICE = {
    "blocked_clock",
    "payment_failed_now",
    "payment_failed_beside",
    "payment_back_unpriced",
    "access_back_paid",
    "access_ended_plain",
    "access_opened_login",
    "breaker_members",
    "unknown",
} | {
    "blocked_place",
    "blocked_waiting",
    "blocked_messages",
    "blocked_log",
    "blocked_still",
    "chat_back_idle",
    "in_server",
    "not_sold_still",
    "until_then",
    "on_sale_again",
    "trial_ending_unpriced",
    "trial_ending_discounted",
    "price_refused_moved",
    "account_moved",
    "account_moved_paid",
    "account_moved_undo",
    "back_asked",
    "cancelled_by_other_now",
    "cancelled_by_other_over",
    "ending_member_now",
    "ending_team_now",
    "ending_payment_now",
    "ending_payment_contact_undated",
    "ending_member_billed",
    "ending_team_billed",
    "ending_payment_billed",
    "ending_payment_contact_billed",
    "keeping_refused",
    "late_payment_unpaid",
    "late_payment_asked",
    "late_payment_ask",
    "late_payment_anew",
    "late_payment_again",
    "member_paid_late_unpaid",
    "fraud_warning_ends",
    "fraud_warning_stays",
    "bill_taken_back_paused",
    "taken_back_stays",
    "taken_back_out",
    "taken_back_out_until",
    "access_kept_open",
    "resume_unpaid_pay",
}
"""Texts that are a notice's in another case, or a part of one."""

ERRAND = {
    "kind": "chat",
    "target": "Reading room",
    "platform": "telegram",
    "wanted": 0,
    "taken": 1,
    "held_before": None,
    "state": "done",
    "attempts": 0,
    "last_error": None,
    "linked": 1,
    "held": 0,
}
BILL = {
    "source": "subscription",
    "plan": "Pro",
    "status_before": "active",
    "status_after": "past_due",
    "unit_amount_after": 999,
    "total_after": 1998,
    "currency": "usd",
    "interval_after": "1 month",
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "Telegram has confirmed it."),
        ({"taken": 0}, "There was nothing to revoke that Guestlist had granted."),
        ({"wanted": 1, "held_before": 1}, "They already had it without Guestlist, so it is never revoked."),
        ({"state": "open"}, "On its way to Telegram."),
        ({"state": "open", "held": 1}, "The breaker is holding it back"),
        ({"state": "open", "last_error": "held by the breaker"}, "On its way to Telegram."),
        (
            {"state": "open", "last_error": "waits until all customers are settled"},
            "Waiting until every customer is decided",
        ),
        ({"state": "open", "last_error": "Too Many Requests"}, "asked again: Too Many Requests"),
        ({"state": "open", "last_error": "has no account on telegram that we know"}, "On its way to Telegram."),
        ({"state": "waiting", "linked": 0}, "/link"),
        ({"state": "waiting"}, "a bot can't bring anyone in"),
        ({"state": "blocked", "last_error": "hierarchy: the role stands above"}, "An admin is needed: hierarchy"),
        ({"state": "dead", "attempts": 8, "last_error": "500"}, "Given up after 8 attempts"),
    ],
)
def test_how_an_effect_stands_is_told_with_its_reason(changed: dict[str, object], told: str) -> None:
    state, reason = timeline_text.outcome(ERRAND | changed)
    assert state in {*EffectState} or state == "waiting"
    assert told in (reason or "")


async def test_what_holds_an_effect_is_read_from_the_rows(sqlite_store: SqlStore, tmp_path: Path) -> None:
    door = await open_door(sqlite_store)
    plan = await door.plan("Pro", await door.role("Pro"))
    people = [await door.person(f"member{n}") for n in range(12)]
    for person in people:
        await door.joins_plan(person, plan)
    await door.work()
    for person in people:
        await door.ends(person, plan)
    away = await door.person("away", inside=False)
    await door.joins_plan(away, plan)
    await door.work()
    timeline = Timeline(tmp_path / "guestlist.db")
    timeline.read()
    timeline.close()
    told = [line.reason or "" for line in timeline.lines if line.step == "effect"]
    assert sum("The breaker is holding it back" in reason for reason in told) == 12
    assert sum("a bot can't bring anyone in" in reason for reason in told) == 1


def test_an_effect_is_told_as_what_it_brings_about() -> None:
    assert timeline_text.errand(ERRAND) == "Remove from Reading room"
    assert timeline_text.errand(ERRAND | {"wanted": 1}) == "Let into Reading room"
    assert timeline_text.errand(ERRAND | {"kind": "role", "target": "Members"}) == "Revoke the role Members"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "Pro: the subscription was active, is past due"),
        (
            {"status_before": None, "status_after": "trialing"},
            "Pro: a subscription begins, $9.99 every month (trialing)",
        ),
        ({"status_before": "past_due"}, "Pro: the subscription was changed"),
        ({"source": "purchase", "status_after": "paid"}, "Pro: bought for $19.98"),
        ({"source": "refund", "status_after": "succeeded"}, "Pro: a refund of $19.98 succeeded"),
        ({"source": "dispute", "status_after": "needs_response"}, "Pro: a dispute over $19.98 (needs response)"),
    ],
)
def test_what_changed_in_what_is_sold_is_one_sentence(changed: dict[str, object], told: str) -> None:
    assert timeline_text.sold(BILL | changed) == told


@pytest.mark.parametrize(
    ("changed", "gist"),
    [
        ({}, "is past due"),
        ({"status_after": "active"}, None),
        ({"status_before": None, "status_after": "active"}, None),
        ({"source": "refund", "status_after": "succeeded"}, None),
    ],
)
def test_what_a_subscription_became_is_said_in_short(changed: dict[str, object], gist: str | None) -> None:
    assert timeline_text.turned(BILL | changed) == gist


def test_an_errand_in_short_has_a_sign() -> None:
    assert (timeline_text.short(ERRAND), timeline_text.short(ERRAND | {"wanted": 1})) == (
        "− Reading room",
        "+ Reading room",
    )


def test_every_notice_and_every_request_that_is_done_again_has_its_sentence() -> None:
    kinds = {key.split(".")[1] for key in notices.TEXTS if key.startswith("notice.")}
    assert set(timeline_text.NOTICES) == kinds - MORE_OF_A_NOTICE
    assert set(timeline_text.REQUESTS) >= {*REDRIVEN}


def test_every_reason_has_its_sentence_and_a_grace_its_end() -> None:
    assert set(timeline_text.REASONS) == {*Reason}
    assert "the grace period runs until Jan 1, 2026, 12:00" in timeline_text.standing("grace", 1_767_225_600_000)
    assert timeline_text.standing(None, None) == "No membership includes it any more."
    assert (
        timeline_text.opened(["Members", "Reading room"], ["Extra"])
        == "grants Members and Reading room and revokes Extra"
    )
