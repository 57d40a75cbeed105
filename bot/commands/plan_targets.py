"""What a plan opens, as admins name it: roles of a Discord server, Telegram chats; put on a plan, and taken off."""

from collections.abc import Sequence

from bot.commands.context import (
    CHOICE_LENGTH_MAX,
    CHOICES_MAX,
    Answered,
    asker,
    community_of_admin,
    place_of,
    provider_words,
    refuse,
    role_of,
    text_of,
)
from bot.commands.handing import must_hand_out
from bot.commands.model import Action, Choice, Reply, Request
from bot.texts import fix_text, label, lines, plain, say
from payments.core.community import Community, Place, Target, TargetKind
from payments.core.ids import PersonId, TargetId
from payments.core.rights import Rank
from payments.flows.access.faults import Tell
from payments.flows.catalog import offers, plans
from payments.flows.catalog.offers import Offer
from payments.flows.communities import settings as communities
from payments.flows.communities.settings import TargetHealth
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, Blocked, Done

ROLE_OPTIONS = ("role", "role2", "role3")
CHAT_OPTIONS = ("chat", "chat2")


async def named(app: AppContext, request: Request, community: Community) -> tuple[Target, ...]:
    """What the options of `/plan create` name; without any, the chat in which it is asked, where a plan opens those.
    Only what the asker could hand out."""
    roles = _roles(request, community, ROLE_OPTIONS)
    typed = [text for option in CHAT_OPTIONS if (text := text_of(request, option))]
    chats = await _chats(app, request, community, typed)
    if not roles and not chats and request.identity.platform.traits.opens is TargetKind.CHAT:
        place = place_of(request)
        chats = [offers.chat(community, place, request.place_name or place.external_id)]
    await must_hand_out(app, request, [*roles, *chats])
    return (*roles, *chats)


def _roles(request: Request, community: Community, options: Sequence[str]) -> list[Target]:
    found = {role.role_id: role.name for option in options if (role := role_of(request, option))}
    return [offers.role(community, place_of(request), role_id, name) for role_id, name in found.items()]


async def _chats(app: AppContext, request: Request, community: Community, typed: Sequence[str]) -> list[Target]:
    """Chats of the community by id, or by title without case."""
    if not typed:
        return []
    known = await communities.chats(app, community.id)
    found: dict[Place, Target] = {}
    for text in typed:
        place = _chat_called(known, text)
        if place is None:
            raise refuse(request, "refused.chat_unknown", chat=text)
        found[place] = offers.chat(community, place, known[place])
    return list(found.values())


def _chat_called(known: communities.Chats, text: str) -> Place | None:
    by_id = next((place for place in known if place.external_id == text), None)
    called = [place for place, title in known.items() if title.casefold() == text.casefold()]
    return by_id or (called[0] if len(called) == 1 else None)


