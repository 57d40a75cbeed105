"""What `/member` says, section by section: the verdict, what is blocked, the payments, what happened lately."""

from collections.abc import Sequence

from bot.texts import (
    Safe,
    act_text,
    bill_text,
    clean,
    day,
    fix_text,
    is_act,
    label,
    lines,
    listed,
    log_text,
    moment,
    money,
    say,
    why_text,
)
from payments.core.access import EffectState, Reason, Source
from payments.core.audit import AuditKind
from payments.core.billing import Ending, Subscription, SubscriptionStatus
from payments.core.community import Target
from payments.core.ids import TargetId
from payments.flows.views.audit_log import Line
from payments.flows.views.explain import Explained, Explanation, Late
from payments.flows.views.grounds import Ground, PlanBill
from payments.flows.views.verdicts import In, Verdict
from payments.ports.stores import Effect

DETAIL_LENGTH_MAX = 160
OVER_SHOWN_MAX = 2
LATE_MAX = 4
WITH_AMOUNTS = frozenset({AuditKind.INVOICE_SENT, AuditKind.INVOICE_ASKED, AuditKind.REFUNDED, AuditKind.REFUND_MADE})
"""Acts of which who may see no amounts reads nothing else."""


def told(locale: str, explanation: Explanation, *, amounts: bool) -> str:
    """All sections that say something, apart by an empty line."""
    sections = (
        _verdicts(locale, explanation),
        _accesses(locale, explanation),
        lines(*(_late(locale, late, amounts=amounts) for late in explanation.late[:LATE_MAX])),
        _payments(locale, explanation, amounts=amounts),
        _log(locale, explanation, amounts=amounts),
    )
    return "\n\n".join(section for section in sections if section)


def by_hand_told(locale: str, targets: Sequence[Target]) -> Safe:
    """What they have although no membership gives it to them."""
    return say(locale, "member.by_hand", targets=listed(locale, [t.name for t in targets])) if targets else Safe("")


def _verdicts(locale: str, explanation: Explanation) -> Safe:
    if not explanation.verdicts:
        return say(locale, "member.nothing")
    return lines(*(_verdict(locale, verdict) for verdict in explanation.verdicts))


def _verdict(locale: str, verdict: Verdict) -> Safe:
    """Whether they are in by a plan; then, where there is more of it than one thing, each with its dates."""
    key = f"verdict.line_{verdict.standing}"
    others = verdict.others if verdict.standing in (In.YES, In.LATER) else verdict.others[:OVER_SHOWN_MAX]
    alone = verdict.ground.gift and not others
    return lines(
        say(locale, key, plan=verdict.plan.name, told=_standing(locale, verdict)),
        say(locale, "verdict.paid_by", payer=_payer(locale, verdict.ground)) if alone else "",
        *(_other(locale, ground) for ground in others),
    )


def _standing(locale: str, verdict: Verdict) -> Safe:
    ground = verdict.ground
    match verdict.standing:
        case In.YES:
            return _inside(locale, verdict)
        case In.LATER:
            begins = day(locale, ground.entitlement.access_from or 0)
            if verdict.until is None:
                return say(locale, "verdict.later", begins=begins)
            return say(locale, "verdict.later_until", begins=begins, until=day(locale, verdict.until))
        case In.NOT_YET:
            return say(locale, "verdict.not_yet")
        case In.NO:
            why = why_text(locale, ground.reason)
            if ground.closed_at is None:
                return say(locale, "verdict.out", why=why)
            return say(locale, "verdict.out_since", day=day(locale, ground.closed_at), why=why)


def _inside(locale: str, verdict: Verdict) -> Safe:
    """In until when, and by what. Of several things in a row only their common end is told here."""
    ground, until = verdict.ground, verdict.until
    if until is not None and until != ground.entitlement.access_until:
        return say(locale, "verdict.until", day=day(locale, until))
    match ground.entitlement.source:
        case Source.SUBSCRIPTION if ground.subscription is not None:
            return _subscribed(locale, ground, until)
        case Source.COMP:
            key = "verdict.comp" if until is None else "verdict.comp_until"
        case _:
            key = "verdict.for_good" if until is None else "verdict.paid_until"
    return say(locale, key, day=Safe("") if until is None else day(locale, until))


