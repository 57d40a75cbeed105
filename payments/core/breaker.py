"""The breaker: when so many would be put out at once that a person should look first (invariant 6)."""


def enough_members(revokes: int, percent: int, least: int) -> int:
    """The smallest number of members with which that many revokes don't trip it; no need to count further. 0: any."""
    return 0 if revokes <= least or percent == 0 else -(-revokes * 100 // percent)


def trips(revokes: int, members: int, percent: int, least: int) -> bool:
    """Whether these revokes are more than `percent` of the community's `members` and more than `least` of them.

    A revoke is wanted and neither done nor released by an admin, or was confirmed within the window. Members are who
    have access, or had it within the window.
    """
    return revokes > least and revokes * 100 > percent * members
