"""A limit on requests, as both chat platforms' rate limits are made of, and how a seed sets it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sandbox.refused import Refused, known


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


def set_limits(limits: Any, given: Any) -> None:
    """Set what a seed gives under `rate_limits`; `limits` is a dataclass of `Limit`s. Raises Refused."""
    known(given, "rate_limits", *(field.name for field in fields(limits)))
    for name, value in given.items():
        try:
            limit = Limit(int(value["requests"]), float(value["seconds"]))
            if limit.requests < 0 or limit.seconds <= 0:
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise Refused(f'rate_limits.{name} is {{"requests": 30, "seconds": 1}}; give both as numbers.') from None
        setattr(limits, name, limit)