def _subscribed(locale: str, ground: Ground, until: int | None) -> Safe:
    subscription = ground.subscription
    assert subscription is not None, "the caller looked"
    failed = None if ground.failed_at is None else day(locale, ground.failed_at)
    if ground.reason is Reason.TRIALING and subscription.trial_end_at is not None:
        ends = until is not None and until == subscription.cancel_at
        key = "verdict.trial_cancelled" if ends else "verdict.trial"
        return say(locale, key, day=day(locale, min(subscription.trial_end_at, until or subscription.trial_end_at)))
    if until is None:
        return _renewing(locale, ground, subscription)
    if ground.reason is Reason.GRACE:
        key = "verdict.grace_undated" if failed is None else "verdict.grace"
        return say(locale, key, day=day(locale, until), failed=failed or Safe(""))
    if until == subscription.cancel_at:
        return say(locale, "verdict.cancelled", day=day(locale, until))
    key = "verdict.paid_until" if failed is None else "verdict.paid_until_failed"
    return say(locale, key, day=day(locale, until), failed=failed or Safe(""))


def _renewing(locale: str, ground: Ground, subscription: Subscription) -> Safe:
    """In with no end in sight. What is paid for is told as paid, and nothing else."""
    if subscription.pause_behavior is not None or subscription.status is SubscriptionStatus.PAUSED:
        return say(locale, "verdict.paused")
    ends_at = ground.paid_until or subscription.period_end_at
    if subscription.ending is Ending.PERIOD_END and ends_at is not None:
        return say(locale, "verdict.cancelled", day=day(locale, ends_at))  # the provider hears of it in a moment
    if ground.paid_until is not None:
        return say(locale, "verdict.paid_renews", day=day(locale, ground.paid_until))
    if subscription.period_end_at is not None:
        return say(locale, "verdict.renews", day=day(locale, subscription.period_end_at))
    return say(locale, "verdict.paid")


def _other(locale: str, ground: Ground) -> Safe:
    """One of several things that somebody has of a plan, with its dates."""
    begins, until = ground.entitlement.access_from, ground.entitlement.access_until
    facts = {"source": say(locale, f"source.{ground.entitlement.source}"), "why": why_text(locale, ground.reason)}
    if begins is None:
        key, dates = "verdict.other", {}
    elif until is None:
        key, dates = "verdict.other_since", {"begins": day(locale, begins)}
    else:
        key, dates = "verdict.other_span", {"begins": day(locale, begins), "until": day(locale, until)}
    text = say(locale, key, **facts, **dates)
    return Safe(f"{text}, {_paid_by(locale, ground)}") if ground.gift else text


def _paid_by(locale: str, ground: Ground) -> Safe:
    return say(locale, "member.entitlement_paid_by", payer=_payer(locale, ground))


def _payer(locale: str, ground: Ground) -> Safe:
    return say(locale, "member.somebody") if ground.payer is None else clean(ground.payer)


def _accesses(locale: str, explanation: Explanation) -> Safe:
    """What needs somebody or is not done yet, each in a sentence; then what they have, in one."""
    concerned = [line for line in explanation.explained if line.access is not None or line.grounds]
    odd = [line for line in concerned if not _is_quiet(line)]
    has = [line.target.name for line in concerned if _is_quiet(line) and line.access is not None and line.access.wanted]
    return lines(
        *(_access(locale, line) for line in odd),
        say(locale, "member.has", targets=listed(locale, has)) if has else "",
    )


def _is_quiet(line: Explained) -> bool:
    """Whether the platform has confirmed what should be, and nothing is to be told of it."""
    if line.access is None:
        return True
    if line.access.wanted != line.access.applied or line.held_back:
        return False
    settled = line.effect is None or line.effect.state is EffectState.DONE
    return settled and not (line.access.wanted and line.access.held_before)


def _access(locale: str, line: Explained) -> Safe:
    """One target: the state in a sentence, then what the platform answered."""
    access = line.access
    assert access is not None, "only what was ever wanted is odd"
    why = Safe("") if line.grounds else say(locale, "member.no_entitlement")
    if access.wanted != access.applied:
        key = "member.access_pending_on" if access.wanted else "member.access_pending_off"
    elif access.wanted and access.held_before:
        key = "member.access_adopted" if line.target.adopted else "member.access_own"
    else:
        key = "member.access_on" if access.wanted else "member.access_off"
    return lines(
        say(locale, key, target=line.target.name, why=why),
        say(locale, "member.breaker") if line.held_back else "",
        _effect(locale, line.effect) if line.effect is not None and not line.held_back else "",
    )


