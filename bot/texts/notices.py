"""Messages: a notice's kind and parameters become a text with buttons, in the reader's locale.

Kinds and their parameters (JSON; amounts in minor units, times in milliseconds UTC):

- lines of the log channel: see `bot.texts.log_lines`
- `payment_failed` plan, community, url, grace_until_at (None: no grace), stays (1: the plan is not affected)
- `renewed`, `payment_back` (it had failed before) plan, community, amount (0: paid elsewhere), currency, until
- `grace_ending` plan, community, url, at (when access ends)
- `payment_action_required` plan, url
- `access_opened`, `access_back` plan, community, targets, until (paid; None: not known), the
  former perhaps login (an address); `access_ended` plan, community, reason
- `trial_ending` plan, community, at, amount (None: not known; before a discount), currency, unit, count, discounted,
  subscription
- `not_there` plan, community; `accept_rules` plan, community, target; `come_in` plan, community, target, url;
  `not_linked` plan, community, target, platform
- `late_payment` plan, community, amount, currency, unpaid (the subscription that its newest bill brings back, or None),
  again (has the plan by something else), sold (whether it is on sale), team (whether somebody of the team was told)
- `bill_taken_back` plan, community, how (`TakenBack`), ends_at (when access ends; None: it has), until (when what was
  billed ends); `access_kept` plan, community, until
- `checkout_paid_late` plan, community; `paid_twice` plan, community, subscriptions (their ids, apart by spaces)
- `linked`, `unlinked` account and platform of the other account; `parted` platform
- `link_asked` id, account and platform of who typed the code, leaving (platform of the account that would go, or None),
  mine (whether that is the reader's), twice (plans); `link_declined`
- `account_left` platform, move, until, paid (plans); `move_undone`, `move_undone_for` platform
- `cancelled_by_other` plan, community, account, platform, subscription, at, over (1: at once)
- `ending_member`, `ending_team`, `ending_payment` plan, community, at (None: it ended at once), billed (1);
  `ending_member_back`, `ending_payment_back` plan, community
- `trial_again` plan, community; to the contact: `paid_old_price` plan, community, member, amount, currency, now
  (what it costs now), now_currency
- to whoever held a claim code: `claimed` place
- to admins: `join_asked` id, place, asker, community; `joined` place, community; `join_declined` place
- `news_there` plan, community, platform (where the message is that could not be told)
- any: `only`, the one platform on which it is told
- to who is in the team now: `team_rank` community, rank
- `invoice_sent` number, amount, currency, url, what
- `email_needed` request_id, community, what, amount, currency; `bill_withdrawn` community, what, amount, currency
- in a place, where everybody reads it: `admin_needed` community
- to the contact: `blocked` target, member, code, scope, place, platform, count, plans (not sold until it works),
  since_at (a reminder); `blocked_over` the same, without the last two; `not_sold` targets, plans,
  community, code, since (when it began, if it was told before); `sold_again` targets, plans, community;
  `paid_not_given` plan, community, target, member; `given_up` target, member; `breaker` community, count,
  members, since_at (a reminder); `member_pays_twice` member, plan, community;
  `chat_lost` chat, community, plans (not sold until then);
  `chat_back` the same, ready (whether it may let in and out), plans (sold again);
  `team_act` action, actor, person, community, names (of persons by their ids), changes (see `payments.core.changes`);
  `member_paid_late` member, plan, community, amount, currency, unpaid, bill (the provider's id of the invoice);
  `fraud_warning` member, sold, community, amount, currency, bill, ends (whether a refund ends access;
  None: nothing was opened), subscription
  (None: what was bought once), account;
  `bill_not_sent` member, community, what, amount, currency, why (`Withdrawn`);
  `ending_payment_contact` plan, community, at, billed, member, subscription, account;
  `ending_payment_back_contact` the same; `endings_asked` community, id;
  `ending_refused` plan, community, member, ending, detail;
  `price_refused` plan, community, price (terms), detail, moved_to (the account's name; None: it was not a move);
  `price_archived` plan, community, price (terms);
  `keep_access`, `resume_unpaid` (of a pause) member, plan, community, how, amount, currency, ends_at, until,
  subscription, account;
  `team_suspended` role, community, givers (a list), by_itself, set (a list);
  `subscriptions_of_nobody` community, count, id;
  `paid_once_by_nobody` plan, community, amount, currency
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.texts.formats import clean, day, moment, money
from bot.texts.labels import label, listed, reason_text
from bot.texts.languages import OwnClock, Safe
from bot.texts.log_lines import LINES
from bot.texts.notice_parts import Params, Renderer, about, billed, platform_text
from bot.texts.prices import terms_text
from bot.texts.say import lines, say
from bot.texts.team_notices import TEAM
from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.community import Platform
from payments.core.covering.asking import TakenBack
from payments.core.plan_terms import Terms
from payments.ports.chat import ActionButton, Button, LinkButton, Message
from payments.ports.stores import Notice

CANCEL_BUTTONS_MAX = 4
SAYS_WHERE = frozenset({"team_rank", "news_there"})
"""Kinds whose sentence itself says where its command is typed."""

TYPED_IN_PRIVATE = frozenset({"plans", "subscribe", "membership", "invoices", "link", "unlink", "redeem", "help"})
"""Members' commands; a test compares them with the catalog, which stands above the texts."""

