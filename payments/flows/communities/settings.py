"""A community: made by an admin's first command, its settings, and whether everything it needs works."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from payments.core.audit import AuditKind
from payments.core.changes import Changes as Record
from payments.core.changes import of_community
from payments.core.community import Community, Identity, Place, Platform, Target, TargetKind
from payments.core.ids import AccountId, CommunityId, PersonId
from payments.flows.access import faults, presence
from payments.flows.catalog.account_prices import move_prices
from payments.flows.messages import record_act
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.names import name_in
from payments.flows.runtime.sales import opens
from payments.ports.chat import Blocked, Busy, Done, Failed, Open
from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.ports.stores import QueueName, Stuck

GRACE_DEFAULT_MS = 3 * 86_400_000
CHECK_TIMEOUT_SECONDS = 6
CHECKS_AT_ONCE = 5
TARGETS_CHECKED_MAX = 25


Chats = Mapping[Place, str]
"""A community's Telegram chats with their titles."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What an admin changes; None leaves it as it is. An empty icon or color is the product's own again."""

    currency: str | None = None
    locale: str | None = None
    grace_ms: int | None = None
    contact_id: PersonId | None = None
    icon: str | None = None
    color: str | None = None
    account_id: AccountId | None = None
    skips_rules: bool | None = None

    @property
    def any(self) -> bool:
        """Whether there is anything to change."""
        return self != Changes()


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """Whether we could give and take a target."""

    target: Target
    outcome: Done | Blocked | Busy | Failed
    open_ways: Sequence[Open] = ()
    """How it is had without paying."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether everything a community needs works. `stripe_error` is None while Stripe answers; `stripe_refused`
    tells a key that was turned down from a Stripe that is away. ``broken``: the plans that are not sold since something
    that they open can't be given. ``elsewhere``: those that another account than the community's still sells. Times are
    business time."""

    contact: str | None
    targets: tuple[TargetHealth, ...]
    stripe_error: str | None
    stripe_refused: bool
    broken: Sequence[str]
    elsewhere: Sequence[str]
    webhook_at: int | None
    event_cursor_at: int | None
    compared_at: int | None
    stuck: Stuck


async def person(app: AppContext, identity: Identity, name: str, locale: str) -> PersonId:
    """The person of an identity, made if unknown, with name and locale brought up to date."""
    async with app.store.transaction() as tx:
        return await tx.identities.ensure(identity, name, locale, PersonId(new_id("prs")), app.business.now())


async def known(app: AppContext, identity: Identity) -> PersonId | None:
    """The person of an identity, if we ever met them."""
    async with app.store.transaction() as tx:
        return await tx.identities.of(identity)


async def introduced(app: AppContext, identity: Identity, name: str, locale: str) -> PersonId:
    """The person of an identity that somebody else named: created if unknown, with this locale until they speak."""
    async with app.store.transaction() as tx:
        found = await tx.identities.of(identity)
        if found is not None:
            return found
        return await tx.identities.ensure(identity, name, locale, PersonId(new_id("prs")), app.business.now())


async def at(app: AppContext, place: Place) -> Community | None:
    """The community of a place, if an admin ever used a command there."""
    async with app.store.transaction() as tx:
        return await tx.communities.at(place)


async def chats(app: AppContext, community_id: CommunityId) -> Chats:
    """The community's chats that a plan can open as a whole, by title."""
    async with app.store.transaction() as tx:
        names = await tx.communities.place_names(community_id)
    found = [(place, title) for place, title in names.items() if place.platform.traits.opens is TargetKind.CHAT]
    return dict(sorted(found, key=lambda chat: chat[1].casefold()))


async def contact_name(app: AppContext, community: Community, on: Platform) -> str | None:
    """What the contact is called here, on this platform if they are there; None where there is none, or no name."""
    if community.contact_id is None:
        return None
    async with app.store.transaction() as tx:
        return await name_in(tx, community.id, community.contact_id, on)


async def ensure(app: AppContext, place: Place, place_name: str, *, contact_id: PersonId, locale: str) -> Community:
    """The community of a place; the admin whose command makes it is its contact."""
    async with app.store.transaction() as tx:
        found = await tx.communities.at(place)
        if found is not None:
            return found
        return await tx.communities.add(fresh(app, place_name, contact_id, locale), place, place_name)


def fresh(app: AppContext, name: str, contact_id: PersonId | None, locale: str) -> Community:
    """A community in which nothing was set yet."""
    return Community(
        id=CommunityId(new_id("com")),
        name=name,
        locale=locale,
        currency=app.first_account.currency,
        grace_ms=GRACE_DEFAULT_MS,
        contact_id=contact_id,
        breaker_tripped_at=None,
        created_at=app.business.now(),
    )


