"""The roles of a Discord server, and whose each is by Discord's own log: only what the bot gave may be taken by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.soak.cast import DAY, PEOPLE
from tests.soak.diary import Diary

Json = Mapping[str, Any]

BOT = "the bot"
RESTORED_MAX = 3
"""A role that somebody keeps taking by hand may be left so until the next day's comparison."""


class Owner(StrEnum):
    """Who gave what is held now.

    HAND: a human, while nothing else opened it. UNCLEAR: a human, when the bot had given it or was about to: a try
    whose answer was lost looks the same as one that never was made, so it may stay at the end or go.
    """

    NOBODY = "nobody"
    BOT = "bot"
    HAND = "hand"
    UNCLEAR = "unclear"


@dataclass(slots=True)
class Trace:
    """`claimed`: the bot gave it and has not taken it since, whatever others did meanwhile."""

    owner: Owner = Owner.NOBODY
    claimed: bool = False
    taken_at: list[float] = field(default_factory=list)

    def given_by_hand(self, *, gift: bool) -> None:
        """A human gave it, or let somebody in; see `Diary.gifts`."""
        self.owner = Owner.HAND if gift and not self.claimed else Owner.UNCLEAR


class Roles:
    """Who holds which role, and whose it is."""

    def __init__(self, held: Mapping[str, set[str]], gifts: set[tuple[str, str, float]], now: float) -> None:
        self._held = held
        self._gifts = gifts
        self._now = now
        self._traces: dict[tuple[str, str], Trace] = {}
        self.taken_wrongly: list[str] = []

    def problem(self, account: str, target: str, *, must_be_in: bool) -> str | None:
        """What is wrong with an account and a role; None: nothing, or it is not in the server at all."""
        held = self._held.get(account)
        if held is None:
            return None
        trace = self._trace(account, target)
        if must_be_in and target not in held:
            taken = [at for at in trace.taken_at if self._now - at < DAY + 7_200]
            return None if len(taken) >= RESTORED_MAX else "lacks"
        return "holds" if not must_be_in and target in held and trace.owner is Owner.BOT else None

    def add(self, entry: Json) -> None:
        """One line of the log."""
        account = _ACCOUNTS.get(entry.get("user", ""))
        if account is None:
            return
        match entry["action"]:
            case "role_add":
                self._given(account, self._trace(account, entry["role_name"]), entry)
            case "role_remove":
                self._taken(account, self._trace(account, entry["role_name"]), entry)
            case "leave" | "kick" | "ban":
                for (theirs, _), trace in self._traces.items():
                    if theirs == account:
                        trace.owner = Owner.NOBODY
            case _:
                pass

    def _trace(self, account: str, target: str) -> Trace:
        return self._traces.setdefault((account, target), Trace())

    def _given(self, account: str, trace: Trace, entry: Json) -> None:
        by_bot = entry["by"] == BOT
        if entry["changed"] and by_bot:
            trace.owner = Owner.BOT
        elif entry["changed"]:
            trace.given_by_hand(gift=(account, entry["role_name"], entry["at"]) in self._gifts)
        trace.claimed = trace.claimed or by_bot

    def _taken(self, account: str, trace: Trace, entry: Json) -> None:
        by_bot = entry["by"] == BOT
        if by_bot and entry["changed"] and trace.owner is Owner.HAND:
            self.taken_wrongly.append(f"the bot took {entry['role_name']} of {account} at {entry['at']}")
        if not by_bot and entry["changed"]:
            trace.taken_at.append(entry["at"])
        if entry["changed"] or by_bot:
            trace.owner = Owner.NOBODY
        if by_bot:
            trace.claimed = False


_ACCOUNTS = {user: account for account, user in PEOPLE.items()}


def read(state: Json, diary: Diary, now: float) -> Roles:
    """The server as it is, and everything that its log says of roles."""
    guild = state["discord"]["guilds"][0]
    there = {member["id"]: set(member["role_names"]) for member in guild["members"]}
    held = {account: there[user] for account, user in PEOPLE.items() if user in there}
    roles = Roles(held, diary.gifts, now)
    for entry in guild["log"]:
        roles.add(entry)
    return roles
