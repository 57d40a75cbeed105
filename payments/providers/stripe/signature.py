"""Whether a webhook is Stripe's: the signature first, before anything is decoded or stored."""

from collections.abc import Callable, Mapping, Sequence

from stripe import SignatureVerificationError, WebhookSignature

TOLERANCE_S = 300
"""How far a signature may lie from our time, both ways. The SDK bounds only the past, and only when told to."""


def verifier(secrets: Mapping[str, Sequence[str]], now_ms: Callable[[], int]) -> Callable[[bytes, str], str | None]:
    """A check of (raw body, `Stripe-Signature` header) that answers which account's secret signed it; None: no one's.

    Each account may have several, so that one can be rolled. It does not matter at which account's address it came.

    `now_ms` is the time of day. Raises ValueError for an account without a secret: an endpoint that takes all is none.
    """
    if not secrets or not all(some and all(some) for some in secrets.values()):
        raise ValueError("a webhook endpoint needs a signing secret")

    def verify(body: bytes, header: str) -> str | None:
        if not header.isascii():
            return None  # the SDK can't compare it
        sent = _timestamp(header)
        if sent is None or abs(now_ms() / 1000 - sent) > TOLERANCE_S:
            return None
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return None
        signed = (name for name, some in secrets.items() if any(_signed_with(one, text, header) for one in some))
        return next(signed, None)

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
