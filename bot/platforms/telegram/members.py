"""Who is in a chat; letting in by join requests, putting out by a ban that is lifted again.

A bot can bring nobody in and list no members. It makes one link a chat by which people ask to join, and approves those
who are on the list. What a call changed is believed when `getChatMember` says so.
"""

import asyncio
import logging
from collections.abc import Awaitable
from enum import StrEnum
from typing import TypeVar

from telegram import Chat, ChatFullInfo, ChatMember

from bot.platforms.telegram.api_types import SUPERGROUP, inside
from bot.platforms.telegram.calls import CALL_S, NO, Deleted, Moved, No, Refusal, outcome_of
from bot.platforms.telegram.invite_links import AWAY, BotClient, InviteLinks
from payments.core.community import Place, Target
from payments.ports.chat import Blocked, Busy, Done, Failed, Holding, NotThere, Open, Outcome, Room

log = logging.getLogger("guestlist.telegram")

NOBODY_ASKS = ("hide_requester_missing",)
IN_ALREADY = ("user_already_participant",)
SOON_MS = 1_000

T = TypeVar("T")


class MemberStatus(StrEnum):
    """Somebody's standing in a chat."""

    OUT = "out"
    IN = "in"
    ADMIN = "admin"  # put out by the owner alone
    BANNED = "banned"


