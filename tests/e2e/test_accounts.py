"""Two payment accounts in one service, over the wire: each sells, settles, renews and revokes for itself."""

import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from stripe import WebhookSignature

from payments.core.community import Identity, Platform
from payments.core.ids import AccountId, EventId
from sandbox.play import eventually
from sandbox.stripe.store import ACCOUNT_ID, PREFIXES, SECOND_ID, State
from tests.e2e import forged
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, salon
from tests.e2e.world import BEN, GOOD, GUILD, MIA, SECRET, World, checkout_link, world

SECOND: dict[str, Any] = {
    "GUESTLIST_STRIPE__ACCOUNTS__SECOND__SECRET_KEY": "sk_test_second",
    "GUESTLIST_STRIPE__ACCOUNTS__SECOND__WEBHOOK_SECRETS": "whsec_second",
}


def same_ids(state: State) -> None:
    """Ids are counted from now on, so that two accounts have the same ones."""
    numbers: dict[str, Iterator[int]] = {}

    def new_id(kind: str, *, livemode: bool = False) -> str:
        prefix, length = PREFIXES.get(kind, ("cs_test_a1", 56))
        number = next(numbers.setdefault(kind, itertools.count(1)))
        return f"{prefix}{number:0{length}}"

    state.new_id = new_id  # type: ignore[method-assign]  # the sandbox's own are random


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[World]:
    """A community in a service with two accounts that have the same ids."""
    async with world(tmp_path, **SECOND) as w:
        for account in w.sandbox.accounts.values():
            same_ids(account.objects)
        await knows_both(w)
        yield w


async def knows_both(w: World) -> None:
    async def known() -> bool:
        return w.service.app is not None and len(w.service.app.accounts) == 2

    assert await eventually(known)


def at(w: World, name: str, kind: str) -> list[dict[str, Any]]:
    """What an account has of a kind."""
    return list(w.sandbox.accounts[name].objects.by_kind[kind].values())


async def moves_to(w: World, name: str) -> None:
    """The owner has the community sell on another account, and its prices are made there."""
    assert f"Payment account: **{name}**" in (await w.ada("settings", account=name)).text

    async def sold_there() -> bool:
        assert w.service.app is not None
        async with w.service.app.store.transaction() as tx:
            plans = [plan for c in await tx.communities.all() for plan in await tx.plans.of_community(c.id)]
            prices = [price for plan in plans for price in await tx.plans.on_sale(plan.id)]
        account = w.service.app.account_named(name)
        return account is not None and {price.account_id for price in prices} == {account.id}

    assert await eventually(sold_there)


async def ben_buys(w: World) -> str:
    """Ben's link, which he has paid."""
    link = checkout_link(await w.play.command(GUILD, BEN, "subscribe", plan="Pro"))
    await w.play.pay(link, GOOD)
    await w.holds("Members", BEN)
    return link


async def test_two_accounts_with_the_same_ids_work_side_by_side(both: World) -> None:
    w = both
    await w.plan()
    await w.member_buys()
    await moves_to(w, "second")
    assert "/accounts/second/checkout/" in await ben_buys(w)
    assert {c["id"] for c in at(w, "main", "customer")} == {c["id"] for c in at(w, "second", "customer")}
    (mias,), (bens,) = at(w, "main", "subscription"), at(w, "second", "subscription")
    assert mias["id"] == bens["id"]
    common = {event["id"] for event in at(w, "main", "event")} & {event["id"] for event in at(w, "second", "event")}
    assert common

    await w.advance("40d")  # both renew, each where it was bought
    assert [len(at(w, name, "invoice")) for name in ("main", "second")] == [2, 2]
    assert "Members" in await w.roles() & await w.roles(BEN)

    await w.owner("DELETE", f"subscriptions/{mias['id']}")  # on the former account
    await w.lacks("Members")
    await w.quiet()
    assert "Members" in await w.roles(BEN)
    await w.sandbox.accounts["second"].refund(subscription=bens["id"])
    await w.lacks("Members", BEN)


async def test_the_sweep_reads_each_account_with_its_own_cursor(both: World) -> None:
    w = both
    await w.plan()
    await w.member_buys()
    await moves_to(w, "second")
    await ben_buys(w)
    for name in ("main", "second"):
        await w.play.post("webhooks", {"drop": True} | ({} if name == "main" else {"account": name}))
    (mias,), (bens,) = at(w, "main", "subscription"), at(w, "second", "subscription")
    await w.owner("DELETE", f"subscriptions/{mias['id']}")
    w.sandbox.accounts["second"].objects.by_kind["subscription"][bens["id"]]["status"] = "canceled"
    await w.advance("1d")
    await w.lacks("Members")
    await w.lacks("Members", BEN)


