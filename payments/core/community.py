"""A community: its places on the chat platforms, its people, and what plans can open there."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from payments.core.ids import (
    AccountId,
    CommunityId,
    PersonId,
    TargetId,
)


class TargetKind(StrEnum):
    """What a plan can open."""

    ROLE = "role"
    CHAT = "chat"


class Platform(StrEnum):
    """A chat platform on which memberships open something."""

    DISCORD = "discord"
    TELEGRAM = "telegram"

    @property
    def traits(self) -> "Traits":
        """What it is like."""
        return TRAITS[self]

    @property
    def others(self) -> "tuple[Platform, ...]":
        """Every platform but this one."""
        return tuple(each for each in Platform if each is not self)


@dataclass(frozen=True, slots=True)
class Traits:
    """What sets a chat platform apart, where more than its adapter goes by it.

    ``opens``: roles within its places, or a place as a whole. ``one_place``: a community has at most one there.
    ``administrators``: it has a rank next to the owner's that comes with all rights. ``hides_commands``: its admins
    decide who is offered a command. ``team_in_private``: the team types its commands in private too, as
    members do everywhere. ``forms``: it can ask with
    a form. ``dialogues``: a command that needs something more asks for it, so none is of use without its options.
    ``own_clocks``: it writes a time in a message as each reader's clock shows it. ``message_max``: so many characters
    of a text are one message, with room for its markup.
    """

    opens: TargetKind
    one_place: bool
    administrators: bool
    hides_commands: bool
    team_in_private: bool
    forms: bool
    dialogues: bool
    own_clocks: bool
    message_max: int


TRAITS: Mapping[Platform, Traits] = {
    Platform.DISCORD: Traits(
        opens=TargetKind.ROLE,
        one_place=True,
        administrators=True,
        hides_commands=True,
        team_in_private=False,
        forms=True,
        dialogues=False,
        own_clocks=True,
        message_max=1_900,
    ),
    Platform.TELEGRAM: Traits(
        opens=TargetKind.CHAT,
        one_place=False,
        administrators=False,
        hides_commands=False,
        team_in_private=True,
        forms=False,
        dialogues=True,
        own_clocks=False,
        message_max=3_900,
    ),
}
"""A line for each platform: what flows and commands ask instead of which one it is."""

WITH_ROLES = frozenset(platform for platform in Platform if platform.traits.opens is TargetKind.ROLE)
"""Where plans open roles."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An account of a chat platform."""

    platform: Platform
    user_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a community lives: a Discord server or a Telegram chat."""

    platform: Platform
    external_id: str


@dataclass(frozen=True, slots=True)
class Community:
    """One owner's community: a Discord server and any number of Telegram chats.

    ``contact_id`` is the person told when an admin must act. ``breaker_tripped_at`` is machine time; while it is
    set nobody is revoked in this community. ``icon`` (an emoji or two letters) and ``color`` (``#rrggbb``) dress its
    pages; None: the product's own. ``account_id``: the payment account on which it sells; None: the first one of the
    configuration. ``skips_rules``: members get roles before they accept the rules of a server that asks for that.
    """

    id: CommunityId
    name: str
    locale: str
    currency: str
    grace_ms: int
    contact_id: PersonId | None
    breaker_tripped_at: int | None
    created_at: int
    icon: str | None = None
    color: str | None = None
    account_id: AccountId | None = None
    skips_rules: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A thing a plan opens: a role of a Discord server (``external_id`` the role), or a Telegram chat.

    ``fault``: why it can't be opened for anybody (a code of `payments.ports.chat.Blocked`), in the platform's words
    ``fault_detail``, since ``fault_at``; the contact was told last at ``fault_told_at``. All None while it can.

    ``adopted``: whether who had it before Guestlist loses it with the membership. None: not, and nobody was asked yet.
    """

    id: TargetId
    community_id: CommunityId
    platform: Platform
    place_id: str
    kind: TargetKind
    external_id: str
    name: str
    fault: str | None = None
    fault_detail: str | None = None
    fault_at: int | None = None
    fault_told_at: int | None = None
    adopted: bool | None = None
