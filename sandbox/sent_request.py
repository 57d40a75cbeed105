"""A webhook delivery as it was on the wire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One request to a receiver and its answer, as a recorder wants it. `status` 0: there was no answer."""

    url: str
    headers: dict[str, str]
    body: str
    started_at: float
    seconds: float
    status: int
    answer_headers: dict[str, str]
    answer: str
    error: str | None
