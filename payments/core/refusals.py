"""What a platform's refusal means. One table for all platforms: their adapters only say which cause it is.

`docs/refusals.md` is the same table for operators; a test compares the two.
"""

from dataclasses import dataclass
from enum import StrEnum

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

PAUSE_MS_MIN = 5_000
PAUSE_MS_MAX = 6 * HOUR_MS
"""Pauses of what waits are as long as it has waited already, within these bounds."""

PROBE_MS_MIN = 2 * MINUTE_MS
PROBE_MS_MAX = 10 * MINUTE_MS
"""How often one of those held up by a cause is tried, however many there are."""


class Meaning(StrEnum):
    """What follows from a refusal. Dead is not among them: only faults in our own code use attempts up."""

    WAIT = "wait"  # tried again by itself, with growing pauses; never given up
    ADMIN = "admin"  # blocked until somebody acts; one of those concerned is tried every few minutes
    MEMBER = "member"  # waits for the person, who is told; no alarm


class Scope(StrEnum):
    """What else a refusal stops: what shares it has one alarm, and goes on together."""

    PLACE = "place"
    TARGET = "target"
    MEMBER = "member"  # each is tried by itself


class Cause(StrEnum):
    """Why a platform refuses. The value is stored, and names the sentence with what to do (`fix.…` in `bot.texts`)."""

    AWAY = "away"
    PLACE_AWAY = "place_away"
    UNKNOWN = "unknown"
    TWO_FACTOR = "two_factor"
    NO_ACCESS = "no_access"
    HIERARCHY = "hierarchy"
    TARGET_GONE = "target_gone"
    MANAGED = "managed"
    CHAT_NO_ACCESS = "chat_no_access"
    CHAT_NO_RIGHTS = "chat_no_rights"
    CHAT_FULL = "chat_full"
    CHAT_ADMIN = "chat_admin"
    BANNED = "banned"
    CHATS_MAX = "chats_max"
    SCREENING = "screening"
    CLOCK = "clock"
    MESSAGES_FAST = "messages_fast"
    MESSAGES_STOPPED = "messages_stopped"
    LOG_GONE = "log_gone"
    LOG_CLOSED = "log_closed"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table. ``alarm_ms``: how long it must have stood before the contact is told.

    ``sampled``: `ChatPlatform.check` doesn't see whether it is over, so one of those concerned is tried for all.
    """

    meaning: Meaning
    scope: Scope
    alarm_ms: int = 0
    sampled: bool = False


RULES: dict[Cause, Rule] = {
    Cause.AWAY: Rule(Meaning.WAIT, Scope.PLACE, HOUR_MS),
    Cause.PLACE_AWAY: Rule(Meaning.WAIT, Scope.PLACE, HOUR_MS),
    Cause.UNKNOWN: Rule(Meaning.WAIT, Scope.TARGET, HOUR_MS),
    Cause.TWO_FACTOR: Rule(Meaning.ADMIN, Scope.PLACE, sampled=True),
    Cause.NO_ACCESS: Rule(Meaning.ADMIN, Scope.PLACE),
    Cause.HIERARCHY: Rule(Meaning.ADMIN, Scope.TARGET),
    Cause.TARGET_GONE: Rule(Meaning.ADMIN, Scope.TARGET),
    Cause.MANAGED: Rule(Meaning.ADMIN, Scope.TARGET),
    Cause.CHAT_NO_ACCESS: Rule(Meaning.ADMIN, Scope.PLACE),
    Cause.CHAT_NO_RIGHTS: Rule(Meaning.ADMIN, Scope.PLACE),
    Cause.CHAT_FULL: Rule(Meaning.ADMIN, Scope.PLACE, sampled=True),
    Cause.CHAT_ADMIN: Rule(Meaning.ADMIN, Scope.MEMBER),
    Cause.BANNED: Rule(Meaning.ADMIN, Scope.MEMBER),
    Cause.CHATS_MAX: Rule(Meaning.ADMIN, Scope.MEMBER),
    Cause.SCREENING: Rule(Meaning.MEMBER, Scope.MEMBER),
    Cause.CLOCK: Rule(Meaning.ADMIN, Scope.PLACE),
    Cause.MESSAGES_FAST: Rule(Meaning.WAIT, Scope.PLACE, HOUR_MS),
    Cause.MESSAGES_STOPPED: Rule(Meaning.ADMIN, Scope.PLACE),
    Cause.LOG_GONE: Rule(Meaning.ADMIN, Scope.PLACE),
    Cause.LOG_CLOSED: Rule(Meaning.ADMIN, Scope.PLACE),
}


def cause_of(code: str) -> Cause:
    """The cause that an adapter, or a stored row, names; one that this version doesn't know is `UNKNOWN`."""
    return Cause(code) if code in RULES else Cause.UNKNOWN


def pause_ms(waited_ms: int) -> int:
    """How long to wait after a refusal when one has waited so long already: it doubles, up to 6 h, and stays there."""
    return min(max(waited_ms, PAUSE_MS_MIN), PAUSE_MS_MAX)


def probe_ms(stood_ms: int) -> int:
    """How long until one of those held up is tried again, when the cause has stood so long."""
    return min(max(stood_ms // 6, PROBE_MS_MIN), PROBE_MS_MAX)