async def complete_chats(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    """The community's chats whose title has what was typed."""
    community = await communities.at(app, request.place) if request.place else None
    if community is None:
        return ()
    known = await communities.chats(app, community.id)
    found = [(place, title) for place, title in known.items() if typed.strip().casefold() in title.casefold()]
    return tuple(Choice(plain(title, CHOICE_LENGTH_MAX), place.external_id) for place, title in found[:CHOICES_MAX])


async def complete_roles(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    """The roles of the plan that is chosen already: those that are gone from the server too."""
    return await _complete_targets(app, request, typed, TargetKind.ROLE)


async def complete_plan_chats(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    """The chats of the plan that is chosen already."""
    return await _complete_targets(app, request, typed, TargetKind.CHAT)


async def _complete_targets(app: AppContext, request: Request, typed: str, kind: TargetKind) -> tuple[Choice, ...]:
    community = await communities.at(app, request.place) if request.place else None
    offer = await offers.find(app, community.id, text_of(request, "plan") or "") if community else None
    if offer is None:
        return ()
    shown = [t for t in offer.targets if t.kind is kind and typed.strip().casefold() in t.name.casefold()]
    return tuple(Choice(plain(target.name, CHOICE_LENGTH_MAX), target.id) for target in shown[:CHOICES_MAX])


async def warning(app: AppContext, request: Request, target: Target) -> str:
    """What an admin should do before the role or chat can be opened, and plans with it sold; empty if nothing."""
    outcome = await communities.check(app, target)
    await communities.learned(app, [TargetHealth(target, outcome)], Tell.LATER)
    if not isinstance(outcome, Blocked):
        ways = await communities.open_ways(app, [target] if isinstance(outcome, Done) else [])
        return lines(*(say(request.locale, f"open.{way}", target=target.name) for way in ways.get(target, ())))
    fix = fix_text(request.locale, outcome.code)
    return say(request.locale, "plan.role_warning", role=target.name, fix=fix)


async def to_add(app: AppContext, request: Request, community: Community) -> tuple[Target, ...]:
    """What `/plan edit` is to put on the plan."""
    typed = text_of(request, "add_chat")
    roles = _roles(request, community, ("add_role",))
    chats = await _chats(app, request, community, [typed] if typed else [])
    await must_hand_out(app, request, [*roles, *chats])
    return await offers.stored(app, [*roles, *chats])


async def add(app: AppContext, request: Request, offer: Offer, targets: Sequence[Target], admin: PersonId) -> str:
    """Put roles and chats on the plan, for present members too."""
    made = await plans.change_targets(app, offer.plan.id, admin, add=[target.id for target in targets])
    if isinstance(made, plans.PlanRefused):
        raise Answered(
            Reply(say(request.locale, f"problem.plan.{made.reason}", detail=provider_words(request, made.detail)))
        )
    return lines(
        *(say(request.locale, "plan.role_added", role=target.name) for target in targets),
        *[await warning(app, request, target) for target in targets],
    )


def to_take(request: Request, offer: Offer) -> Target | None:
    """What `/plan edit` is to take off the plan: chosen from the list, or typed by its name or the platform's id."""
    typed = text_of(request, "remove_role") or text_of(request, "remove_chat")
    if typed is None:
        return None
    found = next((t for t in offer.targets if typed.casefold() in (t.id, t.external_id, t.name.casefold())), None)
    if found is None:
        raise refuse(request, "refused.role_not_there", role=typed)
    return found


async def take_off(app: AppContext, request: Request, offer: Offer, target: Target, admin: PersonId) -> Reply:
    """Take it off, as the admin said; or ask, when there are members and nothing was said."""
    said = text_of(request, "members_keep")
    if said is None and offer.members:
        question = say(request.locale, "plan.ask_keep", plan=offer.plan.name, role=target.name, n=offer.members)
        return Reply(
            question,
            (
                ActionButton(label(request.locale, "button.keep"), f"role_keep:{offer.plan.id}:{target.id}"),
                ActionButton(
                    label(request.locale, "button.lose"), f"role_lose:{offer.plan.id}:{target.id}", danger=True
                ),
            ),
        )
    return await _close(app, request, offer, target, admin, keep=said == "keep")


async def _close(
    app: AppContext, request: Request, offer: Offer, target: Target, admin: PersonId, *, keep: bool
) -> Reply:
    made = await plans.change_targets(app, offer.plan.id, admin, take=[target.id], keep_members=keep)
    if isinstance(made, plans.PlanRefused):
        return Reply(say(request.locale, f"problem.plan.{made.reason}", detail=provider_words(request, made.detail)))
    key = "plan.role_removed_keep" if keep else "plan.role_removed_lose"
    return Reply(say(request.locale, key, role=target.name))


async def _answer_keep(app: AppContext, request: Request, arguments: tuple[str, ...], *, keep: bool) -> Reply:
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    plan_id, target_id = (*arguments, "", "")[:2]
    offer = await offers.find(app, community.id, plan_id)
    target = next((t for t in offer.targets if t.id == TargetId(target_id)), None) if offer else None
    if offer is None or target is None:
        return Reply(say(request.locale, "error.unknown_action"))
    return await _close(app, request, offer, target, admin, keep=keep)


async def role_keep(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "they keep it"."""
    return await _answer_keep(app, request, arguments, keep=True)


async def role_lose(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "they lose it too"."""
    return await _answer_keep(app, request, arguments, keep=False)


ACTIONS = (Action("role_keep", role_keep, rank=Rank.MANAGER), Action("role_lose", role_lose, rank=Rank.MANAGER))
