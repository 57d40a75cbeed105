"""Accounts at the payment provider."""

from collections.abc import Sequence
from typing import Protocol

from payments.core.ids import AccountId
from payments.ports.stores.records import StoredAccount


class ProviderAccounts(Protocol):
    """Stripe accounts."""

    async def installation(self, fresh: str, now: int) -> str:
        """The id that marks what this installation makes at providers: `fresh`, if it has none yet."""
        ...

    async def ensure(self, account: StoredAccount, now: int) -> StoredAccount:
        """The stored account, made if it is new; its currency is brought up to date."""
        ...

    async def get(self, account_id: AccountId) -> StoredAccount | None:
        """One account."""
        ...

    async def all(self) -> Sequence[StoredAccount]:
        """Every account that was ever seen."""
        ...

    async def sold_at(self) -> Sequence[AccountId]:
        """The accounts at which there are prices or customers."""
        ...

    async def set_portal_configuration(self, account_id: AccountId, configuration_id: str) -> None:
        """Remember the portal configuration that we made; nothing is known of its login page yet."""
        ...

    async def set_login_url(self, account_id: AccountId, url: str) -> None:
        """Remember the address of the portal's login page; empty: there is none."""
        ...

    async def set_event_cursor(self, account_id: AccountId, at: int) -> None:
        """Remember up to when Stripe's event list was read."""
        ...

    async def set_compared(self, account_id: AccountId, at: int) -> None:
        """Remember when everything was compared."""
        ...

    async def set_webhook(self, account_id: AccountId, at: int) -> None:
        """Remember when a webhook last came."""
        ...
