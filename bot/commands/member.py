"""`/member`: why somebody has, or does not have, each access; free memberships; and "try again" for what is stuck."""

from bot.commands.context import (
    asker,
    belonging_to,
    community_of_admin,
    complete_plan_names,
    member_of,
    number_of,
    offer_named,
    refuse,
    text_of,
)
from bot.commands.handing import must_hand_out, not_theirs, said
from bot.commands.model import About, Action, Command, MemberValue, Option, OptionKind, Reply, Request
from bot.texts import (
    Safe,
    act_text,
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
    worded,
)
from payments.core.access import EffectState
from payments.core.audit import AuditKind
from payments.core.community import Community, Identity
from payments.core.ids import PersonId, TargetId
from payments.core.rights import Rank
from payments.flows.access.comps import end_comp, give_comp
from payments.flows.communities import settings as communities
from payments.flows.people import undo
from payments.flows.people.undo import NotParted
from payments.flows.runtime.context import AppContext
from payments.flows.views.audit_log import Line
from payments.flows.views.explain import Explained, Explanation, Ground, Late, explain, stuck, try_again
from payments.ports.chat import ActionButton, Button
from payments.ports.stores import Effect

COMP_DAYS_MAX = 3650
END_BUTTONS_MAX = 4
LATE_MAX = 4
DETAIL_LENGTH_MAX = 160
WITH_AMOUNTS = frozenset({AuditKind.INVOICE_SENT, AuditKind.INVOICE_ASKED, AuditKind.REFUNDED, AuditKind.REFUND_MADE})
"""Acts of which who may see no amounts reads nothing else."""


