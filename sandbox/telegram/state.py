"""What a Telegram has in it: people, chats with members, links and messages, one bot."""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

BOT_ID = 7_000_000_001
LOG_MAX = 10_000
MESSAGES_MAX = 5_000
"""Kept a chat; the oldest are forgotten."""
WINDOW_SECONDS = 300
"""How long a bot may write to somebody who asked to join (sandbox time), unless the request is decided before."""


class Kind(StrEnum):
    """The kinds of chats, in Telegram's words."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class Status(StrEnum):
    """How a user stands in a chat, in Telegram's words."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"

    @property
    def inside(self) -> bool:
        """Whether this is a member of any rank."""
        return self not in (Status.LEFT, Status.KICKED)

    @property
    def leads(self) -> bool:
        """Whether this is an administrator or the owner."""
        return self in (Status.CREATOR, Status.ADMINISTRATOR)


@dataclass(slots=True)
class User:
    """An account. `started`: it has spoken to the bot in private; `blocked`: it blocks the bot."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    started: bool = False
    blocked: bool = False

    @property
    def name(self) -> str:
        """What the controls call this account."""
        return self.username or self.first_name


@dataclass(slots=True)
class Bot:
    """The one bot, as its owner set it up with BotFather. Without a token any well-formed one is taken."""

    user: User
    token: str | None = None
    privacy: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """How a user stands in a chat. `until`: the end of a ban in unix seconds, 0 for ever; `via`: the link she used."""

    status: Status
    rights: frozenset[str] = frozenset()
    until: int = 0
    via: str | None = None


OUTSIDE = Member(Status.LEFT)


@dataclass(slots=True)
class Link:
    """An invite link. `joined`: who is in by it now; a full link comes alive again when one of them leaves."""

    url: str
    creator: User
    name: str = ""
    expire_date: int = 0
    member_limit: int = 0
    creates_join_request: bool = False
    is_primary: bool = False
    is_revoked: bool = False
    joined: set[int] = field(default_factory=set)


@dataclass(slots=True)
class JoinRequest:
    """Somebody waits at the door. `at` in sandbox time; `outcome` says how it was decided."""

    user: User
    link: Link
    at: float
    outcome: str | None = None
    decided: asyncio.Event = field(default_factory=asyncio.Event)

    def decide(self, outcome: str) -> None:
        """It is over: `member`, `declined` or `banned`."""
        self.outcome = self.outcome or outcome
        self.decided.set()


@dataclass(slots=True)
class Message:
    """A message. Without a sender it is a channel's post; `service` holds the fields of a service message."""

    id: int
    chat: Chat
    sender: User | None
    date: int
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    reply_to: Message | None = None
    inline_keyboard: list[list[Json]] | None = None
    keyboard: Json | None = None
    link_preview: Json | None = None
    edited: int | None = None
    service: Json = field(default_factory=dict)


@dataclass(slots=True)
class Chat:
    """A chat. A private one has its user's id; `migrated_to`: this group is a supergroup of another id now."""

    id: int
    kind: Kind
    title: str = ""
    username: str | None = None
    members: dict[int, Member] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    requests: dict[int, JoinRequest] = field(default_factory=dict)
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    log: deque[Json] = field(default_factory=lambda: deque(maxlen=LOG_MAX))
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    migrated_to: int | None = None
    hidden_members: bool = False
    """Only admins are told who is in it."""
    full: bool = False
    members_add: bool = False
    """Its members may add others. Telegram's own default is that they may."""

    def standing(self, user_id: int, now: float) -> Member:
        """How somebody stands here at a time: a ban that has run out is none."""
        member = self.members.get(user_id, OUTSIDE)
        if member.status is Status.KICKED and member.until and member.until <= now:
            return OUTSIDE
        return member


class World:
    """Everything there is."""

    def __init__(self) -> None:
        self.bot = Bot(User(BOT_ID, "Guestlist", "guestlist_bot", is_bot=True))
        self.users: dict[int, User] = {BOT_ID: self.bot.user}
        self.chats: dict[int, Chat] = {}
        self.commands: dict[str, list[Json]] = {}
        self.words: dict[str, str] = {}
        self._user_ids = itertools.count(5_000_000_001)
        self._group_ids = itertools.count(4_000_000_001)
        self._supergroup_ids = itertools.count(1_002_000_000_001)
        # Private chats and basic groups have one numbering: the account's own, as at Telegram.
        self._account_numbers = itertools.count(1)

    def next_user_id(self) -> int:
        """An id that nobody has."""
        return next(number for number in self._user_ids if number not in self.users)

    def next_chat_id(self, kind: Kind) -> int:
        """An id that no chat has, of the form that its kind has at Telegram."""
        numbers = self._group_ids if kind is Kind.GROUP else self._supergroup_ids
        return next(-number for number in numbers if -number not in self.chats)

    def set_bot(self, bot: Bot) -> None:
        """Takes over a seeded bot; memberships stay with the account they belong to."""
        self.users.pop(self.bot.user.id, None)
        self.bot = bot
        self.users[bot.user.id] = bot.user

    def private(self, user: User) -> Chat:
        """The private chat between a person and the bot."""
        chat = self.chats.get(user.id)
        if chat is None:
            chat = Chat(user.id, Kind.PRIVATE)
            self.chats[user.id] = chat
        return chat

    def keep(self, chat: Chat, sender: User | None, date: int) -> Message:
        """A new message in a chat, with the chat's next number; of very many the oldest are forgotten."""
        shared = chat.kind in (Kind.PRIVATE, Kind.GROUP)
        number = next(self._account_numbers if shared else chat.numbers)
        message = Message(number, chat, sender, date)
        chat.messages[number] = message
        while len(chat.messages) > MESSAGES_MAX:
            chat.messages.popitem(last=False)
        return message

    def bot_in(self, chat: Chat, now: float) -> Member:
        """How the bot stands in a chat."""
        return chat.standing(self.bot.user.id, now)

    def door_open(self, user: User, now: float) -> bool:
        """Whether the bot may write to somebody who never started it: she asked to join a little while ago."""
        waiting = (chat.requests.get(user.id) for chat in self.chats.values())
        return any(request is not None and now - request.at <= WINDOW_SECONDS for request in waiting)

    def knows(self, user: User, now: float) -> bool:
        """Whether the bot has met somebody: they spoke, share a chat, or she asks to join one."""
        if user.started or self.door_open(user, now):
            return True
        me = self.bot.user.id
        return any(user.id in chat.members and me in chat.members for chat in self.chats.values())
