"""Whose a role is, read from Discord's own log: only what the bot gave may be taken by it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.soak.cast import DAY

BOT = "the bot"
RESTORED_MAX = 3
"""A role that somebody keeps taking by hand may be left so until the next day's comparison."""


class Owner(StrEnum):
    """Who gave what is held now.

    HAND: a moderator, while nothing else opened it. UNCLEAR: a moderator, when the bot had given it or was about to: a
    try whose answer was lost looks the same as one that never was made, so it may stay at the end or go.
    """

    NOBODY = "nobody"
    BOT = "bot"
    HAND = "hand"
    UNCLEAR = "unclear"


@dataclass(slots=True)
class _Trace:
    """`claimed`: the bot gave it and has not taken it since, whatever others did meanwhile."""

    owner: Owner = Owner.NOBODY
    claimed: bool = False
    taken_at: list[float] = field(default_factory=list)


class Owners:
    """What the log says, up to a moment."""

    def __init__(self, now: float, gifts: Collection[tuple[str, str, float]]) -> None:
        self._now = now
        self._gifts = gifts
        self._traces: dict[tuple[str, str], _Trace] = {}
        self.taken_wrongly: list[str] = []

    def of(self, user: str, role: str) -> Owner:
        """Whose a role is."""
        return self._trace(user, role).owner

    def given_up(self, user: str, role: str) -> bool:
        """Whether it was taken by hand so often within a day that the bot may leave it so."""
        taken = self._trace(user, role).taken_at
        return len([at for at in taken if self._now - at < DAY + 7_200]) >= RESTORED_MAX

    def _trace(self, user: str, role: str) -> _Trace:
        return self._traces.setdefault((user, role), _Trace())

    def add(self, entry: Mapping[str, Any]) -> None:
        """One line of the log."""
        match entry["action"]:
            case "role_add":
                self._given(self._trace(entry["user"], entry["role_name"]), entry)
            case "role_remove":
                self._taken(self._trace(entry["user"], entry["role_name"]), entry)
            case "leave" | "kick" | "ban":
                for (user, _), trace in self._traces.items():
                    if user == entry["user"]:
                        trace.owner = Owner.NOBODY
            case _:
                pass

    def _given(self, trace: _Trace, entry: Mapping[str, Any]) -> None:
        by_bot = entry["by"] == BOT
        if entry["changed"] and by_bot:
            trace.owner = Owner.BOT
        elif entry["changed"]:
            is_gift = (entry["user"], entry["role_name"], entry["at"]) in self._gifts
            trace.owner = Owner.HAND if is_gift and not trace.claimed else Owner.UNCLEAR
        trace.claimed = trace.claimed or by_bot

    def _taken(self, trace: _Trace, entry: Mapping[str, Any]) -> None:
        by_bot = entry["by"] == BOT
        if by_bot and entry["changed"] and trace.owner is Owner.HAND:
            self.taken_wrongly.append(f"the bot took {entry['role_name']} of {entry['user_name']} at {entry['at']}")
        if not by_bot and entry["changed"]:
            trace.taken_at.append(entry["at"])
        if entry["changed"] or by_bot:
            trace.owner = Owner.NOBODY
        if by_bot:
            trace.claimed = False


def read(log: Iterable[Mapping[str, Any]], now: float, gifts: Collection[tuple[str, str, float]]) -> Owners:
    """Everything that the log says of roles; `gifts` as in the diary."""
    owners = Owners(now, gifts)
    for entry in log:
        owners.add(entry)
    return owners
