"""Discord as a chat platform: roles by REST, one call a role, confirmed by Discord's own answer."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import aiohttp
import discord
from discord.http import HTTPClient, handle_message_parameters

from bot.commands.model import Action, Command
from bot.platforms.discord import messages, role_rights
from bot.platforms.discord.client import Client, supervise, trace_of_limits, use_addresses
from bot.platforms.discord.events import Events
from bot.platforms.discord.identifying import Identifying
from bot.platforms.discord.interactions import Dispatcher, Interactions
from bot.platforms.discord.pauses import Pause
from bot.platforms.discord.tree import payload
from payments.core.community import Place, Platform, Target
from payments.core.refusals import Cause
from payments.flows.runtime.context import AppContext
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
from payments.ports.clocks import MachineClock
from payments.rate_limit import Limiter, LimiterFull

log = logging.getLogger("guestlist.discord")

CALL_S = 15.0
QUEUE_MS = 10_000
TELL_MS = 1_000
"""How long a private message may wait for its turn: it takes a worker's place that other platforms need too."""

EXPLAIN_S = 5.0
AWAY_RETRY_MS = 5_000
REFUSED_RETRY_MS = 60_000
PAGE = 1000
CHANNELS_MAX = 2000
REASON_MAX = 480

NOT_THERE = frozenset({10007, 10013})
BLOCKED = {
    10004: "no_access",  # the server is gone, or we are not in it
    10011: "target_gone",
    50001: "no_access",
    50007: "dm_closed",
    50013: "hierarchy",
    50028: "managed",
    50278: "dm_closed",  # no server in common any more
    60003: "two_factor",  # the server demands it of moderators, and of a bot's owner in its stead
}
MESSAGES = {20026: Cause.MESSAGES_STOPPED, 40003: Cause.MESSAGES_FAST}

NO_CHANNEL = "404 10003:"

PENDING = "has not accepted the rules of the server"

T = TypeVar("T")
No = NotThere | Blocked | Busy | Failed
NO = (NotThere, Blocked, Busy, Failed)


