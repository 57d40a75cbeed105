"""The addresses to give to people: each opens the bot and shows what they can join. Told to the team alone."""

from bot.commands.model import Request
from bot.texts import Safe, lines, say
from payments.core.community import Community, Place
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.ports.stores import Transaction


async def invitations(app: AppContext, request: Request, community: Community | None = None) -> Safe:
    """The address of the place where it is asked, or of each place of a community that has one; else nothing."""
    if not request.admin:
        return Safe("")
    async with app.store.transaction() as tx:
        if community is not None:
            places = await served_in(app, tx, await tx.communities.places(community.id))
        else:
            places = frozenset({request.place} if request.place else ())
        found = {await _name(tx, place): url for place in places if (url := _url(app, place)) is not None}
    if len(found) == 1:
        return say(request.locale, "chat.ready_link", url=Safe(*found.values()))
    rows = (say(request.locale, "invite.chat", chat=name, url=Safe(url)) for name, url in sorted(found.items()))
    return lines(say(request.locale, "invite.title"), *rows) if found else Safe("")


def _url(app: AppContext, place: Place) -> str | None:
    platform = app.platforms.get(place.platform)
    return None if platform is None else platform.shop_link(place)


async def _name(tx: Transaction, place: Place) -> str:
    chat = await tx.chat_rooms.get(place)
    return place.external_id if chat is None else chat.title
