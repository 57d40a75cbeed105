"""Links that wait for the other side's yes, and accounts that were replaced."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from payments.core.access import Entitlement
from payments.core.community import Identity
from payments.core.ids import AccountId, CommunityId, EntitlementId, PersonId, SubscriptionId


class WishState(StrEnum):
    """Whether the maker of the code has answered."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LinkWish:
    """`requester` typed a code of `maker` and said yes; `maker` has yet to answer.

    ``kind`` and ``leaving`` (the account that would have to go) are what both were shown. ``expires_at`` is machine
    time.
    """

    id: str
    code_hash: str
    maker: Identity
    requester: Identity
    kind: str
    leaving: Identity | None
    state: WishState
    expires_at: int


@dataclass(frozen=True, slots=True)
class AccountMove:
    """`left` was replaced by `came`, beside `kept`. ``person_id``: whose `left` has been since.

    ``until_at`` (business time): until then the account that left can undo it.
    """

    id: str
    left: Identity
    person_id: PersonId
    kept: Identity
    came: Identity
    undone: bool
    at: int
    until_at: int


class Moves(Protocol):
    """Wishes to link, and accounts that were replaced. Who changes a move has locked all persons concerned."""

    async def add_wish(self, wish: LinkWish) -> None:
        """Store a wish to link."""
        ...

    async def wish(self, wish_id: str) -> LinkWish | None:
        """One wish."""
        ...

    async def wish_of_code(self, code_hash: str) -> LinkWish | None:
        """The wish that a code led to."""
        ...

    async def wishes(self, maker: Identity, machine_now: int) -> Sequence[LinkWish]:
        """Those that wait for this account's answer, oldest first."""
        ...

    async def end_wish(self, wish_id: str, state: WishState) -> bool:
        """True for one caller alone."""
        ...

    async def add(self, move: AccountMove) -> None:
        """Store a move."""
        ...

    async def get(self, move_id: str) -> AccountMove | None:
        """One move."""
        ...

    async def of_person(self, person_id: PersonId) -> Sequence[AccountMove]:
        """Moves in which this person's account left, newest first; also of those merged into the person since."""
        ...

    async def undone(self, move_id: str) -> bool:
        """True for one caller alone."""
        ...

    async def hand_over(
        self, move_id: str, entitlement_ids: Collection[EntitlementId], frm: PersonId, to: PersonId
    ) -> None:
        """`to` uses these from now on, and they go with `to`; who pays stays. What was handed over before stays part
        of that move."""
        ...

    async def give_back(
        self, move_id: str, to: PersonId, community_id: CommunityId | None = None
    ) -> Sequence[PersonId]:
        """`to`, the person of the account that left, uses again what was handed over (of one community, if named).
        Answers who had it."""
        ...

    async def handed_over(self, move_ids: Collection[str]) -> Sequence[Entitlement]:
        """What was handed over by these moves and not given back, oldest first."""
        ...

    async def users_of(
        self, account_id: AccountId, subscription_ids: Collection[SubscriptionId]
    ) -> Mapping[SubscriptionId, PersonId]:
        """Who uses those of these subscriptions that were handed over."""
        ...
