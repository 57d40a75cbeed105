"""The hidden way: what the service has in its database, as lines that a visitor understands. It only reads."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox.page.backstage import Line


class Way:
    """Reads the service's SQLite file."""

    def __init__(self, database: Path, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now
        self.lines: Sequence[Line] = ()

    def read(self) -> None:
        """Looks at what changed."""

    def close(self) -> None:
        """Lets go of the file."""
