"""What every flow needs at hand, put together once by `bot.app.service`."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from payments.core import refs
from payments.core.community import Community, Place, Platform
from payments.core.ids import AccountId
from payments.core.money import Limits
from payments.flows.runtime.unclaimed import Unclaimed
from payments.flows.runtime.warnings import Warnings
from payments.ports.chat import ChatPlatform, Message
from payments.ports.clocks import BusinessClock, MachineClock
from payments.ports.providers import KeyRefused, PaymentProvider
from payments.ports.stores import Lease, Notice, Store

PROCESS_BYTES = 8
"""Of randomness in a process's name; its hexadecimal digits begin each token (`storage.tables.leases`)."""

ACCOUNT_MISSING = "account_missing"
"""The code of what belongs to an account that the configuration does not name."""

LEASE_MS = 60_000
"""Longer than any call's time limit (15 s), so that a lease never ends while its holder still works."""


@dataclass(frozen=True, slots=True)
class AppSettings:
    """The settings of `config.toml` that flows read. Durations in milliseconds, shares in percent."""

    public_url: str
    livemode: bool
    breaker_percent: int = 5
    breaker_members: int = 10
    breaker_window_ms: int = 15 * 60_000
    attempts_max: int = 12
    settle_pause_ms: int = 1_000
    """How long a customer that was just settled is let be while events come in: one purchase sends about ten, and the
    first of them has it settled at once. So it costs two settlements, the second for what the first could not see."""
    checkout_ttl_ms: int = 23 * 3_600_000
    trial_once_per_card: bool = True
    invoice_footer: str | None = None
    sells_on: frozenset[Platform] = frozenset(Platform)
    """Where checkout links are given; elsewhere a membership that was bought there is only claimed."""
    named_places: frozenset[Place] = frozenset()
    """Servers and chats that the configuration names: served without a claim."""
    unclaimed_ms: int = 15 * 60_000
    """How long the bot stays in a server or chat that nobody claims (business time)."""
    person_waits_ms: int = 9_000
    """All of Stripe's answers for one reply in chat together: six calls of a second and more.

    The platform has shown "thinking" within its 3 s. Less than the limit of a reply (`dispatch`), so that the reply can
    say that it was Stripe.
    """


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """One of the owner's accounts at a payment provider. ``name``: what the configuration calls it; ``currency``: the
    account's own."""

    id: AccountId
    name: str
    livemode: bool
    currency: str
    provider: PaymentProvider


@dataclass(slots=True)
class AppContext:
    """Store, payment accounts, platforms, clocks and settings.

    `accounts` are those of the configuration, in its order; all are of one mode. `installation` is the random id that
    marks what we make at the provider. `render` turns a notice into a message in a locale, as it is
    read on a platform."""

    store: Store
    accounts: Mapping[AccountId, PaymentAccount]
    installation: str
    business: BusinessClock
    machine: MachineClock
    settings: AppSettings
    render: Callable[[Notice, str, Platform], Message]
    platforms: Mapping[Platform, ChatPlatform] = field(default_factory=dict)
    unclaimed: Unclaimed = field(default_factory=Unclaimed)
    """The places in which this process met no one it serves: they wait here to be claimed, or left."""
    warnings: Warnings = field(default_factory=Warnings)
    """What owners were warned of, and confirm by doing it again."""
    of_nobody: dict[AccountId, int] = field(default_factory=dict)
    """How many subscriptions of nobody this process found when it last compared all of an account; see
    `settlement.unowned`."""
    webhook_noted_at: dict[AccountId, int] = field(default_factory=dict)
    """When it was last stored that a webhook came for an account (business time); see `webhooks.store_event`."""
    clock_wrong_at: int | None = None
    """When this process last found its clock wrong (machine time); see `clock_guard`."""
    wake: Callable[[str], None] = lambda _queue: None
    """Tells the workers of a queue (`customers`, `effects`, `notices`, `events`, `requests`), also those of other
    processes, that there may be work now. Called after the commit that made it."""
    process: str = field(default_factory=lambda: secrets.token_hex(PROCESS_BYTES))
    """Names this process in the leases that it takes, so that they are freed once it is gone."""
    delivering: Callable[[], bool] = lambda: True
    """Whether this process may act on the platforms now: only the one that holds the door may (`bot.app.leader`)."""

    @property
    def first_account(self) -> PaymentAccount:
        """The account of communities that have chosen none."""
        return next(iter(self.accounts.values()))

    def provider(self, account_id: AccountId) -> PaymentProvider:
        """The provider of an account, to ask about what belongs to it.

        Raises `KeyRefused` for one that the configuration does not name (any more): what waits for it goes on waiting.
        """
        found = self.accounts.get(account_id)
        if found is None:
            raise KeyRefused(ACCOUNT_MISSING, f"account {account_id} is not in the configuration; add its key again")
        return found.provider

    def account_named(self, name: str) -> PaymentAccount | None:
        """The account of a name of the configuration; None while its provider has not said which it is."""
        return next((account for account in self.accounts.values() if account.name == name), None)

    def account_of(self, community: Community) -> AccountId:
        """The account on which a community sells."""
        return community.account_id or self.first_account.id

    def limits(self, community: Community | None) -> Limits:
        """What a community's account charges; of none: the first account. Raises `KeyRefused`."""
        return self.provider(self.first_account.id if community is None else self.account_of(community)).limits

    @property
    def refs(self) -> refs.Writer:
        """Writes the metadata of what we make at a provider."""
        return refs.Writer(self.installation)

    def lease(self) -> Lease:
        """A new lease from now, by this process."""
        return Lease(token=self.process + secrets.token_hex(8), until=self.machine.now() + LEASE_MS)


def new_id(prefix: str) -> str:
    """A new id of ours: a prefix that says what it names (`prs`, `pln`, `cus`, ...) and 80 random bits."""
    return f"{prefix}_{secrets.token_hex(10)}"


def id_for(prefix: str, key: str | None) -> str:
    """The id of what a request asks for: the same whenever it comes under the same `key`; a new one without."""
    return new_id(prefix) if key is None else f"{prefix}_{hashlib.sha256(key.encode()).hexdigest()[:20]}"
