"""One-time codes: 40 random bits that a person reads and types within minutes, stored hashed, attempts counted.

Their time is machine time, as every limit's is: a jump of business time neither ends a code nor revives one.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from payments.core.community import Identity, Place
from payments.flows.runtime.context import AppContext
from payments.ports.stores import Code, CodeKind, CodeState, Transaction

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters that nobody takes for one another: no 0 and O, no 1 and I."""

LENGTH = 8
CODE_MS = 10 * 60_000
TRIES_MAX = 5
WINDOW_MS = 10 * 60_000
"""An account may try five wrong codes in ten minutes: at that rate 2^40 codes outlast everybody."""


class BadCode(StrEnum):
    """Why a code is good for nothing."""

    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class TooMany:
    """This account has tried too many wrong codes: nothing it types is even looked up for so long."""

    wait_ms: int


async def new(app: AppContext, tx: Transaction, kind: CodeKind, maker: Identity, place: Place | None = None) -> str:
    """A new code of this account, in the place of an older one: `ABCD-EFGH`."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    now = app.machine.now()
    await tx.codes.add(Code(hash_of(kind, letters), kind, maker, place, CodeState.OPEN, now + CODE_MS), now)
    return f"{letters[: LENGTH // 2]}-{letters[LENGTH // 2 :]}"


def plain(typed: str) -> str:
    """What was typed, without case, blanks and dashes."""
    return "".join(char for char in typed.upper() if char.isalnum())


def hash_of(kind: CodeKind, typed: str) -> str:
    """Under which a code is stored, and looked up: the work is the same whatever is typed."""
    return hashlib.sha256(f"guestlist:{kind}:{plain(typed)}".encode()).hexdigest()


async def count(app: AppContext, tx: Transaction, who: Identity) -> TooMany | None:
    """Count an attempt of this account, of whatever kind, before anything is looked up."""
    now = app.machine.now()
    tried, since_at = await tx.codes.try_one(who, now, WINDOW_MS)
    return TooMany(max(1, since_at + WINDOW_MS - now)) if tried > TRIES_MAX else None


async def read(app: AppContext, tx: Transaction, kind: CodeKind, typed: str, who: Identity) -> Code | BadCode | TooMany:
    """The code that somebody typed. Each attempt is counted before anything is looked up; a right one is none."""
    now = app.machine.now()
    if (refused := await count(app, tx, who)) is not None:
        return refused
    code = await tx.codes.get(hash_of(kind, typed))
    if code is None:
        return BadCode.WRONG
    if code.state is CodeState.USED:
        return BadCode.USED
    if code.state is CodeState.REPLACED:
        return BadCode.REPLACED
    if code.expires_at <= now:
        return BadCode.EXPIRED
    await tx.codes.was_right(who)
    return code
