"""What a Telegram bot must answer: `/start`; and what Telegram's terms ask of a seller: `/paysupport`, `/privacy`."""

from bot.commands import linking, plans
from bot.commands.context import asker, place_of, text_of
from bot.commands.help import begin_here
from bot.commands.inviting import invitations
from bot.commands.model import About, Command, Option, OptionKind, Reply, Request
from bot.texts import lines, say, worded
from payments.core.community import Platform
from payments.core.rights import Rank
from payments.flows.communities import settings as communities
from payments.flows.rights.belonging import dealt_at
from payments.flows.runtime.context import AppContext

ON_TELEGRAM = frozenset({Platform.TELEGRAM})


async def start(app: AppContext, request: Request) -> Reply:
    """`/start`: a greeting, then what is for sale where the person came from, or how an admin begins.

    A deep link may carry a code of `/link`.
    """
    payload = text_of(request, "payload") or ""
    if payload.startswith(linking.START_PAYLOAD):
        return await linking.redeem(app, request, payload.removeprefix(linking.START_PAYLOAD))
    await asker(app, request)
    locale = request.locale
    if request.place is None:
        return Reply(lines(say(locale, "start.hello"), say(locale, "start.admins")))
    community, invite = await communities.at(app, request.place), await invitations(app, request)
    if community is None:
        begin = begin_here(request) if request.rank >= Rank.MANAGER else ""
        return Reply(lines(say(locale, "start.hello"), begin, invite))
    shown = await plans.show(app, request)
    parts = (say(locale, "start.welcome", community=community.name), shown.text, invite)
    return Reply("\n\n".join(part for part in parts if part), shown.buttons)


async def paysupport(app: AppContext, request: Request) -> Reply:
    """`/paysupport`: who to ask about a payment. Telegram's terms for bots (6.2) want it answered by the seller.

    Whoever has only the chat's number is told no name: they are not in the chat, and bought nothing here.
    """
    community = await communities.at(app, request.place) if request.place else None
    if community is None:
        return Reply(say(request.locale, "paysupport.somewhere"))
    contact = None
    if request.inside or await dealt_at(app, place_of(request), request.identity):
        contact = await communities.contact_name(app, community, request.identity.platform)
    key = "paysupport.anybody" if contact is None else "paysupport.contact"
    return Reply(say(request.locale, key, community=community.name, contact=contact or ""))


async def privacy(_app: AppContext, request: Request) -> Reply:
    """`/privacy`: what is stored, why, where, and how to have it deleted."""
    return Reply(say(request.locale, "privacy.text"))


COMMANDS = (
    Command(
        "start",
        worded("command.start"),
        start,
        options=(Option("payload", worded("option.payload"), OptionKind.TEXT),),
        about=About.CLEAR_PLACE,
        platforms=ON_TELEGRAM,
    ),
    Command("paysupport", worded("command.paysupport"), paysupport, about=About.ONE_PLACE, platforms=ON_TELEGRAM),
    Command("privacy", worded("command.privacy"), privacy, about=About.NO_PLACE, platforms=ON_TELEGRAM),
)
