"""Messages to the team: to the contact, to who decides about money, and in a place that needs an admin.

What each kind carries stands in `bot.texts.notices`.
"""

from collections.abc import Mapping

from bot.texts.acts import act_text, thing_text
from bot.texts.formats import clean, day, moment, money, nameless
from bot.texts.labels import fix_text, label, listed
from bot.texts.languages import CATALOGS, Safe
from bot.texts.notice_parts import Params, Renderer, about, billed, member_text
from bot.texts.say import lines, say
from payments.core.changes import decoded
from payments.core.refusals import RULES, Cause, Meaning, Scope, cause_of
from payments.ports.chat import ActionButton, Message

NAMES_MAX = 10


def _member_paid_late(locale: str, params: Params) -> Message:
    amount = money(locale, params["amount"], params["currency"])
    key = "notice.member_paid_late_unpaid" if params["unpaid"] else "notice.member_paid_late"
    text = say(locale, key, member=member_text(locale, params, "audit.somebody"), amount=amount, **about(params))
    refund = ActionButton(label(locale, "button.refund", amount=amount), f"refund:{params['bill']}")
    return Message(text, (refund,))


def _fraud_warning(locale: str, params: Params) -> Message:
    amount, member = money(locale, params["amount"], params["currency"]), member_text(locale, params, "audit.somebody")
    said = {"member": member, "sold": str(params["sold"]), "community": str(params["community"])}
    text = say(locale, "notice.fraud_warning", amount=amount, **said)
    refund = ActionButton(label(locale, "button.refund", amount=amount), f"refund:{params['bill']}")
    if params["ends"] is None:  # of a bill that opens nothing
        return Message(text, (refund,))
    if params["ends"]:
        return Message(lines(text, say(locale, "notice.fraud_warning_ends")), (refund,))
    text = lines(text, say(locale, "notice.fraud_warning_stays"))
    if params["subscription"] is None:
        return Message(text, (refund,))
    end = f"end_now:{params['account']}:{params['subscription']}"
    return Message(text, (refund, ActionButton(label(locale, "button.end_now"), end, danger=True)))


def _ending_payment_contact(locale: str, params: Params) -> Message:
    at, member = params.get("at"), member_text(locale, params, "audit.somebody")
    dated = "notice.ending_payment_contact_billed" if params.get("billed") else "notice.ending_payment_contact"
    key = dated if at else "notice.ending_payment_contact_undated"
    text = say(locale, key, member=member, day=day(locale, at) if at else "", **about(params))
    end = f"end_now:{params['account']}:{params['subscription']}"
    return Message(text, (ActionButton(label(locale, "button.end_now"), end, danger=True),))


def _ending_payment_back_contact(locale: str, params: Params) -> Message:
    member = member_text(locale, params, "audit.somebody")
    return Message(say(locale, "notice.ending_payment_back_contact", member=member, **about(params)))


def _endings_asked(locale: str, params: Params) -> Message:
    text = say(locale, "notice.endings_asked", community=str(params["community"]))
    return Message(text, (ActionButton(label(locale, "button.endings"), f"endings:{params['id']}"),))


def _ending_refused(locale: str, params: Params) -> Message:
    key = "notice.keeping_refused" if params["ending"] == "keep" else "notice.ending_refused"
    member = member_text(locale, params, "audit.somebody")
    return Message(say(locale, key, member=member, detail=str(params["detail"]), **about(params)))


def _join_asked(locale: str, params: Params) -> Message:
    place = str(params["place"])
    text = say(locale, "notice.join_asked", asker=str(params["asker"]), place=place, community=str(params["community"]))
    yes = ActionButton(label(locale, "button.join_yes", place=place), f"join_yes:{params['id']}")
    return Message(
        text, (yes, ActionButton(label(locale, "button.join_no", place=place), f"join_no:{params['id']}", quiet=True))
    )