class DiscordPlatform:
    """Implements `ChatPlatform`. `run` connects, and stays connected, until `close`."""

    platform = Platform.DISCORD

    def __init__(
        self,
        *,
        app: Callable[[], AppContext],
        dispatcher: Dispatcher,
        commands: Sequence[Command],
        actions: Sequence[Action],
        token: str,
        machine: MachineClock,
        limiter: Limiter,
        api_base: str | None = None,
        gateway: str | None = None,
    ) -> None:
        self._token = token
        self._limiter = limiter
        self._addresses = (api_base, gateway)
        self._commands = payload(commands)
        self._interactions = Interactions(app, dispatcher, commands, actions)
        self._events = Events(app)
        self._identifying = Identifying(app, machine)
        self._closing = asyncio.Event()
        self._http: HTTPClient | None = None
        self._connection: Client | None = None
        self._own_id = 0
        self._up = False
        self._channels: OrderedDict[str, int] = OrderedDict()
        self._machine = machine
        self._opening, self._writing = Pause(Cause.MESSAGES_FAST), Pause(Cause.MESSAGES_STOPPED)

    # -- the connection ----------------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether the gateway is connected now."""
        return self._up

    @property
    def compared(self) -> int:
        """How many times a server was compared with the guest list, since events may have been missed."""
        return self._events.compared

    async def run(self) -> None:
        """Connect and stay connected, for ever, until `close`."""
        use_addresses(*self._addresses)
        try:
            await supervise(self._client, self._token, self._closing, self._interactions.finish)
        finally:
            self._gone()
            await self._events.close()

    async def close(self) -> None:
        """Let `run` end."""
        self._closing.set()

    def _client(self) -> Client:
        self._gone()
        self._connection = Client(
            interactions=self._interactions,
            events=self._events,
            identifying=self._identifying,
            commands=self._commands,
            on_login=self._logged_in,
            on_up=self._set_up,
            trace=trace_of_limits(self._limited),
        )
        return self._connection

    def _gone(self) -> None:
        self._http, self._up = None, False

    def _logged_in(self, http: HTTPClient, own_id: int) -> None:
        self._http, self._own_id = http, own_id

    def _set_up(self, up: bool) -> None:
        self._up = up

    def _limited(self, seconds: float, overall: bool) -> None:
        """A 429 came in. The global one holds back everything.

        discord.py opens its own global gate again only if the call that saw the 429 waits to the end; ours are cut at
        15 s, and the gate would stay shut for ever.
        """
        http = self._http
        if overall and http is not None:
            self._limiter.pause(round(seconds * 1000))
            asyncio.get_running_loop().call_later(seconds + 0.1, http._global_over.set)

    # -- calls -------------------------------------------------------------------------------------------------------

    async def _ask(
        self, call: Callable[[HTTPClient], Awaitable[T]], *, first: bool = True, wait_ms: int = QUEUE_MS
    ) -> T | No:
        """One call within 15 s, queue included; what Discord refuses is a value.

        ``first``: before those that aren't: a member waits for a role, nobody for a message or a comparison.
        """
        http = self._http
        if http is None:
            return Busy(AWAY_RETRY_MS, "not connected to Discord")
        answer = await self._call(http, call, first, wait_ms)
        if isinstance(answer, str) and answer:  # a page of whoever stands between us, with a status of success
            answer = Failed("the answer was not Discord's")
        outcome = "unavailable" if isinstance(answer, Busy) else "refused" if isinstance(answer, NO) else "ok"
        self._limiter.counts.ended[outcome] += 1
        return answer

    async def _call(
        self, http: HTTPClient, call: Callable[[HTTPClient], Awaitable[T]], first: bool, wait_ms: int
    ) -> T | No:
        try:
            async with asyncio.timeout(CALL_S), self._limiter.slot(interactive=first, wait_ms_max=wait_ms):
                return await call(http)
        except LimiterFull as full:
            return Busy(full.retry_after_ms, "too many calls wait for Discord")
        except discord.RateLimited as limited:
            return Busy(round(limited.retry_after * 1000), "Discord asks to wait")
        except discord.HTTPException as error:
            return _refusal(error)
        except TimeoutError:
            return Busy(max(AWAY_RETRY_MS, self._limiter.paused_ms), "Discord did not answer within 15 s")
        except (aiohttp.ClientError, OSError) as error:
            return Busy(AWAY_RETRY_MS, f"Discord can't be reached: {type(error).__name__}")
        except RuntimeError as error:  # aiohttp's word for a session that was closed under the call
            return Busy(AWAY_RETRY_MS, f"the connection to Discord was closed: {error}")

    async def holds(self, user_id: str, target: Target) -> Holding | No:
        """Whether the member has the role now."""
        member = await self._ask(lambda http: http.get_member(int(target.place_id), int(user_id)))
        if isinstance(member, NO):
            return self._unless_away(member, target.place_id)
        held = target.external_id in map(str, member["roles"])
        return Holding(held, bool(member.get("pending")))

    async def give(self, user_id: str, target: Target, reason: str, *, skips_rules: bool = False) -> Outcome:
        """Give the role; Discord's 204 is the confirmation. Whoever has not accepted the server's rules
        does that first, unless they may skip them."""
        place, user, role = int(target.place_id), int(user_id), int(target.external_id)
        if not skips_rules and self._events.is_pending(place, user):
            return Blocked(Cause.SCREENING, PENDING)
        answer = await self._ask(lambda http: http.add_role(place, user, role, reason=reason[:REASON_MAX]))
        return await self._changed(answer, target)

    async def take(self, user_id: str, target: Target, reason: str) -> Outcome:
        """Take the role; Discord's 204 is the confirmation."""
        place, user, role = int(target.place_id), int(user_id), int(target.external_id)
        answer = await self._ask(lambda http: http.remove_role(place, user, role, reason=reason[:REASON_MAX]))
        return await self._changed(answer, target)

    async def _changed(self, answer: object, target: Target) -> Outcome:
        if isinstance(answer, Blocked) and answer.code == "hierarchy":
            try:
                async with asyncio.timeout(EXPLAIN_S):
                    why = await self.check(target)  # 50013 means any of three things; say which
            except TimeoutError:
                return answer
            return why if isinstance(why, Blocked) else answer
        return self._unless_away(answer, target.place_id) if isinstance(answer, NO) else Done()

    def _unless_away(self, no: No, guild_id: str) -> No:
        """A refusal; nothing but an outage, where Discord says that the server is not available just now."""
        lost = isinstance(no, Blocked) and no.code == "no_access"
        if lost and self._connection is not None and self._connection.away(int(guild_id)):
            return Busy(REFUSED_RETRY_MS, "the server is not available just now", Cause.PLACE_AWAY)
        return no

    async def turn_away(self, user_id: str, target: Target) -> Outcome:
        """Nobody asks for a role."""
        return NotThere()

    def turn(self, user_id: str) -> AbstractContextManager[int]:
        """Whether the person may be written to now: but for a pause of everything, always."""
        return nullcontext(self._limiter.paused_ms)

    async def tell(self, user_id: str, message: Message) -> Outcome:
        """Write a direct message. What Discord refuses of all, one at a time asks again, with growing pauses."""
        channel = self._channels.get(user_id)
        if channel is None:
            opened = await self._unless_paused(
                self._opening,
                lambda: self._ask(lambda http: http.start_private_message(int(user_id)), first=False, wait_ms=TELL_MS),
            )
            if isinstance(opened, NO):
                return opened
            channel = self._channels[user_id] = int(opened["id"])
            if len(self._channels) > CHANNELS_MAX:
                self._channels.popitem(last=False)
        to = channel
        answer = await self._unless_paused(self._writing, lambda: self._write(to, message, user_id))
        if isinstance(answer, Failed):
            self._channels.pop(user_id, None)  # it may be the channel that is gone
        return answer

    async def _unless_paused(self, pause: Pause, call: Callable[[], Awaitable[T | No]]) -> T | No:
        """A call that Discord may refuse for all, unless it did so just now."""
        now = self._machine.now()
        if (left := pause.left_ms(now)) > 0:
            return Busy(left, "Discord takes no private messages now", pause.cause)
        pause.begin(now)
        answer = await call()
        now = self._machine.now()
        if isinstance(answer, Busy) and answer.cause in MESSAGES.values():
            stopped = self._writing if answer.cause is Cause.MESSAGES_STOPPED else self._opening
            return Busy(stopped.refused(now), answer.detail, answer.cause)
        if not isinstance(answer, Busy | Failed):
            pause.worked(now)
        return answer

    async def _write(self, channel: int, message: Message, to: str) -> Outcome:
        """Write into a channel, direct or not."""
        shown = messages.shown(message)
        with handle_message_parameters(
            content=shown.content or None,
            embeds=shown.embeds,
            view=discord.utils.MISSING if shown.view is None else shown.view,
            allowed_mentions=messages.NO_MENTIONS,
            nonce=messages.nonce(to, message),
        ) as params:
            answer = await self._ask(
                lambda http: http.send_message(channel, params=params), first=False, wait_ms=TELL_MS
            )
        return answer if isinstance(answer, NO) else Done()

    async def check(self, target: Target) -> Done | Blocked | Busy | Failed:
        """Whether we may give and take the role: it is there, not managed, below ours, and we have the right."""
        answer = await self._check(target)
        if isinstance(answer, Blocked):
            away = self._unless_away(answer, target.place_id)
            return away if isinstance(away, Busy) else answer
        return answer

    async def _check(self, target: Target) -> Done | Blocked | Busy | Failed:
        roles = await self._ask(lambda http: http.get_roles(int(target.place_id)))
        if isinstance(roles, NotThere):
            return Blocked("no_access", "the server is not there")
        if isinstance(roles, NO):
            return roles
        own = await self._ask(lambda http: http.get_member(int(target.place_id), self._own_id))
        if isinstance(own, NotThere):
            return Blocked("no_access", "the bot is not in the server")
        if isinstance(own, NO):
            return own
        return _reaches(list(roles), set(map(str, own["roles"])), target)

    async def open_ways(self, place: Place, targets: Sequence[Target]) -> Mapping[Target, Sequence[Open]]:
        """Roles that allow nothing in any channel."""
        guild_id = int(place.external_id)
        guild = await self._ask(lambda http: http.get_guild(guild_id, with_counts=False))
        channels = await self._ask(lambda http: http.get_all_guild_channels(guild_id))
        if isinstance(guild, NO) or isinstance(channels, NO):
            return {}
        empty = [one for one in targets if role_rights.opens_nothing(guild, channels, one.external_id)]
        return dict.fromkeys(empty, (Open.OPENS_NOTHING,))

    def start_link(self, payload: str) -> str | None:
        """None: no address makes Discord hand a bot something."""
        return None

    def place_link(self, place: Place) -> str | None:
        """Discord, at this server."""
        return f"https://discord.com/channels/{place.external_id}"

    def shop_link(self, place: Place) -> str | None:
        """None: what a server sells is seen in it."""
        return None

    async def _seen(self, user_id: str, place: Place) -> tuple[Any, Any] | No:
        """A server and one of its members as Discord tells them."""
        guild_id = int(place.external_id)
        member = await self._ask(lambda http: http.get_member(guild_id, int(user_id)))
        if isinstance(member, NO):
            return member
        guild = await self._ask(lambda http: http.get_guild(guild_id, with_counts=False))
        return guild if isinstance(guild, NO) else (guild, member)

    async def member(self, user_id: str, place: Place) -> PlaceMember | None:
        """What somebody is in a server: owner, Administrator, by which roles."""
        seen = await self._seen(user_id, place)
        if isinstance(seen, NotThere):
            return PlaceMember(inside=False)
        return None if isinstance(seen, NO) else role_rights.of_member(*seen)

    async def hand_out(self, user_id: str, target: Target) -> HandOut | None:
        """Whether a member could give this role to others, by Discord's own rules."""
        seen = await self._seen(user_id, Place(Platform.DISCORD, target.place_id))
        if not isinstance(seen, NO):
            return role_rights.hand_out(*seen, target.external_id)
        if not isinstance(seen, NotThere):
            return None
        guild = await self._ask(lambda http: http.get_guild(int(target.place_id), with_counts=False))
        if isinstance(guild, NO):
            return None
        return HandOut(may=False, dangerous=role_rights.dangerous(guild, target.external_id))

    async def givers(self, place: Place, role_id: str) -> Givers | None:
        """Other roles, other bots, and what members give themselves."""
        guild_id, own_id = int(place.external_id), str(self._own_id)
        guild = await self._ask(lambda http: http.get_guild(guild_id, with_counts=False))
        onboarding = await self._ask(lambda http: http.get_guild_onboarding(guild_id))
        if isinstance(guild, NO) or isinstance(onboarding, Busy):
            return None
        # Where Discord keeps the questions to itself, the role's own flag says whether it is among the answers.
        offered = () if isinstance(onboarding, NO) else role_rights.onboarding_roles(onboarding)
        found = role_rights.givers(guild, role_id, own_id, offered)
        bots = await self._bots_above(guild, role_id, role_rights.administrator_bots(guild, own_id))
        return None if bots is None else replace(found, names=(*found.names, *bots))

    async def _bots_above(self, guild: Any, role_id: str, bots: Mapping[str, str]) -> Sequence[str] | None:
        """Which of these bots could hand out a role, by name; None when Discord doesn't say."""
        found = []
        for bot_id, name in bots.items():
            member = await self._ask(partial(_member_of, int(guild["id"]), int(bot_id)))
            if isinstance(member, NO) and not isinstance(member, NotThere):
                return None
            if not isinstance(member, NO) and role_rights.hand_out(guild, member, role_id).may:
                found.append(name)
        return found

    async def rooms(self, place: Place) -> Sequence[Room] | None:
        """The text channels of the server."""
        seen = await self._channels_of(int(place.external_id))
        return None if isinstance(seen, NO) else role_rights.rooms(*seen)

    async def post(self, place: Place, message: Message, *, room: str | None = None, key: str = "") -> Outcome:
        """Write where Discord's own messages stand, if the bot may, else in the first text channel where it may."""
        if room is not None:
            answer = await self._write(int(room), message, f"{room}:{key}")
            if isinstance(answer, Failed) and answer.detail.startswith(NO_CHANNEL):
                return Blocked("target_gone", "the channel does not exist any more")
            return self._unless_away(answer, place.external_id) if isinstance(answer, Blocked) else answer
        channel = await self._writable(int(place.external_id))
        if isinstance(channel, NotThere):
            return Blocked("no_access", "the bot is not in the server")
        if isinstance(channel, NO):
            return channel
        answer = await self._write(channel, message, str(channel))
        closed = isinstance(answer, Blocked | NotThere)  # since we looked
        return Blocked("cannot_post", "the bot may not write there any more") if closed else answer

    async def _writable(self, guild_id: int) -> int | No:
        seen = await self._channels_of(guild_id)
        if isinstance(seen, NO):
            return seen
        found = role_rights.writable_channel(*seen)
        return Blocked("cannot_post", "there is no text channel in which the bot may write") if found is None else found

    async def _channels_of(self, guild_id: int) -> tuple[Any, Any, Any] | No:
        """A server, the bot as a member of it, and its channels."""
        guild = await self._ask(lambda http: http.get_guild(guild_id, with_counts=False), first=False)
        if isinstance(guild, NO):
            return guild
        own = await self._ask(lambda http: http.get_member(guild_id, self._own_id), first=False)
        if isinstance(own, NO):
            return own
        channels = await self._ask(lambda http: http.get_all_guild_channels(guild_id), first=False)
        return channels if isinstance(channels, NO) else (guild, own, channels)

    async def leave(self, place: Place, message: Message) -> Outcome:
        """Say a sentence where Discord's own messages stand, else to the server's owner, and leave."""
        guild_id = int(place.external_id)
        guild = await self._ask(lambda http: http.get_guild(guild_id, with_counts=False), first=False)
        if not isinstance(guild, NO):
            channel = role_rights.system_channel(guild)
            said = Failed("no channel") if channel is None else await self._write(channel, message, str(channel))
            if not isinstance(said, Done):
                await self.tell(str(guild["owner_id"]), message)
        answer = await self._ask(lambda http: http.leave_guild(guild_id), first=False)
        return answer if isinstance(answer, NO) else Done()

    async def holders(self, place: Place, after: str | None = None) -> Holders | None:
        """A page of the members with their roles; None when Discord doesn't tell (no members intent, or it is away)."""
        guild_id, behind = int(place.external_id), None if after is None else int(after)
        page = await self._ask(lambda http: http.get_members(guild_id, PAGE, behind), first=False)
        if isinstance(page, NO):
            log.warning("discord: the members of %s could not be listed: %s", place.external_id, page)
            return None
        rows = [(str(m["user"]["id"]), frozenset(map(str, m["roles"]))) for m in page]
        # Discord documents the cursor as the highest id of the page before, and no order within a page.
        return Holders(rows, max((user_id for user_id, _ in rows), key=int) if len(rows) == PAGE else None)


