"""`/help`: what the asker may say here, by their rank."""

from bot.commands.model import Command, Reply, Request
from bot.texts import Safe, lines, say, worded
from payments.core.community import Platform
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
    there = say(request.locale, "help.telegram") if request.identity.platform is Platform.TELEGRAM else ""
    return lines(say(request.locale, "help.members"), there, say(request.locale, "help.pay"))


def _of_rank(request: Request, rank: Rank) -> Safe:
    """What this rank may do beyond those below it."""
    on_telegram = request.identity.platform is Platform.TELEGRAM and rank is Rank.OWNER
    there = say(request.locale, "help.owner_telegram") if on_telegram else ""
    return lines(say(request.locale, f"help.{rank.name.lower()}"), there)


async def _begun(app: AppContext, request: Request) -> bool:
    """Whether there is a plan here."""
    community = await communities.at(app, request.place) if request.place else None
    return community is not None and bool(await offers(app, community.id))


COMMANDS = (Command("help", worded("command.help"), show),)
