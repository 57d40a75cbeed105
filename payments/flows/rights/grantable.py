"""What somebody may have the bot give to others: only what they could hand out themselves (invariant 18).

The bot stands above most roles of a server. Without this rule, whoever may make a plan could reach any of them.
"""

import asyncio
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from enum import StrEnum

from payments.core.community import Identity, Target, TargetKind
from payments.core.rights import Rank
from payments.flows.runtime.context import AppContext


class Objection(StrEnum):
    """Why somebody may not have it given."""

    NOT_YOURS = "not_yours"  # the platform would not let them give it
    OWNER_ONLY = "owner_only"  # it has dangerous permissions, and they don't own the server
    ROLE_ELSEWHERE = "role_elsewhere"  # a role of another platform than they act on
    CHAT_ELSEWHERE = "chat_elsewhere"  # a chat of another platform, and they don't own the community
    UNKNOWN = "unknown"  # the platform doesn't say
    WARNED = "warned"  # it has dangerous permissions: the same command again confirms it


@dataclass(frozen=True, slots=True)
class Objected:
    """One role or chat that was objected to. `dangerous`: permissions by the platform's names."""

    why: Objection
    target: Target
    dangerous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, with which rank. `what` is equal for the same command with the same values."""

    who: Identity
    rank: Rank
    what: str


async def objections(app: AppContext, act: Act, targets: Collection[Target]) -> tuple[Objected, ...]:
    """What stands against having these given, as the platforms say it now; empty if nothing does."""
    found = [one for one in await asyncio.gather(*(_judged(app, act, target) for target in targets)) if one]
    refused = [one for one in found if one.why is not Objection.WARNED]
    if refused:
        return tuple(refused)
    now = app.machine.now()
    return tuple([one for one in found if not app.warnings.confirmed(_key(act, one), now)])


async def objections_again(app: AppContext, act: Act, targets: Collection[Target]) -> tuple[Objected, ...]:
    """The same for what was given before and is only tried again: an owner is not warned a second time."""
    found = await asyncio.gather(*(_judged(app, act, target) for target in targets))
    return tuple([one for one in found if one and one.why is not Objection.WARNED])


async def dangers(app: AppContext, act: Act, targets: Collection[Target]) -> tuple[Objected, ...]:
    """What stands against making these cheaper or easier to get: dangerous roles are the server's owner's alone."""
    roles = [target for target in targets if target.kind is TargetKind.ROLE]
    found = await asyncio.gather(*(_dangerous(app, act, target) for target in roles))
    return tuple([one for one in found if one])


def _key(act: Act, objected: Objected) -> Hashable:
    target = objected.target
    return act.who, target.place_id, target.external_id, objected.dangerous, act.what


async def _judged(app: AppContext, act: Act, target: Target) -> Objected | None:
    if target.platform is not act.who.platform:
        if target.kind is TargetKind.ROLE:
            return Objected(Objection.ROLE_ELSEWHERE, target)
        return None if act.rank >= Rank.OWNER else Objected(Objection.CHAT_ELSEWHERE, target)
    platform = app.platforms.get(target.platform)
    asked = None if platform is None else await platform.hand_out(act.who.user_id, target)
    if asked is None:
        return Objected(Objection.UNKNOWN, target)
    if asked.dangerous and not asked.owner:
        return Objected(Objection.OWNER_ONLY, target, asked.dangerous)
    if not asked.may:
        return Objected(Objection.NOT_YOURS, target)
    return Objected(Objection.WARNED, target, asked.dangerous) if asked.dangerous else None


async def _dangerous(app: AppContext, act: Act, target: Target) -> Objected | None:
    platform = app.platforms.get(target.platform)
    asked = None if platform is None else await platform.hand_out(act.who.user_id, target)
    if asked is None:
        return Objected(Objection.UNKNOWN, target)
    return Objected(Objection.OWNER_ONLY, target, asked.dangerous) if asked.dangerous and not asked.owner else None
