"""A provider with the three required ports alone: it sells, renews and revokes, and says what it can't do."""

from dataclasses import replace

import pytest

from payments.core.billing import SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.community import Identity, Platform
from payments.core.plan_terms import PlanDraft, Terms
from payments.flows.billing.invoices import Bill, bill
from payments.flows.billing.portal import cancel, open_portal
from payments.flows.catalog.plans import create_plan
from payments.flows.catalog.prices import PlanMade
from payments.flows.checkout.sessions import CheckoutLink
from payments.flows.checkout.subscribe import AlreadyMember, subscribe
from payments.flows.runtime.offered import NotOffered
from storage.store import SqlStore
from tests.core.builders import VIP
from tests.fakes.accounts import only
from tests.fakes.bare_provider import BareProvider
from tests.flows.club_fixture import CLUB, Club, open_club

MONTHLY = Terms(PriceKind.RECURRING, 900, "usd", Unit.MONTH, 1)
ANN = Identity(Platform.DISCORD, "user-ann")


@pytest.fixture
async def bare(store: SqlStore) -> Club:
    """The club, paid through such a provider."""
    club = await open_club(store)
    club.provider = BareProvider(at=club.clock.at)
    club.app.accounts = only(club.provider.of, club.provider)
    return club


async def joined(club: Club) -> tuple[BareProvider, CheckoutLink]:
    """Ann has paid for a plan that was made just now, and is let in."""
    provider = club.provider
    assert isinstance(provider, BareProvider)
    ann, admin = await club.person("ann"), await club.person("admin")
    made = await create_plan(club.app, CLUB, PlanDraft("Solid", "", MONTHLY, 0, 0, (VIP,)), admin)
    assert isinstance(made, PlanMade), made
    assert made.on_sale
    link = await subscribe(club.app, person_id=ann, plan_id=made.plan.id, name="Ann", account=ANN)
    assert isinstance(link, CheckoutLink), link
    (session_id,) = provider.sessions
    provider.paid(session_id)
    await club.webhook(provider.happened[-1])
    await club.settle()
    access = await club.access("ann")
    assert access is not None
    assert access.wanted
    assert isinstance(
        await subscribe(club.app, person_id=ann, plan_id=made.plan.id, name="Ann", account=ANN), AlreadyMember
    )
    return provider, link


async def test_it_sells_and_revokes(bare: Club) -> None:
    provider, _ = await joined(bare)
    ((customer, known),) = [(ref, one) for ref, one in provider.known.items() if one.subscriptions]
    (fact,) = known.subscriptions.values()
    ended = replace(fact, status=SubscriptionStatus.CANCELED, ended_at=provider.at)
    provider.put_subscription(customer, ended)
    await bare.webhook(provider.event("customer.subscription.deleted", fact.id, customer))
    await bare.settle()
    access = await bare.access("ann")
    assert access is not None
    assert not access.wanted


async def test_what_it_can_t_do_is_refused_before_anything_is_stored(bare: Club) -> None:
    await joined(bare)
    ann, admin = await bare.person("ann"), await bare.person("admin")
    with pytest.raises(NotOffered):
        await bill(bare.app, Bill(ann, "Ann", CLUB, 900, "usd", "A workshop", 14, admin))
    with pytest.raises(NotOffered):
        await open_portal(bare.app, ANN)
    async with bare.store.transaction() as tx:
        (sold,) = await tx.billing.subscriptions_of(ann)
        assert not await tx.requests.bills_waiting()
    with pytest.raises(NotOffered):
        await cancel(bare.app, ANN, sold.id)
