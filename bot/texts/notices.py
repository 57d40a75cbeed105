"""Messages: a notice's kind and parameters become a text with buttons, in the reader's locale.

Kinds and their parameters (JSON; amounts in minor units, times in milliseconds UTC):

- `payment_failed` plan, community, url, grace_until_at (None: no grace), stays (1: the plan is not affected)
- `payment_action_required` plan, url
- `access_opened`, `access_back` plan, community, targets; `access_ended` plan, community, reason
- `trial_ending` plan, community, at, amount (None: not known), currency
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
- any: `only`, the one platform on which it is told
- to who is in the team now: `team_rank` community, rank
- `invoice_sent` number, amount, currency, url, what
- `email_needed` request_id, community, what, amount, currency; `bill_withdrawn` community, what, amount, currency
- in a place, where everybody reads it: `admin_needed` community
- to the contact: `blocked` target, member, code, scope, place, platform, count, plans (not sold until it works),
  since_at (a reminder); `blocked_over` the same, without the last two; `not_sold` targets, plans,
  community, code, since (when it began, if it was told before); `sold_again` targets, plans, community;
  `paid_not_given` plan, community, target, member; `given_up` target, member; `breaker` community, count,
  members; `member_pays_twice` member, plan, community; `chat_lost` chat, community, plans (not sold until then);
  `chat_back` the same, ready (whether it may let in and out), plans (sold again);
  `team_act` action, actor, person, community, names (of persons by their ids), changes (see `payments.core.changes`);
  `member_paid_late` member, plan, community, amount, currency, unpaid, bill (the provider's id of the invoice);
  `bill_not_sent` member, community, what, amount, currency, why (`Withdrawn`);
  `ending_payment_contact` plan, community, at, billed, member, subscription, account;
  `ending_payment_back_contact` the same; `endings_asked` community, id;
  `ending_refused` plan, community, member, ending, detail;
  `price_refused` plan, community, price (terms), detail, moved_to (the account's name; None: it was not a move);
  `price_archived` plan, community, price (terms);
  `keep_access`, `resume_unpaid` (of a pause) member, plan, community, how, amount, currency, ends_at, until,
  subscription, account;
  `team_suspended` role, community, givers (a list), by_itself, set (a list); `subscriptions_of_nobody` community, count
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from babel.lists import format_list

from bot.texts.acts import act_text, thing_text
from bot.texts.formats import clean, day, moment, money, nameless, plain
from bot.texts.languages import CATALOGS, OwnClock, Safe, spoken
from bot.texts.say import lines, say
from payments.core.changes import decoded
from payments.core.community import Platform
from payments.core.covering.asking import TakenBack
from payments.core.refusals import RULES, Cause, Meaning, Scope, cause_of
from payments.ports.chat import ActionButton, Button, LinkButton, Message
from payments.ports.stores import Notice

Params = Mapping[str, Any]  # JSON from the notice's row
Renderer = Callable[[str, Params], Message]

LABEL_MAX = 80
NAMES_MAX = 10
CANCEL_BUTTONS_MAX = 4
SAYS_WHERE = frozenset({"linked", "team_rank"})
"""Kinds whose sentence itself says where its command is typed."""

log = logging.getLogger(__name__)


def label(locale: str, key: str, **params: str | int) -> str:
    """A button's text: no markup is read in it, and platforms allow 80 characters."""
    shown = {name: Safe(plain(value)) if isinstance(value, str) else value for name, value in params.items()}
    return plain(say(locale, key, **shown), LABEL_MAX)


def listed(locale: str, names: Sequence[str]) -> Safe:
    """Names of others in a row, each made harmless and bold: `**a**, **b** and **c**`."""
    return Safe(format_list([f"**{clean(name)}**" for name in names], locale=spoken(locale)))


def reason_text(locale: str, reason: str) -> Safe:
    """The sentence of a `Reason`; empty for one that this version doesn't know."""
    key = f"reason.{reason}"
    return say(locale, key) if key in CATALOGS["en"] else Safe("")


def why_text(locale: str, reason: str) -> Safe:
    """The same for the team, who read about somebody else."""
    key = f"why.{reason}"
    return say(locale, key) if key in CATALOGS["en"] else Safe("")


def fix_text(locale: str, code: str) -> Safe:
    """What an admin must do when a platform refused."""
    key = f"fix.{code}"
    return say(locale, key if key in CATALOGS["en"] else "fix.unknown")


