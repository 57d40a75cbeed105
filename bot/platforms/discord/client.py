"""The connection: a discord.py client with a small memory, and its supervisor, which never gives up."""

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import HTTPClient, Route

from bot.platforms.discord.events import Events
from bot.platforms.discord.identifying import Identifying, TooOften
from bot.platforms.discord.interactions import Interactions

log = logging.getLogger("guestlist.discord")

BACKOFF_S_MAX = 60.0
HEALTHY_S = 60.0
REFUSED_RETRY_S = 60.0
"""Wrong token or intents: an admin must act, and nothing helps but trying again slowly."""

RATE_LIMIT_WAIT_S = 30.0
GUILDS_S = 0.5
"""How long the stream of servers may pause before a session is ready; no members are cached, so it matters little."""

# The bot never speaks; a warning at each start that it could not would only puzzle owners.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

API_BASE = Route.BASE
GATEWAY = DiscordWebSocket.DEFAULT_GATEWAY


def use_addresses(api_base: str | None, gateway: str | None) -> None:
    """Point discord.py at another server; None is Discord's own. The library keeps both for the whole process."""
    Route.BASE = API_BASE if api_base is None else api_base.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = GATEWAY if gateway is None else yarl.URL(gateway)


class Client(discord.Client):
    """discord.py without caches of members and messages. `on_up` is called with True and False as it connects.

    Its REST side lives from its login until it is closed, whatever becomes of the gateway meanwhile.
    """

    def __init__(
        self,
        *,
        interactions: Interactions,
        events: Events,
        identifying: Identifying,
        commands: Sequence[dict[str, Any]],
        on_login: Callable[[HTTPClient, int], None],
        on_up: Callable[[bool], None],
        trace: aiohttp.TraceConfig,
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, members=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=GUILDS_S,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=RATE_LIMIT_WAIT_S,
            http_trace=trace,
        )
        self._interactions = interactions
        self._events = events
        self._identifying = identifying
        self._commands = list(commands)
        self._on_login = on_login
        self._on_up = on_up
        # discord.py tells of a member's new roles only if it has the member in its cache, and we keep none.
        self._known_update = self._connection.parsers["GUILD_MEMBER_UPDATE"]
        self._connection.parsers["GUILD_MEMBER_UPDATE"] = self._member_update

    async def setup_hook(self) -> None:
        """Logged in: REST works from now on. Register the commands, in every server at once."""
        assert self.user is not None
        assert self.application_id is not None
        self._on_login(self.http, self.user.id)
        try:
            await self.http.bulk_upsert_global_commands(self.application_id, self._commands)
        except discord.HTTPException as error:
            if error.status >= 500 or error.status == 429:
                raise
            log.error("discord: the commands were refused, so the former ones stay: %s", error)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """A session is about to be opened. Raises `TooOften`."""
        assert self.user is not None
        await self._identifying.take(self.user.id)
        await super().before_identify_hook(shard_id, initial=initial)

    async def serve(self, token: str) -> None:
        """Log in, unless that was done before, and stay at the gateway; ends by raising what ended it."""
        if self.user is None:
            await self.start(token)
        else:
            await self.connect()

    def away_from_gateway(self) -> None:
        """The gateway is not connected, whether or not discord.py said so."""
        self._on_up(False)

    @property
    def usable(self) -> bool:
        """Whether it is logged in, so that roles go on by REST and only the gateway is tried again."""
        return self.user is not None and not self.is_closed()

    async def close(self) -> None:
        """Disconnect. discord.py forgets its task that would report "ready" after a moment, and then has no loop."""
        waiting = self._connection._ready_task
        if waiting is not None:
            waiting.cancel()
        await super().close()

    def _member_update(self, data: Any) -> None:
        self._known_update(data)
        self.dispatch(
            "roles_of_member",
            int(data["guild_id"]),
            int(data["user"]["id"]),
            frozenset(map(str, data["roles"])),
            pending=data.get("pending") is True,
        )

    async def on_roles_of_member(self, guild_id: int, user_id: int, role_ids: frozenset[str], *, pending: bool) -> None:
        """Somebody's roles may have changed; ours too."""
        if self.user is not None and user_id == self.user.id:
            self._events.rights_changed(guild_id)
        else:
            await self._events.updated(guild_id, user_id, role_ids, pending=pending)

    async def on_connect(self) -> None:
        """A new session: commands work from now on."""
        self._on_up(True)

    async def on_ready(self) -> None:
        """The servers are known too."""
        log.info("discord: connected as %s, in %d servers", self.user, len(self.guilds))
        await self._events.missing({guild.id for guild in self.guilds})
        for guild in self.guilds:
            if not guild.unavailable:
                await self._arrived(guild)

    def away(self, guild_id: int) -> bool:
        """Whether Discord itself says that we are in a server that it can't reach now: what REST refuses then means
        nothing."""
        guild = self.get_guild(guild_id)
        return guild is not None and guild.unavailable

    async def _arrived(self, guild: discord.Guild) -> None:
        """We are in a server: it is compared if it is served, and left in a while if nobody claims it."""
        if await self._events.arrived(guild.id, guild.name or str(guild.id)):
            self._events.connected([guild.id])
            await self._named(guild)

    async def _named(self, guild: discord.Guild) -> None:
        await self._events.renamed(guild.id, guild.name or None, {role.id: role.name for role in guild.roles})

    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """The server itself changed; of interest are its name and what it demands of moderators."""
        if before.mfa_level != after.mfa_level:
            self._events.rights_changed(after.id)
        if before.name != after.name:
            await self._events.renamed(after.id, after.name, {})

    async def on_resumed(self) -> None:
        """The old session goes on; nothing was missed."""
        self._on_up(True)

    async def on_disconnect(self) -> None:
        """The gateway is away; REST may work all the same."""
        self._on_up(False)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody asked something."""
        await self._interactions.handle(interaction)

    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came."""
        await self._events.joined(member.guild.id, member.id, pending=member.pending)

    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody left."""
        await self._events.left(payload.guild_id, payload.user.id)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """A role is gone."""
        await self._events.role_deleted(role.guild.id, role.id)
        self._events.rights_changed(role.guild.id)

    async def on_guild_role_create(self, role: discord.Role) -> None:
        """A new role, of a bot that was added, too: it may hand out others."""
        self._events.rights_changed(role.guild.id)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """A role moved, or may do other things than before, or has another name."""
        if before.name != after.name:
            await self._events.renamed(after.guild.id, None, {after.id: after.name})
        if _reach(before) != _reach(after):
            self._events.rights_changed(after.guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """We were invited (again)."""
        log.info("discord: invited to %s (%d)", guild.name, guild.id)
        await self._arrived(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is back after an outage of Discord's, or was joined: Discord does not always tell the two apart."""
        await self._arrived(guild)

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Discord has an outage there; the server is compared when it is back."""
        log.warning("discord: %s (%d) is unavailable", guild.name, guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """We were put out, or left; what is to be done there is blocked until we are back."""
        await self._events.departed(guild.id)
        log.warning("discord: no longer in %s (%d); invite the bot again to go on there", guild.name, guild.id)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """An event's handler failed; the connection goes on."""
        log.exception("discord: %s failed", event_method)