def _joined(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.joined", place=str(params["place"]), community=str(params["community"])))


def _join_declined(locale: str, params: Params) -> Message:
    return Message(say(locale, "notice.join_declined", place=str(params["place"])))


def _member_pays_twice(locale: str, params: Params) -> Message:
    return Message(
        say(locale, "notice.member_pays_twice", member=member_text(locale, params, "audit.somebody"), **about(params))
    )


def _keep_access(locale: str, params: Params) -> Message:
    member = member_text(locale, params, "audit.somebody")
    text = asked_text(locale, "notice.keep_access", params, member=member, **about(params))
    return Message(text, (keep_button(locale, params),))


def _resume_unpaid(locale: str, params: Params) -> Message:
    member = member_text(locale, params, "audit.somebody")
    text = asked_text(locale, "notice.resume_unpaid", params, member=member, **about(params))
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


def _bill_not_sent(locale: str, params: Params) -> Message:
    member, key = member_text(locale, params, "audit.somebody"), f"notice.bill_not_sent.{params['why']}"
    return Message(say(locale, key, member=member, community=str(params["community"]), **billed(locale, params)))


def _blocked(locale: str, params: Params) -> Message:
    code = str(params["code"])
    fix, cause = fix_text(locale, code), cause_of(code)
    key = _held_up(cause) if params.get("scope") else "notice.blocked"  # of versions that told of each target
    about: dict[str, str | Safe] = {"fix": fix, "place": str(params.get("place") or params["target"])}
    if key == "notice.blocked":
        about |= {"target": str(params["target"]), "member": member_text(locale, params, "audit.somebody_else")}
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
    member, target = member_text(locale, params, "audit.somebody"), str(params["target"])
    return Message(say(locale, "notice.paid_not_given", member=member, target=target, **about(params)))


def _held_up(cause: Cause) -> str:
    """The sentence for what a cause holds up."""
    if cause in (Cause.MESSAGES_FAST, Cause.MESSAGES_STOPPED):
        return "notice.blocked_messages"
    if cause in (Cause.LOG_GONE, Cause.LOG_CLOSED):
        return "notice.blocked_log"
    if cause is Cause.CLOCK:
        return "notice.blocked_clock"
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
            member=member_text(locale, params, "audit.somebody_else"),
        )
    )


def _price_refused(locale: str, params: Params) -> Message:
    (price, _), account = decoded({"price": (params["price"], None)})["price"], params["moved_to"]
    said = {"price": thing_text(locale, price, {}), "detail": nameless(str(params["detail"])), **about(params)}
    if account is None:
        return Message(say(locale, "notice.price_refused", **said))
    return Message(say(locale, "notice.price_refused_moved", account=Safe(account), **said))


def _price_archived(locale: str, params: Params) -> Message:
    (price, _) = decoded({"price": (params["price"], None)})["price"]
    return Message(say(locale, "notice.price_archived", price=thing_text(locale, price, {}), **about(params)))


def _breaker(locale: str, params: Params) -> Message:
    names = [str(name) for name in params.get("members") or ()][:NAMES_MAX]
    members = say(locale, "notice.breaker_members", members=listed(locale, names)) if names else Safe("")
    still = (
        say(locale, "notice.blocked_still", moment=moment(locale, params["since_at"])) if "since_at" in params else ""
    )
    said = say(locale, "notice.breaker", n=int(params["count"]), community=str(params["community"]))
    return Message(lines(still, said, members))


def _paid_old_price(locale: str, params: Params) -> Message:
    paid = money(locale, params["amount"], params["currency"])
    sold = money(locale, params["now"], params.get("now_currency") or params["currency"])
    member = member_text(locale, params, "audit.somebody")
    return Message(say(locale, "notice.paid_old_price", member=member, paid=paid, sold=sold, **about(params)))


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
    text = say(locale, "notice.subscriptions_of_nobody", n=int(params["count"]), community=community)
    show = (ActionButton(label(locale, "button.nobody"), f"nobody:{params['id']}"),) if "id" in params else ()
    return Message(text, show)  # versions before this one stored no id


def _paid_once_by_nobody(locale: str, params: Params) -> Message:
    said = {"plan": str(params["plan"]), "community": str(params["community"])}
    amount = money(locale, params["amount"], params["currency"])
    return Message(say(locale, "notice.paid_once_by_nobody", amount=amount, **said))


TEAM: Mapping[str, Renderer] = {
    "ending_payment_contact": _ending_payment_contact,
    "ending_payment_back_contact": _ending_payment_back_contact,
    "endings_asked": _endings_asked,
    "ending_refused": _ending_refused,
    "paid_old_price": _paid_old_price,
    "join_asked": _join_asked,
    "joined": _joined,
    "join_declined": _join_declined,
    "member_paid_late": _member_paid_late,
    "fraud_warning": _fraud_warning,
    "member_pays_twice": _member_pays_twice,
    "keep_access": _keep_access,
    "resume_unpaid": _resume_unpaid,
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
    "paid_once_by_nobody": _paid_once_by_nobody,
    "subscriptions_of_nobody": _subscriptions_of_nobody,
}