_COMMAND = re.compile(r"`/(\w+)[^`]*`")

log = logging.getLogger(__name__)


def render(notice: Notice, locale: str, platform: Platform | None = None) -> Message:
    """A notice as a message, read on a platform (None: on any). Never raises: a kind or parameter of another version
    becomes a plain hint."""
    locale = OwnClock(locale) if platform is not None and platform.traits.own_clocks else locale
    try:
        message = {**RENDERERS, **LINES}[notice.kind](locale, json.loads(notice.params))
    except (KeyError, ValueError, TypeError):
        log.exception("notice %s of kind %s can't be rendered", notice.key, notice.kind)
        message = Message(say(locale, "notice.unknown"))
    told_there = notice.kind in SAYS_WHERE or notice.place is not None
    if platform is None or platform.traits.team_in_private or told_there:
        return message
    return replace(message, text=in_direct_message(locale, message.text))


def in_direct_message(locale: str, text: str) -> str:
    """A text that is read in private where the team's commands are not typed: where those that it names are."""
    found = {command[0]: None for command in _COMMAND.finditer(text) if command[1] not in TYPED_IN_PRIVATE}
    return lines(text, say(locale, "notice.in_server", commands=Safe(", ".join(found)))) if found else text


def _link(locale: str, key: str, url: str | None) -> tuple[Button, ...]:
    return (LinkButton(label(locale, key), url),) if url else ()


def _payment_failed(locale: str, params: Params) -> Message:
    until = params.get("grace_until_at")
    if params.get("stays"):
        text = say(locale, "notice.payment_failed_beside", **about(params))
    elif until:
        text = say(locale, "notice.payment_failed", until=moment(locale, until), **about(params))
    else:
        text = say(locale, "notice.payment_failed_now", **about(params))
    return Message(text, _link(locale, "button.pay_now", params.get("url")))


def _grace_ending(locale: str, params: Params) -> Message:
    text = say(locale, "notice.grace_ending", until=moment(locale, params["at"]), **about(params))
    return Message(text, _link(locale, "button.pay_now", params.get("url")))


def _payment_action_required(locale: str, params: Params) -> Message:
    text = say(locale, "notice.payment_action_required", plan=str(params["plan"]))
    return Message(text, _link(locale, "button.confirm", params.get("url")))


def _access_opened(locale: str, params: Params) -> Message:
    text = say(locale, "notice.access_opened", targets=listed(locale, params["targets"]), **about(params))
    login = params.get("login")
    more = say(locale, "notice.access_opened_login") if login else ""
    return Message(lines(text, more), (_membership(locale), *_link(locale, "button.login", login)))


