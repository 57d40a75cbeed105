"""What the page is told of the service behind it. The sandbox knows no product: whoever runs one gives it in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

Json = dict[str, Any]


class CanNot(Exception):
    """The service can't be stopped or started now; the message is a sentence for the visitor."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the hidden way. A line of a known id replaces the one before.

    `at` is in the sandbox's seconds. `purchase` is a key that all lines of one customer share. `gist` says of a
    decision what changed and what it opens and closes, of an effect its target with a sign before it ("+ Members"), of
    what an admin or a person did, and of what is made at Stripe, its kind in one word.
    """

    id: str
    at: float
    step: str
    text: str
    state: str
    who: str | None = None
    reason: str | None = None
    purchase: str | None = None
    gist: str | None = None

    def told(self) -> Json:
        """For the page."""
        return asdict(self)


class Backstage(Protocol):
    """A service that runs beside the sandbox, as the page's visitor may look at it, kill it and start it again."""

    @property
    def url(self) -> str:
        """Where its own pages are."""
        ...

    @property
    def pid(self) -> int | None:
        """The number of its process; None while there is none."""
        ...

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it does its work: database, Stripe and both bots."""
        ...

    def lines(self) -> Sequence[Line]:
        """What it did, as far as it can be read now, oldest first; bounded."""
        ...

    async def kill(self) -> None:
        """Ends its process at once, as `kill -9` does. Raises CanNot when it does not run."""
        ...

    async def start(self) -> None:
        """Starts it again on what it had stored. Raises CanNot when it runs already, or does not get up."""
        ...
