"""What a visitor reads of the service's rows: short English sentences, no ids, no secrets."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.texts.formats import moment, money
from payments.core.community import Platform
from payments.flows.access.deliver import NO_ACCOUNT, NOT_THERE
from payments.flows.access.gates import CLOCK_WRONG, HELD, UNSETTLED

Row = Mapping[str, Any]
LOCALE = "en"
ERROR_MAX = 200

EVENT_STATES: dict[str, tuple[str, str | None]] = {
    "marked": ("stored", "Stored in the database, so Stripe got its 200. Next, the customer is checked."),
    "unresolved": ("stored", "Stored in the database, so Stripe got its 200. Next: which customer is it about?"),
    "settled": ("settled", "Settled by a decision based on what Stripe says now."),
    "noted": ("noted", "Stored; nothing needs to happen."),
    "foreign": ("foreign", "Not about a membership: this Stripe account may sell other things too."),
    "dead": ("dead", "Given up after many attempts; an admin can retry it."),
}

REASONS = {
    "paid": "It is paid.",
    "trialing": "It is on a free trial.",
    "grace": "A payment failed; the grace period is running.",
    "comp": "The admins gave it for free.",
    "awaiting_first_payment": "The first payment hasn't arrived yet.",
    "past_due": "The grace period is over, and nothing was paid.",
    "unpaid": "Stripe has stopped trying to collect the payment.",
    "canceled": "It was cancelled.",
    "paused": "It is paused.",
    "refunded": "The payment was refunded in full.",
    "disputed": "The payment is disputed.",
    "expired": "It has expired.",
    "changed": "The subscription was changed in Stripe and sells something else now.",
    "ended": "An admin ended it early.",
}

REQUESTS = {
    "customer": "Creates a customer",
    "checkout": "Creates a checkout page",
    "product": "Creates a product",
    "price": "Creates a price",
    "portal_configuration": "Sets up the billing portal",
    "bill": "Creates a one-off invoice",
    "invoice": "Drafts a one-off invoice",
    "invoice_item": "Adds the line to a one-off invoice",
    "refund": "Refunds a payment",
    "links": "Expires checkout pages",
    "link_end": "Expires a checkout page",
    "trial_end": "Ends a second trial on the same card",
    "name_ours": "Writes our ids on a subscription that was bought in Stripe",
    "ending": "Ends a subscription, or lets it go on after all",
}

REQUEST_STATES: dict[str, tuple[str, str | None]] = {
    "pending": ("open", "Stored before it is sent, so nothing is created twice."),
    "made": ("done", "Stored before it was sent, so it is never created twice."),
    "refused": ("failed", "Stripe refused it."),
    "needs_email": ("waiting", "Stripe needs an email address first."),
    "dead": ("dead", "Given up after many attempts; an admin can retry it."),
}

NOTICES = {
    "payment_failed": "A private message: the payment failed, here is the link to pay",
    "payment_action_required": "A private message: the bank wants a confirmation",
    "access_opened": "A private message: what you have access to",
    "access_back": "A private message: what you have access to again",
    "access_ended": "A private message: what has ended, and why",
    "trial_ending": "A private message: the trial ends soon",
    "accept_rules": "A private message: accept the rules of the server",
    "not_there": "A private message: join the server",
    "come_in": "A private message: the invitation to the chat",
    "not_linked": "A private message: link your other account",
    "checkout_paid_late": "A private message: the late payment still counts",
    "late_payment": "A private message: this payment came too late to give access",
    "paid_twice": "A private message: this is paid twice",
    "linked": "A private message: two accounts are one person now",
    "unlinked": "A private message: the accounts are separate again",
    "account_left": "A private message: another account replaced this one",
    "link_asked": "A private message: somebody typed your code, is that you?",
    "link_declined": "A private message: the other account said no",
    "move_undone": "A private message: an account that was replaced took back what it pays for",
    "move_undone_for": "A private message: the account you replaced is linked again",
    "parted": "A private message: an admin unlinked two accounts",
    "cancelled_by_other": "A private message: somebody asked to cancel what you pay for",
    "ending_member": "A private message: what was cancelled has ended, or ends",
    "ending_team": "A private message: the team ended a subscription",
    "ending_payment": "A private message: a subscription ends, since its payment was taken back",
    "ending_back": "A private message: a subscription goes on",
    "ending_payment_contact": "A private message to the admin: a subscription ends, since its payment was taken back",
    "ending_payment_back_contact": "A private message to the admin: the payment counts again",
    "endings_asked": "A private message to the admin: should these subscriptions end?",
    "ending_refused": "A private message to the admin: Stripe doesn't end a subscription",
    "trial_again": "A private message: this card has already had a trial",
    "paid_old_price": "A private message to the admin: an old price was paid",
    "join_asked": "A private message to the admin: should the chat join?",
    "joined": "A private message to the admin: the chat has joined",
    "join_declined": "A private message to the admin: the chat will not join",
    "bill_taken_back": "A private message: a bill was taken back, there is nothing to pay",
    "access_kept": "A private message: the admins let you keep access",
    "keep_access": "A private message to the admin: a bill was taken back unpaid, keep access?",
    "resume_unpaid": "A private message to the admin: a pause left a bill unpaid, give access?",
    "invoice_sent": "A private message: an invoice, with the link to pay",
    "email_needed": "A private message: an email address is needed",
    "grace_ending": "A private message: the grace period ends soon",
    "renewed": "A private message: the payment went through",
    "payment_back": "A private message: the payment went through after all",
    "news_there": "A private message: on the other platform there is something to read",
    "bill_withdrawn": "A private message: an invoice will not be sent after all",
    "bill_not_sent": "A private message to the admin: an invoice was not sent",
    "blocked": "A private message to the admin: something must be fixed",
    "not_sold": "A private message to the admin: a plan is not sold, as something it includes can't be granted",
    "sold_again": "A private message to the admin: a plan is sold again",
    "paid_not_given": "A private message to the admin: somebody paid for what can't be granted just now",
    "blocked_over": "A private message to the admin: what held things up is over",
    "given_up": "A private message to the admin: something was given up",
    "breaker": "A private message to the admin: the breaker is holding removals back",
    "member_paid_late": "A private message to the admin: a payment came too late, here is the refund",
    "fraud_warning": "A private message to the admin: a bank warns of fraud, here is the refund",
    "member_pays_twice": "A private message to the admin: a member pays twice",
    "subscriptions_of_nobody": "A private message to the admin: subscriptions that belong to nobody here",
    "paid_once_by_nobody": "A private message to the admin: somebody unknown paid once for a plan",
    "price_refused": "A private message to the admin: Stripe refused a price",
    "price_archived": "A private message to the admin: a price is archived in Stripe",
    "admin_needed": "A message in the place: an owner is needed, and nobody can be told in private",
    "chat_lost": "A private message to the admin: the bot was removed from a chat",
    "chat_back": "A private message to the admin: the bot is back in a chat",
}

NOTICE_STATES: dict[str, tuple[str, str | None]] = {
    "open": ("open", None),
    "done": ("done", None),
    "dead": ("dead", "It could not be delivered."),
}

DEEDS = {
    "linked": "Two accounts now belong to one person",
    "unlinked": "The accounts belong to two people again",
    "move_undone": "An account that was replaced took back what it pays for",
    "parted": "An admin unlinked two accounts",
    "role_adopted": "An admin says: who had this role before loses it with their membership",
    "role_left": "An admin says: who had this role before keeps it",
    "came_back": "Another bot gave it back when they rejoined, so it is taken again",
    "drifted": "An admin removed it by hand, so it is granted again",
    "left_so": "An admin keeps removing it, so it stays removed",
    "breaker_tripped": "Too many would lose access at once: everyone keeps it until an admin decides",
    "subscription_ended": "An admin ends a subscription at once",
    "subscriptions_ended": "An admin ends the subscriptions whose payments were taken back",
    "subscriptions_kept": "An admin lets the subscriptions whose payments were taken back go on",
    "breaker_go_on": "An admin lets the removals go ahead",
    "breaker_forget": "An admin discards the removals and has everything decided again",
    "comp_given": "An admin gives a free membership",
    "comp_ended": "An admin ends a free membership",
    "place_joined": "The chat and the server are one community now",
    "plan_created": "A plan is created",
    "plan_edited": "A plan is changed",
    "plan_archived": "A plan is no longer sold",
    "plan_targets": "What a plan includes is changed",
    "price_added": "A plan gets one more price",
    "price_changed": "A price is replaced by another",
    "price_ended": "A plan is no longer sold at one of its prices",
}
"""What is told of the audit besides what opens and closes."""


OVERCOME = (NOT_THERE, *(NO_ACCOUNT.format(platform=platform) for platform in Platform))
"""Why an effect waited before it was opened again: no trouble of the platform's."""

