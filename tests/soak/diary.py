"""What people did by hand, as the script wrote it down: all that the sandbox's state alone can't tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Present:
    """Free days that an admin gave. Unix seconds; `sure` False: the answer was lost, it may have come about or not."""

    who: str
    plan: str
    at: float
    until: float
    sure: bool = True


@dataclass(slots=True)
class Diary:
    """`links`: who got which Checkout session; `failed`: when a payment of an invoice failed first (events go).

    `gifts`: roles that a moderator gave (user, role, Discord's time) while nothing else opened them, nor had lately:
    what the bot does afterwards can't make them its own.
    """

    links: dict[str, str] = field(default_factory=dict)
    presents: list[Present] = field(default_factory=list)
    failed: dict[str, int] = field(default_factory=dict)
    gifts: set[tuple[str, str, float]] = field(default_factory=set)

    def remember(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Keep what the event list tells of failed payments: Stripe forgets events after 30 days."""
        for event in events:
            if event["type"] == "invoice.payment_failed":
                invoice = event["data"]["object"]["id"]
                self.failed[invoice] = min(event["created"], self.failed.get(invoice, event["created"]))
