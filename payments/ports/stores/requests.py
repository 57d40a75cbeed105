"""Creating calls: stored, then made."""

from collections.abc import Collection, Sequence
from typing import Protocol

from payments.core.ids import AccountId, InvoiceId, PersonId, RequestId
from payments.ports.stores.records import (
    Lease,
    ProviderRequest,
    RequestState,
    Retry,
)


class Requests(Protocol):
    """Creating calls."""

    async def add(self, request: ProviderRequest, *, at_once: bool = False) -> ProviderRequest:
        """Store it, or answer the stored one of the same kind and subject. `at_once`: nobody waits for it."""
        ...

    async def get(self, kind: str, object_id: str) -> ProviderRequest | None:
        """The request of a kind for a subject."""
        ...

    async def lately(self, kind: str, person_id: PersonId, params: str, since_at: int) -> ProviderRequest | None:
        """The newest of a kind for a person that asks for the very same, stored since then and not refused."""
        ...

    async def waits(self, kind: str, account_id: AccountId, named: str) -> bool:
        """Whether one of a kind is pending whose params name this."""
        ...

    async def made(self, request_id: RequestId, result_id: str) -> None:
        """Stripe made it: its id."""
        ...

    async def set_state(self, request_id: RequestId, state: RequestState, error: str | None) -> None:
        """Refused, waiting for an e-mail address, or pending again (then at once)."""
        ...

    async def hand_over(self, request_id: RequestId, machine_now: int) -> None:
        """The person's own try failed and they wait no longer: a pending one may be claimed at once."""
        ...

    async def new_key(self, request_id: RequestId) -> ProviderRequest:
        """A new idempotency key, after it was looked up that the old one made nothing."""
        ...

    async def bill_of(self, account_id: AccountId, invoice_id: InvoiceId) -> ProviderRequest | None:
        """The bill that this invoice was made for."""
        ...

    async def claim(
        self, kinds: Collection[str], lease: Lease, machine_now: int, limit: int
    ) -> Sequence[ProviderRequest]:
        """Pending ones that no person waits for: those older than a minute, and those added `at_once`."""
        ...

    async def failed(self, request_id: RequestId, lease: Lease, retry: Retry) -> None:
        """Not made: attempts + 1, lease freed. Raises `LeaseLost`."""
        ...

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        ...

    async def needing_email(self, person_id: PersonId) -> Sequence[ProviderRequest]:
        """What can't go on before this person gives an e-mail address, oldest first."""
        ...

    async def bills_waiting(self) -> Sequence[ProviderRequest]:
        """Every bill that can't go on before somebody gives an e-mail address, oldest first."""
        ...

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many. What they made is looked up before it is made again."""
        ...