UNDECIDED = "Nothing is decided yet, so nothing changes"


def put_off(error: str | None, attempts: int) -> str:
    """Why a customer is not decided about."""
    said = (error or "").removeprefix("ProviderUnavailable: ").removeprefix("ProviderRefused: ").rstrip(".")
    return f"Stripe gave no clear answer, so it is asked again (attempt {attempts}: {said[:ERROR_MAX]})."


def sold(row: Row) -> str:
    """A ledger's row: what changed in what is sold."""
    what, before, after = row["source"], row["status_before"], str(row["status_after"])
    plan = row["plan"] or "A membership"
    amount = row["unit_amount_after"] if what == "subscription" else row["total_after"]
    price = money(LOCALE, amount, row["currency"])
    if what == "subscription" and before is None:
        every = f" every {_interval(row['interval_after'])}" if row["interval_after"] else ""
        return f"{plan}: a subscription begins, {price}{every} ({_spaced(after)})"
    if what == "subscription" and before != after:
        return f"{plan}: the subscription was {_spaced(before)}, is {_spaced(after)}"
    if what == "subscription":
        return f"{plan}: the subscription was changed"
    if what == "purchase":
        return f"{plan}: bought for {price}"
    if what == "refund":
        return f"{plan}: a refund of {price} {_spaced(after)}"
    return f"{plan}: a dispute over {price} ({_spaced(after)})"