def render(notice: Notice, locale: str, platform: Platform | None = None) -> Message:
    """A notice as a message, read on a platform (None: on any). Never raises: a kind or parameter of another version
    becomes a plain hint."""
    locale = OwnClock(locale) if platform is not None and platform.traits.own_clocks else locale
    try:
        message = RENDERERS[notice.kind](locale, json.loads(notice.params))
    except (KeyError, ValueError, TypeError):
        log.exception("notice %s of kind %s can't be rendered", notice.key, notice.kind)
        message = Message(say(locale, "notice.unknown"))
    told_there = notice.kind in SAYS_WHERE or notice.place is not None
    if platform is None or platform.traits.private_commands or told_there:
        return message
    return replace(message, text=in_direct_message(locale, message.text))


def in_direct_message(locale: str, text: str) -> str:
    """A text that is read in private where no commands are typed: where its commands, if it names any, are."""
    return lines(text, say(locale, "notice.in_server")) if "`/" in text else text


def _about(params: Params) -> dict[str, str]:
    return {"plan": str(params["plan"]), "community": str(params["community"])}


def _link(locale: str, key: str, url: str | None) -> tuple[Button, ...]:
    return (LinkButton(label(locale, key), url),) if url else ()


def _payment_failed(locale: str, params: Params) -> Message:
    until = params.get("grace_until_at")
    if params.get("stays"):
        text = say(locale, "notice.payment_failed_beside", **_about(params))
    elif until:
        text = say(locale, "notice.payment_failed", until=moment(locale, until), **_about(params))
    else:
        text = say(locale, "notice.payment_failed_now", **_about(params))
    return Message(text, _link(locale, "button.pay_now", params.get("url")))


def _payment_action_required(locale: str, params: Params) -> Message:
    text = say(locale, "notice.payment_action_required", plan=str(params["plan"]))
    return Message(text, _link(locale, "button.confirm", params.get("url")))


