"""The breaker: when so many would be put out at once that a person should look first (invariant 6)."""

from typing import Protocol


class Revokes(Protocol):
    """What is weighed for one community."""

    @property
    def pending(self) -> int:
        """Revokes that are wanted, not yet done, and not released by an admin."""
        ...

    @property
    def recent(self) -> int:
        """Revokes confirmed within the window."""
        ...

    @property
    def members(self) -> int:
        """Persons who have access, or had it within the window."""
        ...


def trips(count: Revokes, percent: int, members: int) -> bool:
    """Whether these revokes are more than `percent` of the community's members and more than `members` of them."""
    revokes = count.pending + count.recent
    return revokes > members and revokes * 100 > percent * count.members
