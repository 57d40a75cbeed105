"""Which community somebody means in a private conversation: Discord names no server there.

Only servers that they are in come into question, so nobody learns the name of a community they are not in. What was
asked about one is named by the buttons of the answer, so nothing is remembered.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from bot.commands.model import Reply, Request
from bot.texts import plain, say
from payments.core.community import Place, Platform
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.ports.chat import ActionButton, Button

PLACES_MAX = 50
"""In how many served servers it is asked whether somebody is in them: all are the owner's own."""

CHOICES_MAX = 20
CHOSEN = "in"
"""The action of a button that names a server: what can be joined there is shown."""

_NAMED = re.compile(r"@([0-9]{1,20}):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request as it would be asked in one of the servers, and the name of the community there."""

    request: Request
    name: str


class PrivatePlaces:
    """What somebody means by "here" in private."""

    def __init__(self, app: Callable[[], AppContext]) -> None:
        self._app = app

    async def about(self, request: Request) -> Request | Reply:
        """The request as asked in the only server there is; else a question which one, or where it can be asked."""
        found = await self.candidates(request)
        if len(found) == 1:
            return found[0].request
        if not found:
            return Reply(say(request.locale, "error.in_server"), refused=True)
        buttons = tuple(
            ActionButton(plain(one.name, 60), f"{CHOSEN}:{one.request.place.external_id}")
            for one in found[:CHOICES_MAX]
            if one.request.place is not None
        )
        return Reply(say(request.locale, "place.which"), buttons)

    async def candidates(self, request: Request) -> Sequence[Candidate]:
        """The served servers that this person is in, by the names of their communities."""
        app = self._app()
        async with app.store.transaction() as tx:
            named = {
                place: community.name
                for community in await tx.communities.all()
                for place in await tx.communities.places(community.id)
                if place.platform is Platform.DISCORD
            }
            served = await served_in(app, tx, list(named))
        places = sorted(served, key=lambda place: (named[place].casefold(), place.external_id))[:PLACES_MAX]
        asked = await asyncio.gather(*(self.at(request, place) for place in places))
        return [Candidate(one, named[place]) for place, one in zip(places, asked, strict=True) if one is not None]

    async def at(self, request: Request, place: Place) -> Request | None:
        """The request as asked in a server; None where they are not in it, or Discord doesn't say."""
        platform = self._app().platforms.get(Platform.DISCORD)
        member = None if platform is None else await platform.member(request.identity.user_id, place)
        if member is None or not member.inside:
            return None
        return replace(request, place=place, standing=member.standing, role_ids=member.role_ids)


def server(external_id: str) -> Place:
    """A server as a place."""
    return Place(Platform.DISCORD, external_id)


def of_button(action: str) -> tuple[str, Place | None]:
    """The action of a button in a private conversation, and the server that it is about, if it names one."""
    found = _NAMED.fullmatch(action)
    return (action, None) if found is None else (found[2], server(found[1]))


def naming(reply: Reply, place: Place | None, here: Collection[str]) -> Reply:
    """An answer in private whose buttons of these actions name the server that they are about. Others, such as that
    to cancel, work for who has left it, too."""

    def named(button: Button) -> Button:
        if place is None or not isinstance(button, ActionButton) or button.action.partition(":")[0] not in here:
            return button
        return replace(button, action=f"@{place.external_id}:{button.action}")

    return replace(reply, buttons=tuple(named(button) for button in reply.buttons))