def _effect(locale: str, effect: Effect) -> str:
    """How far the platform is, in words of ours: what it answered is no sentence for people, and in the log."""
    match effect.state:
        case EffectState.DONE:
            return ""
        case EffectState.OPEN:
            if effect.cause is not None:
                return say(locale, "member.effect.refused", fix=fix_text(locale, effect.cause))
            return say(locale, "member.effect.open", n=effect.attempts)
        case EffectState.WAITING if effect.cause is not None:
            return Safe(f"· {fix_text(locale, effect.cause)}")
        case EffectState.WAITING:
            return say(locale, "member.effect.waiting")
        case EffectState.BLOCKED:
            return say(locale, "member.effect.blocked", fix=fix_text(locale, effect.cause or ""))
        case EffectState.DEAD:
            return say(locale, "member.effect.dead", n=effect.attempts, button=Safe(label(locale, "button.retry")))


def _late(locale: str, late: Late, *, amounts: bool) -> Safe:
    """A payment that came too late to open anything."""
    paid, plan = late.payment, late.plan.name
    if not amounts or paid.bill.paid_at is None:
        return say(locale, "member.late_plain", plan=plan)
    key = "member.late_unpaid" if paid.unpaid else "member.late"
    amount = money(locale, paid.kept, paid.bill.currency)
    return say(locale, key, plan=plan, amount=amount, day=day(locale, paid.bill.paid_at))


def _payments(locale: str, explanation: Explanation, *, amounts: bool) -> Safe:
    grounds = [ground for v in explanation.verdicts for ground in dict.fromkeys((v.ground, *v.others))]
    subscriptions = [s for ground in grounds if (s := ground.subscription) is not None]
    rows = [_bill(locale, line, amounts=amounts) for line in explanation.bills]
    rows += [
        say(locale, "member.subscription", id=s.id, status=say(locale, f"status.{s.status}")) for s in subscriptions
    ]
    return lines(say(locale, "member.payments"), *rows) if rows else Safe("")


def _bill(locale: str, line: PlanBill, *, amounts: bool) -> Safe:
    invoice = line.bill.invoice
    facts = {
        "day": day(locale, invoice.created_at),
        "plan": clean(line.plan.name),
        "state": bill_text(locale, line.bill, amounts=amounts),
    }
    if not amounts:
        return say(locale, "member.bill_short", **facts)
    return say(locale, "member.bill", amount=money(locale, invoice.total, invoice.currency), **facts)


def _log(locale: str, explanation: Explanation, *, amounts: bool) -> Safe:
    if not explanation.log:
        return Safe("")
    logged = (_logged(locale, line, explanation, amounts=amounts) for line in explanation.log)
    return lines(say(locale, "member.log"), *logged)


def _logged(locale: str, line: Line, explanation: Explanation, *, amounts: bool) -> Safe:
    """A line of the audit in words; who may see no amounts is told of a bill only that it was sent."""
    entry, when = line.entry, moment(locale, line.entry.at)
    act = line.changes is not None and entry.target_id is None and is_act(entry.action)
    if act and (amounts or entry.action not in WITH_AMOUNTS):
        told = act_text(locale, entry.action, line.changes, line.names, actor=entry.actor, person=entry.person_id)
        return say(locale, "member.log_line_short", moment=when, action=Safe(told.replace("\n·", ";")))
    target = None if entry.target_id is None else _target_name(explanation, entry.target_id)
    happened = log_text(locale, entry.action, line.changes, line.names, target=target, detail=entry.detail)
    action = happened or say(locale, "member.log_older")
    detailed = happened is None or entry.action in WITH_AMOUNTS
    if not detailed or not entry.detail or (not amounts and entry.target_id is None):
        return say(locale, "member.log_line_short", moment=when, action=action)
    return say(locale, "member.log_line", moment=when, action=action, detail=clean(entry.detail, DETAIL_LENGTH_MAX))


def _target_name(explanation: Explanation, target_id: TargetId) -> str:
    return next((one.target.name for one in explanation.explained if one.target.id == target_id), "")
