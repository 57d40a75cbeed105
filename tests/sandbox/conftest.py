"""A running sandbox on loopback, and what connects to it: the real clients, a browser, who plays the people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
import stripe
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.clock import Clock
from sandbox.play import Play
from sandbox.server import Sandbox
from sandbox.stripe import StripeSandbox
from tests.sandbox.discord_bot import Person


@dataclass(slots=True)
class Local:
    """What a test needs: the clock, the sandbox, its address, the client."""

    clock: Clock
    sandbox: StripeSandbox
    url: str
    client: stripe.StripeClient

    http: stripe.AIOHTTPClient

    def client_for(self, key: str) -> stripe.StripeClient:
        """A client with another key (live mode, a wrong one)."""
        return connect(self.url, key, http=self.http)


def connect(url: str, key: str = "sk_test_sandbox", *, http: stripe.AIOHTTPClient) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": url, "files": url, "connect": url, "meter_events": url},
        http_client=http,
    )


@pytest.fixture
async def local() -> AsyncIterator[Local]:
    clock = Clock()
    address: list[str] = []
    sandbox = StripeSandbox(clock, lambda: address[0])
    app = web.Application()
    app.add_routes(sandbox.routes())
    server = TestServer(app)
    await server.start_server()
    address.append(str(server.make_url("")).rstrip("/"))
    http = stripe.AIOHTTPClient()
    client = connect(address[0], http=http)
    try:
        yield Local(clock, sandbox, address[0], client, http)
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        await sandbox.close()
        await server.close()


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """What a person opens hosted pages with."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        yield made


@pytest.fixture
async def person(sandbox: Sandbox) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as session:
        yield Person(session, sandbox.url)


@pytest.fixture
async def play(sandbox: Sandbox) -> AsyncIterator[Play]:
    async with Play(sandbox.url) as made:
        yield made
