"""What a Discord has in it: people, guilds with roles, channels and members, messages, one application."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NewType

Snowflake = NewType("Snowflake", int)
Json = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000
APPLICATION_ID = Snowflake(1_100_000_000_000_000_001)
LOG_MAX = 10_000
MESSAGES_MAX = 20_000
DMS_OPENED_MAX = 1_000
DM_OPENS_SECONDS = 600

EPHEMERAL = 1 << 6
LOADING = 1 << 7
COMPONENTS_V2 = 1 << 15

TEXT, DM, VOICE, CATEGORY = 0, 1, 2, 4


class Snowflakes:
    """Discord's ids: milliseconds of real time and a counter, so that `created_at` of an id is true."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> Snowflake:
        """A new id, greater than every one before."""
        fresh = (int(time.time() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(fresh, self._last + 1)
        return Snowflake(self._last)


def iso(seconds: float) -> str:
    """A moment as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


@dataclass(slots=True)
class User:
    """A Discord account."""

    id: Snowflake
    name: str
    display_name: str | None = None
    locale: str = "en-US"
    bot: bool = False
    takes_dms: bool = True
    dm_channel: Snowflake | None = None


@dataclass(slots=True)
class Role:
    """A role of a guild; @everyone has the guild's id."""

    id: Snowflake
    name: str
    position: int
    permissions: int = 0
    color: int = 0
    hoist: bool = False
    managed: bool = False
    mentionable: bool = False
    bot_id: Snowflake | None = None
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class Overwrite:
    """What a channel allows and denies a role (type 0) or a member (type 1)."""

    id: Snowflake
    type: int
    allow: int
    deny: int


@dataclass(slots=True)
class Channel:
    """A channel of a guild, or a direct one (no guild, one recipient)."""

    id: Snowflake
    type: int
    name: str = ""
    guild_id: Snowflake | None = None
    position: int = 0
    parent_id: Snowflake | None = None
    topic: str | None = None
    recipient: Snowflake | None = None
    last_message_id: Snowflake | None = None
    overwrites: dict[Snowflake, Overwrite] = field(default_factory=dict)


@dataclass(slots=True)
class Member:
    """A user in a guild."""

    user: User
    joined_at: float
    roles: list[Snowflake] = field(default_factory=list)
    nick: str | None = None
    pending: bool = False


@dataclass(slots=True)
class Message:
    """A message; an ephemeral one is seen by one person only. `at`: when it was kept, in sandbox time."""

    id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | None
    author: User
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    timestamp: float = 0.0
    edited: float | None = None
    visible_to: Snowflake | None = None
    interaction: Json | None = None
    tts: bool = False
    nonce: int | str | None = None
    webhook_id: Snowflake | None = None
    reference: Json | None = None
    at: float = 0.0

    @property
    def ephemeral(self) -> bool:
        """Whether only `visible_to` sees it."""
        return bool(self.flags & EPHEMERAL)


@dataclass(slots=True)
class Question:
    """A question of Onboarding; each answer is an id, its title, and the roles that it gives."""

    id: Snowflake
    title: str
    answers: list[tuple[Snowflake, str, list[Snowflake]]]


@dataclass(slots=True)
class Guild:
    """A server."""

    id: Snowflake
    name: str
    owner_id: Snowflake
    roles: dict[Snowflake, Role] = field(default_factory=dict)
    channels: dict[Snowflake, Channel] = field(default_factory=dict)
    members: dict[Snowflake, Member] = field(default_factory=dict)
    bans: dict[Snowflake, str | None] = field(default_factory=dict)
    onboarding: list[Question] = field(default_factory=list)
    log: deque[Json] = field(default_factory=lambda: deque(maxlen=LOG_MAX))
    locale: str = "en-US"
    created_at: float = field(default_factory=time.time)
    demands_2fa: bool = False
    """Of moderators, and of a bot's owner in its stead: its `mfa_level` is 1."""
    screening: bool = False
    """Newcomers are pending until they accept the rules."""
    unavailable: bool = False


@dataclass(slots=True)
class Application:
    """The bot's application, as its owner set it up in Discord's portal."""

    id: Snowflake = APPLICATION_ID
    name: str = "Guestlist"
    token: str | None = None
    intents: frozenset[str] = frozenset({"members"})
    owner: User = field(default_factory=lambda: User(Snowflake(1_100_000_000_000_000_002), "developer"))
    owner_2fa: bool = True
    quarantined: bool = False
    """Discord's spam filter has stopped it: it may write to nobody in private."""
    dm_opens: int | None = None
    """So many direct channels it may open in ten minutes; None: any number."""


class World:
    """Everything there is. One application; its bot user has the application's id. `now` is the sandbox's clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.ids = Snowflakes()
        self.application = Application()
        self.users: dict[Snowflake, User] = {}
        self.guilds: dict[Snowflake, Guild] = {}
        self.dms: dict[Snowflake, Channel] = {}
        self.messages: OrderedDict[Snowflake, Message] = OrderedDict()
        self.global_commands: dict[Snowflake, Json] = {}
        self.guild_commands: dict[Snowflake, dict[Snowflake, Json]] = {}
        self.bot = User(self.application.id, self.application.name, bot=True)
        self.users[self.bot.id] = self.bot
        self.dms_opened: deque[float] = deque(maxlen=DMS_OPENED_MAX)

    def set_application(self, application: Application) -> None:
        """Takes over a seeded application; its bot keeps its memberships when the id stays."""
        self.application = application
        if application.id != self.bot.id:
            self.users.pop(self.bot.id, None)
            for guild in self.guilds.values():
                guild.members.pop(self.bot.id, None)
            self.bot = User(application.id, application.name, bot=True)
            self.users[self.bot.id] = self.bot
        self.bot.name = application.name

    def bot_in(self, guild: Guild) -> Member | None:
        """The bot's own membership."""
        return guild.members.get(self.bot.id)

    def channel(self, channel_id: Snowflake) -> Channel | None:
        """A channel of any guild, or a direct one."""
        if (direct := self.dms.get(channel_id)) is not None:
            return direct
        for guild in self.guilds.values():
            if (channel := guild.channels.get(channel_id)) is not None:
                return channel
        return None

    def dm_with(self, user: User) -> Channel:
        """The direct channel between the bot and a person; made the first time it is asked for."""
        if user.dm_channel is None:
            channel = Channel(self.ids.next(), DM, recipient=user.id)
            self.dms[channel.id] = channel
            user.dm_channel = channel.id
        return self.dms[user.dm_channel]

    def may_open_dm(self, user: User) -> bool:
        """Whether the bot may open a direct channel with somebody now: not too many in ten minutes (real time)."""
        most = self.application.dm_opens
        if user.dm_channel is not None or most is None:
            return True
        since = time.monotonic() - DM_OPENS_SECONDS
        if sum(at > since for at in self.dms_opened) >= most:
            return False
        self.dms_opened.append(time.monotonic())
        return True

    def shares_guild(self, user: User) -> bool:
        """Whether bot and person are in one guild; without it there are no direct messages."""
        return any(user.id in guild.members and self.bot.id in guild.members for guild in self.guilds.values())

    def keep(self, message: Message) -> None:
        """Stores a message; of very many the oldest are forgotten."""
        self.messages[message.id] = message
        message.at = self.now()
        if (channel := self.channel(message.channel_id)) is not None and not message.ephemeral:
            channel.last_message_id = message.id
        while len(self.messages) > MESSAGES_MAX:
            self.messages.popitem(last=False)

    def commands_in(self, guild_id: Snowflake | None) -> list[Json]:
        """The commands a person is offered there (None: in private); a guild's own hides a global one of its name."""
        own = self.guild_commands.get(guild_id, {}) if guild_id is not None else {}
        names = {command["name"] for command in own.values()}
        here = 1 if guild_id is None else 0
        offered = [
            command
            for command in self.global_commands.values()
            if (command["dm_permission"] if here else command["contexts"] is None or here in command["contexts"])
        ]
        return [*own.values(), *(command for command in offered if command["name"] not in names)]