def _access_opened(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.access_opened", targets=listed(locale, params["targets"]), **_about(params)))


def _access_back(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.access_back", targets=listed(locale, params["targets"]), **_about(params)))


def _access_ended(locale: str, params: Params) -> Message:
    reason = reason_text(locale, str(params.get("reason") or ""))
    if not reason:
        return Message(say(locale, "notice.access_ended_plain", **_about(params)))
    return Message(say(locale, "notice.access_ended", reason=reason, **_about(params)))


def _trial_ending(locale: str, params: Params) -> Message:
    ends = day(locale, params["at"])
    if params["amount"] is None:
        return Message(say(locale, "notice.trial_ending_unpriced", day=ends, **_about(params)))
    amount = money(locale, params["amount"], params["currency"])
    return Message(say(locale, "notice.trial_ending", day=ends, amount=amount, **_about(params)))


def _not_there(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.not_there", **_about(params)))


def _accept_rules(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.accept_rules", target=str(params["target"]), **_about(params)))


def _come_in(locale: str, params: Params) -> Message:
    target = str(params["target"])
    text = say(locale, "notice.come_in", target=target, **_about(params))
    return Message(text, (LinkButton(label(locale, "button.come_in", target=target), str(params["url"])),))


def _not_linked(locale: str, params: Params) -> Message:
    target, platform = str(params["target"]), _platform(locale, params)
    return Message(say(locale, "notice.not_linked", target=target, platform=platform, **_about(params)))


def _checkout_paid_late(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.checkout_paid_late", **_about(params)))


def _late_payment(locale: str, params: Params) -> Message:
    unpaid, plan = params["unpaid"], str(params["plan"])
    amount = money(locale, params["amount"], params["currency"])
    team = say(locale, "notice.late_payment_asked" if params["team"] else "notice.late_payment_ask")
    if unpaid:
        text = say(locale, "notice.late_payment_unpaid", amount=amount, **_about(params))
        pay = ActionButton(label(locale, "button.newest_bill", plan=plan), f"newest_bill:{unpaid}")
        return Message(lines(text, team), (pay,))
    more = Safe("")
    if params["again"]:
        more = say(locale, "notice.late_payment_again", plan=plan)
    elif params["sold"]:
        more = say(locale, "notice.late_payment_anew")
    return Message(lines(say(locale, "notice.late_payment", amount=amount, **_about(params)), team, more))


def _member_paid_late(locale: str, params: Params) -> Message:
    amount = money(locale, params["amount"], params["currency"])
    key = "notice.member_paid_late_unpaid" if params["unpaid"] else "notice.member_paid_late"
    text = say(locale, key, member=_member(locale, params, "audit.somebody"), amount=amount, **_about(params))
    refund = ActionButton(label(locale, "button.refund", amount=amount), f"refund:{params['bill']}")
    return Message(text, (refund,))


def _paid_twice(locale: str, params: Params) -> Message:
    paid = str(params.get("subscriptions") or "").split()[:CANCEL_BUTTONS_MAX]
    buttons = [
        ActionButton(label(locale, "button.cancel_one", plan=str(params["plan"]), n=number), f"cancel:{subscription}")
        for number, subscription in enumerate(paid, 1)
    ]
    return Message(say(locale, "notice.paid_twice", **_about(params)), tuple(buttons))


def _linked(locale: str, params: Params) -> Message:
    # Discord has no commands in a private message.
    key = f"notice.linked.{params['only']}"
    return Message(say(locale, key, account=str(params["account"]), platform=_platform(locale, params)))


def _unlinked(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.unlinked", account=str(params["account"]), platform=_platform(locale, params)))


def _account_left(locale: str, params: Params) -> Message:
    if "move" not in params:  # written by an earlier version
        return Message(say(locale, "notice.account_left", platform=_platform(locale, params)))
    paid = [str(name) for name in params.get("paid") or ()]
    text = lines(
        say(locale, "notice.account_moved", platform=_platform(locale, params)),
        say(locale, "notice.account_moved_paid", plans=listed(locale, paid)) if paid else "",
        say(locale, "notice.account_moved_undo", until=moment(locale, params["until"])),
    )
    return Message(text, (ActionButton(label(locale, "button.move_undo"), f"move_undo:{params['move']}", danger=True),))


def maker_buttons(locale: str, wish_id: str) -> tuple[Button, ...]:
    """The answers of the maker of a code to who typed it."""
    yes = ActionButton(label(locale, "button.link_ok"), f"link_ok:{wish_id}")
    return (yes, ActionButton(label(locale, "button.link_not"), f"link_not:{wish_id}"))


def back_text(locale: str, account: Safe, platform: Safe, twice: Sequence[str]) -> Safe:
    """What an account is asked by the one it was linked to. `platform`: of that one, and of the one in its place."""
    return lines(
        say(locale, "notice.back_asked", account=account),
        say(locale, "link.move_back", platform=platform),
        say(locale, "link.twice_ahead", plans=listed(locale, twice)) if twice else "",
    )


def _link_asked(locale: str, params: Params) -> Message:
    account = Safe(f"**{clean(str(params['account']))}** ({_platform(locale, params)})")
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
    return Message(say(locale, "notice.move_undone", platform=_platform(locale, params)))


def _move_undone_for(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.move_undone_for", platform=_platform(locale, params)))


def _parted(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.parted", platform=_platform(locale, params)))


def _cancelled_by_other(locale: str, params: Params) -> Message:
    account = Safe(f"**{clean(str(params['account']))}** ({_platform(locale, params)})")
    at = params.get("at")
    if params.get("over"):
        return Message(say(locale, "notice.cancelled_by_other_over", account=account, **_about(params)))
    key = "notice.cancelled_by_other" if at else "notice.cancelled_by_other_now"
    text = say(locale, key, account=account, day=day(locale, at) if at else "", **_about(params))
    keep = ActionButton(label(locale, "button.keep_plan", plan=str(params["plan"])), f"resume:{params['subscription']}")
    return Message(text, (keep,))


def _ending(locale: str, params: Params, kind: str) -> Message:
    at = params.get("at")
    key = f"notice.{kind}_now" if not at else f"notice.{kind}_billed" if params.get("billed") else f"notice.{kind}"
    return Message(say(locale, key, day=day(locale, at) if at else "", **_about(params)))


def _ending_back(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.ending_back", **_about(params)))


def _ending_payment_contact(locale: str, params: Params) -> Message:
    at, member = params.get("at"), _member(locale, params, "audit.somebody")
    dated = "notice.ending_payment_contact_billed" if params.get("billed") else "notice.ending_payment_contact"
    key = dated if at else "notice.ending_payment_contact_undated"
    text = say(locale, key, member=member, day=day(locale, at) if at else "", **_about(params))
    end = f"end_now:{params['account']}:{params['subscription']}"
    return Message(text, (ActionButton(label(locale, "button.end_now"), end, danger=True),))


def _ending_payment_back_contact(locale: str, params: Params) -> Message:
    member = _member(locale, params, "audit.somebody")
    return Message(say(locale, "notice.ending_payment_back_contact", member=member, **_about(params)))


def _endings_asked(locale: str, params: Params) -> Message:
    text = say(locale, "notice.endings_asked", community=str(params["community"]))
    return Message(text, (ActionButton(label(locale, "button.endings"), f"endings:{params['id']}"),))


def _ending_refused(locale: str, params: Params) -> Message:
    key = "notice.keeping_refused" if params["ending"] == "keep" else "notice.ending_refused"
    member = _member(locale, params, "audit.somebody")
    return Message(say(locale, key, member=member, detail=str(params["detail"]), **_about(params)))


def _trial_again(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.trial_again", **_about(params)))


def _join_asked(locale: str, params: Params) -> Message:
    place = str(params["place"])
    text = say(locale, "notice.join_asked", asker=str(params["asker"]), place=place, community=str(params["community"]))
    yes = ActionButton(label(locale, "button.join_yes", place=place), f"join_yes:{params['id']}")
    return Message(text, (yes, ActionButton(label(locale, "button.join_no", place=place), f"join_no:{params['id']}")))


def _joined(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.joined", place=str(params["place"]), community=str(params["community"])))


def _join_declined(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.join_declined", place=str(params["place"])))


def _platform(locale: str, params: Params) -> Safe:
    return say(locale, f"platform.{params['platform']}")


def _member(locale: str, params: Params, nobody: str) -> str:
    """The member that the contact reads of; who has no account there is somebody."""
    return str(params["member"]) if params["member"] is not None else say(locale, nobody)


def _member_pays_twice(locale: str, params: Params) -> Message:
    return Message(
        say(locale, "notice.member_pays_twice", member=_member(locale, params, "audit.somebody"), **_about(params))
    )


def _bill_taken_back(locale: str, params: Params) -> Message:
    paused = params["how"] == TakenBack.PAUSED
    text = say(locale, "notice.bill_taken_back_paused" if paused else "notice.bill_taken_back", **_about(params))
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
        return Message(say(locale, "notice.access_kept_open", **_about(params)))
    return Message(say(locale, "notice.access_kept", day=day(locale, params["until"]), **_about(params)))


def _keep_access(locale: str, params: Params) -> Message:
    member = _member(locale, params, "audit.somebody")
    text = asked_text(locale, "notice.keep_access", params, member=member, **_about(params))
    return Message(text, (keep_button(locale, params),))


def _resume_unpaid(locale: str, params: Params) -> Message:
    member = _member(locale, params, "audit.somebody")
    text = asked_text(locale, "notice.resume_unpaid", params, member=member, **_about(params))
    return Message(lines(text, say(locale, "notice.resume_unpaid_pay")), (keep_button(locale, params),))


def asked_text(locale: str, key: str, params: Params, **said: str) -> Safe:
    """What was taken back unpaid, and when access ends without a word of the team."""
    amount, how = money(locale, params["amount"], params["currency"]), say(locale, f"taken_back.{params['how']}")
    ends_at = params["ends_at"]
    ended = ends_at is None
    then = say(locale, "keep.ended_now") if ended else say(locale, "keep.ends", moment=moment(locale, ends_at))
    return lines(say(locale, key, amount=amount, how=how, **said), then)


def keep_button(locale: str, params: Params) -> ActionButton:
    """ "Keep access until …"; without the day where access would go on until then anyway, with nobody's word."""
    until, ends_at = params["until"], params["ends_at"]
    dated = until is not None and (ends_at is None or ends_at < until)
    text = label(locale, "button.keep_until", day=day(locale, until)) if dated else label(locale, "button.keep_access")
    return ActionButton(text, f"keep:{params['subscription']}:{params['account']}")


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
    return Message(say(locale, "notice.bill_withdrawn", community=str(params["community"]), **_billed(locale, params)))


def _bill_not_sent(locale: str, params: Params) -> Message:
    member, key = _member(locale, params, "audit.somebody"), f"notice.bill_not_sent.{params['why']}"
    return Message(say(locale, key, member=member, community=str(params["community"]), **_billed(locale, params)))


def _billed(locale: str, params: Params) -> dict[str, str]:
    return {"amount": money(locale, params["amount"], params["currency"]), "what": str(params["what"])}


def _blocked(locale: str, params: Params) -> Message:
    code = str(params["code"])
    fix, cause = fix_text(locale, code), cause_of(code)
    key = _held_up(cause) if params.get("scope") else "notice.blocked"  # of versions that told of each target
    about: dict[str, str | Safe] = {"fix": fix, "place": str(params.get("place") or params["target"])}
    if key == "notice.blocked":
        about |= {"target": str(params["target"]), "member": _member(locale, params, "audit.somebody_else")}
        del about["place"]
    text = say(locale, key, **about)
    since_at = params.get("since_at")
    still = "" if since_at is None else say(locale, "notice.blocked_still", moment=moment(locale, since_at))
    return Message(lines(still, text, _plans(locale, "notice.until_then", params)))


def _plans(locale: str, key: str, params: Params) -> Safe:
    """A sentence about the plans that a notice names; empty if it names none."""
    names = [str(name) for name in params.get("plans") or ()][:NAMES_MAX]
    return say(locale, key, plans=listed(locale, names)) if names else Safe("")


def _targets(locale: str, params: Params) -> Safe:
    return listed(locale, [str(name) for name in params["targets"]][:NAMES_MAX])


def _not_sold(locale: str, params: Params) -> Message:
    named = {
        "plans": listed(locale, [str(name) for name in params["plans"]][:NAMES_MAX]),
        "targets": _targets(locale, params),
        "community": str(params["community"]),
        "fix": fix_text(locale, str(params["code"])),
    }
    if params.get("since"):
        return Message(say(locale, "notice.not_sold_still", since=day(locale, params["since"]), **named))
    return Message(say(locale, "notice.not_sold", **named))


def _sold_again(locale: str, params: Params) -> Message:
    named = {"targets": _targets(locale, params), "community": str(params["community"])}
    plans = listed(locale, [str(name) for name in params["plans"]][:NAMES_MAX])
    return Message(say(locale, "notice.sold_again", plans=plans, **named))


def _paid_not_given(locale: str, params: Params) -> Message:
    member, target = _member(locale, params, "audit.somebody"), str(params["target"])
    return Message(say(locale, "notice.paid_not_given", member=member, target=target, **_about(params)))


def _held_up(cause: Cause) -> str:
    """The sentence for what a cause holds up."""
    if cause in (Cause.MESSAGES_FAST, Cause.MESSAGES_STOPPED):
        return "notice.blocked_messages"
    if RULES[cause].meaning is Meaning.WAIT:
        return "notice.blocked_waiting"
    return "notice.blocked_place" if RULES[cause].scope is Scope.PLACE else "notice.blocked"


def _blocked_over(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.blocked_over", target=str(params["target"])))


def _claimed(locale: str, params: Params) -> Message:
    return Message(say(locale, "claim.done", place=str(params["place"])))


def _admin_needed(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.admin_needed", community=str(params["community"])))


def _chat_lost(locale: str, params: Params) -> Message:
    text = say(locale, "notice.chat_lost", chat=_chat(params))
    return Message(lines(text, _plans(locale, "notice.until_then", params)))


def _chat_back(locale: str, params: Params) -> Message:
    text = say(locale, "notice.chat_back" if params["ready"] else "notice.chat_back_idle", chat=_chat(params))
    return Message(lines(text, _plans(locale, "notice.on_sale_again", params)))


def _chat(params: Params) -> Safe:
    """A chat by its title, and its community where that is called otherwise."""
    chat, community = clean(str(params["chat"])), clean(str(params["community"]))
    return Safe(f"**{chat}**" if chat == community else f"**{chat}** ({community})")


def _given_up(locale: str, params: Params) -> Message:
    return Message(
        say(
            locale,
            "notice.given_up",
            target=str(params["target"]),
            member=_member(locale, params, "audit.somebody_else"),
        )
    )


def _price_refused(locale: str, params: Params) -> Message:
    (price, _), account = decoded({"price": (params["price"], None)})["price"], params["moved_to"]
    said = {"price": thing_text(locale, price, {}), "detail": nameless(str(params["detail"])), **_about(params)}
    if account is None:
        return Message(say(locale, "notice.price_refused", **said))
    return Message(say(locale, "notice.price_refused_moved", account=Safe(account), **said))


def _price_archived(locale: str, params: Params) -> Message:
    (price, _) = decoded({"price": (params["price"], None)})["price"]
    return Message(say(locale, "notice.price_archived", price=thing_text(locale, price, {}), **_about(params)))


def _breaker(locale: str, params: Params) -> Message:
    names = [str(name) for name in params.get("members") or ()][:NAMES_MAX]
    members = say(locale, "notice.breaker_members", members=listed(locale, names)) if names else Safe("")
    return Message(
        lines(say(locale, "notice.breaker", n=int(params["count"]), community=str(params["community"])), members)
    )


def _paid_old_price(locale: str, params: Params) -> Message:
    paid = money(locale, params["amount"], params["currency"])
    sold = money(locale, params["now"], params.get("now_currency") or params["currency"])
    member = _member(locale, params, "audit.somebody")
    return Message(say(locale, "notice.paid_old_price", member=member, paid=paid, sold=sold, **_about(params)))


def _team_act(locale: str, params: Params) -> Message:
    action, person = str(params["action"]), params.get("person")
    act = act_text(
        locale,
        action,
        decoded(params["changes"]),
        {str(one): str(name) for one, name in params["names"].items()},
        actor=str(params["actor"]),
        person=None if person is None else str(person),
    )
    key = f"audit.hint.{action}"
    hint = say(locale, key) if key in CATALOGS["en"] else Safe("")
    return Message(lines(say(locale, "notice.team_act", community=str(params["community"])), act, hint))


def _team_rank(locale: str, params: Params) -> Message:
    rank = str(params["rank"])
    said = {"rank": say(locale, f"team.rank.{rank}"), "may": say(locale, f"team.may.{rank}")}
    return Message(say(locale, "notice.team_rank", community=str(params["community"]), **said))


def _team_suspended(locale: str, params: Params) -> Message:
    key = "notice.team_by_itself" if params.get("by_itself") else "notice.team_suspended"
    givers = listed(locale, [str(name) for name in params["givers"]][:NAMES_MAX])
    said = {"role": str(params["role"]), "community": str(params["community"]), "givers": givers}
    names = listed(locale, [str(name) for name in params.get("set", ())][:NAMES_MAX])
    return Message(lines(say(locale, key, **said), say(locale, "notice.team_set_by", names=names) if names else ""))


def _subscriptions_of_nobody(locale: str, params: Params) -> Message:
    community = str(params["community"])
    return Message(say(locale, "notice.subscriptions_of_nobody", n=int(params["count"]), community=community))


RENDERERS: Mapping[str, Renderer] = {
    "payment_failed": _payment_failed,
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
    "ending_payment_contact": _ending_payment_contact,
    "ending_payment_back_contact": _ending_payment_back_contact,
    "endings_asked": _endings_asked,
    "ending_refused": _ending_refused,
    "trial_again": _trial_again,
    "paid_old_price": _paid_old_price,
    "join_asked": _join_asked,
    "joined": _joined,
    "join_declined": _join_declined,
    "member_paid_late": _member_paid_late,
    "member_pays_twice": _member_pays_twice,
    "bill_taken_back": _bill_taken_back,
    "access_kept": _access_kept,
    "keep_access": _keep_access,
    "resume_unpaid": _resume_unpaid,
    "invoice_sent": _invoice_sent,
    "email_needed": _email_needed,
    "bill_withdrawn": _bill_withdrawn,
    "bill_not_sent": _bill_not_sent,
    "blocked": _blocked,
    "not_sold": _not_sold,
    "sold_again": _sold_again,
    "paid_not_given": _paid_not_given,
    "blocked_over": _blocked_over,
    "given_up": _given_up,
    "claimed": _claimed,
    "admin_needed": _admin_needed,
    "chat_lost": _chat_lost,
    "chat_back": _chat_back,
    "price_refused": _price_refused,
    "price_archived": _price_archived,
    "breaker": _breaker,
    "team_act": _team_act,
    "team_rank": _team_rank,
    "team_suspended": _team_suspended,
    "subscriptions_of_nobody": _subscriptions_of_nobody,
}
