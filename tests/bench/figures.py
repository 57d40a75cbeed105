"""What a measurement says: figures with their goals, and the medians they are made of."""

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `goal` says what it is held against, `met` whether it holds; both empty: it is only told."""

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None
    note: str = ""

    def told(self) -> dict[str, Any]:
        """For `bench.json`."""
        return dataclasses.asdict(self)


def at_least(name: str, value: float, unit: str, least: float, note: str = "") -> Figure:
    """A figure that should be this or more."""
    return Figure(name, value, unit, f">= {least:g} {unit}".rstrip(), value >= least, note)


def at_most(name: str, value: float, unit: str, most: float, note: str = "") -> Figure:
    """A figure that should be this or less."""
    return Figure(name, value, unit, f"<= {most:g} {unit}".rstrip(), value <= most, note)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of all lies, such as 0.99; the nearest that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The middle of the rounds."""
    return statistics.median(values)


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """How many times the one is the other, both measured in each round: the median of the rounds' ratios."""
    return median([one / other for one, other in zip(over, under, strict=True)])
