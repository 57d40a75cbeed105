"""The world around a frozen database: what Stripe and the chat platforms knew at that moment, and what time it was."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

from pydantic import TypeAdapter

from payments.core.community import Platform
from payments.core.ids import CustomerRef, InvoiceId
from payments.ports.providers import CheckoutOrder, CheckoutSession, InvoiceOrder
from payments.ports.stores import Store
from storage.store import open_store
from tests.fakes.platform import FakePlatform, FakeServer
from tests.fakes.provider import FakeCustomer, FakeProvider, Row
from tests.flows.club_fixture import club_on
from tests.flows.two_platforms import BothSides
from tests.frozen.files import VERSIONS, world_file

NUMBERS_FROM = 10_000
"""From here on the fake provider numbers what it makes after a thaw, so that it uses no frozen id again."""

RENAMED: Mapping[str, str] = {
    "stripe_price_id": "provider_price_id",
    "stripe_product_id": "provider_product_id",
}
"""Fields of the facts that were renamed since a world was frozen: the name then, and the name now."""


@dataclass(slots=True)
class World:
    """What the fakes remember, except for idempotency keys: Stripe, too, forgets those after a day."""

    at: int
    customers: dict[CustomerRef, FakeCustomer] = field(default_factory=dict)
    sessions: dict[str, tuple[CheckoutOrder, CheckoutSession]] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    orders: dict[InvoiceId, InvoiceOrder] = field(default_factory=dict)
    made: list[Row] = field(default_factory=list)
    whose: dict[str, CustomerRef] = field(default_factory=dict)
    servers: dict[str, FakeServer] = field(default_factory=dict)
    chats: dict[str, FakeServer] = field(default_factory=dict)


def world_of(both: BothSides) -> str:
    """The text that is kept of a world."""
    provider = both.club.provider
    world = World(
        at=both.club.clock.at,
        customers=provider.known,
        sessions=provider.sessions,
        products=provider.products,
        orders=provider.orders,
        made=provider.made,
        whose=provider.whose,
        servers=both.discord.servers,
        chats=both.telegram.servers,
    )
    return json.dumps(asdict(world), default=sorted, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def thaw(version: int, store: Store) -> BothSides:
    """The frozen world, with this database in it."""
    text = world_file(version).read_text(encoding="utf-8")
    world = TypeAdapter(World).validate_python(_with_items(_renamed(json.loads(text))))
    club = club_on(store, world.at)
    _remind(club.provider, world)
    discord, telegram = FakePlatform(), FakePlatform(Platform.TELEGRAM)
    discord.servers, telegram.servers = world.servers, world.chats
    club.app.platforms = {Platform.DISCORD: discord, Platform.TELEGRAM: telegram}
    return BothSides(club, discord, telegram)


@asynccontextmanager
async def open_frozen(url: str, version: int = VERSIONS[-1]) -> AsyncIterator[BothSides]:
    """Migrate a frozen database that was loaded at this address, and thaw the world around it."""
    store = await open_store(url)
    try:
        yield thaw(version, store)
    finally:
        await store.close()


def _remind(provider: FakeProvider, world: World) -> None:
    provider.known, provider.sessions = world.customers, world.sessions
    provider.products, provider.orders = world.products, world.orders
    provider.made, provider.whose = world.made, world.whose
    provider.numbers = count(NUMBERS_FROM)


def _with_items(said: Any) -> Any:
    """Where a fact told its items as a text, with the one item that its other fields are about, of no known product."""
    if isinstance(said, list):
        return [_with_items(each) for each in said]
    if not isinstance(said, dict):
        return said
    if not isinstance(said.get("items"), str):
        return {key: _with_items(value) for key, value in said.items()}
    same = ("provider_price_id", "currency", "unit_amount", "quantity", "unit", "count")
    item = {"id": f"si_{said['id']}", **{key: said[key] for key in same}}
    return said | {"items": [item], "discounts": []}


def _renamed(said: Any) -> Any:
    if isinstance(said, dict):
        names = {**RENAMED, "amount": "unit_amount"} if "unit" in said else RENAMED  # of prices and subscriptions
        return {names.get(key, key): _renamed(value) for key, value in said.items()}
    return [_renamed(each) for each in said] if isinstance(said, list) else said
