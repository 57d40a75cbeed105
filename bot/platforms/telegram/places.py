"""Which community somebody talks about in private, and whether they are an admin there."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import ChatMember

from bot.platforms.telegram.calls import NO, outcome_of
from bot.platforms.telegram.links import Wire
from bot.platforms.telegram.replies import TryAgain
from payments.core.ids import CommunityId
from payments.core.model import Place, Platform
from payments.ports.platform import Busy
from payments.ports.stores import Chat, Talker

RIGHTS_MS = 20_000
RIGHTS_MAX = 2_000
CHATS_MAX = 200
"""How many chats are looked through for those that somebody may mean."""


def place_of(chat_id: int | str) -> Place:
    """A chat as a place."""
    return Place(Platform.TELEGRAM, str(chat_id))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chat that somebody may talk about, by the name they know its community by."""

    chat: Chat
    community_id: CommunityId | None
    name: str


class Rights:
    """Who is an admin where, asked of Telegram and remembered for a moment."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: OrderedDict[tuple[str, str], tuple[int, bool]] = OrderedDict()

    async def admin(self, chat_id: str, user_id: str) -> bool:
        """Whether somebody is the chat's owner or an admin. Raises `TryAgain` where Telegram can't be asked."""
        key, now = (chat_id, user_id), self._wire.engine.machine.now()
        known = self._known.get(key)
        if known is not None and now - known[0] < RIGHTS_MS:
            return known[1]
        member = await self._wire.ask(lambda bot: bot.get_chat_member(int(chat_id), int(user_id), rate_limit_args=True))
        if isinstance(member, NO):
            refused = outcome_of(member)
            if isinstance(refused, Busy):
                raise TryAgain(refused.retry_after_ms, refused.detail)
            return False
        admin = member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)
        self._known[key] = (now, admin)
        if len(self._known) > RIGHTS_MAX:
            self._known.popitem(last=False)
        return admin

    def changed(self, chat_id: str, user_id: str) -> None:
        """Telegram told that somebody's standing changed."""
        self._known.pop((chat_id, user_id), None)


class Places:
    """What somebody means by «here» in private."""

    def __init__(self, wire: Wire, rights: Rights) -> None:
        self._wire = wire
        self._rights = rights

    async def chosen(self, talker: Talker) -> Chat | Sequence[Candidate]:
        """The chat they chose or the only one there is; else those to choose from. Raises `TryAgain`."""
        if talker.chat_id is not None:
            async with self._wire.engine.store.transaction() as tx:
                chat = await tx.chats.get(talker.chat_id)
            if chat is not None and chat.removed_at is None:
                return chat
        found = await self.candidates(talker.user_id)
        communities = {candidate.community_id for candidate in found}
        if len(found) == 1:
            return found[0].chat
        if len(communities) == 1 and None not in communities:
            return await self._where_admin(found, talker.user_id)
        return found

    async def _where_admin(self, found: Sequence[Candidate], user_id: str) -> Chat:
        """Of a community's several chats the one where they may manage it; any, where they may not."""
        for candidate in found:
            if await self._rights.admin(candidate.chat.id, user_id):
                return candidate.chat
        return found[0].chat

    async def candidates(self, user_id: str) -> Sequence[Candidate]:
        """Chats with a community, and those to which this person added the bot; each community once, by its name."""
        found: list[Candidate] = []
        async with self._wire.engine.store.transaction() as tx:
            for chat in (await tx.chats.present())[:CHATS_MAX]:
                if chat.kind not in ("supergroup", "channel"):
                    continue
                community = await tx.communities.at(place_of(chat.id))
                if community is not None:
                    found.append(Candidate(chat, community.id, community.name))
                elif chat.added_by == user_id:
                    found.append(Candidate(chat, None, chat.title))
        return found

    async def choose(self, user_id: str, chat_id: str) -> Chat | None:
        """Talk about this chat from now on; None where we are not in it (any more)."""
        async with self._wire.engine.store.transaction() as tx:
            chat = await tx.chats.get(chat_id) if re.fullmatch(r"-[0-9]{1,20}", chat_id) else None
            if chat is None or chat.removed_at is not None or chat.kind == "group":
                return None
            await tx.talkers.choose(user_id, chat_id)
        return chat
