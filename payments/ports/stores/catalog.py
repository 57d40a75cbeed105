"""Whose community it is, who is in it, and what is on sale."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from payments.core.catalog import Plan, PlanTarget, Price
from payments.core.community import Community, Identity, Place, Platform, Target
from payments.core.ids import AccountId, CommunityId, PersonId, PlanId, PriceId, TargetId
from payments.ports.stores.values import StoredAccount, Stuck


class Communities(Protocol):
    """Communities, their places and the targets in them."""

    async def add(self, community: Community, place: Place, place_name: str) -> Community:
        """Make a community for a place, or answer the one the place already has."""
        ...

    async def get(self, community_id: CommunityId) -> Community | None:
        """One community."""
        ...

    async def at(self, place: Place) -> Community | None:
        """The community of a place."""
        ...

    async def all(self) -> Sequence[Community]:
        """Every community, oldest first."""
        ...

    async def places(self, community_id: CommunityId) -> Sequence[Place]:
        """The places of a community."""
        ...

    async def served(self, places: Collection[Place]) -> Collection[Place]:
        """Those of the places that are served: claimed, or sold in before places had to be claimed."""
        ...

    async def all_served(self) -> Mapping[Place, str]:
        """Every served place with its own name."""
        ...

    async def serve(self, place: Place, *, served: bool) -> bool:
        """A place that has a community is served from now on, or no longer. False if nothing changed."""
        ...

    async def place_names(self, community_id: CommunityId) -> Mapping[Place, str]:
        """The places of a community with the names of server and chats."""
        ...

    async def update(self, community: Community) -> None:
        """Store name, locale, currency, grace, contact, icon and colour."""
        ...

    async def trip_breaker(self, community_id: CommunityId, machine_now: int) -> bool:
        """True if it was not tripped yet."""
        ...

    async def reset_breaker(self, community_id: CommunityId) -> None:
        """Let revokes through again."""
        ...

    async def lock(self, community_ids: Collection[CommunityId]) -> None:
        """Lock the communities' rows until the commit, in the order of their ids."""
        ...

    async def join(self, joined: CommunityId, into: CommunityId) -> None:
        """All places, plans and targets of one community are the other's, and it is no more. What it held back stays
        held back, and its contact is the other's if that has none."""
        ...

    async def namesakes(self, one: CommunityId, other: CommunityId) -> Sequence[str]:
        """Names of active plans of the one that an active plan of the other has too, regardless of case."""
        ...

    async def in_use(self, place: Place) -> bool:
        """Whether a plan opens something there, or anybody has or should have something of it."""
        ...

    async def once_in(self, place: Place) -> Collection[PersonId]:
        """Everybody who has, had or should have something of a place."""
        ...

    async def take_out(self, place: Place, own: Community) -> None:
        """A place with its targets gets a new community of its own; nobody has anything of them (see `in_use`), and who
        once had is forgotten. The caller has locked those (see `once_in`) before it looked."""
        ...

    async def rename_place(self, place: Place, name: str) -> bool:
        """A place has another name; a community that was called like it follows. False if nothing was changed."""
        ...

    async def put_target(self, target: Target) -> Target:
        """Make a target, or answer the stored one (with the new name) of the same platform, place and external id."""
        ...

    async def target(self, target_id: TargetId) -> Target | None:
        """One target."""
        ...

    async def targets(self, community_id: CommunityId) -> Sequence[Target]:
        """The targets of a community, by name."""
        ...

    async def stuck(self, community_id: CommunityId) -> Stuck:
        """What of this community can't go on by itself; nothing of any other is counted."""
        ...


