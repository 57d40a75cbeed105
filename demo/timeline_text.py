"""What a visitor reads of the service's rows: short English sentences, no ids, no secrets."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.texts.formats import moment, money

Row = Mapping[str, Any]
LOCALE = "en"
ERROR_MAX = 200

EVENT_STATES: dict[str, tuple[str, str | None]] = {
    "marked": ("stored", "In the database, so Stripe got its 200. The customer is looked at next."),
    "unresolved": ("stored", "In the database, so Stripe got its 200. Whose it is, is being found out."),
    "settled": ("settled", "Answered by a decision on what Stripe says now."),
    "noted": ("noted", "Stored; nothing has to follow from it."),
    "foreign": ("foreign", "Not about a membership: the account may sell other things too."),
    "dead": ("dead", "Given up after many attempts; an admin can take it up again."),
}

REASONS = {
    "paid": "It is paid.",
    "trialing": "A trial runs.",
    "grace": "A payment failed; the grace runs.",
    "comp": "A gift of the admins.",
    "awaiting_first_payment": "The first payment has not come yet.",
    "past_due": "The grace is over, and nothing was paid.",
    "unpaid": "Stripe has given up collecting.",
    "canceled": "It was cancelled.",
    "paused": "It is paused.",
    "refunded": "The payment was given back in full.",
    "disputed": "The bank contests the payment.",
    "expired": "The time that was bought is over.",
    "ended": "An admin ended it early.",
}

REQUESTS = {
    "customer": "Makes a customer",
    "checkout": "Makes a checkout page",
    "product": "Makes a product",
    "price": "Makes a price",
    "portal_configuration": "Sets up the billing portal",
    "bill": "Makes a one-off invoice",
    "invoice": "Drafts a one-off invoice",
    "invoice_item": "Adds the line of a one-off invoice",
    "links": "Takes checkout pages back",
    "link_end": "Takes a checkout page back",
    "trial_end": "Ends a second trial with the same card",
}

REQUEST_STATES: dict[str, tuple[str, str | None]] = {
    "pending": ("open", "Stored first, then asked: so nothing is made twice."),
    "made": ("done", "Stored before it was asked: so it is never made twice."),
    "refused": ("failed", "Stripe refused it."),
    "needs_email": ("waiting", "Stripe needs an e-mail address first."),
    "dead": ("dead", "Given up after many attempts; an admin can take it up again."),
}

NOTICES = {
    "payment_failed": "A private message: the payment failed, here is the link to pay",
    "payment_action_required": "A private message: the bank wants a confirmation",
    "access_opened": "A private message: what is open now",
    "access_back": "A private message: what is open again",
    "access_ended": "A private message: what has ended, and why",
    "trial_ending": "A private message: the trial ends soon",
    "not_there": "A private message: come into the server",
    "come_in": "A private message: the invitation to the chat",
    "not_linked": "A private message: link your other account",
    "checkout_paid_late": "A private message: the late payment counts",
    "paid_twice": "A private message: this is paid twice",
    "linked": "A private message: two accounts are one person now",
    "unlinked": "A private message: the accounts are separate again",
    "account_left": "A private message: the account moved to somebody else",
    "link_asked": "A private message: somebody typed your code, is that you?",
    "link_declined": "A private message: the other account said no",
    "move_undone": "A private message: an account that was replaced took back what it pays for",
    "move_undone_for": "A private message: the account you replaced is linked again",
    "parted": "A private message: an admin parted two accounts",
    "cancelled_by_other": "A private message: somebody cancelled what you pay for",
    "trial_again": "A private message: this card had its trial before",
    "paid_old_price": "A private message to the admin: an old price was paid",
    "join_asked": "A private message to the admin: shall the chat join?",
    "joined": "A private message to the admin: the chat has joined",
    "join_declined": "A private message to the admin: the chat may not join",
    "invoice_sent": "A private message: an invoice, with the link to pay",
    "email_needed": "A private message: an e-mail address is needed",
    "bill_withdrawn": "A private message: an invoice is not sent after all",
    "bill_not_sent": "A private message to the admin: an invoice was not sent",
    "blocked": "A private message to the admin: something must be fixed",
    "given_up": "A private message to the admin: something was given up",
    "breaker": "A private message to the admin: the breaker holds revokes back",
    "member_pays_twice": "A private message to the admin: a member pays twice",
    "subscriptions_of_nobody": "A private message to the admin: subscriptions that belong to nobody here",
    "chat_lost": "A private message to the admin: the bot is out of a chat",
    "chat_back": "A private message to the admin: the bot is back in a chat",
}

NOTICE_STATES: dict[str, tuple[str, str | None]] = {
    "open": ("open", None),
    "done": ("done", None),
    "dead": ("dead", "It could not be delivered."),
}

DEEDS = {
    "linked": "Two accounts are one person from now on",
    "unlinked": "The accounts are two persons again",
    "move_undone": "An account that was replaced took back what it pays for",
    "parted": "An admin parted two accounts",
    "drifted": "An admin took it by hand: it is given again",
    "left_so": "An admin takes it again and again: it is left so",
    "breaker_tripped": "Too many would lose access at once: everybody stays in until an admin decides",
    "breaker_go_on": "An admin lets the revokes go on",
    "breaker_forget": "An admin has everything decided anew",
    "comp_given": "An admin gives a membership",
    "comp_ended": "An admin ends a given membership",
    "place_joined": "The chat and the server are one community now",
    "plan_created": "A plan is made",
    "plan_edited": "A plan is changed",
    "plan_archived": "A plan is not sold any more",
    "plan_targets": "What a plan opens is changed",
}
"""What is told of the audit besides what opens and closes."""


OVERCOME = ("has no account", "is not in the server")
"""Why an effect waited before it was opened again: no trouble of the platform's."""

