"""The oracle on small states with known answers, each a row of the design's table."""

from typing import Any

import pytest

from tests.soak import oracle
from tests.soak.bonds import Bond
from tests.soak.cast import CHATS, DAY, GUILD, PEOPLE, PLANS, TELEGRAM
from tests.soak.diary import Diary, Link, Present
from tests.soak.oracle import Say

NOW = 2_000_000_000
START = NOW - 10 * DAY
Json = dict[str, Any]


class State:
    """A sandbox's state in the making. Everybody is in the server and holds nothing."""

    def __init__(self) -> None:
        kinds = ("checkout.session", "subscription", "invoice", "invoice_payment", "charge", "refund", "dispute")
        self.stripe: dict[str, list[Json]] = {kind: [] for kind in kinds}
        self.stripe["product"] = [{"id": f"prod_{plan}", "name": plan, "metadata": {}} for plan in PLANS]
        self.roles: dict[str, list[str]] = {user: [] for user in PEOPLE.values()}
        self.log: list[Json] = []
        self.chat: Json = {"id": CHATS["Circle"], "members": [], "banned": [], "requests": [], "log": []}
        self.diary = Diary()

    def buys(self, plan: str, *, status: str = "active", paid: bool = True, **changed: Any) -> Json:
        """Mia has a subscription of a plan, its first invoice paid."""
        number = len(self.stripe["subscription"])
        made: Json = {
            "id": f"sub_{number}",
            "customer": "cus_mia",
            "created": START,
            "status": status,
            "cancel_at": None,
            "pause_collection": None,
            "collection_method": "charge_automatically",
            "items": {"data": [{"price": {"product": f"prod_{plan}"}, "current_period_start": START}]},
        } | changed
        self.stripe["subscription"].append(made)
        invoice = self.invoice(plan, number=number, subscription=made["id"], paid=paid)
        self._session(f"cs_{number}", "subscription", invoice["id"])
        return made

    def purchases(self, plan: str, paid_at: int) -> Json:
        """Mia bought something once."""
        number = len(self.stripe["invoice"]) + 100
        invoice = self.invoice(plan, number=number, at=paid_at, reason="manual")
        self._session(f"cs_{number}", "payment", invoice["id"])
        return invoice

    def _session(self, id_: str, mode: str, invoice: str) -> None:
        made: Json = {"id": id_, "mode": mode, "status": "complete", "customer": "cus_mia", "invoice": invoice}
        made |= {"created": self.stripe["invoice"][-1]["created"], "subscription": None}
        self.stripe["checkout.session"].append(made)
        self.diary.links[id_] = Link("mia", min(START, made["created"]))

    def invoice(
        self,
        plan: str,
        *,
        number: int,
        subscription: str | None = None,
        paid: bool = True,
        at: int = START,
        reason: str = "subscription_create",
    ) -> Json:
        id_ = f"in_{number}_{len(self.stripe['invoice'])}"
        details = {"subscription": subscription} if subscription else None
        made: Json = {
            "id": id_,
            "status": "paid" if paid else "open",
            "total": 999,
            "amount_remaining": 0 if paid else 999,
            "created": at,
            "period_start": at,
            "number": id_,
            "billing_reason": reason,
            "parent": {"subscription_details": details} if details else None,
            "status_transitions": {"paid_at": at if paid else None, "finalized_at": at},
            "lines": {
                "data": [
                    {
                        "period": {"start": at, "end": at + 30 * DAY},
                        "pricing": {"price_details": {"product": f"prod_{plan}"}},
                    }
                ]
            },
        }
        self.stripe["invoice"].append(made)
        if paid:
            intent = f"pi_{id_}"
            payment = {"invoice": id_, "status": "paid", "payment": {"payment_intent": intent}}
            self.stripe["invoice_payment"].append(payment)
            charge = {"id": f"ch_{id_}", "payment_intent": intent, "status": "succeeded", "amount": 999}
            self.stripe["charge"].append(charge)
        return made

    def refunds(self, invoice: Json, amount: int = 999, at: int = NOW - DAY, status: str = "succeeded") -> None:
        made = {"charge": f"ch_{invoice['id']}", "status": status, "amount": amount, "created": at}
        self.stripe["refund"].append(made)

    def disputes(self, invoice: Json, status: str) -> None:
        made = {"charge": f"ch_{invoice['id']}", "status": status, "created": NOW - DAY}
        self.stripe["dispute"].append(made)

    def paid_until(self, at: int) -> None:
        """Where the first invoice's period ends."""
        self.first()["lines"]["data"][0]["period"]["end"] = at

    def first(self) -> Json:
        return self.stripe["invoice"][0]

    def holds(self, *roles: str, by: str = "the bot") -> None:
        """Mia was given roles, and has them."""
        for role in roles:
            self.roles[PEOPLE["mia"]].append(role)
            self.happens("role_add", role, by)

    def is_given_by_hand(self, role: str) -> None:
        """A moderator gives Mia a role that nothing else opens."""
        self.holds(role, by="mod")
        self.diary.gifts.add(("mia", role, float(NOW - DAY)))

    def happens(self, action: str, role: str, by: str, *, changed: bool = True) -> None:
        """A line of Discord's log about Mia."""
        entry = {"action": action, "by": by, "user": PEOPLE["mia"], "role_name": role, "changed": changed}
        self.log.append(entry | {"user_name": "mia", "at": float(NOW - DAY)})

    def told(self) -> Json:
        members = [{"id": user, "role_names": roles} for user, roles in self.roles.items()]
        guild = {"id": GUILD, "members": members, "log": self.log}
        return {
            "clock": {"now": float(NOW)},
            "stripe": self.stripe,
            "discord": {"guilds": [guild]},
            "telegram": {"chats": [self.chat]},
        }

    def say(self, target: str = "Members", account: str = "mia") -> Say:
        """What must be of an account and a role or chat."""
        books = oracle.Books(self.stripe, self.diary)
        return oracle.wanted(oracle.grounds(books, NOW), self.diary)[account, target]

    def wrong(self) -> list[str]:
        return oracle.wrong_at_the_door(self.told(), self.diary)


