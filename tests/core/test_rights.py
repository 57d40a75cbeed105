"""Who may do what: the team, and what the platform's owner has anyway."""

from dataclasses import replace

import pytest

from payments.core.community import Identity, Platform
from payments.core.ids import CommunityId
from payments.core.rights import Rank, Standing, TeamEntry, TeamKind, rank_of

MAX = Identity(Platform.DISCORD, "7")
TED = Identity(Platform.TELEGRAM, "7")
MANAGER = TeamEntry(CommunityId("com"), Platform.DISCORD, TeamKind.ACCOUNT, "7", "1", "Max", Rank.MANAGER, 0)
STAFF = replace(MANAGER, kind=TeamKind.ROLE, subject_id="50", name="Staff", rank=Rank.SUPPORT)
OTHER = replace(MANAGER, subject_id="8", rank=Rank.OWNER)


@pytest.mark.parametrize(
    ("team", "who", "roles", "standing", "rank"),
    [
        ([], MAX, [], Standing.OWNER, Rank.OWNER),
        ([], MAX, [], Standing.ADMINISTRATOR, Rank.OWNER),
        ([], MAX, [], Standing.MODERATOR, Rank.NONE),
        ([], MAX, [], Standing.MEMBER, Rank.NONE),
        ([OTHER], MAX, [], Standing.OWNER, Rank.OWNER),
        ([OTHER], MAX, [], Standing.ADMINISTRATOR, Rank.NONE),
        ([MANAGER], MAX, [], Standing.MEMBER, Rank.MANAGER),
        ([MANAGER], TED, [], Standing.MEMBER, Rank.NONE),  # the same number on another platform
        ([STAFF], MAX, ["50"], Standing.MEMBER, Rank.SUPPORT),
        ([STAFF], MAX, ["51"], Standing.MEMBER, Rank.NONE),
        ([STAFF], TED, ["50"], Standing.MEMBER, Rank.NONE),
        ([replace(STAFF, suspended_at=1)], MAX, ["50"], Standing.MEMBER, Rank.NONE),
        ([replace(STAFF, subject_id="7")], MAX, [], Standing.MEMBER, Rank.NONE),  # a role that is numbered like him
        ([MANAGER, STAFF], MAX, ["50"], Standing.MEMBER, Rank.MANAGER),
        (
            [replace(MANAGER, rank=Rank.SUPPORT), replace(STAFF, rank=Rank.OWNER)],
            MAX,
            ["50"],
            Standing.MEMBER,
            Rank.OWNER,
        ),
    ],
)
def test_the_rank_of_an_account(
    team: list[TeamEntry], who: Identity, roles: list[str], standing: Standing, rank: Rank
) -> None:
    assert rank_of(team, who, roles, standing) is rank
