"""What people did by hand, as the script wrote it down: all that the sandbox's state alone can't tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.soak.bonds import Bond, Persons
from tests.soak.cast import ACCOUNTS


@dataclass(frozen=True, slots=True)
class Present:
    """Free days that an admin gave. Unix seconds; `sure` False: the answer was lost, it may have come about or not."""

    who: str
    plan: str
    at: float
    until: float
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """Who got a link to pay, and when."""

    account: str
    at: float


@dataclass(slots=True)
class Diary:
    """`links`: who got which Checkout session; `failed`: when a payment of an invoice failed first (events go).

    `gifts`: roles and places that a human gave (account, target, time of the platform's log) while nothing else opened
    them, nor had lately: what the bot does afterwards can't make them its own. `deaf_until`: Telegram keeps what it
    tells a bot for a day; who asked to join before this moment, the bot may never have heard of.
    """

    links: dict[str, Link] = field(default_factory=dict)
    presents: list[Present] = field(default_factory=list)
    failed: dict[str, int] = field(default_factory=dict)
    gifts: set[tuple[str, str, float]] = field(default_factory=set)
    bonds: list[Bond] = field(default_factory=list)
    deaf_until: float = 0.0

    def remember(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Keep what the event list tells of failed payments: Stripe forgets events after 30 days."""
        for event in events:
            if event["type"] == "invoice.payment_failed":
                invoice = event["data"]["object"]["id"]
                self.failed[invoice] = min(event["created"], self.failed.get(invoice, event["created"]))

    def persons(self) -> Persons:
        """Which accounts are one person now."""
        return Persons(ACCOUNTS, self.bonds)

    def estates_at(self, account: str, at: float) -> frozenset[str]:
        """What was bought by an account at a time belongs to: one of these."""
        then = Persons(ACCOUNTS, [bond for bond in self.bonds if bond.at <= at])
        return frozenset(then.of(account).estates)

    def moves(self) -> list[Bond]:
        """When which account was replaced, oldest first; not those that were undone."""
        undone = {(bond.one, bond.undoes) for bond in self.bonds if bond.undoes is not None}
        return [b for b in self.bonds if b.left is not None and (b.left, b.at) not in undone]

    def one_since(self, accounts: frozenset[str]) -> float | None:
        """Since when these accounts are one person; None: they are not two."""
        if len(accounts) < 2:
            return None
        mine = [bond.at for bond in self.bonds if bond.linked and {bond.one, bond.other} <= accounts]
        return max(mine, default=None)
