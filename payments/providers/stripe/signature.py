"""Whether a webhook is Stripe's: the signature first, before anything is decoded or stored."""

from collections.abc import Callable, Sequence

from stripe import SignatureVerificationError, WebhookSignature

TOLERANCE_S = 300
"""How far a signature may lie from our time, both ways. The SDK bounds only the past, and only when told to."""


def verifier(secrets: Sequence[str], now_ms: Callable[[], int]) -> Callable[[bytes, str], bool]:
    """A check of (raw body, `Stripe-Signature` header) against several secrets, so that one can be rolled.

    `now_ms` is the time of day. Raises ValueError for no secret at all: an endpoint that accepts everything is none.
    """
    if not secrets or not all(secrets):
        raise ValueError("a webhook endpoint needs a signing secret")

    def verify(body: bytes, header: str) -> bool:
        if not header.isascii():
            return False  # the SDK can't compare it
        sent = _timestamp(header)
        if sent is None or abs(now_ms() / 1000 - sent) > TOLERANCE_S:
            return False
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return False
        return any(_signed_with(secret, text, header) for secret in secrets)

    return verify


def _timestamp(header: str) -> int | None:
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "t":
            return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None
    return None


def _signed_with(secret: str, text: str, header: str) -> bool:
    try:
        return bool(WebhookSignature.verify_header(text, header, secret, tolerance=TOLERANCE_S))
    except (SignatureVerificationError, ValueError):
        return False