@pytest.fixture
def state() -> State:
    return State()


def test_nobody_who_bought_nothing_must_be_in(state: State) -> None:
    assert state.say() is Say.OUT
    assert state.wrong() == []


@pytest.mark.parametrize("status", ["active", "trialing"])
def test_who_pays_or_tries_must_be_in(state: State, status: str) -> None:
    state.buys("Monthly", status=status)
    assert state.say() is Say.IN
    assert "mia must be in and lacks Members" in state.wrong()[0]
    state.holds("Members")
    assert state.wrong() == []


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "canceled", "paused"])
def test_what_is_over_or_never_began_opens_nothing(state: State, status: str) -> None:
    state.buys("Monthly", status=status)
    state.holds("Members")
    assert "mia must be out and holds Members" in state.wrong()[0]


def test_paused_collection_suspends(state: State) -> None:
    state.buys("Monthly", pause_collection={"behavior": "void"})
    assert state.say() is Say.OUT


@pytest.mark.parametrize(("ago", "expected"), [(2, Say.IN), (4, Say.OUT)])
def test_past_due_is_in_until_its_grace_is_over_counted_from_the_first_failure(
    state: State, ago: int, expected: Say
) -> None:
    subscription = state.buys("Monthly", status="past_due")
    state.paid_until(NOW - 5 * DAY)
    unpaid = state.invoice("Monthly", number=0, subscription=subscription["id"], paid=False, at=NOW - 5 * DAY)
    state.diary.failed[unpaid["id"]] = NOW - ago * DAY
    assert state.say() is expected