class ChatMembers:
    """The part of `ChatPlatform` that lets in and puts out. Each method ends within 15 s; a database that is away is
    raised (`StoreUnavailable`)."""

    def __init__(self, wire: BotClient, links: InviteLinks) -> None:
        self._wire = wire
        self._links = links

    async def holds(self, user_id: str, target: Target) -> Holding | NotThere | Blocked | Busy | Failed:
        """Whether the person is in the chat now."""
        return await _bounded(self._holds(user_id, target))

    async def give(self, user_id: str, target: Target) -> Outcome:
        """Approve the person's request to join. Without one: `NotThere`, with the link by which they can ask.

        A ban of ours that was not lifted yet is lifted. One that an admin made stays: `Blocked`.
        """
        return await _bounded(self._give(user_id, target))

    async def take(self, user_id: str, target: Target) -> Outcome:
        """Put the person out; done when Telegram says that they have left.

        That we are at it is stored before the ban, so that one of ours is never left, nor an admin's ever lifted.
        """
        return await _bounded(self._take(user_id, target))

    async def turn_away(self, user_id: str, target: Target) -> Outcome:
        """Decline the person's request to join; `NotThere` where there is none."""
        return await _bounded(self._turn_away(user_id, target))

    async def check(self, target: Target) -> Done | Blocked | Busy | Failed:
        """Whether we could let in and put out: the chat is there, and we are an admin with the two rights."""
        return await _bounded(self._check(target))

    async def rooms(self, place: Place) -> list[Room] | None:
        """The chat itself; no room where the bot is not in it. None when Telegram doesn't say."""
        chat_id = int(place.external_id)
        info = await self._wire.ask(lambda bot: bot.get_chat(chat_id))
        own = await self._wire.ask(lambda bot: bot.get_chat_member(chat_id, bot.id))
        if isinstance(info, NO) or isinstance(own, NO):
            return [] if isinstance(info, Blocked | NotThere) or isinstance(own, Blocked | NotThere) else None
        if own.status in (ChatMember.LEFT, ChatMember.BANNED):
            return []
        missing = () if _may_write(info.type, own) else ("Post Messages",)
        return [Room(place.external_id, info.title or place.external_id, missing, open=info.username is not None)]

    async def open_ways(self, chat_id: int) -> tuple[Open, ...]:
        """How people come in, or read along, past the list; nothing where Telegram doesn't say. Links that admins make
        are not told to bots."""
        chat = await self._wire.ask(lambda bot: bot.get_chat(chat_id))
        if not isinstance(chat, ChatFullInfo):
            return ()
        ways = (Open.PUBLIC,) if chat.username or chat.active_usernames else ()
        adds = chat.type == "supergroup" and chat.permissions is not None and chat.permissions.can_invite_users
        return (*ways, Open.MEMBERS_ADD) if adds else ways

    # -- what they do ------------------------------------------------------------------------------------------------

    async def _holds(self, user_id: str, target: Target) -> Holding | NotThere | Blocked | Busy | Failed:
        standing = await self._standing(user_id, target)
        if not isinstance(standing, MemberStatus):
            return await self._told(standing, target)
        sees = await self._sees_members(target) if standing is MemberStatus.OUT else Done()
        return Holding(standing in (MemberStatus.IN, MemberStatus.ADMIN)) if isinstance(sees, Done) else sees

    async def _give(self, user_id: str, target: Target) -> Outcome:
        standing = await self._standing(user_id, target)
        if standing is MemberStatus.BANNED:
            standing = await self._lift(user_id, target)
        match standing:
            case MemberStatus.IN | MemberStatus.ADMIN:
                return Done()
            case MemberStatus.BANNED:
                return Blocked("banned", "an admin of the chat banned them")
            case MemberStatus.OUT:
                return await self._approve(user_id, target)
            case _:
                return await self._told(standing, target)

    async def _approve(self, user_id: str, target: Target) -> Outcome:
        approved = await self._wire.ask(
            lambda bot: bot.approve_chat_join_request(int(target.place_id), int(user_id), rate_limit_args=True)
        )
        if isinstance(approved, NotThere) or (isinstance(approved, Refusal) and _says(approved, NOBODY_ASKS)):
            link = await self._links.of(target.place_id)
            return NotThere(link) if isinstance(link, str) else await self._told(link, target)
        if isinstance(approved, NO) and not (isinstance(approved, Refusal) and _says(approved, IN_ALREADY)):
            return await self._told(approved, target)
        standing = await self._standing(user_id, target)
        if not isinstance(standing, MemberStatus):
            return await self._told(standing, target)
        there = standing in (MemberStatus.IN, MemberStatus.ADMIN)
        return Done() if there else Busy(SOON_MS, "Telegram has not let them in yet")

    async def _take(self, user_id: str, target: Target) -> Outcome:
        standing = await self._standing(user_id, target)
        match standing:
            case MemberStatus.ADMIN:
                return Blocked("chat_admin", "is an admin of the chat")
            case MemberStatus.OUT:
                return await self._is_out(user_id, target)
            case MemberStatus.IN:
                return await self._kick(user_id, target)
            case MemberStatus.BANNED:
                lifted = await self._lift(user_id, target)
                if lifted is MemberStatus.BANNED:
                    return NotThere()  # by an admin, who wants it so
                return await self._left(lifted, target)
            case _:
                return await self._told(standing, target)

    async def _is_out(self, user_id: str, target: Target) -> Outcome:
        """Telegram answers for certain only to admins; from others it may hide who is inside."""
        sees = await self._sees_members(target)
        if isinstance(sees, Done):
            await self._end_kick(user_id, target)
            return NotThere()
        return sees

    async def _turn_away(self, user_id: str, target: Target) -> Outcome:
        declined = await self._wire.ask(
            lambda bot: bot.decline_chat_join_request(int(target.place_id), int(user_id), rate_limit_args=True)
        )
        if isinstance(declined, Refusal) and _says(declined, NOBODY_ASKS + IN_ALREADY):
            return NotThere()
        return await self._told(declined, target) if isinstance(declined, NO) else Done()

    async def _kick(self, user_id: str, target: Target) -> Outcome:
        app = self._wire.app
        async with app.store.transaction() as tx:
            await tx.chat_rooms.begin_kick(_chat(target), user_id, app.business.now())
        banned = await self._wire.ask(lambda bot: bot.ban_chat_member(int(target.place_id), int(user_id)))
        if isinstance(banned, NO):
            if isinstance(banned, (Blocked, NotThere, Refusal)):  # for certain no ban of ours: the next is an admin's
                await self._end_kick(user_id, target)
            if isinstance(banned, NotThere) and not isinstance(banned, Deleted):
                return Failed("Telegram says that they are inside, and knows nobody to ban")
            return await self._told(banned, target)
        return await self._left(await self._lift(user_id, target), target)

    async def _left(self, standing: MemberStatus | No, target: Target) -> Outcome:
        match standing:
            case MemberStatus.OUT | MemberStatus.BANNED:  # banned: an admin's ban came between, and stays
                return Done()
            case MemberStatus.IN | MemberStatus.ADMIN:
                return Failed("is in the chat still")
            case _:
                return await self._told(standing, target)

    async def _lift(self, user_id: str, target: Target) -> MemberStatus | No:
        """Lift a ban if it is ours; the standing after that."""
        async with self._wire.app.store.transaction() as tx:
            if not await tx.chat_rooms.kicking(_chat(target), user_id):
                return MemberStatus.BANNED
        lifted = await self._wire.ask(
            lambda bot: bot.unban_chat_member(int(target.place_id), int(user_id), only_if_banned=True)
        )
        if isinstance(lifted, NO):
            return lifted
        standing = await self._standing(user_id, target)
        if standing is MemberStatus.BANNED:
            return Failed("Telegram says that they are banned, though the ban was lifted")
        if isinstance(standing, MemberStatus):
            await self._end_kick(user_id, target)
        return standing

    async def _end_kick(self, user_id: str, target: Target) -> None:
        async with self._wire.app.store.transaction() as tx:
            await tx.chat_rooms.end_kick(_chat(target), user_id)

    async def _check(self, target: Target) -> Done | Blocked | Busy | Failed:
        own = await self._own(target)
        if not isinstance(own, ChatMember):
            return own
        rights = [bool(getattr(own, name, False)) for name in ("can_invite_users", "can_restrict_members")]
        if own.status != ChatMember.ADMINISTRATOR or not all(rights):
            return Blocked("chat_no_rights", "the bot may not invite and ban users")
        return Done()

    async def _sees_members(self, target: Target) -> Done | Blocked | Busy | Failed:
        own = await self._own(target)
        if not isinstance(own, ChatMember):
            return own
        if own.status != ChatMember.ADMINISTRATOR:
            return Blocked("chat_no_rights", "only admins are told for certain who is in the chat")
        return Done()

    async def _own(self, target: Target) -> ChatMember | Blocked | Busy | Failed:
        """What the bot is in the chat, where it is in it."""
        own = await self._wire.ask(lambda bot: bot.get_chat_member(int(target.place_id), bot.id))
        if isinstance(own, NotThere):
            return Blocked("chat_no_access", "the bot is not in the chat")
        if isinstance(own, NO):
            told = await self._told(own, target)
            return Blocked("chat_no_access", "the bot is not in the chat") if isinstance(told, NotThere) else told
        if own.status in (ChatMember.LEFT, ChatMember.BANNED):
            return Blocked("chat_no_access", "the bot is not in the chat")
        return own

    # -- asking ------------------------------------------------------------------------------------------------------

    async def _standing(self, user_id: str, target: Target) -> MemberStatus | No:
        member = await self._wire.ask(lambda bot: bot.get_chat_member(int(target.place_id), int(user_id)))
        if isinstance(member, NotThere):  # so too of people who are inside, where the list of members is hidden
            sees = Done() if isinstance(member, Deleted) else await self._sees_members(target)
            return MemberStatus.OUT if isinstance(sees, Done) else sees
        if isinstance(member, NO):
            return member
        match member.status:
            case ChatMember.OWNER | ChatMember.ADMINISTRATOR:
                return MemberStatus.ADMIN
            case ChatMember.BANNED:
                return MemberStatus.BANNED
            case status:
                return MemberStatus.IN if inside(status, getattr(member, "is_member", None)) else MemberStatus.OUT

    async def _told(self, no: No, target: Target) -> NotThere | Blocked | Busy | Failed:
        """A refusal, for our caller; that a group became a supergroup is stored first."""
        if isinstance(no, Moved):
            async with self._wire.app.store.transaction() as tx:
                await tx.chat_rooms.migrate(_chat(target), str(no.chat_id), SUPERGROUP)
            log.info("telegram: the group %s became the supergroup %s", target.place_id, no.chat_id)
        return outcome_of(no)


def _may_write(kind: str, own: ChatMember) -> bool:
    """In a channel only admins with that right write; in a group everybody who isn't restricted."""
    if kind == Chat.CHANNEL:
        return bool(getattr(own, "can_post_messages", False))
    return own.status != ChatMember.RESTRICTED or bool(getattr(own, "can_send_messages", False))


def _chat(target: Target) -> Place:
    return Place(target.platform, target.place_id)


async def _bounded(work: Awaitable[T]) -> T | Busy:
    """Everything within the time that one delivery has for its platform."""
    try:
        async with asyncio.timeout(CALL_S):
            return await work
    except TimeoutError:
        return Busy(AWAY.retry_after_ms, "Telegram did not answer within 15 s")


def _says(refused: Refusal, words: tuple[str, ...]) -> bool:
    return any(word in refused.text for word in words)
