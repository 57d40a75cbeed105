"""A chat platform in memory, written by hand; it passes the same contract as Discord's adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from payments.core.community import Place, Platform, Target, TargetKind
from payments.core.rights import Standing
from payments.ports.chat import (
    Blocked,
    Busy,
    Done,
    Failed,
    Givers,
    HandOut,
    Holders,
    Holding,
    Message,
    NotThere,
    Open,
    Outcome,
    PlaceMember,
    Room,
)

HOLDERS_PAGE = 2
"""Small, so that places of a few are told in parts."""


@dataclass(slots=True)
class FakeRole:
    """A role of a server; one at or above `FakeServer.rank` is out of the bot's reach."""

    position: int = 1
    managed: bool = False
    dangerous: tuple[str, ...] = ()
    givers: Givers = field(default_factory=Givers)


@dataclass(slots=True)
class FakeServer:
    """A server: its roles, and who is in it with which of them."""

    roles: dict[str, FakeRole] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    rank: int = 100
    may_manage: bool = True
    bot_inside: bool = True
    may_write: bool = True
    posts: list[str] = field(default_factory=list)
    rooms: dict[str, Room] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    """What was written in a room."""
    keys: list[str] = field(default_factory=list)
    admins: set[str] = field(default_factory=set)
    """They own it."""
    administrators: set[str] = field(default_factory=set)
    """They have Discord's Administrator permission."""
    role_managers: set[str] = field(default_factory=set)
    """They could hand out roles."""


class FakePlatform:
    """`answers` are given before any work is done, oldest first; `after` runs when the work is done, before the answer.

    `calls` is what was asked, as "verb user role". `way_in` is where a person who is not there can come in.
    `lists`: it tells who is in a place. `refuses`: what it answers to giving and taking, whatever there is. `waits`:
    how long until somebody may be written to.
    """

    def __init__(self, platform: Platform = Platform.DISCORD) -> None:
        self.platform = platform
        self.ready = True
        self.servers: dict[str, FakeServer] = {}
        self.messages: dict[str, list[Message]] = {}
        self.closed: set[str] = set()
        self.waits: dict[str, int] = {}
        self.answers: list[Busy | Failed] = []
        self.after: Callable[[], Awaitable[None]] | None = None
        self.calls: list[str] = []
        self.way_in: str | None = None
        self.lists = True
        self.refuses: Blocked | None = None

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

    async def give(self, user_id: str, target: Target, reason: str, *, skips_rules: bool = False) -> Outcome:
        return await self._change("give", user_id, target)

    async def take(self, user_id: str, target: Target, reason: str) -> Outcome:
        return await self._change("take", user_id, target)

    async def _change(self, verb: str, user_id: str, target: Target) -> Outcome:
        if (answer := self._asked(verb, user_id, target.external_id)) is not None:
            return answer
        reach = self._reach(target) if self.refuses is None else self.refuses
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

    async def turn_away(self, user_id: str, target: Target) -> Outcome:
        if (answer := self._asked("turn_away", user_id, target.external_id)) is not None:
            return answer
        return NotThere()

    def turn(self, user_id: str) -> AbstractContextManager[int]:
        return nullcontext(self.waits.get(user_id, 0))

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

    def shop_link(self, place: Place) -> str | None:
        return self.start_link(f"chat_{place.external_id}")

    async def member(self, user_id: str, place: Place) -> PlaceMember | None:
        server = self.servers.get(place.external_id)
        if self._asked("member", user_id, "-") is not None or server is None or not server.bot_inside:
            return None
        if user_id not in server.members:
            return PlaceMember(inside=False)
        admin = Standing.ADMINISTRATOR if user_id in server.administrators else Standing.MEMBER
        standing = Standing.OWNER if user_id in server.admins else admin
        return PlaceMember(True, standing, frozenset(server.members[user_id]))

    async def hand_out(self, user_id: str, target: Target) -> HandOut | None:
        server = self.servers.get(target.place_id)
        role = None if server is None else server.roles.get(target.external_id)
        if self._asked("hand_out", user_id, target.external_id) is not None or server is None or not server.bot_inside:
            return None
        if target.kind is TargetKind.CHAT:
            return HandOut(user_id in server.admins)
        if role is None or role.managed:
            return HandOut(may=False)
        if user_id not in server.members:
            return HandOut(may=False, dangerous=role.dangerous)
        return HandOut(user_id in server.admins | server.role_managers, role.dangerous, owner=user_id in server.admins)

    async def givers(self, place: Place, role_id: str) -> Givers | None:
        server = self.servers.get(place.external_id)
        if self._asked("givers", "-", role_id) is not None or server is None or not server.bot_inside:
            return None
        return server.roles[role_id].givers if role_id in server.roles else Givers(("a role that is gone",))

    async def rooms(self, place: Place) -> Sequence[Room] | None:
        server = self.servers.get(place.external_id)
        return None if server is None or self._asked("rooms", "-", "-") is not None else list(server.rooms.values())

    async def post(self, place: Place, message: Message, *, room: str | None = None, key: str = "") -> Outcome:
        if (answer := self._asked("post", "-", "-")) is not None:
            return answer
        server = self.servers.get(place.external_id)
        if server is None or not server.bot_inside:
            return Blocked("no_access", "the bot is not in the server")
        if room is not None and room not in server.rooms:
            return Blocked("target_gone", "the channel does not exist any more")
        if not server.may_write or (room is not None and server.rooms[room].missing):
            return Blocked("cannot_post", "there is no text channel in which the bot may write")
        if key and key in server.keys:
            return Done()
        server.keys.append(key)
        (server.posts if room is None else server.log).append(message.text)
        return Done()

    async def leave(self, place: Place, message: Message) -> Outcome:
        if (answer := self._asked("leave", "-", "-")) is not None:
            return answer
        self.servers[place.external_id].bot_inside = False
        return Done()

    async def open_ways(self, place: Place, targets: Sequence[Target]) -> Mapping[Target, Sequence[Open]]:
        return {}

    async def holders(self, place: Place, after: str | None = None) -> Holders | None:
        server = self.servers.get(place.external_id)
        if not self.lists or self._asked("holders", "-", "-") is not None or server is None or not server.bot_inside:
            return None
        ordered = sorted(server.members, key=lambda user_id: (len(user_id), user_id))
        left = [user_id for user_id in ordered if after is None or (len(user_id), user_id) > (len(after), after)]
        page = left[:HOLDERS_PAGE]
        rows = [(user_id, frozenset(server.members[user_id])) for user_id in page]
        return Holders(rows, page[-1] if len(left) > HOLDERS_PAGE else None)
