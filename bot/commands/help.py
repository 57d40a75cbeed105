"""`/help`: what the asker may say here, a line a command."""

from collections.abc import Sequence

from bot.commands.inviting import invitations
from bot.commands.model import About, Command, Reply, Request
from bot.texts import Safe, lines, read_in, say, worded
from payments.core.rights import Rank
from payments.flows.catalog.offers import offers
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import AppContext


def listing(commands: Sequence[Command]) -> tuple[Command, ...]:
    """The command that lists these."""

    async def show(app: AppContext, request: Request) -> Reply:
        """`/help`; whoever may make a plan where there is none is told where to start."""
        said = [command for command in commands if _can_be_said(command, request)]
        own = [command for command in said if not command.admin]
        team = [command for command in said if command.admin]
        parts = [_group(request, "help.members", own), _group(request, "help.team", team) if team else ""]
        if request.rank >= Rank.MANAGER and not await _begun(app, request):
            parts.append(begin_here(request))
        parts += [await invitations(app, request), say(request.locale, "help.pay")]
        return Reply("\n\n".join(part for part in parts if part))

    return (Command("help", worded("command.help"), show, about=About.CLEAR_PLACE),)


def begin_here(request: Request) -> Safe:
    """What to do first where nothing is sold yet."""
    return say(request.locale, f"help.start.{request.identity.platform}")


def _can_be_said(command: Command, request: Request) -> bool:
    """Whether the command exists where this is read, and the reader may use it. What is for places that are not served
    is of no use in one that is."""
    platform = request.identity.platform
    if platform not in command.platforms or command.anywhere or command.rank > request.rank:
        return False
    return request.place is not None or platform.traits.team_in_private or not command.admin


def _group(request: Request, title: str, commands: Sequence[Command]) -> Safe:
    return lines(say(request.locale, title), *(_line(request.locale, command) for command in commands))


def _line(locale: str, command: Command) -> Safe:
    about = read_in(locale, command.description)
    return say(locale, "help.line", command=Safe(command.name), about=Safe(about))


async def _begun(app: AppContext, request: Request) -> bool:
    """Whether there is a plan here."""
    community = await communities.at(app, request.place) if request.place else None
    return community is not None and bool(await offers(app, community.id))
