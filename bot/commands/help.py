"""`/help`: what the asker may say here, by their rank."""

from bot.commands.model import About, Command, Reply, Request
from bot.texts import CATALOGS, DEFAULT, Safe, lines, say, worded
from payments.core.rights import Rank
from payments.flows.catalog.offers import offers
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import AppContext


async def show(app: AppContext, request: Request) -> Reply:
    """`/help`; whoever may make a plan where there is none is told where to start."""
    parts = [_members(request), *(_of_rank(request, rank) for rank in Rank if Rank.NONE < rank <= request.rank)]
    if request.rank >= Rank.MANAGER and not await _begun(app, request):
        parts.append(say(request.locale, "help.start"))
    return Reply("\n\n".join(parts))


def _members(request: Request) -> Safe:
    there = _there(request, "help.on")
    return lines(say(request.locale, "help.members"), there, say(request.locale, "help.pay"))


def _of_rank(request: Request, rank: Rank) -> Safe:
    """What this rank may do beyond those below it."""
    key = f"help.{rank.name.lower()}"
    return lines(say(request.locale, key), _there(request, f"{key}_on"))


def _there(request: Request, key: str) -> str:
    """What is said on the asker's platform alone, if anything is."""
    own = f"{key}.{request.identity.platform}"
    return say(request.locale, own) if own in CATALOGS[DEFAULT] else ""


async def _begun(app: AppContext, request: Request) -> bool:
    """Whether there is a plan here."""
    community = await communities.at(app, request.place) if request.place else None
    return community is not None and bool(await offers(app, community.id))


COMMANDS = (Command("help", worded("command.help"), show, about=About.CLEAR_PLACE),)
