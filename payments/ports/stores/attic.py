"""What is finished, old, and no longer needed by anything."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Aged(StrEnum):
    """What grows old. docs/backup.md says how long each is kept, and what is never forgotten and why."""

    GUESSES = "guesses"  # at one-time codes; machine time
    JOININGS = "joinings"  # places that were to join a community; machine time
    TALKERS = "talkers"  # people the bot met on Telegram who never used it, and weren't seen since; business time
    CLAIMS = "claims"  # codes of `guestlist claim` that are over or were used; machine time
    NOTICES = "notices"  # messages of kinds that no later look at the same facts asks for; business time
    CHECKOUTS = "checkouts"  # links that ended unpaid, with the calls that made and ended them; business time
    LINK_ENDINGS = "link_endings"  # rounds in which links of what is not sold any more were ended; business time
    LOG_LINES = "log_lines"  # of log channels, but for unpaid bills: those are found again; business time
    AUDIT = "audit"  # business time


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows of this look are gone. `after`: where the next look goes on; None: all was looked at."""

    count: int
    after: str | None


class Attic(Protocol):
    """Forgets."""

    async def forget(self, what: Aged, before: int, after: str | None, limit: int) -> Forgotten:
        """Look at so many rows behind `after`, and forget those that were finished before this time."""
        ...
