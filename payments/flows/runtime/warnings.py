"""Who was warned of what, in this process: a restart warns again."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

CONFIRM_MS = 10 * 60_000
"""How long a warning may be answered by doing the same again (machine time)."""

WARNINGS_MAX = 1_000


@dataclass(slots=True)
class Warnings:
    """The warnings that still can be answered, oldest first."""

    _until: OrderedDict[Hashable, int] = field(default_factory=OrderedDict)

    def confirmed(self, what: Hashable, now: int) -> bool:
        """Whether somebody was warned of this lately; if not, they are from now on."""
        if self._until.get(what, 0) > now:
            return True
        self._until[what] = now + CONFIRM_MS
        self._until.move_to_end(what)
        if len(self._until) > WARNINGS_MAX:
            self._until.popitem(last=False)
        return False
