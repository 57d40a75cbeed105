"""Whoever redeems the code of a purchase that was made past us has it: once, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from payments.core.billing import SubscriptionStatus
from payments.core.community import Community, Identity, Place, Platform
from payments.core.ids import CommunityId, CustomerRef, PlanId, SubscriptionId
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.flows.jobs.redrive import redrive
from payments.flows.people import redeem as purchases
from payments.flows.people.codes import TRIES_MAX, BadCode, TooMany, hash_of
from payments.flows.people.redeem import CODE_MS, MadeCode, NoCode, Redeemed, hidden
from payments.flows.settlement.unowned import look_at_stranger
from payments.ports.providers import ProviderUnavailable
from payments.ports.stores import CodeKind, QueueName
from tests.core.builders import ACCOUNT, LITE, PRO, T0, invoice, plan, refund, subscription
from tests.flows.club_fixture import CLUB, PLACE
from tests.flows.server import Server
from tests.flows.two_platforms import ANN, MALLORY, TINA, BothSides, on_discord

BUYER, SUB = CustomerRef("cus_buyer"), SubscriptionId("sub_link")
MAX, KIM = on_discord("max"), on_discord("kim")
ELSEWHERE = Place(Platform.DISCORD, "900")
HERS = Redeemed("pro", "The Club")


async def bought(both: BothSides, *, plan_id: str = PRO, sub: SubscriptionId = SUB) -> None:
    """Somebody we don't know pays for a plan of ours; Max is a manager here, Kim owns another community."""
    club = both.club
    fact = subscription(id_=sub, metadata={"guestlist_plan": plan_id}, started_at=club.clock.at)
    club.provider.put_subscription(BUYER, fact)
    club.provider.put_invoice(BUYER, invoice(f"in_{sub}", at=club.clock.at, subscription_id=sub))
    club.provider.customer(BUYER).email = "mia@example.org"
    await both.comes(ANN, "ann")
    await both.comes(MAX, "max")
    club.app.settings = replace(club.app.settings, named_places=frozenset({PLACE, ELSEWHERE}))
    async with both.store.transaction() as tx:
        entry = TeamEntry(CLUB, Platform.DISCORD, TeamKind.ACCOUNT, MAX.user_id, "100", "max", Rank.MANAGER, T0)
        await tx.team.put(entry)
        if await tx.communities.get(CommunityId("com_2")) is None:
            other = Community(CommunityId("com_2"), "Elsewhere", "en", "usd", 0, None, None, T0)
            await tx.communities.add(other, ELSEWHERE, "Elsewhere")
            await tx.plans.add(replace(plan(PlanId("pln_else")), community_id=CommunityId("com_2")))
    await look_at_stranger(club.app, ACCOUNT, BUYER)


async def makes(both: BothSides, who: Identity = MAX, sub: SubscriptionId = SUB) -> MadeCode | NoCode:
    return await purchases.make_code(both.club.app, who, await both.person(MAX), ACCOUNT, sub)


async def code(both: BothSides) -> str:
    made = await makes(both)
    assert isinstance(made, MadeCode), made
    return made.code


async def redeems(both: BothSides, who: Identity, typed: str, place: Place | None = None) -> object:
    return await purchases.redeem(both.club.app, who, typed, place)


async def done(both: BothSides) -> None:
    """Settled, delivered, and what is stored for the worker made."""
    await both.settle()
    await both.work()
    lease = both.club.app.lease()
    async with both.store.transaction() as tx:
        found = await tx.requests.claim([purchases.REQUEST], lease, both.club.machine.at, 9)
    for request in found:
        await redrive(both.club.app, request, lease)


async def test_the_buyer_has_the_plan_and_the_provider_is_told_who_it_is(both: BothSides) -> None:
    await bought(both)
    shown = await purchases.waiting(both.club.app, MAX, CLUB)
    assert isinstance(shown, purchases.List)
    assert [(one.plan, one.email) for one in shown.shown] == [("pro", "m…@example.org")]
    typed = await code(both)
    assert await redeems(both, ANN, typed.lower().replace("-", " "), PLACE) == HERS
    await done(both)
    assert both.has_role(ANN)
    person = await both.person(ANN)
    told: Mapping[str, str] = both.club.provider.customer(BUYER).metadata
    assert (told["guestlist_person"], told["guestlist_account"]) == (person, "discord:user-ann")
    assert both.club.provider.customer(BUYER).subscriptions[SUB].metadata["guestlist_payer"] == person
    assert await redeems(both, ANN, typed) == HERS, "the answer may have been lost"
    assert await redeems(both, MALLORY, typed) is BadCode.USED
    assert await makes(both) is NoCode.NONE


