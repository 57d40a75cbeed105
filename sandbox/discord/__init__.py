"""A local Discord on the wire: REST v10 and the gateway, so that an unmodified discord.py works against it."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord import routes as routing
from sandbox.discord import seed
from sandbox.discord.chatting import Chatting
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import Interactions
from sandbox.discord.membership import Membership
from sandbox.discord.people import People
from sandbox.discord.ratelimit import Limiter
from sandbox.discord.rest import Rest
from sandbox.discord.state import Json, World
from sandbox.refused import Refused

__all__ = ["DiscordSandbox", "Refused"]


class DiscordSandbox:
    """One Discord in memory with one application. Ids and time limits are in real time, the log in sandbox time."""

    def __init__(self, clock: Clock) -> None:
        self.world = World(clock.now)
        self.limiter = Limiter()
        self.gateway = Gateway(self.world)
        self.life = Membership(self.world, self.gateway, clock.now)
        self.interactions = Interactions(self.world, self.gateway)
        self.people = People(self.world, self.gateway, self.interactions, self.life)
        self.chatting = Chatting(self.world, self.gateway, self.people)
        self.rest = Rest(self.world, self.gateway, self.life)

    def routes(self) -> list[web.RouteDef]:
        """`/api/v10` and `/gateway`."""
        return routing.routes(self.rest, self.interactions, self.limiter)

    def seed(self, data: Any) -> Json:
        """Adds guilds, roles and people; connected bots are told. Raises Refused when the description can't be read."""
        answer, guilds = seed.apply(self.world, self.limiter.limits, data)
        for guild in guilds:
            if self.world.bot_in(guild) is not None:
                self.gateway.guild_available(guild)
        return answer

    async def gateway_control(self, data: Json) -> Json:
        """close, reconnect, invalidate, refuse, accept: what may go wrong with a gateway connection."""
        action = data.get("action")
        resumable = bool(data.get("resumable", True))
        reached = 0
        if action == "close":
            code = data.get("code", 4000)
            if not isinstance(code, int) or not 1000 <= code <= 4999:
                raise Refused('"code" is a close code from 1000 to 4999: give one, such as 4000.')
            reached = await self.gateway.close_all(code, str(data.get("reason", "")), resumable=resumable)
        elif action == "reconnect":
            reached = self.gateway.say_all(7, None, resumable=resumable)
        elif action == "invalidate":
            reached = self.gateway.say_all(9, resumable, resumable=resumable)
        elif action == "heartbeat":
            reached = self.gateway.say_all(1, None)
        elif action in ("refuse", "accept"):
            self.gateway.refusing = action == "refuse"
            if action == "refuse":
                reached = await self.gateway.close_all(1001, "going away", resumable=resumable)
        else:
            raise Refused('"action" is one of close, reconnect, invalidate, heartbeat, refuse, accept: give one.')
        return {"connections": reached, **self.gateway_view()}

    def gateway_view(self) -> Json:
        """Who is connected, and how often somebody identified or resumed."""
        return {
            "connected": self.gateway.connected,
            "refusing": self.gateway.refusing,
            "identified": self.gateway.identified,
            "resumed": self.gateway.resumed,
            "sessions": [
                {"id": s.id, "connected": s.connection is not None, "sequence": s.sequence, "intents": s.intents}
                for s in self.gateway.sessions.values()
            ],
        }

    def state(self) -> Json:
        """For `GET /sandbox/state`."""
        world = self.world
        return {
            "application": {"id": str(world.application.id), "name": world.application.name},
            "gateway": self.gateway_view(),
            "commands": [
                {"name": c["name"], "guild": c.get("guild_id"), "options": c.get("options", [])}
                for guild_id in [None, *world.guild_commands]
                for c in (world.global_commands if guild_id is None else world.guild_commands[guild_id]).values()
            ],
            "guilds": [self.people.guild_view(guild) for guild in world.guilds.values()],
            "users": [{"id": str(u.id), "name": u.name, "takes_dms": u.takes_dms} for u in world.users.values()],
            "invalid_requests": self.limiter.invalid_recently(),
        }

    async def close(self) -> None:
        """Closes every gateway connection."""
        await self.gateway.stop()
