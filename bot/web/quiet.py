"""The listener's log: what a stranger can bring about fills no disk."""

import logging
import time
from collections import Counter

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

LINES_MAX = 20
"""So many lines in a minute; the last of them says that more are left out."""
SECONDS = 60.0

SERVER_LOG = logging.getLogger("guestlist.web")
"""Where aiohttp's server tells of faults, and we of the listener."""


HUNG_UP = ("Connection closed.", "Transport is closing")
"""How aiohttp's streams, and asyncio's `sendfile`, say that the other side has gone."""


class Strangers(logging.Filter):
    """Leaves out what is no fault and anybody's to do: broken HTTP, a body unlike its headers, hanging up."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be told."""
        error = record.exc_info[1] if record.exc_info else None
        hung_up = isinstance(error, RuntimeError) and str(error) in HUNG_UP
        return not hung_up and not isinstance(error, HttpProcessingError | web.RequestPayloadError)


class Sparing(logging.Filter):
    """At most so many lines of a kind in a minute; what is said is the kind, not what it is said of."""

    def __init__(self) -> None:
        super().__init__()
        self._since: dict[str, float] = {}
        self._lines: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be told."""
        kind, now = str(record.msg), time.monotonic()
        if now - self._since.get(kind, -SECONDS) >= SECONDS:
            self._since[kind], self._lines[kind] = now, 0
        self._lines[kind] += 1
        if self._lines[kind] == LINES_MAX:
            record.msg = f"{kind} (More lines like this are left out for a minute.)"
        return self._lines[kind] <= LINES_MAX


SERVER_LOG.addFilter(Strangers())
SERVER_LOG.addFilter(Sparing())
