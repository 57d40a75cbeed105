"""What the contacts of communities were told of that stands, until it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.community import Place
from payments.core.ids import CommunityId


@dataclass(frozen=True, slots=True)
class Alarm:
    """One cause in one place. `subject`: the target that it is about; empty: the whole place.

    `opened_at`, `told_at` and `over_at` are business time; `probed_at`, when one of those concerned was last tried, is
    machine time.
    """

    id: str
    community_id: CommunityId
    place: Place
    cause: str
    subject: str
    opened_at: int
    told_at: int
    probed_at: int
    over_at: int | None = None


class Alarms(Protocol):
    """The alarms."""

    async def standing(self) -> Sequence[Alarm]:
        """Those that are not over, oldest first."""
        ...

    async def open(self, alarm: Alarm) -> bool:
        """False when one of the same cause, place and subject stands already."""
        ...

    async def put(self, alarm: Alarm) -> bool:
        """Store its times; False when it was over already."""
        ...
