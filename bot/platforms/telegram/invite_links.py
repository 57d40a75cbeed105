"""The link by which people ask to join a chat, and what the bot may do there."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram import ChatFullInfo, ChatInviteLink, ChatMember
from telegram.ext import ExtBot

from bot.platforms.telegram.api_types import MANAGED_CHATS
from bot.platforms.telegram.calls import NO, No, Refusal, ask
from bot.texts import plain
from payments.core.community import Place, Platform
from payments.flows.runtime.context import AppContext
from payments.ports.chat import Blocked, Busy
from payments.ports.stores import ChatRoom

log = logging.getLogger("guestlist.telegram")

AWAY = Busy(5_000, "not connected to Telegram")
NAME = "Guestlist"
FRESH_MS = 3_600_000
"""A link that somebody revoked by hand is noticed after so long."""

T = TypeVar("T")


class BotClient:
    """The bot while we are connected, and the app. Every call's refusal is a value."""

    def __init__(self, app: Callable[[], AppContext], bot: Callable[[], ExtBot[bool] | None]) -> None:
        self._app = app
        self._bot = bot

    @property
    def app(self) -> AppContext:
        """Store, clocks and everything."""
        return self._app()

    @property
    def own_id(self) -> int:
        """The bot's own id; 0 while it is not connected."""
        bot = self._bot()
        return 0 if bot is None else bot.id

    @property
    def username(self) -> str:
        """The bot's username; empty while it is not connected."""
        bot = self._bot()
        return "" if bot is None else bot.username

    async def ask(self, call: Callable[[ExtBot[bool]], Awaitable[T]]) -> T | No:
        """One call."""
        bot = self._bot()
        return AWAY if bot is None else await ask(call(bot))


class InviteLinks:
    """One link a chat: made when first needed, stored, made again when it does not work any more."""

    def __init__(self, wire: BotClient) -> None:
        self._wire = wire
        self._looked_at: dict[str, int] = {}
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """A chat never gets two links, and waits for no other chat's."""

    async def of(self, chat_id: str) -> str | No:
        """The chat's link. Raises `StoreUnavailable`."""
        async with self._one_at_a_time[chat_id]:
            chat = await self.chat(chat_id)
            if not isinstance(chat, ChatRoom):
                return chat
            if chat.link is not None and await self._works(chat_id, chat.link):
                return chat.link
            made = await self._wire.ask(
                lambda bot: bot.create_chat_invite_link(int(chat_id), name=NAME, creates_join_request=True)
            )
            if isinstance(made, NO):
                return made
            app = self._wire.app
            async with app.store.transaction() as tx:
                await tx.chat_rooms.set_link(Place(Platform.TELEGRAM, chat_id), made.invite_link)
            self._looked_at[chat_id] = app.machine.now()
            return made.invite_link

    def doubt(self, chat_id: str) -> None:
        """Our rights in the chat changed: look at its link before it is used again."""
        self._looked_at.pop(chat_id, None)

    async def _works(self, chat_id: str, link: str) -> bool:
        """Whether a link was not revoked; asked now and then. In doubt it works."""
        now = self._wire.app.machine.now()
        if now - self._looked_at.get(chat_id, now - FRESH_MS) < FRESH_MS:
            return True
        answer = await self._wire.ask(
            lambda bot: bot.edit_chat_invite_link(int(chat_id), link, name=NAME, creates_join_request=True)
        )
        if isinstance(answer, Refusal) or (isinstance(answer, ChatInviteLink) and answer.is_revoked):
            return False
        self._looked_at[chat_id] = now
        return True

    async def chat(self, chat_id: str) -> ChatRoom | No:
        """The chat as we know it; asked of Telegram where nothing told us of it. Raises `StoreUnavailable`."""
        app = self._wire.app
        async with app.store.transaction() as tx:
            known = await tx.chat_rooms.get(Place(Platform.TELEGRAM, chat_id))
        if known is not None and known.removed_at is None:
            return known
        info = await self._wire.ask(lambda bot: bot.get_chat(int(chat_id)))
        if isinstance(info, NO):
            return info
        if info.type not in MANAGED_CHATS:
            return Blocked("target_gone", f"a {info.type} chat has no door")
        own = await self._wire.ask(lambda bot: bot.get_chat_member(int(chat_id), bot.id))
        if isinstance(own, NO):
            return own
        if own.status in (ChatMember.LEFT, ChatMember.BANNED):
            return Blocked("chat_no_access", "the bot is not in the chat")
        made = _chat_of(info, own, None if known is None else known.added_by)
        async with app.store.transaction() as tx:
            await tx.chat_rooms.put(made)
        return made


def _chat_of(info: ChatFullInfo, own: ChatMember, added_by: str | None) -> ChatRoom:
    return ChatRoom(
        platform=Platform.TELEGRAM,
        id=str(info.id),
        kind=str(info.type),
        title=plain(info.title or str(info.id)),
        can_invite=bool(getattr(own, "can_invite_users", False)),
        can_ban=bool(getattr(own, "can_restrict_members", False)),
        added_by=added_by,
    )