def _member_of(guild_id: int, user_id: int, http: HTTPClient) -> Awaitable[Any]:
    return http.get_member(guild_id, user_id)


def _refusal(error: discord.HTTPException) -> No:
    """Discord's refusal as a value, by its own code first."""
    detail = f"{error.status} {error.code}: {error.text or type(error).__name__}"[:300]
    if error.code in MESSAGES:
        return Busy(REFUSED_RETRY_MS, detail, MESSAGES[error.code])
    if error.code in NOT_THERE:
        return NotThere()
    if error.code in BLOCKED:
        return Blocked(BLOCKED[error.code], detail)
    if error.status == 429:
        headers: Any = getattr(error.response, "headers", {})
        try:
            seconds = float(headers.get("Retry-After", "30"))
        except ValueError:
            seconds = 30.0
        return Busy(round(seconds * 1000), detail)
    if error.status == 401:
        return Busy(REFUSED_RETRY_MS, detail)
    if error.status >= 500:
        return Busy(AWAY_RETRY_MS, detail)
    return Failed(detail)


def _reaches(roles: list[Any], own: set[str], target: Target) -> Done | Blocked:
    """Discord's rule: the right to manage roles, and a highest role above the one in question."""
    wanted = next((r for r in roles if str(r["id"]) == target.external_id), None)
    if wanted is None:
        return Blocked("target_gone", f"the role {target.name} does not exist any more")
    if wanted.get("managed") or target.external_id == target.place_id:
        return Blocked("managed", f"the role {wanted['name']} belongs to an integration or to everybody")
    mine = [r for r in roles if str(r["id"]) in own or str(r["id"]) == target.place_id]
    rights = role_rights.permissions(mine, {str(r["id"]) for r in mine})
    if not (rights.manage_roles or rights.administrator):
        return Blocked("no_access", "the bot lacks the right to manage roles")
    if max(map(role_rights.rank, mine)) <= role_rights.rank(wanted):
        return Blocked("hierarchy", f"the role {wanted['name']} stands above the bot's highest role")
    return Done()
