"""Who may do what in a community: rights over money come from the owner, not from small chat rights (invariant 18)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from payments.core.community import Identity, Platform
from payments.core.ids import CommunityId


class Standing(IntEnum):
    """What the platform says of somebody in a server or chat, from nothing to everything."""

    MEMBER = 0
    MODERATOR = 1
    """Some right to manage: Discord's Manage Server, a Telegram admin. Opens nothing here by itself."""
    ADMINISTRATOR = 2
    """Discord's Administrator permission."""
    OWNER = 3
    """Discord's server owner, Telegram's chat owner."""


class Rank(IntEnum):
    """What somebody may do in a community; each includes those before it."""

    NONE = 0
    SUPPORT = 1
    """Look-ups and comps; never money or amounts."""
    MANAGER = 2
    """Plans, prices, bills, members."""
    OWNER = 3
    """Everything: team, contact, connected places."""


class TeamKind(StrEnum):
    """How a team entry names people."""

    ACCOUNT = "account"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """One line of `/team`. `subject_id` is a user's or a role's id, `place_id` where it was set (a role lives there).

    An account, not a person: an account that is linked to one's own gets no rights by it.
    It may claim back a stopped place of the community, with a code from whoever runs the bot. `suspended_at`
    (business time): others than Administrators could hand the role out since then, so it gives no rank.
    """

    community_id: CommunityId
    platform: Platform
    kind: TeamKind
    subject_id: str
    place_id: str
    name: str
    rank: Rank
    added_at: int
    suspended_at: int | None = None


def rank_of(team: Collection[TeamEntry], identity: Identity, role_ids: Iterable[str], standing: Standing) -> Rank:
    """The rank of an account: its own and its roles' in the team, and what the platform's owner has anyway.

    The owner of the server or chat is always an owner here. Discord's Administrators are, while there is no team.
    """
    if standing is Standing.OWNER or (standing is Standing.ADMINISTRATOR and not team):
        return Rank.OWNER
    roles = set(role_ids)
    return max((e.rank for e in team if _names(e, identity, roles)), default=Rank.NONE)


def roles_behind(
    team: Collection[TeamEntry], identity: Identity, role_ids: Iterable[str], standing: Standing
) -> Sequence[TeamEntry]:
    """The roles in the team that give an account a higher rank than it has without any role."""
    alone = rank_of(team, identity, (), standing)
    roles = set(role_ids)
    return [e for e in team if e.kind is TeamKind.ROLE and e.rank > alone and _names(e, identity, roles)]


def _names(entry: TeamEntry, identity: Identity, role_ids: Collection[str]) -> bool:
    if entry.platform is not identity.platform or entry.suspended_at is not None:
        return False
    return entry.subject_id == identity.user_id if entry.kind is TeamKind.ACCOUNT else entry.subject_id in role_ids
