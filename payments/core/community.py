"""A community: its places on the chat platforms, its people, and what plans can open there."""

from dataclasses import dataclass
from enum import StrEnum

from payments.core.ids import (
    AccountId,
    CommunityId,
    PersonId,
    TargetId,
)


class Platform(StrEnum):
    """A chat platform on which memberships open something."""

    DISCORD = "discord"
    TELEGRAM = "telegram"


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
    configuration.
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


class TargetKind(StrEnum):
    """What a plan can open."""

    ROLE = "role"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Target:
    """A thing a plan opens: a role of a Discord server (``external_id`` the role), or a Telegram chat."""

    id: TargetId
    community_id: CommunityId
    platform: Platform
    place_id: str
    kind: TargetKind
    external_id: str
    name: str
