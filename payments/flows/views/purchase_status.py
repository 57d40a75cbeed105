"""What became of a checkout, for the page that Stripe leads back to: it only reads, and proves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.access import EffectState, Reason
from payments.core.billing import Checkout, CheckoutState
from payments.core.catalog import Plan, Price, PriceKind
from payments.core.community import Community, Place, Target, TargetKind
from payments.core.ids import CheckoutId
from payments.flows.runtime.context import AppContext
from payments.flows.views.membership import Membership, Opening, chat_link, memberships
from payments.ports.stores import StoredAccount, Transaction

SHOWN_MS = 72 * 3_600_000
"""How long the page tells how a membership stands, from when its link was made (business time): somebody pays within a
day, and follows for a while. Its address may have been passed on since; `/membership` knows who asks."""

STRIPE_SECOND_MS = 1_000
"""Stripe tells when something began in whole seconds, so it may seem to be older than our row."""


class Stage(StrEnum):
    """How far a checkout has come."""

    UNPAID = "unpaid"  # Stripe has not confirmed a payment
    ARRIVING = "arriving"  # it is bought, and not everything is open yet
    OPEN = "open"
    ENDED = "ended"  # it was bought, and gives nothing (any more): refunded, say
    OVER = "over"  # the link's time is over, and nothing was bought by it


class TargetStatus(StrEnum):
    """How far one of the things is that a plan opens."""

    COMING = "coming"
    OPEN = "open"
    COME_IN = "come_in"  # the person must come into the server or chat: nobody can be brought
    LINK = "link"  # no account of theirs on that platform is known
    ADMIN = "admin"  # an admin must act, and was told


@dataclass(frozen=True, slots=True)
class PurchaseStatus:
    """One thing that a plan opens. `url`: where it is."""

    target: Target
    step: TargetStatus
    url: str | None


@dataclass(frozen=True, slots=True)
class Past:
    """It was so long ago that the page tells nothing any more. ``locale``: the buyer's."""

    locale: str


@dataclass(frozen=True, slots=True)
class Bought:
    """What the page says. `locale` is the buyer's; `pay_url` the link while it can be paid; `reason` why it is so.

    `login_url`: where whoever paid can cancel without the chat, if it renews; it proves nothing, so anyone may see it.
    """

    community: Community
    plan: Plan
    locale: str
    stage: Stage
    reason: Reason | None
    arrivals: tuple[PurchaseStatus, ...]
    pay_url: str | None
    login_url: str | None


async def purchase_status(app: AppContext, checkout_id: CheckoutId) -> Bought | Past | None:
    """What became of a checkout lately; None for one that is not there, or of an account that is not ours any more.

    Raises `StoreUnavailable`.
    """
    async with app.store.transaction() as tx:
        checkout = await tx.checkouts.get(checkout_id)
        price = await tx.plans.price(checkout.price_id) if checkout else None
        if checkout is None or price is None or price.account_id not in app.accounts:
            return None
        if app.business.now() - checkout.created_at > SHOWN_MS:
            return Past(await tx.identities.locale(checkout.beneficiary_id))
        plan = await tx.plans.get(checkout.plan_id)
        assert plan is not None, "a checkout names a plan that is stored"
        community = await tx.communities.get(plan.community_id)
        assert community is not None, "a plan belongs to a community that is stored"
        locale = await tx.identities.locale(checkout.beneficiary_id)
        found = await memberships(tx, checkout.beneficiary_id, community.id, app.business.now())
        membership = _of(checkout, found)
        stage = _stage(checkout, membership)
        account = await tx.provider_accounts.get(price.account_id)
        if membership is not None and stage is Stage.ARRIVING:
            arrivals = [await _arrival(app, tx, opening) for opening in membership.openings]
        else:
            arrivals = [PurchaseStatus(target, TargetStatus.COMING, None) for target in await _sold(tx, plan)]
    if stage is Stage.ARRIVING and all(arrival.step is TargetStatus.OPEN for arrival in arrivals):
        stage = Stage.OPEN
    return Bought(
        community=community,
        plan=plan,
        locale=locale,
        stage=stage,
        reason=membership.reason if membership else None,
        arrivals=tuple(arrivals),
        pay_url=checkout.url if checkout.state is CheckoutState.OPEN and stage is Stage.UNPAID else None,
        login_url=_login_url(account, price, stage),
    )


def _login_url(account: StoredAccount | None, price: Price, stage: Stage) -> str | None:
    if account is None or price.kind is not PriceKind.RECURRING or stage in (Stage.UNPAID, Stage.OVER):
        return None
    return account.login_url or None


def _of(checkout: Checkout, found: Sequence[Membership]) -> Membership | None:
    """The membership that was bought by it: the purchase's own; else what opens the plan, or began since."""
    mine = [m for m in found if m.plan.id == checkout.plan_id]
    since = checkout.created_at - STRIPE_SECOND_MS
    best = [
        *(m for m in mine if m.purchase is not None and m.purchase.checkout_id == checkout.id),
        *(m for m in mine if m.open),
        *(m for m in mine if m.entitlement.began_at >= since),
    ]
    return best[0] if best else None


def _stage(checkout: Checkout, membership: Membership | None) -> Stage:
    """As far as payment goes."""
    if membership is None:
        return Stage.OVER if checkout.state is CheckoutState.EXPIRED else Stage.UNPAID
    if membership.open:
        return Stage.ARRIVING
    return Stage.UNPAID if membership.reason is Reason.AWAITING_FIRST_PAYMENT else Stage.ENDED


async def _sold(tx: Transaction, plan: Plan) -> Sequence[Target]:
    """What the plan opens for who buys it now, by name."""
    sold = {row.target_id for row in await tx.plans.targets([plan.id]) if row.closed_at is None}
    return [target for target in await tx.communities.targets(plan.community_id) if target.id in sold]


async def _arrival(app: AppContext, tx: Transaction, opening: Opening) -> PurchaseStatus:
    target, step = opening.target, _step(opening)
    if target.kind is TargetKind.CHAT:
        # The bot's own: it asks to come in, and leads who is in to the chat.
        url = await chat_link(tx, target)
    else:
        platform = app.platforms.get(target.platform)
        url = platform.place_link(Place(target.platform, target.place_id)) if platform else None
    return PurchaseStatus(target, step, url if step in (TargetStatus.OPEN, TargetStatus.COME_IN) else None)


def _step(opening: Opening) -> TargetStatus:
    match opening.effect:
        case EffectState.DONE if opening.access is not None and opening.access.wanted:
            return TargetStatus.OPEN
        case EffectState.WAITING:
            return TargetStatus.COME_IN if opening.linked else TargetStatus.LINK
        case EffectState.BLOCKED | EffectState.DEAD:
            return TargetStatus.ADMIN
        case _:
            return TargetStatus.COMING
