"""The log channel of a community, and what is to be said there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.community import Place
from payments.core.ids import CommunityId, EntitlementId, PersonId, PlanId


@dataclass(frozen=True, slots=True)
class LogChannel:
    """Where a community's log is written: a channel of a Discord server, or a Telegram chat (`room_id`).

    ``since_at``: what happened before is no news (business time). ``batch``: the number of the last message that was
    made. ``digest_at``: up to when digests were made (business time). ``cause``: why nothing can be written there,
    since ``refused_at``; ``next_at``: not tried before (both machine time).
    """

    community_id: CommunityId
    place: Place
    room_id: str
    name: str
    since_at: int
    batch: int
    digest_at: int
    cause: str | None = None
    refused_at: int | None = None
    next_at: int = 0


@dataclass(frozen=True, slots=True)
class LogLine:
    """One fact; `key` makes it once. ``kind`` and ``params`` (JSON) are what `bot.texts.log_lines` makes a line of.

    ``at`` is when we learned of it (business time). ``person_id``: who it is about. ``batch``: see the table.
    """

    key: str
    community_id: CommunityId
    at: int
    kind: str
    person_id: PersonId | None
    amount: int | None
    currency: str | None
    params: str
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class LogSum:
    """How often a kind of fact came about, and its money, in one currency (None: of facts without)."""

    kind: str
    currency: str | None
    count: int
    amount: int


class Logs(Protocol):
    """Log channels and their lines."""

    async def channels(self) -> Sequence[LogChannel]:
        """All of them, by community."""
        ...

    async def channel(self, community_id: CommunityId) -> LogChannel | None:
        """A community's, if it has one."""
        ...

    async def speaking(self, machine_now: int) -> Sequence[LogChannel]:
        """Those in which something waits to be said, and may be tried now."""
        ...

    async def of_plans(self, plan_ids: Collection[PlanId]) -> Mapping[PlanId, LogChannel]:
        """The channels of these plans' communities."""
        ...

    async def concerned(self, community_id: CommunityId) -> Sequence[PersonId]:
        """The beneficiaries of this community's plans, by id: lock them before `begin`, `know_members` and `end`, which
        change rows of theirs."""
        ...

    async def begin(self, channel: LogChannel, now: int) -> None:
        """Set a community's channel, and know who is a member now."""
        ...

    async def know_members(self, community_id: CommunityId, now: int) -> None:
        """Who is a member now, and not known, has joined before: the log knows them without a word."""
        ...

    async def move(self, channel: LogChannel, place: Place, room_id: str, name: str) -> None:
        """Another room is the channel from now on; it is tried at once."""
        ...

    async def end(self, community_id: CommunityId) -> bool:
        """There is no channel any more, and what waits is dropped. False if there was none."""
        ...

    async def put(self, channel: LogChannel) -> None:
        """Store its `batch`, `cause`, `refused_at` and `next_at`, unless another channel was set meanwhile."""
        ...

    async def digested(self, channel: LogChannel, until_at: int) -> bool:
        """Digests were made up to this moment. False if another process did it, or there is no channel any more."""
        ...

    async def add(self, line: LogLine) -> bool:
        """False when its key is known."""
        ...

    async def waiting(self, community_id: CommunityId, limit: int) -> Sequence[LogLine]:
        """Lines that are in no message yet, oldest first."""
        ...

    async def in_message(self, community_id: CommunityId) -> Sequence[LogLine]:
        """The lines of the message that is being said, oldest first."""
        ...

    async def collect(self, keys: Collection[str], batch: int) -> None:
        """These lines make the message of this number."""
        ...

    async def said(self, community_id: CommunityId) -> None:
        """The message was said."""
        ...

    async def scatter(self, community_id: CommunityId) -> None:
        """The message was refused: its lines wait again, for one with those that came meanwhile."""
        ...

    async def drop(self, community_id: CommunityId, before: int) -> int:
        """What waits since before this moment is not said any more; how many lines."""
        ...

    async def cut(self, community_id: CommunityId, keep: int) -> int:
        """Of what waits only the newest lines are said; how many others are not."""
        ...

    async def sums(self, community_id: CommunityId, from_at: int, until_at: int) -> Sequence[LogSum]:
        """What came about from one moment until before another."""
        ...

    async def logged(self, person_ids: Collection[PersonId]) -> Mapping[EntitlementId, bool]:
        """The entitlements of these beneficiaries that the log knows: whether they are in by it, or left."""
        ...

    async def know(self, entitlement_id: EntitlementId, *, inside: bool) -> None:
        """The log knows that they are in by this entitlement, or left."""
        ...

    async def first_payment(self, entitlement_id: EntitlementId) -> tuple[int, str] | None:
        """What was first paid for a subscription or purchase: minor units and currency; None if nothing was."""
        ...
