"""`/member`: why somebody has, or does not have, each access; presents; and «try again» for what is stuck."""

from bot.commands.context import (
    asker,
    community_of_admin,
    complete_plans,
    member_of,
    number_of,
    offer_named,
    refuse,
    text_of,
)
from bot.commands.model import Action, Command, MemberValue, Option, OptionKind, Reply, Request
from bot.texts import Safe, clean, fix_text, label, lines, moment, reason_text, say, worded
from payments.core.ids import PersonId
from payments.core.model import Community, EffectState, Identity
from payments.flows import community as communities
from payments.flows.engine import Engine
from payments.flows.explain import Explained, Explanation, Ground, explain, try_again
from payments.flows.membership import end_comp, give_comp
from payments.ports.platform import ActionButton, Button
from payments.ports.stores import AuditEntry, Effect

COMP_DAYS_MAX = 3650
END_BUTTONS_MAX = 4
DETAIL_LENGTH_MAX = 160


async def show(engine: Engine, request: Request) -> Reply:
    """`/member`: looks, or (with `give`) gives free days."""
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    member = member_of(request, "member")
    if text_of(request, "give") is not None:
        return await _give(engine, request, community, member, admin)
    if number_of(request, "days") is not None:
        raise refuse(request, "error.option_missing", option="give")
    person_id = await communities.known(engine, Identity(request.identity.platform, member.user_id))
    if person_id is None:
        return Reply(say(request.locale, "member.unknown", member=member.name))
    explanation = await explain(engine, person_id, community.id)
    title = say(request.locale, "member.title", member=member.name, community=community.name)
    return Reply(lines(title, _told(request.locale, explanation)), _buttons(request.locale, explanation))


async def _give(engine: Engine, request: Request, community: Community, member: MemberValue, admin: PersonId) -> Reply:
    offer = await offer_named(engine, request, community, "give")
    days = number_of(request, "days")
    if days is not None and not 1 <= days <= COMP_DAYS_MAX:  # the platform's own check is only a hint
        raise refuse(request, "typed.range", option="days", low=1, high=COMP_DAYS_MAX)
    identity = Identity(request.identity.platform, member.user_id)
    person_id = await communities.introduced(engine, identity, member.name, community.locale)
    await give_comp(engine, plan_id=offer.plan.id, person_id=person_id, days=days, actor=admin, key=request.key)
    if days is None:
        return Reply(say(request.locale, "member.comp_given_for_good", member=member.name, plan=offer.plan.name))
    return Reply(say(request.locale, "member.comp_given", member=member.name, plan=offer.plan.name, n=days))


def _told(locale: str, explanation: Explanation) -> str:
    concerned = [line for line in explanation.explained if line.access is not None or line.grounds]
    parts = [_access(locale, line) for line in concerned] or [say(locale, "member.nothing")]
    if explanation.log:
        parts.append(lines(say(locale, "member.log"), *(_logged(locale, line) for line in explanation.log)))
    return "\n".join(parts)


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
        "reason": reason_text(locale, ground.reason),
    }
    if until is None:
        text = say(locale, "member.entitlement", **facts)
    else:
        key = "member.entitlement_until" if ground.open else "member.entitlement_over"
        text = say(locale, key, moment=moment(locale, until), **facts)
    if ground.payer is not None:
        text = Safe(f"{text}, {say(locale, 'member.entitlement_paid_by', payer=ground.payer)}")
    if ground.subscription is None:
        return text
    subscription = ground.subscription
    return lines(text, say(locale, "member.subscription", id=subscription.id, status=subscription.status.value))


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


def _logged(locale: str, entry: AuditEntry) -> Safe:
    return say(
        locale,
        "member.log_line",
        moment=moment(locale, entry.at),
        action=entry.action.replace("_", " "),
        detail=clean(entry.detail, DETAIL_LENGTH_MAX),
    )


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


def _end_action(source_id: str) -> str:
    """The source's id rather than the entitlement's: that one is too long for a button."""
    return f"end_comp:{source_id}"


async def end(engine: Engine, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button «end present»."""
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    ended = await end_comp(engine, source_id="".join(arguments), community_id=community.id, actor=admin)
    if ended is None:
        return Reply(say(request.locale, "member.comp_gone"))
    return Reply(say(request.locale, "member.comp_ended", plan=ended.name))


async def retry(engine: Engine, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button «try again»."""
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    again = await try_again(engine, person_id=PersonId("".join(arguments)), community_id=community.id, actor=admin)
    if not again:
        return Reply(say(request.locale, "member.retried_none"))
    return Reply(say(request.locale, "member.retried", n=again))


COMMANDS = (
    Command(
        "member",
        worded("command.member"),
        show,
        options=(
            Option("member", worded("option.member"), OptionKind.MEMBER, required=True),
            Option("give", worded("option.give"), OptionKind.TEXT, complete=complete_plans),
            Option("days", worded("option.give_days"), OptionKind.INTEGER, minimum=1, maximum=COMP_DAYS_MAX),
        ),
        admin=True,
    ),
)
ACTIONS = (Action("end_comp", end, admin=True), Action("retry", retry, admin=True))