def test_the_oldest_unpaid_invoice_counts(state: State) -> None:
    subscription = state.buys("Monthly", status="past_due")
    state.paid_until(NOW - 5 * DAY)
    for ago in (5, 1):
        made = state.invoice("Monthly", number=0, subscription=subscription["id"], paid=False, at=NOW - ago * DAY)
        state.diary.failed[made["id"]] = NOW - ago * DAY
    assert state.say() is Say.OUT


def test_what_was_paid_for_holds_though_something_fails_within_it(state: State) -> None:
    subscription = state.buys("Monthly", status="past_due")
    made = state.invoice("Monthly", number=0, subscription=subscription["id"], paid=False, at=NOW - 5 * DAY)
    state.diary.failed[made["id"]] = NOW - 5 * DAY
    assert state.say() is Say.IN


@pytest.mark.parametrize(("ago", "expected"), [(2, Say.IN), (4, Say.OUT)])
@pytest.mark.parametrize("status", ["unpaid", "canceled"])
def test_the_grace_holds_when_stripe_ends_it_for_want_of_payment(
    state: State, status: str, ago: int, expected: Say
) -> None:
    why = {"reason": "payment_failed"} if status == "canceled" else {}
    subscription = state.buys("Monthly", status=status, cancellation_details=why, ended_at=NOW - DAY)
    state.paid_until(NOW - ago * DAY)
    made = state.invoice("Monthly", number=0, subscription=subscription["id"], paid=False, at=NOW - ago * DAY)
    state.diary.failed[made["id"]] = NOW - ago * DAY
    assert state.say() is expected


@pytest.mark.parametrize(("ago", "expected"), [(2, Say.IN), (4, Say.OUT)])
@pytest.mark.parametrize("status", ["void", "uncollectible", "draft"])
def test_what_was_taken_back_unpaid_is_owed_from_then_on_and_what_asked_for_nothing_is_not(
    state: State, status: str, ago: int, expected: Say
) -> None:
    subscription = state.buys("Monthly")
    state.paid_until(NOW - 5 * DAY)
    at = NOW - ago * DAY
    left = state.invoice("Monthly", number=0, subscription=subscription["id"], paid=False, at=at)
    moments = {"void": "voided_at", "uncollectible": "marked_uncollectible_at"}
    left |= {"status": status, "auto_advance": False}
    left["status_transitions"] = {"finalized_at": None, "paid_at": None, moments.get(status, ""): at}
    assert state.say() is expected
    left["total"] = 0
    assert state.say() is Say.IN


def test_without_grace_and_without_a_payment_past_due_is_out(state: State) -> None:
    short = state.buys("Short", status="past_due")
    state.paid_until(NOW - 3_600)
    state.invoice("Short", number=0, subscription=short["id"], paid=False, at=NOW - 3_600)
    assert state.say("Weekly") is Say.OUT
    never = State()
    never.buys("Monthly", status="past_due", paid=False)
    assert never.say() is Say.OUT


def test_a_full_refund_ends_and_a_part_or_one_that_failed_does_not(state: State) -> None:
    state.buys("Monthly")
    state.refunds(state.first(), 500)
    assert state.say() is Say.IN
    state.refunds(state.first(), 499, status="failed")
    assert state.say() is Say.IN
    state.refunds(state.first(), 499)
    assert state.say() is Say.OUT


def test_a_refund_of_an_earlier_period_changes_nothing(state: State) -> None:
    subscription = state.buys("Monthly")
    later = state.invoice(
        "Monthly", number=0, subscription=subscription["id"], at=START + 1, reason="subscription_cycle"
    )
    state.refunds(state.first())
    assert state.say() is Say.IN
    state.refunds(later)
    assert state.say() is Say.OUT


@pytest.mark.parametrize(
    ("status", "expected"),
    [("needs_response", Say.OUT), ("lost", Say.OUT), ("won", Say.IN), ("warning_needs_response", Say.IN)],
)
def test_a_dispute_that_is_open_or_lost_suspends(state: State, status: str, expected: Say) -> None:
    state.buys("Monthly")
    state.disputes(state.first(), status)
    assert state.say() is expected


