"""How fast people are written to who wait for nothing. Pure.

Discord takes no private messages from a bot for a while that begins many conversations at once (40003), and stops it
for good when that looks like spam (20026). So a first of the month with hundreds of renewals is spread; whoever did
something, and waits for what came of it, is answered at once.
"""

from dataclasses import dataclass

EVERY_MS = 1_000


@dataclass(slots=True)
class Pace:
    """One message every `EVERY_MS`. Nothing is saved up: after a pause there is one, not many. Machine time."""

    _next_at: int = 0

    def may(self, now: int) -> bool:
        """Whether the next one may go. A clock that was set back holds nobody up."""
        return not now < self._next_at <= now + EVERY_MS

    def went(self, now: int) -> None:
        """One goes now."""
        self._next_at = now + EVERY_MS
