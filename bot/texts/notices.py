"""Private messages: a notice's kind and parameters become a text with buttons, in the reader's locale.

Kinds and their parameters (JSON; amounts in minor units, times in milliseconds UTC):

- `payment_failed` plan, community, url, grace_until_at (None: no grace)
- `payment_action_required` plan, url
- `access_opened` plan, community, targets; `access_ended` plan, community, reason
- `trial_ending` plan, community, at, amount, currency
- `not_there` plan, community; `come_in` plan, community, target, url; `not_linked` plan, community, target, platform
- `checkout_paid_late` plan, community; `paid_twice` plan, community, subscriptions (their ids, apart by spaces)
- `linked`, `unlinked` account and platform of the other account; `account_left` platform
- to admins: `join_asked` id, place, asker, community; `joined` place, community; `join_declined` place
- any: `only`, the one platform on which it is told
- `invoice_sent` number, amount, currency, url, what
- `email_needed` request_id, community, what, amount, currency
- to the contact: `blocked` target, member, code, detail; `given_up` target, member, detail; `breaker` community, count,
  members; `member_pays_twice` member, plan, community; `chat_lost` chat, community
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from babel.lists import format_list

from bot.texts.formats import Safe, babel_locale, clean, day, moment, money, plain
from bot.texts.say import CATALOGS, lines, say
from payments.ports.platform import ActionButton, Button, LinkButton, Message
from payments.ports.stores import Notice

Params = Mapping[str, Any]  # JSON from the notice's row
Renderer = Callable[[str, Params], Message]

LABEL_MAX = 80
NAMES_MAX = 10
CANCEL_BUTTONS_MAX = 4
log = logging.getLogger(__name__)


def label(locale: str, key: str, **params: str | int) -> str:
    """A button's text: no markup is read in it, and platforms allow 80 characters."""
    shown = {name: Safe(plain(value)) if isinstance(value, str) else value for name, value in params.items()}
    return plain(say(locale, key, **shown), LABEL_MAX)


def listed(locale: str, names: Sequence[str]) -> Safe:
    """Names of others in a row, each made harmless and bold: `**a**, **b** and **c**`."""
    return Safe(format_list([f"**{clean(name)}**" for name in names], locale=babel_locale(locale)))


def reason_text(locale: str, reason: str) -> Safe:
    """The sentence of a `Reason`; empty for one that this version doesn't know."""
    key = f"reason.{reason}"
    return say(locale, key) if key in CATALOGS["en"] else Safe("")


def fix_text(locale: str, code: str, detail: str) -> Safe:
    """What an admin must do when a platform answered `Blocked`."""
    key = f"fix.{code}"
    return say(locale, key) if key in CATALOGS["en"] else say(locale, "fix.other", detail=detail)


def render(notice: Notice, locale: str) -> Message:
    """A notice as a message. Never raises: a kind or parameter of another version becomes a plain hint."""
    try:
        return RENDERERS[notice.kind](locale, json.loads(notice.params))
    except (KeyError, ValueError, TypeError):
        log.exception("notice %s of kind %s can't be rendered", notice.key, notice.kind)
        return Message(say(locale, "notice.unknown"))


def _about(params: Params) -> dict[str, str]:
    return {"plan": str(params["plan"]), "community": str(params["community"])}


def _link(locale: str, key: str, url: str | None) -> tuple[Button, ...]:
    return (LinkButton(label(locale, key), url),) if url else ()


def _payment_failed(locale: str, params: Params) -> Message:
    until = params.get("grace_until_at")
    if until:
        text = say(locale, "notice.payment_failed", until=moment(locale, until), **_about(params))
    else:
        text = say(locale, "notice.payment_failed_now", **_about(params))
    return Message(text, _link(locale, "button.pay_now", params.get("url")))


def _payment_action_required(locale: str, params: Params) -> Message:
    text = say(locale, "notice.payment_action_required", plan=str(params["plan"]))
    return Message(text, _link(locale, "button.confirm", params.get("url")))


def _access_opened(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.access_opened", targets=listed(locale, params["targets"]), **_about(params)))


def _access_ended(locale: str, params: Params) -> Message:
    reason = reason_text(locale, str(params.get("reason") or ""))
    if not reason:
        return Message(say(locale, "notice.access_ended_plain", **_about(params)))
    return Message(say(locale, "notice.access_ended", reason=reason, **_about(params)))


def _trial_ending(locale: str, params: Params) -> Message:
    amount = money(locale, params["amount"], params["currency"])
    return Message(say(locale, "notice.trial_ending", day=day(locale, params["at"]), amount=amount, **_about(params)))


def _not_there(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.not_there", **_about(params)))


def _come_in(locale: str, params: Params) -> Message:
    target = str(params["target"])
    text = say(locale, "notice.come_in", target=target, **_about(params))
    return Message(text, (LinkButton(label(locale, "button.come_in", target=target), str(params["url"])),))


def _not_linked(locale: str, params: Params) -> Message:
    target, platform = str(params["target"]), _platform(locale, params)
    return Message(say(locale, "notice.not_linked", target=target, platform=platform, **_about(params)))


def _checkout_paid_late(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.checkout_paid_late", **_about(params)))


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
    return Message(say(locale, "notice.account_left", platform=_platform(locale, params)))


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


def _member_pays_twice(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.member_pays_twice", member=str(params["member"]), **_about(params)))


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


def _blocked(locale: str, params: Params) -> Message:
    fix = fix_text(locale, str(params["code"]), str(params.get("detail") or ""))
    return Message(say(locale, "notice.blocked", target=str(params["target"]), member=str(params["member"]), fix=fix))


def _chat_lost(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.chat_lost", chat=str(params["chat"]), community=str(params["community"])))


def _given_up(locale: str, params: Params) -> Message:
    return Message(
        say(
            locale,
            "notice.given_up",
            target=str(params["target"]),
            member=str(params["member"]),
            detail=str(params["detail"]),
        )
    )


def _breaker(locale: str, params: Params) -> Message:
    names = [str(name) for name in params.get("members") or ()][:NAMES_MAX]
    members = say(locale, "notice.breaker_members", members=listed(locale, names)) if names else Safe("")
    return Message(
        lines(say(locale, "notice.breaker", n=int(params["count"]), community=str(params["community"])), members)
    )


RENDERERS: Mapping[str, Renderer] = {
    "payment_failed": _payment_failed,
    "payment_action_required": _payment_action_required,
    "access_opened": _access_opened,
    "access_ended": _access_ended,
    "trial_ending": _trial_ending,
    "not_there": _not_there,
    "come_in": _come_in,
    "not_linked": _not_linked,
    "checkout_paid_late": _checkout_paid_late,
    "paid_twice": _paid_twice,
    "linked": _linked,
    "unlinked": _unlinked,
    "account_left": _account_left,
    "join_asked": _join_asked,
    "joined": _joined,
    "join_declined": _join_declined,
    "member_pays_twice": _member_pays_twice,
    "invoice_sent": _invoice_sent,
    "email_needed": _email_needed,
    "blocked": _blocked,
    "given_up": _given_up,
    "chat_lost": _chat_lost,
    "breaker": _breaker,
}