def test_two_passes_in_a_row_last_twice_as_long(state: State) -> None:
    state.purchases("Pass", NOW - 40 * DAY)
    assert state.say("Weekly") is Say.OUT
    second = state.purchases("Pass", NOW - 39 * DAY)
    assert state.say("Weekly") is Say.IN
    state.refunds(second)
    assert state.say("Weekly") is Say.OUT


def test_lifetime_is_for_good_unless_refunded(state: State) -> None:
    bought = state.purchases("Life", NOW - 900 * DAY)
    assert state.say("Gold") is Say.IN
    state.refunds(bought)
    assert state.say("Gold") is Say.OUT


def test_one_reason_of_several_is_enough(state: State) -> None:
    state.buys("Monthly", status="canceled")
    state.buys("Short")
    assert state.say("Members") is Say.IN


def test_cancel_at_is_the_end_and_its_moment_is_left_open(state: State) -> None:
    state.buys("Monthly", cancel_at=NOW + DAY)
    assert state.say() is Say.IN
    near = State()
    near.buys("Monthly", cancel_at=NOW + 5)
    assert near.say() is Say.EITHER


def test_a_present_lasts_its_days_and_an_unclear_one_may_or_may_not_be_there(state: State) -> None:
    state.diary.presents.append(Present("mia", "Monthly", START, NOW + DAY))
    assert state.say() is Say.IN
    state.diary.presents[0] = Present("mia", "Monthly", START, NOW + DAY, sure=False)
    assert state.say() is Say.EITHER
    state.diary.presents[0] = Present("mia", "Monthly", START, NOW - DAY)
    assert state.say() is Say.OUT


def test_a_role_of_a_moderator_stays_and_must_not_be_taken(state: State) -> None:
    state.is_given_by_hand("Members")
    assert state.wrong() == []
    state.happens("role_remove", "Members", "the bot")
    assert "the bot took Members of mia" in state.wrong()[0]


def test_the_bots_own_try_does_not_make_a_gift_its_own(state: State) -> None:
    state.is_given_by_hand("Members")
    state.happens("role_add", "Members", "the bot", changed=False)
    state.happens("role_remove", "Members", "the bot")
    assert "the bot took Members of mia" in state.wrong()[0]


def test_a_role_given_by_hand_while_the_bot_was_about_to_may_stay_or_go(state: State) -> None:
    state.holds("Members", by="mod")
    state.happens("role_add", "Members", "the bot", changed=False)
    assert state.wrong() == []
    state.happens("role_remove", "Members", "the bot")
    assert state.wrong() == []


def test_a_role_that_the_bot_gave_back_after_a_moderator_took_it_is_the_bots(state: State) -> None:
    state.holds("Members", by="mod")
    state.happens("role_remove", "Members", "mod")
    state.happens("role_add", "Members", "the bot")
    assert "mia must be out and holds Members" in state.wrong()[0]


def test_who_left_is_not_judged(state: State) -> None:
    state.buys("Monthly")
    del state.roles[PEOPLE["mia"]]
    assert state.wrong() == []


def test_two_running_subscriptions_of_one_plan_are_told(state: State) -> None:
    state.buys("Monthly")
    state.buys("Monthly", status="past_due")
    assert oracle.charged_twice(state.told(), state.diary) == ["mia has 2 running subscriptions of Monthly"]


def test_a_period_that_was_paid_twice_is_told(state: State) -> None:
    subscription = state.buys("Monthly")
    state.invoice("Monthly", number=0, subscription=subscription["id"])
    assert "was paid 2 times" in oracle.charged_twice(state.told(), state.diary)[0]


def test_what_was_bought_for_good_twice_is_told_unless_the_first_was_given_back(state: State) -> None:
    first = state.purchases("Life", START)
    state.purchases("Life", START + DAY)
    assert oracle.charged_twice(state.told(), state.diary) == ["mia has 2 purchases for good of Life"]
    state.refunds(first)
    assert oracle.charged_twice(state.told(), state.diary) == []


