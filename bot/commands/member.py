"""`/member`: why somebody has, or does not have, each access; free memberships; and "try again" for what is stuck."""

from bot.commands import kept_access
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
from bot.commands.member_told import LATE_MAX, by_hand_told, told
from bot.commands.model import About, Action, Command, MemberValue, Option, OptionKind, Reply, Request
from bot.texts import Safe, day, label, lines, listed, money, say, worded
from payments.core.access import Entitlement, Reason, Source
from payments.core.community import Community, Identity
from payments.core.ids import PersonId
from payments.core.rights import Rank
from payments.flows.access.comps import end_comp, give_comp, paid_beside
from payments.flows.billing.kept_access import waiting
from payments.flows.communities import settings as communities
from payments.flows.people import undo
from payments.flows.people.undo import NotParted
from payments.flows.runtime.context import AppContext
from payments.flows.views.by_hand import had_by_hand
from payments.flows.views.explain import Explanation, explain, stuck, try_again
from payments.ports.chat import ActionButton, Button

COMP_DAYS_MAX = 3650
END_BUTTONS_MAX = 4


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
    who = Identity(request.identity.platform, member.user_id)
    has = await had_by_hand(app, who, community.id, belongs.person_id)
    by_hand = by_hand_told(request.locale, has)
    if belongs.person_id is None:
        return Reply(lines(say(request.locale, "member.unknown", member=member.name), by_hand))
    explanation = await explain(app, belongs.person_id, community.id, request.identity.platform)
    title = say(request.locale, "member.title", member=member.name, community=community.name)
    text = lines(told(request.locale, explanation, amounts=request.rank > Rank.SUPPORT), by_hand)
    buttons = _buttons(request.locale, explanation)
    manages = request.rank >= Rank.MANAGER
    if manages:  # what is asked names an amount
        asked, keeps = kept_access.told(request.locale, await waiting(app, belongs.person_id, community.id))
        text, buttons = lines(text, asked), (*keeps, *buttons, *_refund_buttons(request.locale, explanation))
    if manages and await undo.sides(app, belongs.person_id, community.id) is not NotParted.NONE:
        buttons = (*buttons, ActionButton(label(request.locale, "button.part"), f"part:{belongs.person_id}"))
    return Reply(lines(title, text), buttons)


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
        given = say(request.locale, "member.comp_given_for_good", member=member.name, plan=offer.plan.name)
    else:
        given = say(request.locale, "member.comp_given", member=member.name, plan=offer.plan.name, n=days)
    return Reply(lines(given, _beside(request.locale, await paid_beside(app, person_id, offer.plan.id))))


def _beside(locale: str, paid: Entitlement | None) -> Safe:
    """What is said of a present to somebody who has the plan by what they pay."""
    if paid is None:
        return Safe("")
    if paid.source is Source.SUBSCRIPTION and (paid.access_until is None or paid.reason is Reason.GRACE):
        return say(locale, "member.comp_beside_subscription")
    if paid.access_until is None:
        return say(locale, "member.comp_beside_for_good")
    return say(locale, "member.comp_beside_until", day=day(locale, paid.access_until))


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
