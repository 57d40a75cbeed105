"""The inbox has a bound for each person: who sends faster than we may answer fills no more than their own part."""

import logging
from collections import Counter, OrderedDict
from collections.abc import Sequence

from bot.platforms.telegram import api_types
from bot.platforms.telegram.api_types import Update
from payments.core.community import Platform
from payments.ports.stores import StoredUpdate, Transaction

WAITING_MAX = 30
"""What one person may have waiting: half a minute of answers, at the pace of one a second."""

FULL_MAX = 1_000

log = logging.getLogger("guestlist.telegram")


class Inbox:
    """Says what is stored. Remembers whose dropped updates it has reported, so that each is reported once."""

    def __init__(self) -> None:
        self._full: OrderedDict[str, None] = OrderedDict()

    async def admitted(self, tx: Transaction, came: Sequence[tuple[Update, StoredUpdate]]) -> Sequence[StoredUpdate]:
        """Those to be stored: all but what somebody writes or presses beyond their bound.

        What Telegram tells of chats and who is in them is never dropped, nor is anybody's wish to be let in.
        """
        asking = {one.ordering_key for update, one in came if api_types.is_asked(update)}
        waiting = Counter(await tx.inbox.depths(Platform.TELEGRAM, asking))
        admitted: list[StoredUpdate] = []
        for update, one in came:
            if api_types.is_asked(update) and waiting[one.ordering_key] >= WAITING_MAX:
                self._dropped(one.ordering_key)
                continue
            if api_types.is_asked(update) and waiting[one.ordering_key] == 0:
                self._full.pop(one.ordering_key, None)
            waiting[one.ordering_key] += 1
            admitted.append(one)
        return admitted

    def _dropped(self, ordering_key: str) -> None:
        if ordering_key not in self._full:
            log.warning(
                "telegram: %s sends faster than it can be answered; what is beyond %d is dropped",
                ordering_key,
                WAITING_MAX,
            )
        self._full[ordering_key] = None
        if len(self._full) > FULL_MAX:
            self._full.popitem(last=False)