def test_two_objects_for_one_row_of_ours_are_told(state: State) -> None:
    row = {"guestlist_row": "cus_1"}
    state.stripe["customer"] = [{"id": "cus_a", "metadata": row}, {"id": "cus_b", "metadata": row}]
    assert "2 objects of kind customer" in oracle.charged_twice(state.told(), state.diary)[0]


# -- Telegram, and two accounts as one person --------------------------------------------------------------------------


def comes_in(state: State, by: str) -> None:
    """Mia's account on Telegram is let into the chat."""
    user = TELEGRAM["mia@telegram"]
    state.chat["members"].append({"id": user, "status": "member"})
    state.chat["log"].append({"action": "approve", "by": by, "user": user, "at": float(NOW - DAY)})


def test_who_is_in_a_chat_by_the_bot_and_pays_nothing_must_be_out(state: State) -> None:
    comes_in(state, "the bot")
    assert "mia@telegram must be out and is in Circle" in state.wrong()[0]


def test_who_was_let_in_by_a_human_stays_and_is_never_put_out(state: State) -> None:
    comes_in(state, "ada")
    state.diary.gifts.add(("mia@telegram", "Circle", float(NOW - DAY)))
    assert state.wrong() == []
    user = TELEGRAM["mia@telegram"]
    state.chat["log"].append({"action": "ban", "by": "the bot", "user": user, "at": float(NOW), "was_inside": True})
    assert "the bot put mia@telegram out of Circle" in state.wrong()[0]


def test_who_pays_does_not_wait_before_a_chat_and_who_does_not_is_answered(state: State) -> None:
    state.chat["requests"] = [{"id": TELEGRAM["mia@telegram"], "at": float(NOW - 60)}]
    assert "waits for an answer before Circle" in state.wrong()[0]
    state.diary.deaf_until = float(NOW)
    assert state.wrong() == [], "Telegram kept the request for a day, and nobody listened"


def test_a_kick_leaves_no_ban(state: State) -> None:
    user = TELEGRAM["mia@telegram"]
    state.chat["banned"] = [{"id": user}]
    state.chat["log"] = [{"action": "ban", "by": "ada", "user": user, "at": float(NOW), "was_inside": True}]
    assert state.wrong() == []
    state.chat["log"][0]["by"] = "the bot"
    assert "is left banned by the bot from Circle" in state.wrong()[0]


def test_what_one_account_bought_opens_the_other_side_while_they_are_linked(state: State) -> None:
    state.buys("Monthly")
    assert state.say("Circle", "mia@telegram") is Say.OUT
    state.diary.bonds.append(Bond(NOW - 100, "mia", "mia@telegram", linked=True))
    assert state.say("Circle", "mia@telegram") is Say.IN
    state.diary.bonds.append(Bond(NOW - 50, "mia@telegram", "mia", linked=False))
    assert state.say("Circle", "mia@telegram") is Say.OUT
    assert state.say("Members", "mia") is Say.IN


def test_what_was_bought_while_they_were_one_stays_with_one_of_them(state: State) -> None:
    state.diary.bonds.append(Bond(START - 100, "mia", "mia@telegram", linked=True))
    state.buys("Monthly")
    assert state.say("Circle", "mia@telegram") is Say.IN
    state.diary.bonds.append(Bond(NOW - 50, "mia@telegram", "mia", linked=False))
    assert {state.say("Circle", "mia@telegram"), state.say("Members", "mia")} == {Say.EITHER}


def test_an_account_that_was_replaced_has_nothing_any_more(state: State) -> None:
    state.diary.bonds.append(Bond(START - 100, "mia", "mia@telegram", linked=True))
    state.buys("Monthly")
    state.diary.bonds.append(Bond(NOW - 50, "mia", "ben@telegram", linked=True, left="mia@telegram"))
    assert state.say("Circle", "ben@telegram") is Say.IN
    assert state.say("Circle", "mia@telegram") is Say.OUT