def _membership(locale: str) -> Button:
    """The way to what they have, and out of it: it works where no command does, as after a ban."""
    return ActionButton(label(locale, "button.membership"), "membership")


def _access_back(locale: str, params: Params) -> Message:
    until = params.get("until")
    back = say(locale, "notice.access_back", targets=listed(locale, params["targets"]), **about(params))
    paid = say(locale, "notice.access_back_paid", day=day(locale, until)) if until else Safe("")
    return Message(f"{back} {paid}".strip())


def _renewed(locale: str, params: Params) -> Message:
    amount, until = money(locale, params["amount"], params["currency"]), day(locale, params["until"])
    return Message(say(locale, "notice.renewed", amount=amount, day=until, **about(params)))


def _payment_back(locale: str, params: Params) -> Message:
    until = day(locale, params["until"])
    if not params["amount"]:
        return Message(say(locale, "notice.payment_back_unpriced", day=until, **about(params)))
    amount = money(locale, params["amount"], params["currency"])
    return Message(say(locale, "notice.payment_back", amount=amount, day=until, **about(params)))


def _access_ended(locale: str, params: Params) -> Message:
    reason = reason_text(locale, str(params.get("reason") or ""))
    if not reason:
        return Message(say(locale, "notice.access_ended_plain", **about(params)))
    return Message(say(locale, "notice.access_ended", reason=reason, **about(params)))


def _trial_ending(locale: str, params: Params) -> Message:
    """With the price that was agreed, as one: what a discount or tax makes of it, the provider says."""
    ends = day(locale, params["at"])
    subscription, plan = params.get("subscription"), str(params["plan"])
    cancel = ActionButton(label(locale, "button.cancel", plan=plan), f"cancel:{subscription}", danger=True)
    buttons = (cancel,) if subscription else ()
    if params["amount"] is None:
        return Message(say(locale, "notice.trial_ending_unpriced", day=ends, **about(params)), buttons)
    amount: Safe | str = money(locale, params["amount"], params["currency"])
    if params.get("unit"):
        terms = Terms(PriceKind.RECURRING, params["amount"], params["currency"], Unit(params["unit"]), params["count"])
        amount = terms_text(locale, terms)
    key = "notice.trial_ending_discounted" if params.get("discounted") else "notice.trial_ending"
    return Message(say(locale, key, day=ends, amount=amount, **about(params)), buttons)