async def test_of_two_at_the_same_moment_one_gets_it(any_both: BothSides) -> None:
    both = any_both
    await bought(both)
    await both.comes(TINA, "tina")
    typed = await code(both)
    answers = await asyncio.gather(*(redeems(both, who, typed) for who in (ANN, TINA)))
    assert sorted(map(str, answers)) == sorted(map(str, (HERS, BadCode.USED)))
    await done(both)
    assert [both.has_role(ANN), both.in_lounge(TINA)].count(True) == 1


async def test_two_purchases_of_one_customer_go_to_one_person(any_both: BothSides) -> None:
    both = any_both
    await bought(both)
    await bought(both, sub=SubscriptionId("sub_second"))
    await both.comes(TINA, "tina")
    first, second = await makes(both), await makes(both, sub=SubscriptionId("sub_second"))
    assert isinstance(first, MadeCode)
    assert isinstance(second, MadeCode)
    answers = await asyncio.gather(redeems(both, ANN, first.code), redeems(both, TINA, second.code))
    assert sorted(map(str, answers)) == sorted(map(str, (HERS, BadCode.USED)))


async def test_who_waited_for_the_other_finds_it_used(postgres_both: BothSides, server: Server) -> None:
    """Both have read that it is open, and then wait for its row."""
    both = postgres_both
    await bought(both)
    await both.comes(TINA, "tina")
    typed = await code(both)
    code_hash = hash_of(CodeKind.PURCHASE, typed)
    async with both.store.transaction() as tx:
        assert await tx.unclaimed.set_code(ACCOUNT, SUB, code_hash, both.club.machine.at + CODE_MS)  # holds the row
        acting = [asyncio.ensure_future(redeems(both, who, typed)) for who in (ANN, TINA)]
        for count, one in enumerate(acting, 1):
            await server.waits(one, count)
    assert sorted(map(str, await asyncio.gather(*acting))) == sorted(map(str, (HERS, BadCode.USED)))


@pytest.mark.parametrize("who", [on_discord("tom"), KIM])
async def test_a_code_is_made_by_who_may_touch_money_here(both: BothSides, who: Identity) -> None:
    await bought(both)
    await both.comes(who, "stranger")
    assert await makes(both, who) is NoCode.NOT_YOURS
    assert await purchases.waiting(both.club.app, who, CLUB) is NoCode.NOT_YOURS
    assert await makes(both, sub=SubscriptionId("sub_none")) is NoCode.NOT_YOURS


async def test_a_code_is_bound_to_its_community_its_time_and_its_newest_word(both: BothSides) -> None:
    await bought(both)
    first, second = await code(both), await code(both)
    assert await redeems(both, ANN, first) is BadCode.WRONG, "a newer one replaced it"
    assert await redeems(both, ANN, second, ELSEWHERE) is BadCode.WRONG
    await purchases.void(both.club.app, second)
    assert await redeems(both, ANN, second) is BadCode.WRONG, "others could read it"
    third = await code(both)
    both.club.machine.at += CODE_MS
    assert await redeems(both, ANN, third) is BadCode.EXPIRED


async def test_attempts_are_limited_like_those_at_other_codes(both: BothSides) -> None:
    await bought(both)
    typed = await code(both)
    for _ in range(TRIES_MAX):
        assert await redeems(both, ANN, "ABCD-EFGH-JKLM") is BadCode.WRONG
    assert isinstance(await redeems(both, ANN, typed), TooMany)