async def change(app: AppContext, community_id: CommunityId, changes: Changes, *, actor: PersonId) -> Community:
    """Store what an admin changed, and who did. A contact who is replaced hears about it."""
    async with app.store.transaction() as tx:
        await tx.communities.lock([community_id])
        community = await tx.communities.get(community_id)
        assert community is not None, "the caller found the community"
        changed = replace(
            community,
            currency=changes.currency or community.currency,
            locale=changes.locale or community.locale,
            grace_ms=community.grace_ms if changes.grace_ms is None else changes.grace_ms,
            contact_id=changes.contact_id or community.contact_id,
            icon=community.icon if changes.icon is None else changes.icon or None,
            color=community.color if changes.color is None else changes.color or None,
            account_id=changes.account_id or community.account_id,
            skips_rules=community.skips_rules if changes.skips_rules is None else changes.skips_rules,
        )
        told = {**of_community(community, changed), **_accounts(app, community, changed)}
        if told:
            contact = not {"contact", "account"}.isdisjoint(told)  # before the update: the former one is told
            await record_act(
                app,
                tx,
                AuditKind.SETTINGS_CHANGED,
                told,
                actor=actor,
                community_id=community_id,
                told=contact,
            )
        await tx.communities.update(changed)
        if changes.account_id is not None:  # also said again: a price may have been refused, or a community joined
            await move_prices(tx, app, changed)
    app.wake(QueueName.NOTICES)
    app.wake(QueueName.REQUESTS)
    return changed


def _accounts(app: AppContext, before: Community, after: Community) -> Record:
    """The accounts on which it sold and will sell, by their names; nothing where that is the same one."""

    def name(community: Community) -> str:
        account_id = app.account_of(community)
        return app.accounts[account_id].name if account_id in app.accounts else account_id

    return {} if app.account_of(before) == app.account_of(after) else {"account": (name(before), name(after))}


async def health(app: AppContext, community: Community, told: PersonId | None, on: Platform) -> Health:
    """Ask everything at once; what does not answer in a few seconds is said to be unknown. `told`: who to name."""
    account_id = app.account_of(community)
    async with app.store.transaction() as tx:
        plans = await tx.plans.of_community(community.id)
        sold = {row.target_id for row in await tx.plans.targets([p.id for p in plans]) if row.closed_at is None}
        targets = [target for target in await tx.communities.targets(community.id) if target.id in sold]
        account = await tx.provider_accounts.get(account_id)
        contact = await name_in(tx, community.id, told, on) if told else None
        stuck = await tx.communities.stuck(community.id)
        sold_at = {plan.name: {price.account_id for price in await tx.plans.on_sale(plan.id)} for plan in plans}
    checks, (error, refused) = await asyncio.gather(
        _check(app, targets[:TARGETS_CHECKED_MAX]), _stripe(app, account_id)
    )
    await learned(app, checks)
    async with app.store.transaction() as tx:
        broken = [plan.name for plan in plans if (await opens(app, tx, plan)).broken]
    return Health(
        contact=contact,
        targets=checks,
        stripe_error=error,
        stripe_refused=refused,
        broken=broken,
        elsewhere=[name for name, accounts in sold_at.items() if accounts - {account_id}],
        webhook_at=account.webhook_at if account else None,
        event_cursor_at=account.event_cursor_at if account else None,
        compared_at=account.compared_at if account else None,
        stuck=stuck,
    )


async def _stripe(app: AppContext, account_id: AccountId) -> tuple[str | None, bool]:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await app.provider(account_id).account()
    except (ProviderRefused, KeyRefused) as refused:
        return str(refused), True
    except (ProviderUnavailable, TimeoutError) as away:
        return str(away) or "no answer", False
    return None, False


async def _check(app: AppContext, targets: Sequence[Target]) -> tuple[TargetHealth, ...]:
    free = asyncio.Semaphore(CHECKS_AT_ONCE)

    async def one(target: Target) -> TargetHealth:
        async with free:
            return TargetHealth(target, await check(app, target))

    checked = await asyncio.gather(*(one(target) for target in targets))
    ways = await open_ways(app, [one.target for one in checked if isinstance(one.outcome, Done)])
    return tuple(replace(one, open_ways=ways.get(one.target, ())) for one in checked)


async def open_ways(app: AppContext, targets: Sequence[Target]) -> Mapping[Target, Sequence[Open]]:
    """How these are had without paying, as far as the platforms tell within a few seconds."""
    found: dict[Target, Sequence[Open]] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            for place in dict.fromkeys(Place(one.platform, one.place_id) for one in targets):
                platform = app.platforms.get(place.platform)
                if platform is not None and platform.ready:
                    here = [one for one in targets if Place(one.platform, one.place_id) == place]
                    found |= await platform.open_ways(place, here)
    return found


async def let_through(app: AppContext, community_id: CommunityId) -> None:
    """Members need no longer accept the rules first: who waits for that gets the role now."""
    async with app.store.transaction() as tx:
        places = await tx.communities.places(community_id)
    for place in places:
        await presence.invite_changed(app, place)


async def learned(app: AppContext, checks: Sequence[TargetHealth], tell: faults.Tell = faults.Tell.NOW) -> None:
    """Store what the platforms answered: what can't be given is not sold."""
    places = {Place(checked.target.platform, checked.target.place_id) for checked in checks}
    async with app.store.transaction() as tx:
        for place in sorted(places, key=lambda place: (place.platform, place.external_id)):
            here = [c for c in checks if Place(c.target.platform, c.target.place_id) == place]
            await faults.learn(app, tx, place, {c.target: c.outcome for c in here}, tell)
    faults.wake(app)


async def check(app: AppContext, target: Target) -> Done | Blocked | Busy | Failed:
    """Whether we could give and take this target; unknown when its platform is away."""
    platform = app.platforms.get(target.platform)
    if platform is None or not platform.ready:
        return Busy(60_000, "not connected")
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            return await platform.check(target)
    except TimeoutError:
        return Busy(60_000, "no answer in time")