async def test_an_event_belongs_to_the_account_whose_secret_signed_it(both: World) -> None:
    w = both
    event = {"id": "evt_signed", "object": "event", "type": "invoice.paid", "created": 1, "livemode": False}
    body = json.dumps({**event, "data": {"object": {"id": "in_1", "customer": "cus_1"}}})
    for path in ("", "/second", "/elsewhere"):
        for secret, account_id in ((SECRET, ACCOUNT_ID), ("whsec_second", SECOND_ID)):
            assert await delivered(w, path, body, secret) == 200
            assert await stored(w, account_id), (path, account_id)
        assert await delivered(w, path, body, "whsec_guess") == 400


async def delivered(w: World, path: str, body: str, secret: str) -> int:
    now = int(time.time())
    signature = WebhookSignature._compute_signature(f"{now}.{body}", secret)
    headers = {"Stripe-Signature": f"t={now},v1={signature}", "Content-Type": "application/json"}
    url = f"{w.url}/webhooks/stripe{path}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def stored(w: World, account_id: str) -> bool:
    assert w.service.app is not None
    async with w.service.app.store.transaction() as tx:
        return await tx.events.get(AccountId(account_id), EventId("evt_signed")) is not None


async def test_what_an_account_that_is_configured_no_more_sold_waits_and_stays(both: World, tmp_path: Path) -> None:
    w = both
    await w.plan()
    await moves_to(w, "second")
    await ben_buys(w)
    await w.quiet()
    named = w.settings
    w.settings = named.model_copy(update={"stripe": named.stripe.model_copy(update={"accounts": {}})})
    await w.restart()
    await w.play.advance("40d")
    await w.service.clock_caught_up(w.sandbox.clock.offset)
    assert "Members" in await w.roles(BEN)
    heard = await w.mia("subscribe", plan="Pro")
    assert "/checkout/" not in str(heard.buttons)
    w.settings = named
    await w.restart()
    await knows_both(w)
    await w.advance("1h")
    assert "Members" in await w.roles(BEN)
    assert len(at(w, "second", "invoice")) == 2


async def test_only_an_owner_says_where_the_money_goes_and_only_to_an_account_there_is(both: World) -> None:
    w = both
    await w.plan()
    await w.ada("team", member=BEN, rank="manager")
    refused = await forged.typed(w, BEN, "settings", {"account": "second"})
    assert "Only an owner" in refused.text
    unknown = await w.ada("settings", account="third")
    assert 'no payment account "third"' in unknown.text
    assert "main, second" in unknown.text
    assert "Payment account: **main**" in (await w.ada("settings")).text
    await moves_to(w, "second")
    assert "/webhooks/stripe/second" in (await w.ada("settings")).text
    assert "payment account: main → second" in (await w.ada("audit")).text


async def test_back_on_the_former_account_the_plan_is_sold_there_again(both: World) -> None:
    w = both
    await w.plan()
    await moves_to(w, "second")
    await moves_to(w, "main")
    await w.member_buys()
    assert [len(at(w, name, "subscription")) for name in ("main", "second")] == [1, 0]


async def test_on_telegram_too(tmp_path: Path) -> None:
    async with salon(tmp_path, **SECOND) as club:
        w = club.world
        await knows_both(w)
        await club.makes_plan()
        assert "Payment account: second" in (await club.writes(OLGA, "/settings account:second")).text

        async def made() -> bool:
            return len(at(w, "second", "price")) == 1

        assert await eventually(made)
        await w.quiet()
        await club.joins(MIA_THERE, await club.buys(MIA_THERE))
        await club.comes_in(MIA_THERE)
        assert [len(at(w, name, "subscription")) for name in ("main", "second")] == [0, 1]
        assert w.service.app is not None
        async with w.service.app.store.transaction() as tx:
            person = await tx.identities.of(Identity(Platform.TELEGRAM, str(MIA_THERE)))
            assert person is not None
            assert {c.account_id for c in await tx.customers.of_person(person)} == {SECOND_ID}


async def test_the_metadata_say_which_installation_and_who_bought(both: World) -> None:
    w = both
    await w.plan()
    await w.member_buys()
    assert w.service.app is not None
    installation = w.service.app.installation
    assert installation.startswith("ins_")
    for kind in ("customer", "product", "price", "checkout.session", "subscription"):
        (made,) = at(w, "main", kind)
        assert made["metadata"]["guestlist_installation"] == installation, kind
        if kind in ("customer", "subscription"):
            assert made["metadata"]["guestlist_account"] == f"discord:{MIA}"
    await w.restart()
    assert w.service.app.installation == installation