UNDECIDED = "Nothing is decided yet, so nothing changes"


def put_off(error: str | None, attempts: int) -> str:
    """Why a customer is not decided about."""
    said = (error or "").removeprefix("ProviderUnavailable: ").removeprefix("ProviderRefused: ").rstrip(".")
    return f"Stripe gives no clear answer, so it is asked again (attempt {attempts}: {said[:ERROR_MAX]})."


def sold(row: Row) -> str:
    """A ledger's row: what changed in what is sold."""
    what, before, after = row["source"], row["status_before"], str(row["status_after"])
    plan = row["plan"] or "A membership"
    price = money(LOCALE, row["amount_after"], row["currency"])
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
        return "Nothing opens it any more."
    sentence = REASONS.get(reason, f"{_spaced(reason).capitalize()}.")
    if reason == "grace" and until is not None:
        return f"A payment failed; the grace runs until {moment(LOCALE, until)}."
    return sentence


def opened(names: Sequence[str], closed: Sequence[str]) -> str:
    """What a decision opens and closes."""
    parts = [f"opens {_row(names)}"] if names else []
    parts += [f"closes {_row(closed)}"] if closed else []
    return " and ".join(parts)


def _row(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def errand(row: Row) -> str:
    """What an effect is to bring about."""
    if row["kind"] == "role":
        return f"{'Give' if row['wanted'] else 'Take'} the role {row['target']}"
    return f"{'Let into' if row['wanted'] else 'Put out of'} {row['target']}"


def short(row: Row) -> str:
    """An effect in short: the target, with a sign for what is given and what is taken."""
    return f"{'+' if row['wanted'] else '−'} {row['target']}"


def outcome(row: Row) -> tuple[str, str | None]:
    """How an effect stands, and why."""
    state, error, platform = str(row["state"]), str(row["last_error"] or "")[:ERROR_MAX], _name(row["platform"])
    if state == "done":
        if row["held_before"]:
            return "done", "Was there before Guestlist came: so it is never taken either."
        if not row["wanted"] and not row["taken"]:
            return "done", "Nothing that Guestlist gave was there to take."
        return "done", f"{platform} has confirmed it."
    if state == "waiting":
        if "no account" in error:
            return "waiting", f"No account on {platform} is known yet: /link makes both one person."
        return "waiting", "Not in there yet, and a bot can bring nobody: it goes on when they come."
    if state == "blocked":
        return "blocked", f"An admin must act: {error}"
    if state == "dead":
        return "dead", f"Given up after {row['attempts']} attempts; an admin can take it up again: {error}"
    if "all customers are settled" in error:
        return "open", "Waits until everybody is decided about, so that the breaker sees how many it is."
    if "breaker" in error:
        return "waiting", "The breaker holds it: too many would lose access at once."
    if error and not any(old in error for old in OVERCOME):
        return "open", f"{platform} did not do it yet, so it is asked again: {error}"
    return "open", f"On its way to {platform}."


def message(kind: str, only: str | None) -> str:
    """A private message; `only`: the one platform on which it is sent."""
    text = NOTICES.get(kind, "A private message")
    return text if only is None else text.replace("private message", f"private message on {_name(only)}", 1)


def _name(platform: str) -> str:
    return str(platform).capitalize()
