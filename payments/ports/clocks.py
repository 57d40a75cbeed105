"""The two clocks (invariant 9). Both give milliseconds since 1970 UTC."""

from typing import Protocol


class BusinessClock(Protocol):
    """What plans, periods and graces are about; in sandbox mode it follows the sandbox and can jump."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...


class MachineClock(Protocol):
    """For leases, backoff, limits and signatures; never jumps."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC, never going back within a process."""
        ...

    async def sleep(self, ms: int) -> None:
        """Wait."""
        ...
