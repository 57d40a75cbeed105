"""A chat platform in memory, written by hand; it passes the same contract as Discord's adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from payments.core.model import Place, Platform, Target
from payments.ports.platform import Blocked, Busy, Done, Failed, Holders, Holding, Message, NotThere, Outcome

HOLDERS_PAGE = 2
"""Small, so that places of a few are told in parts."""


@dataclass(slots=True)
class FakeRole:
    """A role of a server; one at or above `FakeServer.rank` is out of the bot's reach."""

    position: int = 1
    managed: bool = False


@dataclass(slots=True)
class FakeServer:
    """A server: its roles, and who is in it with which of them."""

    roles: dict[str, FakeRole] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    rank: int = 100
    may_manage: bool = True
    bot_inside: bool = True
    admins: set[str] = field(default_factory=set)


class FakePlatform:
    """`answers` are given before any work is done, oldest first; `after` runs when the work is done, before the answer.

    `calls` is what was asked, as «verb user role». `way_in` is where a person who is not there can come in.
    `lists`: it tells who is in a place.
    """

    def __init__(self, platform: Platform = Platform.DISCORD) -> None:
        self.platform = platform
        self.ready = True
        self.servers: dict[str, FakeServer] = {}
        self.messages: dict[str, list[Message]] = {}
        self.closed: set[str] = set()
        self.answers: list[Busy | Failed] = []
        self.after: Callable[[], Awaitable[None]] | None = None
        self.calls: list[str] = []
        self.way_in: str | None = None
        self.lists = True

    def _asked(self, verb: str, user_id: str, role_id: str) -> Busy | Failed | None:
        self.calls.append(f"{verb} {user_id} {role_id}")
        return self.answers.pop(0) if self.answers else None

    async def holds(self, user_id: str, target: Target) -> Holding | NotThere | Blocked | Busy | Failed:
        if (answer := self._asked("holds", user_id, target.external_id)) is not None:
            return answer
        server = self.servers.get(target.place_id)
        if server is None or not server.bot_inside:
            return Blocked("no_access", "the bot is not in the server")
        if user_id not in server.members:
            return NotThere(self.way_in)
        return Holding(target.external_id in server.members[user_id])

    async def give(self, user_id: str, target: Target, reason: str) -> Outcome:
        return await self._change("give", user_id, target)

    async def take(self, user_id: str, target: Target, reason: str) -> Outcome:
        return await self._change("take", user_id, target)

    async def _change(self, verb: str, user_id: str, target: Target) -> Outcome:
        if (answer := self._asked(verb, user_id, target.external_id)) is not None:
            return answer
        reach = self._reach(target)
        if isinstance(reach, Blocked):
            return reach
        roles = self.servers[target.place_id].members.get(user_id)
        if roles is None:
            return NotThere(self.way_in)
        if verb == "give":
            roles.add(target.external_id)
        else:
            roles.discard(target.external_id)
        if self.after is not None:
            await self.after()
        return Done()

    async def tell(self, user_id: str, message: Message) -> Outcome:
        if (answer := self._asked("tell", user_id, "-")) is not None:
            return answer
        if user_id in self.closed:
            return Blocked("dm_closed", "takes no messages")
        self.messages.setdefault(user_id, []).append(message)
        return Done()

    async def check(self, target: Target) -> Done | Blocked | Busy | Failed:
        answer = self._asked("check", "-", target.external_id)
        return self._reach(target) if answer is None else answer

    def _reach(self, target: Target) -> Done | Blocked:
        server = self.servers.get(target.place_id)
        if server is None or not server.bot_inside:
            return Blocked("no_access", "the bot is not in the server")
        role = server.roles.get(target.external_id)
        if role is None:
            return Blocked("target_gone", "the role is gone")
        if role.managed:
            return Blocked("managed", "the role belongs to an integration")
        if not server.may_manage:
            return Blocked("no_access", "the bot lacks the right to manage roles")
        if role.position >= server.rank:
            return Blocked("hierarchy", "the role stands above the bot's")
        return Done()

    def start_link(self, payload: str) -> str | None:
        return f"https://t.me/guestlist_bot?start={payload}" if self.platform is Platform.TELEGRAM else None

    def place_link(self, place: Place) -> str | None:
        return f"https://discord.com/channels/{place.external_id}" if self.platform is Platform.DISCORD else None

    async def is_admin(self, user_id: str, place: Place) -> bool | None:
        server = self.servers.get(place.external_id)
        if self._asked("is_admin", user_id, "-") is not None or server is None or not server.bot_inside:
            return None
        return user_id in server.admins and user_id in server.members

    async def holders(self, place: Place, after: str | None = None) -> Holders | None:
        server = self.servers.get(place.external_id)
        if not self.lists or self._asked("holders", "-", "-") is not None or server is None or not server.bot_inside:
            return None
        ordered = sorted(server.members, key=lambda user_id: (len(user_id), user_id))
        left = [user_id for user_id in ordered if after is None or (len(user_id), user_id) > (len(after), after)]
        page = left[:HOLDERS_PAGE]
        rows = [(user_id, frozenset(server.members[user_id])) for user_id in page]
        return Holders(rows, page[-1] if len(left) > HOLDERS_PAGE else None)