def _not_there(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.not_there", **about(params)))


def _accept_rules(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.accept_rules", target=str(params["target"]), **about(params)))


def _come_in(locale: str, params: Params) -> Message:
    target = str(params["target"])
    text = say(locale, "notice.come_in", target=target, **about(params))
    return Message(text, (LinkButton(label(locale, "button.come_in", target=target), str(params["url"])),))


def _not_linked(locale: str, params: Params) -> Message:
    target, platform = str(params["target"]), platform_text(locale, params)
    return Message(say(locale, "notice.not_linked", target=target, platform=platform, **about(params)))


def _checkout_paid_late(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.checkout_paid_late", **about(params)))


def _late_payment(locale: str, params: Params) -> Message:
    unpaid, plan = params["unpaid"], str(params["plan"])
    amount = money(locale, params["amount"], params["currency"])
    team = say(locale, "notice.late_payment_asked" if params["team"] else "notice.late_payment_ask")
    if unpaid:
        text = say(locale, "notice.late_payment_unpaid", amount=amount, **about(params))
        pay = ActionButton(label(locale, "button.newest_bill", plan=plan), f"newest_bill:{unpaid}")
        return Message(lines(text, team), (pay,))
    more = Safe("")
    if params["again"]:
        more = say(locale, "notice.late_payment_again", plan=plan)
    elif params["sold"]:
        more = say(locale, "notice.late_payment_anew")
    return Message(lines(say(locale, "notice.late_payment", amount=amount, **about(params)), team, more))


def _paid_twice(locale: str, params: Params) -> Message:
    paid = str(params.get("subscriptions") or "").split()[:CANCEL_BUTTONS_MAX]
    buttons = [
        ActionButton(label(locale, "button.cancel_one", plan=str(params["plan"]), n=number), f"cancel:{subscription}")
        for number, subscription in enumerate(paid, 1)
    ]
    return Message(say(locale, "notice.paid_twice", **about(params)), tuple(buttons))


def _linked(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.linked", account=str(params["account"]), platform=platform_text(locale, params)))


def _unlinked(locale: str, params: Params) -> Message:
    return Message(
        say(locale, "notice.unlinked", account=str(params["account"]), platform=platform_text(locale, params))
    )


def _account_left(locale: str, params: Params) -> Message:
    if "move" not in params:  # written by an earlier version
        return Message(say(locale, "notice.account_left", platform=platform_text(locale, params)))
    paid = [str(name) for name in params.get("paid") or ()]
    text = lines(
        say(locale, "notice.account_moved", platform=platform_text(locale, params)),
        say(locale, "notice.account_moved_paid", plans=listed(locale, paid)) if paid else "",
        say(locale, "notice.account_moved_undo", until=moment(locale, params["until"])),
    )
    return Message(text, (ActionButton(label(locale, "button.move_undo"), f"move_undo:{params['move']}", danger=True),))


def maker_buttons(locale: str, wish_id: str) -> tuple[Button, ...]:
    """The answers of the maker of a code to who typed it."""
    yes = ActionButton(label(locale, "button.link_ok"), f"link_ok:{wish_id}")
    return (yes, ActionButton(label(locale, "button.link_not"), f"link_not:{wish_id}", quiet=True))


def back_text(locale: str, account: Safe, platform: Safe, twice: Sequence[str]) -> Safe:
    """What an account is asked by the one it was linked to. `platform`: of that one, and of the one in its place."""
    return lines(
        say(locale, "notice.back_asked", account=account),
        say(locale, "link.move_back", platform=platform),
        say(locale, "link.twice_ahead", plans=listed(locale, twice)) if twice else "",
    )


def _link_asked(locale: str, params: Params) -> Message:
    account = Safe(f"**{clean(str(params['account']))}** ({platform_text(locale, params)})")
    leaving = params.get("leaving")
    twice = [str(name) for name in params.get("twice") or ()]
    if params.get("back"):
        text = back_text(locale, account, say(locale, f"platform.{leaving}"), twice)
        return Message(text, maker_buttons(locale, str(params["id"])))
    key = "link.move_mine" if params.get("mine") else "link.move_theirs"
    gone = say(locale, key, platform=say(locale, f"platform.{leaving}"), account=account) if leaving else ""
    text = lines(
        say(locale, "notice.link_asked", account=account),
        gone,
        say(locale, "link.twice_ahead", plans=listed(locale, twice)) if twice else "",
        say(locale, "link.maker_stranger"),
    )
    return Message(text, maker_buttons(locale, str(params["id"])))


def _link_declined(locale: str, _params: Params) -> Message:
    return Message(say(locale, "notice.link_declined"))


def _move_undone(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.move_undone", platform=platform_text(locale, params)))


def _move_undone_for(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.move_undone_for", platform=platform_text(locale, params)))


def _parted(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.parted", platform=platform_text(locale, params)))


def _cancelled_by_other(locale: str, params: Params) -> Message:
    account = Safe(f"**{clean(str(params['account']))}** ({platform_text(locale, params)})")
    at = params.get("at")
    if params.get("over"):
        return Message(say(locale, "notice.cancelled_by_other_over", account=account, **about(params)))
    key = "notice.cancelled_by_other" if at else "notice.cancelled_by_other_now"
    text = say(locale, key, account=account, day=day(locale, at) if at else "", **about(params))
    keep = ActionButton(label(locale, "button.keep_plan", plan=str(params["plan"])), f"resume:{params['subscription']}")
    return Message(text, (keep,))


def _ending(locale: str, params: Params, kind: str) -> Message:
    at = params.get("at")
    key = f"notice.{kind}_now" if not at else f"notice.{kind}_billed" if params.get("billed") else f"notice.{kind}"
    return Message(say(locale, key, day=day(locale, at) if at else "", **about(params)))


def _ending_back(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.ending_back", **about(params)))


def _trial_again(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.trial_again", **about(params)))


def _bill_taken_back(locale: str, params: Params) -> Message:
    paused = params["how"] == TakenBack.PAUSED
    text = say(locale, "notice.bill_taken_back_paused" if paused else "notice.bill_taken_back", **about(params))
    ends_at, until = params["ends_at"], params["until"]
    if ends_at is not None:
        then = say(locale, "notice.taken_back_stays", until=moment(locale, ends_at))
    elif until is not None:
        then = say(locale, "notice.taken_back_out_until", day=day(locale, until))
    else:
        then = say(locale, "notice.taken_back_out")
    return Message(lines(text, then))


def _access_kept(locale: str, params: Params) -> Message:
    if params["until"] is None:
        return Message(say(locale, "notice.access_kept_open", **about(params)))
    return Message(say(locale, "notice.access_kept", day=day(locale, params["until"]), **about(params)))


def _invoice_sent(locale: str, params: Params) -> Message:
    amount = money(locale, params["amount"], params["currency"])
    text = say(
        locale, "notice.invoice_sent", number=str(params["number"] or ""), amount=amount, what=str(params["what"] or "")
    )
    url = params.get("url")
    return Message(text, (LinkButton(label(locale, "button.pay_invoice", amount=amount), url),) if url else ())


def _email_needed(locale: str, params: Params) -> Message:
    amount = money(locale, params["amount"], params["currency"])
    text = say(
        locale, "notice.email_needed", community=str(params["community"]), amount=amount, what=str(params["what"])
    )
    return Message(text, (ActionButton(label(locale, "button.email"), f"email:{params['request_id']}"),))


def _bill_withdrawn(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.bill_withdrawn", community=str(params["community"]), **billed(locale, params)))


def _news_there(locale: str, params: Params) -> Message:
    return Message(say(locale, f"notice.news_there.{params['platform']}", **about(params)))


RENDERERS: Mapping[str, Renderer] = {
    "payment_failed": _payment_failed,
    "grace_ending": _grace_ending,
    "payment_back": _payment_back,
    "renewed": _renewed,
    "payment_action_required": _payment_action_required,
    "access_opened": _access_opened,
    "access_back": _access_back,
    "access_ended": _access_ended,
    "trial_ending": _trial_ending,
    "not_there": _not_there,
    "accept_rules": _accept_rules,
    "come_in": _come_in,
    "not_linked": _not_linked,
    "checkout_paid_late": _checkout_paid_late,
    "late_payment": _late_payment,
    "paid_twice": _paid_twice,
    "linked": _linked,
    "unlinked": _unlinked,
    "account_left": _account_left,
    "link_asked": _link_asked,
    "link_declined": _link_declined,
    "move_undone": _move_undone,
    "move_undone_for": _move_undone_for,
    "parted": _parted,
    "cancelled_by_other": _cancelled_by_other,
    "ending_member": partial(_ending, kind="ending_member"),
    "ending_team": partial(_ending, kind="ending_team"),
    "ending_payment": partial(_ending, kind="ending_payment"),
    "ending_member_back": _ending_back,
    "ending_payment_back": _ending_back,
    "trial_again": _trial_again,
    "bill_taken_back": _bill_taken_back,
    "access_kept": _access_kept,
    "invoice_sent": _invoice_sent,
    "email_needed": _email_needed,
    "bill_withdrawn": _bill_withdrawn,
    "news_there": _news_there,
    **TEAM,
}
