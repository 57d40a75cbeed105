"""How much strangers may take of the listener: connections, time, and memory for what nobody has signed."""

import sys
from dataclasses import dataclass

WEBHOOKS_MIN = 64
"""So many connections are for webhooks, however few there are in all."""

STRANGERS_MIN = 16
CONNECTIONS_MAX = 640
SPARED = 128
"""Descriptors left to the database, Stripe, Discord and Telegram, and to the operations pages."""

DESCRIPTORS_WANTED = SPARED + 2 * WEBHOOKS_MIN


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one listener.

    `strangers` are connections that wait, send a request's head, or ask for a page; `webhooks` those that carry a
    signature. Of a request's body nothing is verified before all of it is here: `unverified_bytes` bounds what is held
    of all requests until then.
    """

    strangers: int
    webhooks: int
    unverified_bytes: int = 16 * 1024 * 1024
    head_bytes: int = 32 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 20.0
    page_seconds: float = 30.0
    """To answer a request without a signature."""
    unread_seconds: float = 10.0
    """How long a client may leave its answers unread once no more of them can be sent."""
    idle_seconds: float = 75.0
    """Longer than a proxy keeps a connection that it does not use: it should be the one that closes."""


def public_limits(descriptors: int) -> Limits:
    """The limits of the public listener for a process that may open so many descriptors."""
    connections = min(CONNECTIONS_MAX, max(descriptors - SPARED, WEBHOOKS_MIN + STRANGERS_MIN))
    webhooks = max(WEBHOOKS_MIN, connections // 2)
    return Limits(strangers=connections - webhooks, webhooks=webhooks)


OPERATIONS = Limits(strangers=16, webhooks=0, unverified_bytes=1024 * 1024)
"""Of the listener for probes and Prometheus: no webhook comes there."""


def descriptors_max() -> int:
    """How many descriptors this process may open."""
    if sys.platform == "win32":
        return 512
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