async def show(app: AppContext, request: Request) -> Reply:
    """`/member`: looks, or (with `give`) gives free days."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    member = member_of(request, "member")
    if text_of(request, "give") is not None:
        return await _give(app, request, community, member, admin)
    if number_of(request, "days") is not None:
        raise refuse(request, "error.option_missing", option="give")
    belongs = await belonging_to(app, request, community, member)
    if belongs.person_id is None:
        return Reply(say(request.locale, "member.unknown", member=member.name))
    explanation = await explain(app, belongs.person_id, community.id, request.identity.platform)
    title = say(request.locale, "member.title", member=member.name, community=community.name)
    told = _told(request.locale, explanation, amounts=request.rank > Rank.SUPPORT)
    buttons = _buttons(request.locale, explanation)
    if request.rank >= Rank.MANAGER:
        buttons = (*buttons, *_refund_buttons(request.locale, explanation))
    parts = request.rank >= Rank.MANAGER
    if parts and await undo.sides(app, belongs.person_id, community.id) is not NotParted.NONE:
        buttons = (*buttons, ActionButton(label(request.locale, "button.part"), f"part:{belongs.person_id}"))
    return Reply(lines(title, told), buttons)


async def _give(app: AppContext, request: Request, community: Community, member: MemberValue, admin: PersonId) -> Reply:
    offer = await offer_named(app, request, community, "give")
    days = number_of(request, "days")
    if days is not None and not 1 <= days <= COMP_DAYS_MAX:  # the platform's own check is only a hint
        raise refuse(request, "typed.range", option="days", low=1, high=COMP_DAYS_MAX)
    await belonging_to(app, request, community, member)
    await must_hand_out(app, request, offer.targets)
    identity = Identity(request.identity.platform, member.user_id)
    person_id = await communities.introduced(app, identity, member.name, community.locale)
    await give_comp(app, plan_id=offer.plan.id, person_id=person_id, days=days, actor=admin, key=request.key)
    if days is None:
        return Reply(say(request.locale, "member.comp_given_for_good", member=member.name, plan=offer.plan.name))
    return Reply(say(request.locale, "member.comp_given", member=member.name, plan=offer.plan.name, n=days))


def _told(locale: str, explanation: Explanation, *, amounts: bool) -> str:
    concerned = [line for line in explanation.explained if line.access is not None or line.grounds]
    parts = [_access(locale, line) for line in concerned] or [say(locale, "member.nothing")]
    parts += [_late(locale, late, amounts=amounts) for late in explanation.late[:LATE_MAX]]
    if explanation.log:
        logged = (_logged(locale, line, explanation, amounts=amounts) for line in explanation.log)
        parts.append(lines(say(locale, "member.log"), *logged))
    return "\n".join(parts)


def _late(locale: str, late: Late, *, amounts: bool) -> Safe:
    """A payment that came too late to open anything."""
    paid, plan = late.payment, late.plan.name
    if not amounts or paid.bill.paid_at is None:
        return say(locale, "member.late_plain", plan=plan)
    key = "member.late_unpaid" if paid.unpaid else "member.late"
    amount = money(locale, paid.kept, paid.bill.currency)
    return say(locale, key, plan=plan, amount=amount, day=day(locale, paid.bill.paid_at))


def _access(locale: str, line: Explained) -> Safe:
    """One target: the state in a sentence, then each entitlement, then what the platform answered."""
    access = line.access
    why = Safe("") if line.grounds else say(locale, "member.no_entitlement")
    if access is None:
        key = "member.access_off"
    elif access.wanted != access.applied:
        key = "member.access_pending_on" if access.wanted else "member.access_pending_off"
    elif access.wanted and access.held_before:
        key = "member.access_own"
    else:
        key = "member.access_on" if access.wanted else "member.access_off"
    return lines(
        say(locale, key, target=line.target.name, why=why),
        *(_ground(locale, ground) for ground in line.grounds),
        say(locale, "member.breaker") if line.held_back else "",
        _effect(locale, line.effect) if line.effect is not None and not line.held_back else "",
    )


def _ground(locale: str, ground: Ground) -> Safe:
    """One entitlement: its plan, where it comes from, why it opens or not, until when, who pays."""
    until = ground.entitlement.access_until
    facts = {
        "plan": clean(ground.plan.name),
        "source": say(locale, f"source.{ground.entitlement.source}"),
        "reason": why_text(locale, ground.reason),
    }
    if until is None:
        text = say(locale, "member.entitlement", **facts)
    else:
        key = "member.entitlement_until" if ground.open else "member.entitlement_over"
        text = say(locale, key, moment=moment(locale, until), **facts)
    if ground.gift:
        payer = say(locale, "member.somebody") if ground.payer is None else clean(ground.payer)
        text = Safe(f"{text}, {say(locale, 'member.entitlement_paid_by', payer=Safe(payer))}")
    if ground.subscription is None:
        return text
    subscription = ground.subscription
    status = say(locale, f"status.{subscription.status}")
    return lines(text, say(locale, "member.subscription", id=subscription.id, status=status))


def _effect(locale: str, effect: Effect) -> str:
    """How far the platform is, and what it answered last."""
    detail = clean(effect.last_error or "", DETAIL_LENGTH_MAX)
    match effect.state:
        case EffectState.DONE:
            return ""
        case EffectState.OPEN:
            error = say(locale, "member.effect_error", detail=detail) if detail else ""
            return lines(say(locale, "member.effect.open", n=effect.attempts), error)
        case EffectState.WAITING:
            return say(locale, "member.effect.waiting")
        case EffectState.BLOCKED:
            code, _, said = (effect.last_error or "").partition(":")
            return say(locale, "member.effect.blocked", fix=fix_text(locale, code, said.strip() or code))
        case EffectState.DEAD:
            return say(locale, "member.effect.dead", n=effect.attempts, detail=detail)


def _logged(locale: str, line: Line, explanation: Explanation, *, amounts: bool) -> Safe:
    """A line of the audit in words; who may see no amounts is told of a bill only that it was sent."""
    entry, when = line.entry, moment(locale, line.entry.at)
    act = line.changes is not None and entry.target_id is None and is_act(entry.action)
    if act and (amounts or entry.action not in WITH_AMOUNTS):
        told = act_text(locale, entry.action, line.changes, line.names, actor=entry.actor, person=entry.person_id)
        return say(locale, "member.log_line_short", moment=when, action=Safe(told.replace("\n·", ";")))
    target = None if entry.target_id is None else _target_name(explanation, entry.target_id)
    happened = log_text(locale, entry.action, line.changes, line.names, target=target, detail=entry.detail)
    if happened is not None and not (amounts and entry.action in WITH_AMOUNTS):
        return say(locale, "member.log_line_short", moment=when, action=happened)
    action = Safe(clean(entry.action.replace("_", " ")))
    if not entry.detail or (not amounts and entry.target_id is None):
        return say(locale, "member.log_line_short", moment=when, action=action)
    return say(locale, "member.log_line", moment=when, action=action, detail=clean(entry.detail, DETAIL_LENGTH_MAX))


def _target_name(explanation: Explanation, target_id: TargetId) -> str:
    return next((one.target.name for one in explanation.explained if one.target.id == target_id), "")


def _buttons(locale: str, explanation: Explanation) -> tuple[Button, ...]:
    buttons: list[Button] = [
        ActionButton(
            label(locale, "button.end_comp", plan=ground.plan.name),
            _end_action(ground.entitlement.source_id),
            danger=True,
        )
        for ground in explanation.comps[:END_BUTTONS_MAX]
    ]
    if explanation.stuck:
        buttons.append(ActionButton(label(locale, "button.retry"), f"retry:{explanation.person_id}"))
    return tuple(buttons)


def _refund_buttons(locale: str, explanation: Explanation) -> tuple[Button, ...]:
    """One for each payment that came too late."""
    return tuple(
        ActionButton(
            label(locale, "button.refund", amount=money(locale, one.payment.kept, one.payment.bill.currency)),
            f"refund:{one.payment.bill.id}",
        )
        for one in explanation.late[:LATE_MAX]
    )


def _end_action(source_id: str) -> str:
    """The source's id rather than the entitlement's: that one is too long for a button."""
    return f"end_comp:{source_id}"


async def end(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "end free membership"."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    ended = await end_comp(app, source_id="".join(arguments), community_id=community.id, actor=admin)
    if ended is None:
        return Reply(say(request.locale, "member.comp_gone"))
    return Reply(say(request.locale, "member.comp_ended", plan=ended.name))


async def retry(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "try again"."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    person_id = PersonId("".join(arguments))
    refused = await not_theirs(app, request, await stuck(app, person_id, community.id))
    leave = [one.target.id for one in refused]
    again = await try_again(app, person_id=person_id, community_id=community.id, actor=admin, leave=leave)
    if refused and not again:
        raise said(request, refused)
    if not again:
        return Reply(say(request.locale, "member.retried_none"))
    return Reply(say(request.locale, "member.retried", n=again))


async def ask_part(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "part accounts": says what each keeps, and asks."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    person_id = "".join(arguments)
    found = await undo.sides(app, PersonId(person_id), community.id)
    if isinstance(found, NotParted):
        return Reply(say(request.locale, f"member.not_parted.{found}"))
    text = lines(
        say(request.locale, "member.part_ask_replaced" if found.replaced else "member.part_ask"),
        *_kept(request.locale, found),
        say(request.locale, "member.part_paid_replaced" if found.replaced else "member.part_paid"),
    )
    return Reply(text, (ActionButton(label(request.locale, "button.part_yes"), f"part_yes:{person_id}", danger=True),))


async def part(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "yes, part them"."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    done = await undo.part(app, PersonId("".join(arguments)), community.id, admin)
    if isinstance(done, NotParted):
        return Reply(say(request.locale, f"member.not_parted.{done}"))
    text = say(request.locale, "member.parted_replaced" if done.replaced else "member.parted")
    return Reply(lines(text, *_kept(request.locale, done)))


def _kept(locale: str, found: undo.Sides) -> tuple[Safe, ...]:
    return tuple(
        say(
            locale,
            "member.part_keeps" if side.plans else "member.part_keeps_nothing",
            platform=say(locale, f"platform.{side.platform}"),
            plans=listed(locale, side.plans),
        )
        for side in found.keeps
    )


COMMANDS = (
    Command(
        "member",
        worded("command.member"),
        show,
        options=(
            Option("member", worded("option.member"), OptionKind.MEMBER, required=True),
            Option("give", worded("option.give"), OptionKind.TEXT, complete=complete_plan_names),
            Option("days", worded("option.give_days"), OptionKind.INTEGER, minimum=1, maximum=COMP_DAYS_MAX),
        ),
        about=About.ONE_PLACE,
        rank=Rank.SUPPORT,
    ),
)
ACTIONS = (
    Action("end_comp", end, rank=Rank.SUPPORT),
    Action("retry", retry, rank=Rank.SUPPORT),
    Action("part", ask_part, rank=Rank.MANAGER),
    Action("part_yes", part, rank=Rank.MANAGER),
)
