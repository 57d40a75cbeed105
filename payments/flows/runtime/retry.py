"""When a piece of work that did not succeed is tried again."""

import random

from payments.flows.runtime.context import ACCOUNT_MISSING, AppContext
from payments.ports.providers import KeyRefused, ProviderUnavailable
from payments.ports.stores import Retry

FIRST_MS = 1_000
LONGEST_MS = 3_600_000
PATIENT_ATTEMPTS = 24 * 14
"""Attempts beyond the usual bound for what is only out of reach: two weeks and more of hourly tries."""

ERROR_MAX = 300


def backoff_ms(attempts: int, retry_after_ms: int | None = None) -> int:
    """How long to wait after this many failed attempts: 1 s doubling up to 1 h, with full jitter.

    Never less than the other side asked for in `retry_after_ms`.
    """
    ceiling = min(LONGEST_MS, FIRST_MS * 2 ** min(max(attempts - 1, 0), 12))
    jittered = random.randint(ceiling // 10, ceiling)  # noqa: S311 -- spreads load, guards nothing
    return max(jittered, retry_after_ms or 0)


def retry_of(app: AppContext, error: Exception, attempts: int) -> Retry:
    """How to go on after `error`, `attempts` having failed before it.

    Dead once the attempts are used up: seen and replayable. Being out of reach is forgiven for weeks.
    """
    attempts += 1
    bound = app.settings.attempts_max
    asked: int | None = None
    if isinstance(error, ProviderUnavailable):
        bound += PATIENT_ATTEMPTS
        asked = error.retry_after_ms
    text = f"{type(error).__name__}: {error}"[:ERROR_MAX]
    waits = isinstance(error, KeyRefused) and error.code == ACCOUNT_MISSING  # until it is configured again
    return Retry(text, app.machine.now() + backoff_ms(attempts, asked), dead=attempts >= bound and not waits)