def test_an_account_that_undoes_it_has_what_it_had_and_is_linked_again_by_a_yes(state: State) -> None:
    state.diary.bonds.append(Bond(NOW - 60, "mia", "mia@telegram", linked=True))
    state.buys("Monthly")
    state.diary.bonds.append(Bond(NOW - 50, "ben", "mia@telegram", linked=True, left="mia"))
    (move,) = state.diary.moves()
    assert (state.say("Members", "mia"), state.say("Members", "ben")) == (Say.OUT, Say.IN)
    state.diary.bonds.append(Bond(NOW - 40, "mia", "mia@telegram", linked=False, undoes=move.at))
    assert (state.say("Members", "mia"), state.say("Members", "ben")) == (Say.IN, Say.OUT)
    assert state.say("Circle", "mia@telegram") is Say.OUT
    assert state.diary.moves() == []
    assert state.diary.persons().of("ben").accounts == {"ben", "mia@telegram"}
    state.diary.bonds.append(Bond(NOW - 30, "mia", "mia@telegram", linked=True, undoes=move.at))
    assert (state.say("Members", "mia"), state.say("Members", "ben")) == (Say.IN, Say.OUT)
    assert state.say("Circle", "mia@telegram") is Say.IN
    assert state.diary.persons().of("ben").accounts == {"ben"}


def test_an_account_takes_back_what_it_paid_for_from_two_that_parted(state: State) -> None:
    state.diary.bonds.append(Bond(NOW - 60, "mia", "mia@telegram", linked=True))
    state.buys("Monthly")
    state.diary.bonds.append(Bond(NOW - 50, "ben", "mia@telegram", linked=True, left="mia"))
    (move,) = state.diary.moves()
    state.diary.bonds.append(Bond(NOW - 40, "ben", "mia@telegram", linked=False))
    assert state.say("Members", "ben") is Say.EITHER, "what mia paid for, and none of her accounts is there now"
    state.diary.bonds.append(Bond(NOW - 30, "mia", "mia@telegram", linked=False, undoes=move.at))
    assert (state.say("Members", "mia"), state.say("Members", "ben")) == (Say.IN, Say.OUT)
    assert state.say("Circle", "mia@telegram") is Say.OUT


def test_what_two_bought_of_one_time_follows_upon_each_other_while_they_are_one(state: State) -> None:
    state.purchases("Pass", NOW - 50 * DAY)
    state.purchases("Pass", NOW - 40 * DAY)
    there = state.stripe["checkout.session"][-1]
    there["customer"] = "cus_there"
    state.diary.links[there["id"]] = Link("mia@telegram", NOW - 40 * DAY)
    assert state.say("Weekly") is Say.OUT
    state.diary.bonds.append(Bond(NOW - 30 * DAY, "mia", "mia@telegram", linked=True))
    assert state.say("Weekly") is Say.IN
    state.diary.bonds.append(Bond(NOW - 2 * DAY, "mia@telegram", "mia", linked=False))
    assert state.say("Weekly") is Say.OUT


def test_two_who_both_pay_may_become_one_and_are_sold_no_second_one_afterwards(state: State) -> None:
    state.buys("Monthly")
    state.stripe["checkout.session"][0]["subscription"] = "sub_0"
    second = state.buys("Monthly", customer="cus_there")
    session = state.stripe["checkout.session"][1]
    session |= {"customer": "cus_there", "subscription": second["id"]}
    state.diary.links["cs_1"] = Link("mia@telegram", START)
    state.diary.bonds.append(Bond(START + 100, "mia", "mia@telegram", linked=True))
    assert oracle.charged_twice(state.told(), state.diary) == []
    session["created"] = START + 200
    assert "got a link to Monthly when they had it" in oracle.charged_twice(state.told(), state.diary)[0]
