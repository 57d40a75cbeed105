"""A local Telegram on the wire: the Bot API at `/bot<token>/`, for an unmodified python-telegram-bot."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.telegram import seed, views
from sandbox.telegram.admins import Admins
from sandbox.telegram.links import Links
from sandbox.telegram.listeners import Listeners
from sandbox.telegram.membership import Membership
from sandbox.telegram.methods_messages import Queries
from sandbox.telegram.people import People
from sandbox.telegram.ratelimit import Limiter
from sandbox.telegram.rest import Rest
from sandbox.telegram.routes import Door
from sandbox.telegram.state import Json, Kind, World
from sandbox.telegram.updates import Updates
from sandbox.telegram.webhook import Webhook

__all__ = ["TelegramSandbox"]


class TelegramSandbox:
    """One Telegram in memory with one bot. Dates, bans and links are in sandbox time, rate limits in real time."""

    def __init__(self, clock: Clock) -> None:
        self.world = World()
        self.limiter = Limiter()
        self.updates = Updates(clock.now)
        self.webhook = Webhook(self.updates, clock.now)
        self.ears = Listeners()
        self._now = clock.now
        self._life = Membership(self.world, self.updates, self.ears, clock.now)
        links, queries = Links(self.world, self._life), Queries()
        self.people = People(self.world, self._life, links, queries)
        self.admins = Admins(self.world, self._life, links)
        self._door = Door(Rest(self.world, self._life, links, self.limiter, self.webhook), queries)

    def routes(self) -> list[web.RouteDef]:
        """`/bot<token>/<method>`."""
        return self._door.routes()

    def seed(self, data: Any) -> Json:
        """Adds chats and people; the bot is told of its chats. Raises Refused when the description can't be read."""
        return seed.apply(self._life, self.limiter.limits, data)

    def chat_view(self, value: Any) -> Json:
        """A chat for `GET /sandbox/telegram/chats/{id}`; one that moved to another id tells where to."""
        old = self.world.chats.get(int(value)) if str(value).lstrip("-").isdigit() else None
        chat = old if old is not None and old.migrated_to is not None else views.chat_of(self.world, value)
        return views.chat_view(self.world, chat, self._now())

    def user_view(self, value: Any) -> Json:
        """A person for `GET /sandbox/telegram/users/{id}`."""
        return views.person_view(self.world, views.user_of(self.world, value))

    def state(self) -> Json:
        """For `GET /sandbox/state`."""
        world, now = self.world, self._now()
        me = world.bot.user
        return {
            "bot": {"id": me.id, "username": me.username, "name": me.first_name, "commands": world.commands},
            "updates": {
                "pending": self.updates.pending,
                "polling": self.updates.polling,
                "webhook": self.webhook.hook.url if self.webhook.hook is not None else None,
                "allowed_updates": sorted(self.updates.allowed),
            },
            "users": [views.user_view(user) for user in world.users.values() if not user.is_bot],
            "chats": [
                views.standing_view(world, chat, now) for chat in world.chats.values() if chat.kind is not Kind.PRIVATE
            ],
            "too_many_requests": self.limiter.refused,
        }

    async def close(self) -> None:
        """Stops delivering to the webhook."""
        await self.webhook.close()
