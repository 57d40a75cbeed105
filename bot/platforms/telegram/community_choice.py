"""Which community somebody talks about in private, and whether they are an admin there."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import ChatMember

from bot.commands.allowance import Allowance
from bot.platforms.telegram.api_types import inside
from bot.platforms.telegram.calls import NO, outcome_of
from bot.platforms.telegram.invite_links import BotClient
from bot.platforms.telegram.replies import TryAgain
from payments.core.community import Identity, Place, Platform
from payments.core.ids import CommunityId
from payments.core.rights import Rank, Standing
from payments.flows.rights import ranks as rights
from payments.flows.runtime.places import served_in
from payments.ports.chat import Busy, NotThere, PlaceMember
from payments.ports.stores import ChatRoom, Contact

RIGHTS_MS = 20_000
RIGHTS_MAX = 2_000
AWAY_MS = 2_000
CHATS_MAX = 50
"""In how many served chats it is asked whether somebody is in them: all are the owner's own."""

MISSES, MISS_MS = 10, 60_000
"""So many chats that are not there may somebody name in a row, then one a minute. Telegram has given out billions of
numbers: a thousand accounts that guess day and night need years to meet one chat."""

STANDINGS = {ChatMember.OWNER: Standing.OWNER, ChatMember.ADMINISTRATOR: Standing.MODERATOR}
"""No single right of a Telegram admin opens anything here: only the chat's owner is somebody by standing."""


def place_of(chat_id: int | str) -> Place:
    """A chat as a place."""
    return Place(Platform.TELEGRAM, str(chat_id))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chat that somebody may talk about, by the name they know its community by."""

    chat: ChatRoom
    community_id: CommunityId | None
    name: str


class Rights:
    """Who is what in which chat, asked of Telegram and remembered for a moment."""

    def __init__(self, wire: BotClient) -> None:
        self._wire = wire
        self._known: OrderedDict[tuple[str, str], tuple[int, PlaceMember]] = OrderedDict()

    async def member(self, chat_id: str, user_id: str) -> PlaceMember | None:
        """What somebody is in a chat: outside only if Telegram says so. None where it refuses to say, as it does while
        the bot is put out; that is asked again each time. Raises `TryAgain`."""
        key, now = (chat_id, user_id), self._wire.app.machine.now()
        known = self._known.get(key)
        if known is not None and now - known[0] < RIGHTS_MS:
            return known[1]
        found = await self._asked(chat_id, user_id)
        if found is None:
            return None
        member = await self._weighed(found, chat_id, user_id)
        self._known[key] = (now, member)
        if len(self._known) > RIGHTS_MAX:
            self._known.popitem(last=False)
        return member

    async def _weighed(self, found: ChatMember | NotThere, chat_id: str, user_id: str) -> PlaceMember:
        if isinstance(found, NotThere):
            return PlaceMember(inside=False)
        if inside(found.status, getattr(found, "is_member", None)):
            return PlaceMember(True, STANDINGS.get(found.status, Standing.MEMBER))
        banned = found.status == ChatMember.BANNED and not await self._put_out_by_us(chat_id, user_id)
        return PlaceMember(inside=False, banned=banned)

    async def _put_out_by_us(self, chat_id: str, user_id: str) -> bool:
        """Whether it is no admin's ban, but the one with which we put out whoever has not paid: lifted in a moment."""
        async with self._wire.app.store.transaction() as tx:
            return await tx.chat_rooms.kicking(place_of(chat_id), user_id)

    async def may_invite(self, chat_id: str, user_id: str) -> bool | None:
        """Whether somebody could let others into a chat themselves; None as of `member`. Raises `TryAgain`."""
        found = await self._asked(chat_id, user_id)
        if found is None or isinstance(found, NotThere):
            return None if found is None else False
        return found.status == ChatMember.OWNER or bool(getattr(found, "can_invite_users", False))

    async def _asked(self, chat_id: str, user_id: str) -> ChatMember | NotThere | None:
        member = await self._wire.ask(lambda bot: bot.get_chat_member(int(chat_id), int(user_id), rate_limit_args=True))
        if isinstance(member, NO):
            refused = outcome_of(member)
            if isinstance(refused, Busy):
                raise TryAgain(refused.retry_after_ms, refused.detail)
            return refused if isinstance(refused, NotThere) else None
        return member

    def changed(self, chat_id: str, user_id: str) -> None:
        """Telegram told that somebody's standing changed."""
        self._known.pop((chat_id, user_id), None)