class People(Protocol):
    """Persons and their identities."""

    async def of(self, identity: Identity) -> PersonId | None:
        """The person of an identity."""
        ...

    async def ensure(self, identity: Identity, name: str, locale: str, new_id: PersonId, now: int) -> PersonId:
        """The person of an identity, made with `new_id` if unknown; name and locale are brought up to date."""
        ...

    async def identities(self, person_id: PersonId) -> Sequence[Identity]:
        """The person's accounts; of one who was merged, those of the person who lives on. So are name and locale."""
        ...

    async def name(self, person_id: PersonId, on: Sequence[Platform]) -> str | None:
        """What the person's account is called on the first of these platforms where they have one; None if on none.
        Which other accounts somebody has is nobody's business."""
        ...

    async def locale(self, person_id: PersonId) -> str:
        """The person's locale; English for one we don't know."""
        ...

    async def living(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, PersonId]:
        """Whom each of these ids means: itself, or the person whom it was merged into."""
        ...

    async def dealt(self, person_id: PersonId, community_id: CommunityId) -> bool:
        """Whether somebody bought, held or was billed in a community, by our own rows."""
        ...

    async def bought(self, person_id: PersonId, community_id: CommunityId) -> bool:
        """The same, but for what the team gives by itself: a comp, and what was held by one."""
        ...

    async def lock(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, PersonId]:
        """Lock the living persons' rows until the commit, in the order of their ids, bumping their version
        (invariant 2). Whom each id means, as in `living`. Raises `PersonsMerged` if that changed while waiting."""
        ...


class Plans(Protocol):
    """Plans, their prices and what they open."""

    async def add(self, plan: Plan) -> bool:
        """False when an active plan of that name (regardless of case) exists in the community."""
        ...

    async def update(self, plan: Plan) -> bool:
        """Store every field but id, community and creation. False when the name is taken."""
        ...

    async def get(self, plan_id: PlanId) -> Plan | None:
        """One plan."""
        ...

    async def by_name(self, community_id: CommunityId, name: str) -> Plan | None:
        """The active plan of that name, regardless of case."""
        ...

    async def of_community(self, community_id: CommunityId, *, archived: bool = False) -> Sequence[Plan]:
        """Active plans, oldest first; with the archived ones when asked."""
        ...

    async def members(self, plan_id: PlanId, now: int) -> int:
        """How many persons this plan gives access to now."""
        ...

    async def targets(self, plan_ids: Collection[PlanId]) -> Sequence[PlanTarget]:
        """What these plans open."""
        ...

    async def open_target(self, plan_id: PlanId, target_id: TargetId) -> None:
        """Let a plan open a target, also one that was taken off before."""
        ...

    async def close_target(self, plan_id: PlanId, target_id: TargetId, *, closed_at: int | None) -> None:
        """Take a target off: from `closed_at` on for newcomers only, or (None) for everybody."""
        ...

    async def beneficiaries(self, plan_id: PlanId) -> Sequence[PersonId]:
        """Everybody with an entitlement of this plan, whatever its state."""
        ...

    async def add_price(self, price: Price) -> None:
        """Store a new price."""
        ...

    async def activate_price(self, price_id: PriceId, product_id: str, stripe_price_id: str) -> None:
        """Store Stripe's ids; sell at this price from now on, and retire the plan's former active one."""
        ...

    async def drop_pending_price(self, price_id: PriceId) -> None:
        """Take back a price that Stripe refused."""
        ...

    async def price(self, price_id: PriceId) -> Price | None:
        """One price."""
        ...

    async def current_price(self, plan_id: PlanId) -> Price | None:
        """The price at which a plan is sold."""
        ...

    async def prices(self, plan_id: PlanId) -> Sequence[Price]:
        """Every price of a plan, oldest first."""
        ...

    async def price_of_stripe(self, account_id: AccountId, stripe_price_id: str) -> Price | None:
        """The price that is this one at Stripe."""
        ...


class Accounts(Protocol):
    """Stripe accounts."""

    async def ensure(self, account: StoredAccount, now: int) -> StoredAccount:
        """The stored account, made if it is new; its currency is brought up to date."""
        ...

    async def get(self, account_id: AccountId) -> StoredAccount | None:
        """One account."""
        ...

    async def all(self) -> Sequence[StoredAccount]:
        """Every account that was ever seen."""
        ...

    async def set_portal_configuration(self, account_id: AccountId, configuration_id: str) -> None:
        """Remember the portal configuration that we made."""
        ...

    async def set_event_cursor(self, account_id: AccountId, at: int) -> None:
        """Remember up to when Stripe's event list was read."""
        ...

    async def set_compared(self, account_id: AccountId, at: int) -> None:
        """Remember when everything was compared."""
        ...

    async def set_webhook(self, account_id: AccountId, at: int) -> None:
        """Remember when a webhook last came."""
        ...
