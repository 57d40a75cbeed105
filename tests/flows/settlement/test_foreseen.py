"""Which ends are known beforehand follows what a subscription became, also where its entitlement stays as it was."""

from __future__ import annotations

from payments.core.billing import SubscriptionStatus
from payments.core.breaker import Foreseen
from payments.core.ids import EntitlementId, PersonId
from tests.core.builders import DAY, T0, invoice, subscription
from tests.flows.club_fixture import Club, stripe_id

S = SubscriptionStatus


async def given(club: Club) -> EntitlementId:
    async with club.store.transaction() as tx:
        return (await tx.entitlements.of([PersonId("prs_ann")]))[0].id


async def foreseen(club: Club) -> Foreseen | None:
    id_ = await given(club)
    async with club.store.transaction() as tx:
        return await tx.entitlements.foreseen(id_)


async def test_a_trials_end_is_foreseen_no_more_once_its_first_bill_is_paid(club: Club) -> None:
    """The bill is paid a while after the trial: by then what it gives reads as paid already, and stays so."""
    customer = await club.customer("ann")
    ends_at = T0 + 7 * DAY
    club.provider.put_subscription(stripe_id(customer), subscription(S.TRIALING, trial_end_at=ends_at))
    await club.settle(customer)
    told = await foreseen(club)
    assert told is not None
    assert told.at == ends_at
    club.pass_time(7 * DAY)
    club.provider.put_subscription(stripe_id(customer), subscription(trial_end_at=ends_at))
    await club.settle(customer)
    club.provider.put_invoice(stripe_id(customer), invoice(at=club.clock.at))
    await club.settle(customer)
    assert await foreseen(club) is None, "whoever is put out later is by surprise"


async def test_a_trial_that_ends_later_is_foreseen_to_end_then(club: Club) -> None:
    customer = await club.customer("ann")
    for days in (7, 30):
        club.provider.put_subscription(stripe_id(customer), subscription(S.TRIALING, trial_end_at=T0 + days * DAY))
        await club.settle(customer)
    told = await foreseen(club)
    assert told is not None
    assert told.at == T0 + 30 * DAY


async def test_an_end_that_an_older_version_stored_is_foreseen_with_the_next_settlement(club: Club) -> None:
    cancel_at = T0 + 20 * DAY
    customer = await club.customer("ann")
    club.provider.put_subscription(stripe_id(customer), subscription(cancel_at=cancel_at))
    club.provider.put_invoice(stripe_id(customer), invoice())
    await club.settle(customer)
    id_ = await given(club)
    async with club.store.transaction() as tx:
        await tx.entitlements.foresee(id_, None)
    await club.settle(customer)
    told = await foreseen(club)
    assert told is not None
    assert told.at == cancel_at