class CommunityChoice:
    """What somebody means by "here" in private."""

    def __init__(self, wire: BotClient, rights: Rights) -> None:
        self._wire = wire
        self._rights = rights
        self._misses = Allowance(MISSES, MISS_MS)

    async def chosen(self, talker: Contact) -> ChatRoom | Sequence[Candidate]:
        """The chat they chose or the only one there is; else those to choose from. Raises `TryAgain`."""
        if talker.chat_id is not None and (chat := await self._open_to(talker.user_id, talker.chat_id)) is not None:
            return chat
        found = await self.candidates(talker.user_id)
        communities = {candidate.community_id for candidate in found}
        if len(found) == 1:
            return found[0].chat
        if len(communities) == 1 and None not in communities:
            return await self._where_admin(found, talker.user_id)
        return found

    async def _where_admin(self, found: Sequence[Candidate], user_id: str) -> ChatRoom:
        """Of a community's several chats the one where they may manage it; any, where they may not."""
        identity = Identity(Platform.TELEGRAM, user_id)
        for candidate in found:
            rank = await rights.rank_in(self._wire.app, place_of(candidate.chat.id), identity)
            if rank is None:
                raise TryAgain(AWAY_MS, "Telegram does not say who is an admin")
            if rank > Rank.NONE:
                return candidate.chat
        return found[0].chat

    async def candidates(self, user_id: str) -> Sequence[Candidate]:
        """Served chats that this person is in: nobody learns the name of a community they are not in.

        Raises `TryAgain` where Telegram can't be asked.
        """
        asked = (await self._served())[:CHATS_MAX]
        members = await asyncio.gather(*(self._rights.member(one.chat.id, user_id) for one in asked))
        return [one for one, member in zip(asked, members, strict=True) if member is not None and member.inside]

    async def about(self, chat: ChatRoom, user_id: str) -> str | None:
        """The name of a chat's community, to be said where others are served too; only to who is in the chat.

        Raises `TryAgain`.
        """
        served = await self._served()
        here = next((one for one in served if one.chat.id == chat.id), None)
        if here is None or len({one.community_id or one.chat.id for one in served}) < 2:
            return None
        member = await self._rights.member(chat.id, user_id)
        return here.name if member is not None and member.inside else None

    async def _served(self) -> list[Candidate]:
        """Every served chat, by name."""
        found: list[Candidate] = []
        app = self._wire.app
        async with app.store.transaction() as tx:
            present = await tx.chat_rooms.present(Platform.TELEGRAM)
            chats = {place_of(chat.id): chat for chat in present if chat.kind in ("supergroup", "channel")}
            for place in await served_in(app, tx, list(chats)):
                community = await tx.communities.at(place)
                name = chats[place].title if community is None else community.name
                found.append(Candidate(chats[place], None if community is None else community.id, name))
        return sorted(found, key=lambda candidate: (candidate.name.casefold(), candidate.chat.id))

    async def choose(self, user_id: str, chat_id: str) -> ChatRoom | None:
        """Talk about this chat from now on; None as of `led_to`. Raises `TryAgain`."""
        chat = await self.led_to(user_id, chat_id)
        if chat is not None:
            async with self._wire.app.store.transaction() as tx:
                await tx.contacts.choose(Identity(Platform.TELEGRAM, user_id), chat_id)
        return chat

    async def led_to(self, user_id: str, chat_id: str) -> ChatRoom | None:
        """The chat that an address or a button names: both can be made up, so this is where chats could be guessed.

        None where there is nothing for them, or they have named too many such chats lately; nobody is told which.
        Raises `TryAgain`.
        """
        who, now = Identity(Platform.TELEGRAM, user_id), self._wire.app.machine.now()
        if self._misses.wait_ms(who, now):
            return None
        chat = await self._open_to(user_id, chat_id) if re.fullmatch(r"-[0-9]{1,20}", chat_id) else None
        if chat is None:
            self._misses.take(who, now)
        return chat

    async def _open_to(self, user_id: str, chat_id: str) -> ChatRoom | None:
        """A chat that we are in, unless an admin has banned them from it. Raises `TryAgain`."""
        async with self._wire.app.store.transaction() as tx:
            chat = await tx.chat_rooms.get(place_of(chat_id))
        if chat is None or chat.removed_at is not None or chat.kind == "group":
            return None
        member = await self._rights.member(chat_id, user_id)
        return None if member is not None and member.banned else chat
