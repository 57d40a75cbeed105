"""How far a webhook's signature may lie from our time, to the second and at a fixed time of day."""

import hashlib
import hmac
import time

import pytest

from payments.providers.stripe.signature import TOLERANCE_S, verifier

SECRET, BODY = "whsec_1", b'{"id":"evt_1"}'


def signed(at: int) -> str:
    made = hmac.new(SECRET.encode(), f"{at}.".encode() + BODY, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


@pytest.mark.parametrize(("ahead", "account"), [(0, "main"), (TOLERANCE_S, "main"), (TOLERANCE_S + 1, None)])
def test_a_signature_of_the_future_is_taken_within_the_tolerance(ahead: int, account: str | None) -> None:
    now = int(time.time())  # of the past the SDK judges by itself, by the time of day
    verify = verifier({"main": [SECRET]}, lambda: now * 1000)
    assert verify(BODY, signed(now + ahead)) == account


def test_a_signature_of_the_past_is_refused_beyond_the_tolerance() -> None:
    now = int(time.time())
    verify = verifier({"main": [SECRET]}, lambda: now * 1000)
    assert verify(BODY, signed(now - TOLERANCE_S - 1)) is None
    assert verify(BODY, signed(now - TOLERANCE_S + 60)) == "main"
