"""A sandbox and the service together, and the people of a small community on it."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.app.service import Service
from bot.config import SANDBOX_KEY, Settings, load
from payments.flows.settlement import timers
from sandbox.play import Play, Received, eventually, free_port
from sandbox.server import Sandbox
from tests.storage_fixtures import migrated_sqlite

GUILD, ADA, MIA, BEN = "700000000000000001", "700000000000000011", "700000000000000012", "700000000000000013"
MEMBERS, EXTRA, HIGH = "700000000000000021", "700000000000000022", "700000000000000023"
CHATS = "-1001,-1002,-1003,-5"
"""The Telegram chats that are served, where a test has them."""

SECRET = "whsec_e2e"
GOOD, DECLINED, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000000341"

SEED = {
    "discord": {
        "users": [{"id": ADA, "name": "ada"}, {"id": MIA, "name": "mia"}, {"id": BEN, "name": "ben"}],
        "guilds": [
            {
                "id": GUILD,
                "name": "Riverside Book Club",
                "owner": ADA,
                "roles": [
                    {"id": MEMBERS, "name": "Members", "position": 1},
                    {"id": EXTRA, "name": "Extra", "position": 2},
                ],
                "members": [{"id": ADA}, {"id": MIA}, {"id": BEN}],
            }
        ],
    }
}


@dataclass
class World:
    """What a test holds: the sandbox's controls and the running service."""

    sandbox: Sandbox
    play: Play
    settings: Settings
    service: Service
    serves: Callable[[Settings], Service] = Service
    _read: set[tuple[str, str, str | None, str]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return self.service.url

    @property
    def operations_url(self) -> str:
        """Where `/readyz` and `/metrics` are."""
        return self.service.operations_url

    async def ada(self, command: str, /, **options: object) -> Received:
        """The admin types a command."""
        return await self.play.command(GUILD, ADA, command, **options)

    async def mia(self, command: str, /, **options: object) -> Received:
        """The member types a command."""
        return await self.play.command(GUILD, MIA, command, **options)

    async def plan(self, name: str = "Pro", **options: object) -> Received:
        """A monthly plan for 9.99 USD that includes Members, unless told otherwise."""
        given: dict[str, object] = {
            "name": name,
            "price": "9.99",
            "currency": "usd",
            "period": "every_months",
            "role": MEMBERS,
        }
        return await self.ada("plan create", **(given | options))

    async def buy(self, plan: str = "Pro", card: str = GOOD) -> dict[str, object]:
        """Mia subscribes and pays on the checkout page."""
        heard = await self.mia("subscribe", plan=plan)
        return await self.play.pay(checkout_link(heard), card)

    async def member_buys(self, plan: str = "Pro") -> None:
        """Mia buys, and has the role."""
        await self.buy(plan)
        await self.holds("Members")

    async def roles(self, user: str = MIA) -> set[str]:
        return await self.play.roles(GUILD, user)

    async def holds(self, role: str, user: str = MIA) -> None:
        """The member gets the role within a bounded time."""
        assert await eventually(lambda: self._has(user, role, True)), await self.why(user)

    async def lacks(self, role: str, user: str = MIA) -> None:
        """The member loses the role within a bounded time."""
        assert await eventually(lambda: self._has(user, role, False)), await self.why(user)

    async def _has(self, user: str, role: str, held: bool) -> bool:
        return (role in await self.roles(user)) is held

    async def why(self, user: str = MIA) -> str:
        """What an admin sees of a member: the best explanation a failing test can give."""
        return (await self.ada("member", member=user)).text

    async def quiet(self) -> None:
        """All deliveries attempted, and nothing left to settle or to deliver."""
        await self.play.post("settle")
        assert await eventually(self._idle), "the service did not come to rest"

    async def _idle(self) -> bool:
        counts = await self.service.counts()
        busy = ("customers_dirty", "effects_open", "events_unresolved", "notices_open", "updates_open")
        return not any(counts[name] for name in busy)

    async def telegram_handled(self) -> bool:
        """Every update is taken, stored and handled: the bot has said what it had to say."""
        if self.sandbox.telegram.updates.pending or self.service.app is None:
            return False
        return not (await self.service.counts())["updates_open"]

    async def advance(self, by: str) -> None:
        """Time passes, and the service comes to rest after it, its timers and its sweep included."""
        await self.play.advance(by)
        await self.service.clock_caught_up(self.sandbox.clock.offset)
        assert self.service.app is not None
        await timers.tick(self.service.app)
        await self.quiet()

    async def told(self, user: str, text: str) -> Received:
        """The person was written to privately, with these words in it; what was read before is not read again."""
        found: list[Received] = []

        async def look() -> bool:
            came = [m for m in await self.play.direct_messages(GUILD, user) if text in m.text]
            found[:] = [m for m in came if (user, text, m.message, m.text) not in self._read]
            return bool(found)

        assert await eventually(look), [m.text for m in await self.play.direct_messages(GUILD, user)]
        self._read.update((user, text, m.message, m.text) for m in found)
        return found[-1]

    async def subscription(self) -> dict[str, Any]:
        """The newest subscription at Stripe."""
        return (await self.play.stripe("subscription"))[-1]

    async def owner(self, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        """The owner does something in Stripe's dashboard: a call of Stripe's API by hand."""
        headers = {"Authorization": f"Bearer {SANDBOX_KEY}"}
        url = f"{self.sandbox.url}/v1/{path}"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, url, data=form if method == "POST" else None) as answer,
        ):
            body: dict[str, Any] = await answer.json()
            assert answer.status == 200, body
            return body

    async def change(self, **form: str) -> None:
        """The owner changes Mia's newest subscription."""
        await self.owner("POST", f"subscriptions/{(await self.subscription())['id']}", form)

    async def restart(self) -> None:
        """The service ends as on SIGTERM and starts again on the same database."""
        await self.stop_service()
        await self.start_service()

    async def stop_service(self) -> None:
        await self.service.stop()

    async def start_service(self) -> None:
        self.service = self.serves(self.settings)
        await self.service.start()
        assert await eventually(self._ready), "the service did not get ready"

    async def _ready(self) -> bool:
        status, _ = await self.play.open(self.operations_url + "/readyz")
        return status == 200


