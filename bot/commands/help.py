"""`/help`: what there is to say, shorter for members than for admins."""

from bot.commands.model import Command, Reply, Request
from bot.texts import lines, say, worded
from payments.core.model import Platform
from payments.flows import community as communities
from payments.flows.engine import Engine
from payments.flows.offers import offers


async def show(engine: Engine, request: Request) -> Reply:
    """`/help`; an admin of a server without plans is told where to start."""
    there = say(request.locale, "help.telegram") if request.identity.platform is Platform.TELEGRAM else ""
    members = lines(say(request.locale, "help.members"), there, say(request.locale, "help.pay"))
    if not request.admin or request.place is None:
        return Reply(members)
    community = await communities.at(engine, request.place)
    begun = community is not None and bool(await offers(engine, community.id))
    start = "" if begun else say(request.locale, "help.start")
    return Reply("\n\n".join(part for part in (members, say(request.locale, "help.admins"), start) if part))


COMMANDS = (Command("help", worded("command.help"), show),)