def _reach(role: discord.Role) -> tuple[object, ...]:
    """What a role can do and who can get it."""
    return role.position, role.permissions, role.managed, role.flags


def trace_of_limits(told: Callable[[float, bool], None]) -> aiohttp.TraceConfig:
    """Tells `told(seconds, overall)` of every 429 at once, while discord.py still waits."""

    async def ended(_: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        headers = params.response.headers
        if params.response.status == 429:
            try:
                seconds = float(headers.get("Retry-After", "1"))
            except ValueError:
                seconds = 1.0
            told(seconds, "X-RateLimit-Global" in headers or "Via" not in headers)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace


async def supervise(
    make: Callable[[], Client], token: str, closing: asyncio.Event, finish: Callable[[], Awaitable[None]]
) -> None:
    """Keep a client running until `closing`. While only the gateway fails, the client stays, and with it REST; else a
    fresh one is made. (discord.py gives up when its first connect fails, and closes itself at some refusals.)

    `finish` is awaited before the last one disconnects.
    """
    loop = asyncio.get_running_loop()
    failures = 0
    client = make()
    try:
        while not closing.is_set():
            began = loop.time()
            ended = await _until_it_ends(client, token, closing, finish)
            if ended is None:
                continue
            failures = 0 if loop.time() - began > HEALTHY_S else failures + 1
            pause = _pause(ended, failures)
            if not client.usable:
                await client.close()
            await _wait(closing, pause)
            if not client.usable and not closing.is_set():
                client = make()
    finally:
        await client.close()


async def _until_it_ends(
    client: Client, token: str, closing: asyncio.Event, finish: Callable[[], Awaitable[None]]
) -> BaseException | None:
    """Run a client until it fails (with what), or until `closing` (None)."""
    stop = asyncio.create_task(closing.wait())
    running = asyncio.create_task(client.serve(token))
    try:
        await asyncio.wait({stop, running}, return_when=asyncio.FIRST_COMPLETED)
        if closing.is_set():
            await finish()
            return None
        return running.exception() or ConnectionError("the connection ended")
    finally:
        for task in (stop, running):
            task.cancel()
        await asyncio.gather(stop, running, return_exceptions=True)
        client.away_from_gateway()
        await end_half_made(client)


async def end_half_made(client: discord.Client) -> None:
    """Close connections that were given up while they were being made: discord.py forgets them, and they beat on."""
    beating = [thread.ws for thread in threading.enumerate() if isinstance(thread, KeepAliveHandler)]
    for socket in beating:
        if socket._connection is client._connection and socket is not client.ws:
            await socket.close()


def _pause(error: BaseException | None, failures: int) -> float:
    """Say what happened, and how long to wait before the next try, in seconds."""
    match error:
        case discord.LoginFailure():
            log.error(
                "discord: the token was refused. Copy the bot's token from https://discord.com/developers/applications"
                " (Bot, Reset Token) into discord.token or DISCORD_TOKEN. Trying again in a minute."
            )
            return REFUSED_RETRY_S
        case discord.PrivilegedIntentsRequired():
            log.error(
                "discord: the Server Members Intent is off. Switch it on at"
                " https://discord.com/developers/applications (Bot, Privileged Gateway Intents)."
                " Until then nobody's coming and going is seen. Trying again in a minute."
            )
            return REFUSED_RETRY_S
        case TooOften(wait_s=wait_s):
            log.error(
                "discord: so many sessions were opened lately that Discord might reset the bot's token (1,000 a day are"
                " allowed). The next one is opened in %.0f s. Until then roles are given and taken, but commands get no"
                " answer, and nobody's coming and going is seen. Does something restart this service all the time?",
                wait_s,
            )
            return wait_s
        case _:
            pause = min(BACKOFF_S_MAX, 2.0 ** min(failures, 6)) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, no secret
            log.warning("discord: disconnected (%r); trying again in %.0f s", error, pause)
            return pause


async def _wait(closing: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await closing.wait()
    except TimeoutError:
        return
