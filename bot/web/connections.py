"""The connections of one listener: in which stage each is, for how long, and which one goes when there are too many.

In each stage the connections stand in the order in which they came to it. So the first is the one nearest to its limit,
and the one that is closed when room is needed: whoever floods a stage pushes out their own, while an honest request is
through within milliseconds.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from typing import Protocol

from bot.web.limits import Limits

log = logging.getLogger("guestlist.web")

TOLD_EVERY_SECONDS = 60.0


VERIFYING_SECONDS = 1.0
"""A request that is all here is verified or refused within milliseconds, and nothing closes it meanwhile: a burst of
false ones would otherwise push out a true one before anybody looked at it. Longer than this, nobody is spared."""


class Stage(IntEnum):
    """What a connection is doing. Of those that take room from each other the lower one goes first."""

    IDLE = 0  # kept alive after an answer
    HEAD = 1  # opened, or sending a request's head
    PAGE = 2  # a request without a signature is being answered
    KEPT = 3  # kept alive after a webhook that was verified
    BODY = 4  # a request that claims to be signed: nobody knows yet, though all of it may be here
    VERIFIED = 5  # the sender of one is known: it is never closed to make room, nor while it is being stored


STRANGERS = (Stage.IDLE, Stage.HEAD, Stage.PAGE)
WEBHOOKS = (Stage.KEPT, Stage.BODY)
"""Those of the webhooks' share that may be closed."""

HOARDERS = (Stage.BODY, Stage.PAGE, Stage.HEAD)
"""Who gives bytes back first when too many are held."""


class Connection(Protocol):
    """What this needs of a connection. `held`: bytes of its that are not verified. `whole`: all of the request that it
    claims to be signed is here, so that it is verified, or refused, as soon as the loop comes to it."""

    stage: Stage | None
    held: int
    whole: bool

    def end(self, why: str) -> None:
        """Close it now, with a word if nothing was answered yet. `why` is what it is counted as."""
        ...


class Connections:
    """Keeps one listener's connections within its limits. `ended` hears of each that is closed for them, and why."""

    def __init__(self, limits: Limits, ended: Callable[[str], None]) -> None:
        self.limits = limits
        self.held = 0
        self._ended = ended
        self._in: Mapping[Stage, OrderedDict[Connection, float]] = {stage: OrderedDict() for stage in Stage}
        self._told: dict[str, float] = {}
        self._seconds = {
            Stage.IDLE: (limits.idle_seconds, "idle"),
            Stage.HEAD: (limits.head_seconds, "head"),
            Stage.PAGE: (limits.page_seconds, "page"),
            Stage.KEPT: (limits.idle_seconds, "idle"),
            Stage.BODY: (limits.body_seconds, "body"),
        }

    def __len__(self) -> int:
        return self.count(Stage)

    def count(self, stages: Iterable[Stage]) -> int:
        """How many connections are in these stages."""
        return sum(len(self._in[stage]) for stage in stages)

    def enter(self, connection: Connection, stage: Stage) -> None:
        """It comes to a stage; if that makes too many, the first in line goes, which may be this one."""
        self._out(connection)
        connection.stage = stage
        self._in[stage][connection] = time.monotonic()
        if stage in STRANGERS and self.count(STRANGERS) > self.limits.strangers:
            # Requests that stay unanswered would otherwise shut out every newcomer, those with a webhook too.
            stuck = self.count((Stage.PAGE,)) > self.limits.strangers // 2
            self._make_room((Stage.IDLE, Stage.PAGE, Stage.HEAD) if stuck else STRANGERS)
        elif stage in WEBHOOKS and self.count((*WEBHOOKS, Stage.VERIFIED)) > self.limits.webhooks:
            # False ones make room for each other: what Stripe keeps open may be about to be used.
            flooded = self.count((Stage.BODY,)) > self.limits.webhooks // 2
            self._make_room((Stage.BODY,) if flooded else WEBHOOKS)

    def leave(self, connection: Connection) -> None:
        """It is closed."""
        self.release(connection)
        self._out(connection)

    def _out(self, connection: Connection) -> None:
        if connection.stage is not None:
            self._in[connection.stage].pop(connection, None)
            connection.stage = None

    def _make_room(self, stages: Iterable[Stage]) -> None:
        first = self._first(stages)
        if first is not None:
            self.tell("connections", "More connections than the listener takes; the stalest are closed.")
            first.end("crowded")

    def _first(self, stages: Iterable[Stage]) -> Connection | None:
        """The first in line of the first of these stages; none that is being verified. Of those there are never more
        beyond the limit than strangers may open, for each was one of theirs a moment ago."""
        return next((one for stage in stages for one in self._in[stage] if not self._verifying(one)), None)

    def _verifying(self, connection: Connection) -> bool:
        """Whether all of it came just now, and the loop was not back at it yet."""
        if connection.stage is not Stage.BODY or not connection.whole:
            return False
        return time.monotonic() - self._in[Stage.BODY][connection] < VERIFYING_SECONDS

    def shed(self, count: int) -> None:
        """Close so many strangers: descriptors are scarce."""
        for _ in range(count):
            first = self._first(STRANGERS)
            if first is None:
                return
            first.end("crowded")

    # -- bytes ---------------------------------------------------------------------------------------------------------
    def hold(self, connection: Connection, count: int) -> None:
        """So many more bytes of it are held, or fewer. If that is too much in all, whoever holds some longest goes, but
        not for a request that is whole: its bytes are verified or dropped as soon as the loop comes to it. So there can
        be more for one turn of the loop, by what is read in one: 64 KiB a connection."""
        connection.held += count
        self.held += count
        while self.held > self.limits.unverified_bytes:
            hoarder = self._hoarder(connection)
            if hoarder is None:
                return
            self.tell("bytes", "More unverified bytes than the listener holds; the stalest requests are refused.")
            hoarder.end("bytes")
            if hoarder is connection:
                return

    def _hoarder(self, newest: Connection) -> Connection | None:
        lines = (self._in[stage] for stage in HOARDERS)
        others = (one for line in lines for one in line if one.held and one is not newest)
        return next((one for one in (*others, newest) if not self._verifying(one)), None)

    def release(self, connection: Connection) -> None:
        """What was held of it is verified, answered or gone."""
        self.held -= connection.held
        connection.held = 0

    # -- time ----------------------------------------------------------------------------------------------------------
    def sweep(self) -> None:
        """Close whatever has been in its stage for too long."""
        now = time.monotonic()
        for stage, (seconds, why) in self._seconds.items():
            line = self._in[stage]
            while line:
                first = next(iter(line))
                if now - line[first] < seconds:
                    break
                first.end(why)

    def end_all(self) -> None:
        """The listener stops."""
        for line in self._in.values():
            while line:
                next(iter(line)).end("stopped")

    def ended(self, why: str) -> None:
        """One was closed for a limit."""
        self._ended(why)

    def tell(self, about: str, words: str) -> None:
        """A line in the log, once a minute for each subject: anybody can bring it about."""
        now = time.monotonic()
        if now - self._told.get(about, -TOLD_EVERY_SECONDS) >= TOLD_EVERY_SECONDS:
            self._told[about] = now
            log.warning("%s (Told once a minute at most.)", words)
