"""Telegram chats in memory, written by hand; it passes the same contract as Telegram's adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from payments.core.community import Place, Platform, Target
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


@dataclass(slots=True)
class FakeChat:
    """A chat: who is in it, who asks to be let in, who its admins banned, and what the bot may do."""

    members: set[str] = field(default_factory=set)
    admins: set[str] = field(default_factory=set)
    asking: set[str] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)
    bot_inside: bool = True
    bot_may: bool = True
    bot_may_write: bool = True
    said: list[str] = field(default_factory=list)


class FakeChats:
    """`answers` are given before any work is done, oldest first."""

    platform = Platform.TELEGRAM
    ready = True

    def __init__(self) -> None:
        self.chats: dict[str, FakeChat] = {}
        self.messages: dict[str, list[Message]] = {}
        self.closed: set[str] = set()
        self.answers: list[Busy | Failed] = []

    def _reach(self, target: Target, *, needs_rights: bool) -> FakeChat | Blocked | Busy | Failed:
        if self.answers:
            return self.answers.pop(0)
        chat = self.chats.get(target.external_id)
        if chat is None:
            return Blocked("chat_no_access", "there is no such chat")
        if not chat.bot_inside:
            return Blocked("chat_no_access", "the bot is not in the chat")
        if needs_rights and not chat.bot_may:
            return Blocked("chat_no_rights", "the bot may not invite and ban users")
        return chat

    async def holds(self, user_id: str, target: Target) -> Holding | NotThere | Blocked | Busy | Failed:
        chat = self._reach(target, needs_rights=False)
        return Holding(user_id in chat.members) if isinstance(chat, FakeChat) else chat

    async def give(self, user_id: str, target: Target, reason: str, *, skips_rules: bool = False) -> Outcome:
        chat = self._reach(target, needs_rights=False)
        if not isinstance(chat, FakeChat):
            return chat
        if user_id in chat.members:
            return Done()
        if user_id in chat.banned:
            return Blocked("banned", "an admin of the chat banned them")
        if not chat.bot_may:
            return Blocked("chat_no_rights", "the bot may not invite users")
        if user_id not in chat.asking:
            return NotThere(f"https://t.me/+{target.external_id}")
        chat.asking.discard(user_id)
        chat.members.add(user_id)
        return Done()

    async def take(self, user_id: str, target: Target, reason: str) -> Outcome:
        chat = self._reach(target, needs_rights=False)
        if not isinstance(chat, FakeChat):
            return chat
        if user_id in chat.admins:
            return Blocked("chat_admin", "is an admin of the chat")
        if user_id not in chat.members:
            return NotThere()
        if not chat.bot_may:
            return Blocked("chat_no_rights", "the bot may not ban users")
        chat.members.discard(user_id)
        return Done()

    async def turn_away(self, user_id: str, target: Target) -> Outcome:
        chat = self._reach(target, needs_rights=True)
        if not isinstance(chat, FakeChat):
            return chat
        if user_id not in chat.asking:
            return NotThere()
        chat.asking.discard(user_id)
        return Done()

    def turn(self, user_id: str) -> AbstractContextManager[int]:
        return nullcontext(0)

    async def tell(self, user_id: str, message: Message) -> Outcome:
        if self.answers:
            return self.answers.pop(0)
        if user_id in self.closed:
            return Blocked("dm_closed", "takes no messages")
        self.messages.setdefault(user_id, []).append(message)
        return Done()

    async def check(self, target: Target) -> Done | Blocked | Busy | Failed:
        chat = self._reach(target, needs_rights=True)
        return Done() if isinstance(chat, FakeChat) else chat

    async def open_ways(self, place: Place, targets: Sequence[Target]) -> Mapping[Target, Sequence[Open]]:
        return {}

    def start_link(self, payload: str) -> str | None:
        return f"https://t.me/guestlist_bot?start={payload}"

    def place_link(self, place: Place) -> str | None:
        return None

    def shop_link(self, place: Place) -> str | None:
        return self.start_link(f"chat_{place.external_id}")

    async def member(self, user_id: str, place: Place) -> PlaceMember | None:
        chat = self._seen(place.external_id)
        if chat is None:
            return None
        standing = Standing.OWNER if user_id in chat.admins else Standing.MEMBER
        return PlaceMember(user_id in chat.members, standing, banned=user_id in chat.banned)

    async def hand_out(self, user_id: str, target: Target) -> HandOut | None:
        chat = self._seen(target.external_id)
        return None if chat is None else HandOut(user_id in chat.admins)

    def _seen(self, chat_id: str) -> FakeChat | None:
        """A chat of which Telegram tells the bot something now."""
        chat = self.chats.get(chat_id)
        if self.answers:
            self.answers.pop(0)
            return None
        return chat if chat is not None and chat.bot_inside else None

    async def givers(self, place: Place, role_id: str) -> Givers | None:
        return Givers()

    async def rooms(self, place: Place) -> Sequence[Room] | None:
        if self.answers:
            self.answers.pop(0)
            return None
        chat = self._reach_place(place)
        if not isinstance(chat, FakeChat):
            return []
        return [Room(place.external_id, place.external_id, () if chat.bot_may_write else ("Post Messages",))]

    async def post(self, place: Place, message: Message, *, room: str | None = None, key: str = "") -> Outcome:
        if self.answers:
            return self.answers.pop(0)
        chat = self._reach_place(place)
        if not isinstance(chat, FakeChat):
            return chat
        if not chat.bot_may_write:
            return Blocked("cannot_post", "the bot may not write in the chat")
        chat.said.append(message.text)
        return Done()

    async def leave(self, place: Place, message: Message) -> Outcome:
        chat = self._reach_place(place)
        if not isinstance(chat, FakeChat):
            return chat
        chat.bot_inside = False
        chat.said.append(message.text)
        return Done()

    def _reach_place(self, place: Place) -> FakeChat | Blocked:
        chat = self.chats.get(place.external_id)
        return chat if chat is not None and chat.bot_inside else Blocked("chat_no_access", "the bot is not in the chat")

    async def holders(self, place: Place, after: str | None = None) -> Holders | None:
        return None
