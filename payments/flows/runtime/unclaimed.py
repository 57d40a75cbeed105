"""Servers and chats that the bot is in but does not serve: kept in memory alone, until they are claimed or left.

Telegram's webhooks come to any process, and only the one that holds the door can leave a chat. So what one meets is
said to the others, as a word that wakes them (`Engine.wake`).
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from payments.core.community import Place, Platform

UNCLAIMED_MAX = 1_000
"""Beyond, the one that waits longest is left at once: strangers can fill this list, but no more than this."""

KNOWN_MAX = 10 * UNCLAIMED_MAX
"""Beyond, the oldest is forgotten: a process that does not hold the door leaves none."""

EXPECTED_MAX = 100

MET = "met"
"""What a word that tells of a visit begins with."""

GREETED_EVERY_MS = 10 * 60_000
GREETED_MAX, GREETED_AT_ONCE = 1_000, 20
"""An account that brings the bot somewhere again and again is told once in this time that the place isn't served."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay in an unclaimed place since `since_at` (business time). `added_by`: the account that brought the bot, and
    `locale` its language."""

    place: Place
    name: str
    since_at: int
    added_by: str | None
    locale: str = "en"

    def word(self) -> str:
        """It, for the other processes."""
        told = (self.place.platform, self.place.external_id, self.name, self.since_at, self.added_by, self.locale)
        return f"{MET} {json.dumps(told)}"


class Unclaimed:
    """Where the bot waits for `/claim`. Forgotten with the process; met again as soon as anything happens there."""

    def __init__(self) -> None:
        self._visits: OrderedDict[Place, Visit] = OrderedDict()
        self._expected: OrderedDict[Place, None] = OrderedDict()
        self._to_greet: list[Visit] = []
        self._greeted: OrderedDict[str, int] = OrderedDict()

    def expect(self, place: Place) -> None:
        """A served group is about to become this supergroup: no row knows its new id until that update is handled."""
        self._expected[place] = None
        while len(self._expected) > EXPECTED_MAX:
            self._expected.popitem(last=False)

    def expected(self, place: Place) -> bool:
        """Whether a served group is becoming this one."""
        return place in self._expected

    def arrived(self, place: Place) -> None:
        """A row knows the supergroup from now on: it alone says whether it is served."""
        self._expected.pop(place, None)

    def meet(self, place: Place, name: str, now: int, added_by: str | None = None, locale: str = "en") -> bool:
        """The bot is in a place that is not served. True if that is news, or who brought it is."""
        known = self._visits.get(place)
        if known is not None and (added_by is None or known.added_by == added_by):
            return False
        self._visits.pop(place, None)  # the latest to be brought stands last
        visit = Visit(place, name, now if known is None else known.since_at, added_by, locale)
        self._visits[place] = visit
        while len(self._visits) > KNOWN_MAX:
            self._visits.popitem(last=False)
        self._greet(visit, now)
        return True

    def hear(self, word: str) -> bool:
        """Another process says who it met; False for a message about anything else."""
        begin, _, told = word.partition(" ")
        if begin != MET:
            return False
        platform, external_id, name, since_at, added_by, locale = json.loads(told)
        self.meet(Place(Platform(platform), external_id), name, since_at, added_by, locale)
        return True

    def of(self, place: Place) -> Visit | None:
        """The stay in a place."""
        return self._visits.get(place)

    def _greet(self, visit: Visit, now: int) -> None:
        last = self._greeted.get(visit.added_by or "")
        if visit.added_by is None or (last is not None and now - last < GREETED_EVERY_MS):
            return
        self._to_greet.append(visit)
        del self._to_greet[:-GREETED_AT_ONCE]
        self._greeted[visit.added_by] = now
        self._greeted.move_to_end(visit.added_by)
        if len(self._greeted) > GREETED_MAX:
            self._greeted.popitem(last=False)

    def to_greet(self) -> Sequence[Visit]:
        """Stays that began since this was asked last, and whose bringer is to be told; a part, if they are many."""
        found, self._to_greet = self._to_greet, []
        return [visit for visit in found if visit.place in self._visits]

    @property
    def waiting(self) -> int:
        """In how many places the bot waits."""
        return len(self._visits)

    def forget(self, place: Place) -> None:
        """The place was claimed, or the bot is no longer in it."""
        self._visits.pop(place, None)

    def brought_by(self, user_id: str) -> Sequence[Visit]:
        """Where this account brought the bot, the latest last."""
        return [visit for visit in self._visits.values() if visit.added_by == user_id]

    def due(self, now: int, stay_ms: int) -> Sequence[Visit]:
        """The stays that are over, the longest first."""
        surplus = len(self._visits) - UNCLAIMED_MAX
        visits = list(self._visits.values())
        return [v for n, v in enumerate(visits) if n < surplus or now >= v.since_at + stay_ms]
