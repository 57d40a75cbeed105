"""The lines of the hidden way that are kept, and which of them changed since somebody looked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.page.backstage import Line

LINES_KEPT = 200


@dataclass(slots=True)
class _Kept:
    line: Line
    number: int
    mark: int


class Lines:
    """Keeps the newest lines in the order of their first appearance. Marks count every change, and only grow."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._forgotten: dict[str, None] = {}
        self.mark = 0
        self._numbers = 0

    def take(self, lines: Iterable[Line]) -> None:
        """Adds lines, or changes those of a known id; of more than `LINES_KEPT` the first go, and stay away."""
        for line in lines:
            kept = self._kept.get(line.id)
            if kept is not None:
                if kept.line != line:
                    self.mark += 1
                    kept.line, kept.mark = line, self.mark
                continue
            if line.id in self._forgotten:
                continue
            self.mark += 1
            self._numbers += 1
            self._kept[line.id] = _Kept(line, self._numbers, self.mark)
        while len(self._kept) > LINES_KEPT:
            gone = next(iter(self._kept))
            del self._kept[gone]
            self._forgotten[gone] = None
        while len(self._forgotten) > 10 * LINES_KEPT:
            del self._forgotten[next(iter(self._forgotten))]

    def since(self, mark: int) -> list[dict[str, object]]:
        """What changed after a mark, in the order of first appearance; `n` is that order."""
        return [{**kept.line.told(), "n": kept.number} for kept in self._kept.values() if kept.mark > mark]