def turned(row: Row) -> str | None:
    """A ledger's row in short, where a status changed: what it is now."""
    before, after = row["status_before"], row["status_after"]
    return f"is {_spaced(after)}" if row["source"] == "subscription" and before not in (None, after) else None


def _interval(text: str) -> str:
    count, _, unit = text.partition(" ")
    return unit if count == "1" else f"{count} {unit}s"


def _spaced(text: str | None) -> str:
    return (text or "").replace("_", " ")


def standing(reason: str | None, until: int | None) -> str:
    """Why somebody has access or not; `until` in milliseconds where an end is known."""
    if reason is None:
        return "No membership includes it any more."
    sentence = REASONS.get(reason, f"{_spaced(reason).capitalize()}.")
    if reason == "grace" and until is not None:
        return f"A payment failed; the grace period runs until {moment(LOCALE, until)}."
    return sentence


def opened(names: Sequence[str], closed: Sequence[str]) -> str:
    """What a decision opens and closes."""
    parts = [f"grants {_row(names)}"] if names else []
    parts += [f"revokes {_row(closed)}"] if closed else []
    return " and ".join(parts)


def _row(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def errand(row: Row) -> str:
    """What an effect is to bring about."""
    if row["kind"] == "role":
        return f"{'Grant' if row['wanted'] else 'Revoke'} the role {row['target']}"
    return f"{'Let into' if row['wanted'] else 'Remove from'} {row['target']}"


def short(row: Row) -> str:
    """An effect in short: the target, with a sign for what is given and what is taken."""
    return f"{'+' if row['wanted'] else '−'} {row['target']}"


def outcome(row: Row) -> tuple[str, str | None]:
    """How an effect stands, and why."""
    state, error, platform = str(row["state"]), str(row["last_error"] or "")[:ERROR_MAX], _name(row["platform"])
    if state == "done":
        if row["held_before"]:
            return "done", "They already had it without Guestlist, so it is never revoked."
        if not row["wanted"] and not row["taken"]:
            return "done", "There was nothing to revoke that Guestlist had granted."
        return "done", f"{platform} has confirmed it."
    if state == "waiting":
        if not row["linked"]:
            return "waiting", f"No account on {platform} is known yet: /link connects the two."
        return "waiting", "Not there yet, and a bot can't bring anyone in: it continues when they join."
    if state == "blocked":
        return "blocked", f"An admin is needed: {error}"
    if state == "dead":
        return "dead", f"Given up after {row['attempts']} attempts; an admin can retry it: {error}"
    if row["held"]:
        return "waiting", "The breaker is holding it back: too many would lose access at once."
    if error == UNSETTLED:
        return "open", "Waiting until every customer is decided, so that the breaker can count them all."
    if error == CLOCK_WRONG:
        return "waiting", "Our clock and Stripe's are apart: nobody is put out until they agree."
    if error and error not in (HELD, *OVERCOME):
        return "open", f"{platform} hasn't done it yet, so it is asked again: {error}"
    return "open", f"On its way to {platform}."


def message(kind: str, only: str | None) -> str:
    """A private message; `only`: the one platform on which it is sent."""
    text = NOTICES.get(kind, "A private message")
    return text if only is None else text.replace("private message", f"private message on {_name(only)}", 1)


def _name(platform: str) -> str:
    return str(platform).capitalize()
