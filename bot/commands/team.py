"""`/team`: who manages this community. Only its owners change that."""

from collections.abc import Sequence
from typing import assert_never

from bot.commands.context import asker, community_of_admin, place_of, refuse, role_of, text_of
from bot.commands.model import About, Action, Choice, Command, MemberValue, Option, OptionKind, Reply, Request
from bot.texts import Safe, label, lines, listed, say, worded
from payments.core.community import WITH_ROLES, Community, Platform
from payments.core.ids import PersonId
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.flows.communities import team
from payments.flows.communities.team import HandedOut, Setter, Subject, TeamChanged, TeamRefused
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, Button

BUTTONS_MAX = 8
SHOWN_MAX = 40
RANKS = {rank.name.lower(): rank for rank in reversed(Rank)}
IN_DIALOGUE = frozenset(platform for platform in Platform if platform.traits.dialogues)


async def show(app: AppContext, request: Request) -> Reply:
    """`/team`: shows it; with a member or a role and a rank, changes it first."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    subject, rank = _subject(request), RANKS.get(text_of(request, "rank") or "")
    if subject is None and rank is None:
        return _listed(request, community, await team.of(app, community))
    if subject is None:
        raise refuse(request, "team.who_missing")
    if rank is None:
        raise refuse(request, "error.option_missing", option="rank")
    return await _set(app, request, community, subject, rank, admin)


def _subject(request: Request) -> Subject | None:
    """Who or what the options name."""
    member, role = request.options.get("member"), role_of(request, "role")
    platform = request.identity.platform
    if role is not None and isinstance(member, MemberValue):
        raise refuse(request, "team.one_of_both")
    if role is not None:
        return Subject(platform, TeamKind.ROLE, role.role_id, role.name)
    if isinstance(member, MemberValue):
        return Subject(platform, TeamKind.ACCOUNT, member.user_id, member.name)
    return None


async def _set(
    app: AppContext, request: Request, community: Community, subject: Subject, rank: Rank, admin: PersonId
) -> Reply:
    who = setter(request, admin)
    if rank is Rank.NONE:
        return _told(request, subject, await team.remove(app, community, subject, who))
    if subject.kind is TeamKind.ACCOUNT:
        await _must_be_here(app, request, subject)
    return _told(request, subject, await team.put(app, community, subject, rank, who))


def setter(request: Request, admin: PersonId) -> Setter:
    """The owner who asks."""
    place = place_of(request)
    return Setter(admin, request.identity, request.name, request.standing, place, request.role_ids)


async def _must_be_here(app: AppContext, request: Request, subject: Subject) -> None:
    platform = app.platforms.get(subject.platform)
    found = None if platform is None else await platform.member(subject.id, place_of(request))
    if found is None:
        raise refuse(request, "who.unknown")
    if not found.inside:
        raise refuse(request, "team.not_here")


def _told(request: Request, subject: Subject, outcome: TeamChanged | HandedOut | TeamRefused) -> Reply:
    locale = request.locale
    match outcome:
        case TeamChanged(after=Rank.NONE, name=name, owns=owns, emptied=emptied, contact=contact):
            admins = emptied and request.identity.platform.traits.administrators
            return Reply(
                lines(
                    say(locale, "team.removed", name=name),
                    _owns(locale, owns),
                    say(locale, "team.emptied") if admins else "",
                    say(locale, "team.contact") if contact else "",
                )
            )
        case TeamChanged(name=name, after=after, owns=owns, contact=contact):
            hidden = request.identity.platform.traits.hides_commands
            return Reply(
                lines(
                    say(locale, "team.set", name=name, rank=_rank(locale, after)),
                    say(locale, f"team.may.{after.name.lower()}"),
                    _owns(locale, owns),
                    _began(request, outcome),
                    say(locale, "team.contact") if contact else "",
                    say(locale, "team.hidden") if hidden else "",
                )
            )
        case HandedOut(by=by):
            key = "team.by_itself" if by.by_itself else "team.handed_out"
            return Reply(say(locale, key, role=subject.name, givers=listed(locale, by.names)), refused=True)
        case TeamRefused():
            return Reply(say(locale, f"team.refused.{outcome}", name=subject.name), refused=True)
        case _:
            assert_never(outcome)


def _began(request: Request, changed: TeamChanged) -> str:
    """What the first entry means for Administrators, where there are any."""
    if changed.joined:
        return say(request.locale, "team.joined")
    first = changed.first and request.identity.platform.traits.administrators
    return say(request.locale, "team.first") if first else ""


def _owns(locale: str, places: Sequence[str]) -> str:
    return say(locale, "team.owns", places=listed(locale, places)) if places else ""


def _rank(locale: str, rank: Rank) -> Safe:
    return say(locale, f"team.rank.{rank.name.lower()}")


def _listed(request: Request, community: Community, entries: Sequence[TeamEntry]) -> Reply:
    locale, platform = request.locale, request.identity.platform
    text = lines(
        say(locale, "team.title", community=community.name),
        *(_row(locale, entry) for entry in entries[:SHOWN_MAX]),
        "" if entries else say(locale, f"team.empty.{platform}"),
        say(locale, f"team.how.{platform}"),
    )
    buttons: list[Button] = [
        ActionButton(
            label(locale, "button.team_remove", name=entry.name),
            f"team_remove:{entry.platform}:{entry.kind}:{entry.subject_id}",
            danger=True,
        )
        for entry in entries[:BUTTONS_MAX]
    ]
    return Reply(text, tuple(buttons))


def _row(locale: str, entry: TeamEntry) -> Safe:
    what = say(locale, f"team.kind.{entry.kind}", platform=say(locale, f"platform.{entry.platform}"))
    row = say(locale, "team.row", name=entry.name, what=what, rank=_rank(locale, entry.rank))
    return row if entry.suspended_at is None else lines(row, say(locale, "team.suspended"))


async def remove(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "remove"."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    platform, kind, subject_id = (*arguments, "", "", "")[:3]
    if platform not in tuple(Platform) or kind not in tuple(TeamKind):
        return Reply(say(request.locale, "error.unknown_action"))
    entries = await team.of(app, community)
    names = {(e.platform, e.kind, e.subject_id): e.name for e in entries}
    name = names.get((Platform(platform), TeamKind(kind), subject_id), subject_id)
    subject = Subject(Platform(platform), TeamKind(kind), subject_id, name)
    return _told(request, subject, await team.remove(app, community, subject, setter(request, admin)))


_RANK = tuple(Choice(worded(f"choice.rank.{name}"), name) for name in RANKS)

COMMANDS = (
    Command(
        "team",
        worded("command.team"),
        show,
        options=(
            Option("member", worded("option.team_member"), OptionKind.MEMBER),
            Option("role", worded("option.team_role"), OptionKind.ROLE, platforms=WITH_ROLES),
            Option("rank", worded("option.rank"), OptionKind.CHOICE, choices=_RANK),
        ),
        about=About.ONE_PLACE,
        rank=Rank.OWNER,
    ),
    Command(
        "team_set",
        worded("command.team_set"),
        show,
        options=(
            Option("member", worded("option.team_member"), OptionKind.MEMBER, required=True),
            Option("rank", worded("option.rank"), OptionKind.CHOICE, choices=_RANK, required=True),
        ),
        about=About.ONE_PLACE,
        rank=Rank.OWNER,
        platforms=IN_DIALOGUE,
    ),
)
ACTIONS = (Action("team_remove", remove, rank=Rank.OWNER),)
