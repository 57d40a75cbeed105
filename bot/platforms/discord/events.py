"""What Discord tells of members and roles, handed to the flows; what gets lost, the comparison finds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping

from bot.texts import plain
from payments.core.community import Identity, Place, Platform
from payments.flows.access import presence
from payments.flows.rights import role_givers
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import find_served
from payments.ports.stores import StoreUnavailable

log = logging.getLogger("guestlist.discord")

TRIES = 3
RECHECK_AFTER_S = 1.0
"""One reordering of roles tells of each role: they are looked at together."""


def _place(guild_id: int) -> Place:
    return Place(Platform.DISCORD, str(guild_id))


def _identity(user_id: int) -> Identity:
    return Identity(Platform.DISCORD, str(user_id))


class Events:
    """Each method is one event. A database that is away for a moment is tried again, then left to the sweep.

    `compared` counts the servers that were compared.
    """

    def __init__(self, app: Callable[[], AppContext]) -> None:
        self.compared = 0
        self._app = app
        self._rechecks: dict[int, asyncio.Task[None]] = {}
        self._to_compare: dict[int, None] = {}
        self._pending: set[tuple[int, int]] = set()
        self._comparison: asyncio.Task[None] | None = None

    async def joined(self, guild_id: int, user_id: int, *, pending: bool) -> None:
        """GUILD_MEMBER_ADD. `pending`: they have not accepted the rules of the server yet."""
        self._screened(guild_id, user_id, pending=pending)
        await self._do(lambda app: presence.member_joined(app, _identity(user_id), _place(guild_id)))

    async def left(self, guild_id: int, user_id: int) -> None:
        """GUILD_MEMBER_REMOVE."""
        self._screened(guild_id, user_id, pending=False)
        await self._do(lambda app: presence.member_left(app, _identity(user_id), _place(guild_id)))

    async def updated(self, guild_id: int, user_id: int, role_ids: frozenset[str], *, pending: bool) -> None:
        """GUILD_MEMBER_UPDATE."""
        self._screened(guild_id, user_id, pending=pending)
        identity, place = _identity(user_id), _place(guild_id)
        await self._do(lambda app: presence.member_updated(app, identity, place, role_ids, pending=pending))

    def _screened(self, guild_id: int, user_id: int, *, pending: bool) -> None:
        (self._pending.add if pending else self._pending.discard)((guild_id, user_id))

    def is_pending(self, guild_id: int, user_id: int) -> bool:
        """Whether somebody came, and has not accepted the rules of the server yet, as far as events told."""
        return (guild_id, user_id) in self._pending

    async def role_deleted(self, guild_id: int, role_id: int) -> None:
        """GUILD_ROLE_DELETE."""
        await self._do(lambda app: presence.role_deleted(app, _place(guild_id), str(role_id)))

    async def renamed(self, guild_id: int, name: str | None, roles: Mapping[int, str]) -> None:
        """A server, or roles of it, have other names (None: not known)."""
        named = {str(role_id): role for role_id, role in roles.items()}
        await self._do(lambda app: presence.renamed(app, _place(guild_id), name, named))

    async def arrived(self, guild_id: int, name: str) -> bool:
        """GUILD_CREATE: whether the server is served. One that is not waits to be claimed, or is left."""
        place = _place(guild_id)
        served: Collection[Place] = ()

        async def look(app: AppContext) -> int:
            nonlocal served
            served = await find_served(app, [place])
            if not served:
                app.unclaimed.meet(place, plain(name) or str(guild_id), app.business.now())
            return len(served)

        await self._do(look)
        return bool(served)

    async def departed(self, guild_id: int) -> None:
        """GUILD_DELETE: there is nothing to be left any more, and nothing can be given there."""
        self._app().unclaimed.forget(_place(guild_id))
        await self._do(lambda app: presence.put_out(app, _place(guild_id)))

    async def missing(self, present: Collection[int]) -> None:
        """READY lists every server that the bot is in: those where it sells and is no more are looked at."""

        async def look(app: AppContext) -> int:
            sold = [int(place.external_id) for place in await presence.places_with_targets(app, Platform.DISCORD)]
            for guild_id in sold:
                if guild_id not in present:
                    self.rights_changed(guild_id)
            return len(sold)

        await self._do(look)

    def rights_changed(self, guild_id: int) -> None:
        """Roles or our rights changed, or we are back: look again at the team's roles and what was blocked, soon."""
        waiting = self._rechecks.get(guild_id)
        if waiting is None or waiting.done():
            self._rechecks[guild_id] = asyncio.create_task(self._recheck(guild_id))

    async def _recheck(self, guild_id: int) -> None:
        await asyncio.sleep(RECHECK_AFTER_S)
        self._rechecks.pop(guild_id, None)  # what changes from now on is looked at again
        await self._do(lambda app: role_givers.look_at_roles(app, _place(guild_id)))
        await self._do(lambda app: presence.recheck_blocked(app, _place(guild_id)))

    def connected(self, guild_ids: Collection[int]) -> None:
        """A new session: events between the last one and this one are lost, so compare the servers, one by one."""
        self._to_compare.update(dict.fromkeys(guild_ids))
        if self._comparison is None or self._comparison.done():
            self._comparison = asyncio.create_task(self._compare())

    async def _compare(self) -> None:
        while self._to_compare:
            guild_id, _ = self._to_compare.popitem()
            await self._compare_one(guild_id)

    async def _compare_one(self, guild_id: int) -> None:
        await self._do(lambda app: role_givers.look_at_roles(app, _place(guild_id)))
        await self._do(lambda app: presence.compare_place(app, _place(guild_id)))
        self.compared += 1

    async def _do(self, work: Callable[[AppContext], Awaitable[int]]) -> None:
        for attempt in range(TRIES):
            try:
                await work(self._app())
            except StoreUnavailable as error:
                log.warning("discord: an event could not be noted (try %d of %d): %s", attempt + 1, TRIES, error)
                await asyncio.sleep(2**attempt)
            except Exception:  # one event that fails must not end what comes after it
                log.exception("discord: an event could not be handled")
                return
            else:
                return

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = [task for task in (*self._rechecks.values(), self._comparison) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
