"""What tests do in a thawed world, and what they look at there."""

from __future__ import annotations

from payments.core.access import EffectState
from payments.core.billing import Checkout, Customer
from payments.core.ids import PersonId, TargetId
from payments.flows.jobs import redrive as creating
from payments.flows.settlement.timers import tick
from tests.core.builders import VIP
from tests.flows.club_fixture import stripe_id
from tests.flows.two_platforms import BothSides

LEASE_MS = 120_000
"""Longer than any lease that was held when the world was frozen."""


async def customer(both: BothSides, name: str) -> Customer:
    async with both.store.transaction() as tx:
        (found,) = await tx.customers.of_person(PersonId(f"prs_{name}"))
    return found


async def catch_up(both: BothSides) -> None:
    """Every lease ends, and all that is due is settled and delivered."""
    both.club.pass_time(LEASE_MS)
    await tick(both.club.app)
    await both.settle()
    await both.work()


async def hears(both: BothSides, type_: str, object_id: str, of: Customer) -> None:
    """Stripe sends a webhook, and what follows from it is settled and delivered."""
    event = both.club.provider.event(type_, object_id, stripe_id(of))
    assert (await both.club.webhook(event)).state == "marked"
    await catch_up(both)


async def redrive(both: BothSides) -> set[str]:
    """The requests worker goes on with every pending call. Answers their kinds."""
    app, lease = both.club.app, both.club.app.lease()
    async with both.store.transaction() as tx:
        await tx.requests.claim(creating.REDRIVEN, lease, both.club.machine.at, 50)  # from now on each is old enough
        found = await tx.requests.claim(creating.REDRIVEN, lease, both.club.machine.at + LEASE_MS, 50)
    for request in found:
        await creating.redrive(app, request, lease)
    return {request.kind for request in found}


async def effect(both: BothSides, name: str, target: TargetId = VIP) -> EffectState:
    found = await both.club.effect(name, target)
    assert found is not None
    return found.state


def has(both: BothSides, name: str, role: str = "role-tgt_vip", server: str = "100") -> bool:
    return role in both.discord.servers[server].members[f"user-{name}"]


async def waiting(both: BothSides, who: Customer) -> Checkout:
    """The only link that somebody has to pay by."""
    async with both.store.transaction() as tx:
        (found,) = await tx.checkouts.waiting(who.person_id)
    return found


async def reread(both: BothSides, checkout: Checkout) -> Checkout:
    """The link as it is stored now."""
    async with both.store.transaction() as tx:
        found = await tx.checkouts.get(checkout.id)
    assert found is not None
    return found
