"""Which updates are handled next: oldest first, and of one person or chat so many at once that others find a place."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.platforms.telegram import api_types
from bot.platforms.telegram.api_types import CallbackQuery, JoinRequest, MemberUpdated, Message, Update
from payments.core.community import Platform
from payments.ports.stores import Lease, StoredUpdate, Transaction

PERSON_MAX = 2
CHAT_MAX = 3
"""Of a worker's eight places: two crowded chats leave two to everybody else."""

PAGE, LOOKED_AT_MAX = 32, 500
"""How many that wait are looked at for those whose turn it is: first a few, then more where a crowd is in front."""


class Shares:
    """Picks what is claimed. Knows what is under way here, in the one process that handles updates."""

    def __init__(self) -> None:
        self._under_way: dict[str, Mapping[str, int]] = {}

    async def claim(self, tx: Transaction, lease: Lease, machine_now: int, limit: int) -> Sequence[StoredUpdate]:
        """Those whose turn it is, at most `limit`."""
        picked: list[str] = []
        for size in (PAGE, LOOKED_AT_MAX):
            waiting = await tx.inbox.waiting(Platform.TELEGRAM, machine_now, size)
            picked = self._picked(waiting, limit)
            if len(picked) == limit or len(waiting) < size:
                break
        return await tx.inbox.claim(Platform.TELEGRAM, lease, machine_now, limit, only=picked) if picked else []

    def begin(self, update: StoredUpdate) -> None:
        """It is being handled."""
        self._under_way[update.id] = shares_of(update.body)

    def end(self, update: StoredUpdate) -> None:
        """It is not, any more."""
        self._under_way.pop(update.id, None)

    def _picked(self, waiting: Sequence[StoredUpdate], limit: int) -> list[str]:
        taken = Counter(key for shares in self._under_way.values() for key in shares)
        picked: list[str] = []
        for update in waiting:
            shares = shares_of(update.body)
            if len(picked) < limit and all(taken[key] < most for key, most in shares.items()):
                taken.update(shares.keys())
                picked.append(update.id)
        return picked


def shares_of(body: str) -> Mapping[str, int]:
    """Whose share of the places an update takes, each with the most that it may have at once.

    Who comes and goes never waits for those who write in the same chat.
    """
    try:
        update = api_types.decode(body)
    except ValueError:
        return {}
    match update:
        case Update(message=Message() as message) if message.from_ is not None:
            return _of(message.from_.id, message.chat.id)
        case Update(callback_query=CallbackQuery() as query):
            return _of(query.from_.id, None if query.message is None else query.message.chat.id)
        case Update(my_chat_member=MemberUpdated() as changed):
            return _of(changed.from_.id, None)
        case Update(chat_member=MemberUpdated(chat=chat)) | Update(chat_join_request=JoinRequest(chat=chat)):
            return {f"door {chat.id}": CHAT_MAX}
        case _:
            return {}


def _of(user_id: int, chat_id: int | None) -> Mapping[str, int]:
    person = {f"person {user_id}": PERSON_MAX}
    return person if chat_id is None or chat_id > 0 else {**person, f"chat {chat_id}": CHAT_MAX}