@pytest.mark.parametrize("fate", ["ended", "another plan's customer", "moved"])
async def test_what_the_provider_says_by_then_decides(both: BothSides, fate: str) -> None:
    await bought(both)
    typed = await code(both)
    customer = both.club.provider.customer(BUYER)
    if fate == "ended":
        customer.subscriptions[SUB] = replace(customer.subscriptions[SUB], status=SubscriptionStatus.CANCELED)
    elif fate == "moved":
        customer.subscriptions[SUB] = replace(customer.subscriptions[SUB], metadata={"guestlist_plan": LITE})
    else:
        also = subscription(id_=SubscriptionId("sub_else"), metadata={"guestlist_plan": "pln_else"})
        customer.subscriptions[also.id] = also
    expected = NoCode.SHARED if "another" in fate else NoCode.OVER
    assert await redeems(both, ANN, typed) is expected
    assert await makes(both) is expected
    await done(both)
    assert not both.has_role(ANN)


async def test_what_was_refunded_meanwhile_opens_nothing(both: BothSides) -> None:
    await bought(both)
    typed = await code(both)
    both.club.provider.put_refund(BUYER, replace(refund(), invoice_id=invoice(f"in_{SUB}").id))
    assert await redeems(both, ANN, typed) == HERS
    await done(both)
    assert not both.has_role(ANN)


@pytest.mark.parametrize("pays", [True, False])
async def test_who_is_a_customer_already_has_both(both: BothSides, pays: bool) -> None:
    """The one that pays is the one of the portal: her own as long as something of it runs."""
    await bought(both)
    own = await both.pays("ann", ANN)
    if not pays:
        await both.ends(own, "ann")
    assert await redeems(both, ANN, await code(both)) == replace(HERS, twice=pays)
    await done(both)
    assert both.has_role(ANN)
    person = await both.person(ANN)
    async with both.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(person)
        former = await tx.customers.former([customer.id])
    assert customer.stripe_id == (own.stripe_id if pays else BUYER)
    assert former == {customer.id: [BUYER if pays else own.stripe_id]}
    await both.ends(own, "ann")
    ended = subscription(SubscriptionStatus.CANCELED, id_=SUB)
    both.club.provider.put_subscription(BUYER, ended)
    await both.club.webhook(both.club.provider.event("customer.subscription.deleted", SUB, BUYER))
    await done(both)
    assert not both.has_role(ANN)


async def test_of_two_linked_accounts_it_stays_with_the_one_that_redeemed(both: BothSides) -> None:
    await bought(both)
    await both.comes(TINA, "tina")
    await both.links(ANN, TINA)
    assert await redeems(both, TINA, await code(both)) == HERS
    await done(both)
    assert both.has_role(ANN)
    assert both.in_lounge(TINA)
    assert both.club.provider.customer(BUYER).metadata["guestlist_account"] == "telegram:tg-tina"


async def test_a_merge_after_the_claim_takes_it_along(both: BothSides) -> None:
    await bought(both)
    typed = await code(both)
    assert await redeems(both, ANN, typed) == HERS
    await both.comes(TINA, "tina")
    await both.links(ANN, TINA)
    await done(both)
    assert both.in_lounge(TINA)
    assert await redeems(both, TINA, typed) == HERS


async def test_when_the_provider_is_away_nothing_is_used_up(both: BothSides) -> None:
    await bought(both)
    typed = await code(both)
    both.club.provider.answers = [ProviderUnavailable("down")]
    with pytest.raises(ProviderUnavailable):
        await redeems(both, ANN, typed)
    assert await redeems(both, ANN, typed) == HERS


async def test_a_death_after_the_commit_loses_nothing(both: BothSides) -> None:
    """What follows is stored with it: who wakes up later settles it, and writes our ids."""
    await bought(both)
    both.club.woken.clear()
    assert await redeems(both, ANN, await code(both)) == HERS
    assert {QueueName.CUSTOMERS, QueueName.REQUESTS} <= set(both.club.woken)
    both.club.provider.answers = [ProviderUnavailable("down")]
    await done(both)
    both.club.pass_time(600_000)
    await done(both)
    assert both.has_role(ANN)
    assert both.club.provider.customer(BUYER).metadata


@pytest.mark.parametrize(
    ("email", "shown"), [("mia@example.org", "m…@example.org"), ("a@b", "a…@b"), ("nonsense", "n…"), ("@x", "…@x")]
)
def test_of_an_address_enough_is_shown_for_who_knows_it(email: str, shown: str) -> None:
    assert hidden(email) == shown
