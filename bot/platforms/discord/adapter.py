"""Discord as a chat platform: roles by REST, one call a role, confirmed by Discord's own answer."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import aiohttp
import discord
from discord.http import HTTPClient, handle_message_parameters

from bot.commands.model import Action, Command
from bot.platforms.discord import messages
from bot.platforms.discord.client import Client, supervise, trace_of_limits, use_addresses
from bot.platforms.discord.events import Events
from bot.platforms.discord.interactions import Dispatcher, Interactions
from bot.platforms.discord.tree import payload
from payments.core.model import Place, Platform, Target
from payments.flows.engine import Engine
from payments.limiter import Limiter, LimiterFull
from payments.ports.platform import Blocked, Busy, Done, Failed, Holders, Holding, Message, NotThere, Outcome

log = logging.getLogger("guestlist.discord")

CALL_S = 15.0
QUEUE_MS = 10_000
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
}

T = TypeVar("T")
No = NotThere | Blocked | Busy | Failed
NO = (NotThere, Blocked, Busy, Failed)


class DiscordPlatform:
    """Implements `ChatPlatform`. `run` connects, and stays connected, until `close`."""

    platform = Platform.DISCORD

    def __init__(
        self,
        *,
        engine: Callable[[], Engine],
        dispatcher: Dispatcher,
        commands: Sequence[Command],
        actions: Sequence[Action],
        token: str,
        limiter: Limiter,
        api_base: str | None = None,
        gateway: str | None = None,
    ) -> None:
        self._token = token
        self._limiter = limiter
        self._addresses = (api_base, gateway)
        self._commands = payload(commands)
        self._interactions = Interactions(engine, dispatcher, commands, actions)
        self._events = Events(engine)
        self._closing = asyncio.Event()
        self._http: HTTPClient | None = None
        self._own_id = 0
        self._up = False
        self._channels: OrderedDict[str, int] = OrderedDict()

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
        return Client(
            interactions=self._interactions,
            events=self._events,
            commands=self._commands,
            on_login=self._logged_in,
            on_up=self._set_up,
            trace=trace_of_limits(self._limited),
        )

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

    async def _ask(self, call: Callable[[HTTPClient], Awaitable[T]], *, first: bool = True) -> T | No:
        """One call within 15 s, queue included; what Discord refuses is a value.

        ``first``: before those that aren't: a member waits for a role, nobody for a message or a comparison.
        """
        http = self._http
        if http is None:
            return Busy(AWAY_RETRY_MS, "not connected to Discord")
        answer = await self._call(http, call, first)
        outcome = "unavailable" if isinstance(answer, Busy) else "refused" if isinstance(answer, NO) else "ok"
        self._limiter.counts.ended[outcome] += 1
        return answer

    async def _call(self, http: HTTPClient, call: Callable[[HTTPClient], Awaitable[T]], first: bool) -> T | No:
        try:
            async with asyncio.timeout(CALL_S), self._limiter.slot(interactive=first, wait_ms_max=QUEUE_MS):
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
        return member if isinstance(member, NO) else Holding(target.external_id in map(str, member["roles"]))

    async def give(self, user_id: str, target: Target, reason: str) -> Outcome:
        """Give the role; Discord's 204 is the confirmation."""
        place, user, role = int(target.place_id), int(user_id), int(target.external_id)
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
        return answer if isinstance(answer, NO) else Done()

    async def tell(self, user_id: str, message: Message) -> Outcome:
        """Write a direct message."""
        channel = self._channels.get(user_id)
        if channel is None:
            opened = await self._ask(lambda http: http.start_private_message(int(user_id)), first=False)
            if isinstance(opened, NO):
                return opened
            channel = self._channels[user_id] = int(opened["id"])
            if len(self._channels) > CHANNELS_MAX:
                self._channels.popitem(last=False)
        shown = messages.shown(message)
        with handle_message_parameters(
            content=shown.content or None,
            embeds=shown.embeds,
            view=discord.utils.MISSING if shown.view is None else shown.view,
            allowed_mentions=messages.NO_MENTIONS,
            nonce=messages.nonce(user_id, message),
        ) as params:
            answer = await self._ask(lambda http: http.send_message(channel, params=params), first=False)
        if isinstance(answer, Failed):
            self._channels.pop(user_id, None)  # it may be the channel that is gone
        return answer if isinstance(answer, NO) else Done()

    async def check(self, target: Target) -> Done | Blocked | Busy | Failed:
        """Whether we may give and take the role: it is there, not managed, below ours, and we have the right."""
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

    def start_link(self, payload: str) -> str | None:
        """None: no address makes Discord hand a bot something."""
        return None

    def place_link(self, place: Place) -> str | None:
        """Discord, at this server."""
        return f"https://discord.com/channels/{place.external_id}"

    async def is_admin(self, user_id: str, place: Place) -> bool | None:
        """Whether a member may manage the server: its owner, or by a role that says so."""
        guild_id = int(place.external_id)
        guild = await self._ask(lambda http: http.get_guild(guild_id, with_counts=False))
        member = await self._ask(lambda http: http.get_member(guild_id, int(user_id)))
        if isinstance(member, NotThere):
            return False
        if isinstance(guild, NO) or isinstance(member, NO):
            return None
        if str(guild["owner_id"]) == user_id:
            return True
        rights = _rights(guild["roles"], {*map(str, member["roles"]), place.external_id})
        return rights.manage_guild or rights.administrator

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


def _refusal(error: discord.HTTPException) -> No:
    """Discord's refusal as a value, by its own code first."""
    detail = f"{error.status} {error.code}: {error.text or type(error).__name__}"[:300]
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


def _rights(roles: Sequence[Any], own: set[str]) -> discord.Permissions:
    """What these roles of one's own allow together; the role with the server's id is everybody's."""
    rights = discord.Permissions(0)
    for role in roles:
        if str(role["id"]) in own:
            rights |= discord.Permissions(int(role["permissions"]))
    return rights


def _reaches(roles: list[Any], own: set[str], target: Target) -> Done | Blocked:
    """Discord's rule: the right to manage roles, and a highest role above the one in question."""
    wanted = next((r for r in roles if str(r["id"]) == target.external_id), None)
    if wanted is None:
        return Blocked("target_gone", f"the role {target.name} does not exist any more")
    if wanted.get("managed") or target.external_id == target.place_id:
        return Blocked("managed", f"the role {wanted['name']} belongs to an integration or to everybody")
    mine = [r for r in roles if str(r["id"]) in own or str(r["id"]) == target.place_id]
    rights = _rights(mine, {str(r["id"]) for r in mine})
    if not (rights.manage_roles or rights.administrator):
        return Blocked("no_access", "the bot lacks the right to manage roles")
    if max((r["position"], -int(r["id"])) for r in mine) <= (wanted["position"], -int(wanted["id"])):
        return Blocked("hierarchy", f"the role {wanted['name']} stands above the bot's highest role")
    return Done()
