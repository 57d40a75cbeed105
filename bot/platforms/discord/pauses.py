"""When Discord may be asked again to take private messages, after it refused them for all."""

from dataclasses import dataclass

from payments.core.refusals import Cause

FIRST_MS = 30_000
LONGEST_MS = 10 * 60_000
COME_BACK_MS = 60_000
"""Whoever waits looks again after so long at most, without a call: the pause may be over sooner."""

SPACED_MS = 5_000
SPACED_FOR_MS = 3_600_000
"""For an hour after it said that we open channels too fast, we open one in so long."""


@dataclass(slots=True)
class Pause:
    """One kind of call that is refused for all. Times are machine time."""

    cause: Cause
    until: int = 0
    _step: int = 0
    _refused_at: int | None = None

    def left_ms(self, now: int) -> int:
        """How long to wait before the call may be made; 0: now."""
        return min(max(self.until - now, 0), COME_BACK_MS)

    def begin(self, now: int) -> None:
        """A call is made: while it was refused last, the others wait for what comes of it."""
        if self._step:
            self.until = now + self._step
        elif self._refused_at is not None and now - self._refused_at < SPACED_FOR_MS:
            self.until = now + SPACED_MS

    def refused(self, now: int) -> int:
        """It was refused; how long to wait."""
        self._step = min(max(2 * self._step, FIRST_MS), LONGEST_MS)
        self._refused_at, self.until = now, now + self._step
        return self.left_ms(now)

    def worked(self, now: int) -> None:
        """It was not refused."""
        if self._step:
            self._step, self.until = 0, now + (SPACED_MS if self.cause is Cause.MESSAGES_FAST else 0)