SOON = "taking a moment longer"


async def answered(play: Play, heard: Received, guild: str = GUILD) -> Received:
    """An answer once it is there: a process of its own says after two seconds, as in service, that it takes longer."""
    found = heard

    async def there() -> bool:
        nonlocal found
        found = found if SOON not in found.text else await play.message(guild, heard)
        return SOON not in found.text

    assert await eventually(there)
    return found


def checkout_link(heard: Received) -> str:
    """The checkout page's address in a reply."""
    links = [url for url in heard.buttons.values() if "/checkout/" in url]
    assert links, heard.text
    return links[0]


@contextlib.asynccontextmanager
async def world(
    tmp_path: Path,
    *,
    har: Path | None = None,
    database: str | None = None,
    serves: Callable[[Settings], Service] = Service,
    **environ: str,
) -> AsyncIterator[World]:
    """A fresh community with nothing sold yet."""
    if database is None:
        await migrated_sqlite(tmp_path / "guestlist.db")
    async with Sandbox.running(har=har) as sandbox, Play(sandbox.url) as play:
        await play.post("seed", SEED)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        settings = load(
            None,
            {
                "GUESTLIST_SANDBOX__URL": sandbox.url,
                "GUESTLIST_PUBLIC_URL": url,
                "GUESTLIST_WEB__PORT": str(port),
                "GUESTLIST_WEB__OPERATIONS_PORT": "0",
                "DATABASE_URL": database or f"sqlite:///{tmp_path}/guestlist.db",
                "STRIPE_WEBHOOK_SECRET": SECRET,
                "GUESTLIST_DISCORD__SERVERS": GUILD,
                "GUESTLIST_TELEGRAM__CHATS": CHATS,
                **environ,
            },
            None,
        )
        made = World(sandbox, play, settings, serves(settings), serves)
        await made.start_service()
        try:
            yield made
        finally:
            await made.stop_service()
