"""Every address of the public listener, as a stranger: nobody learns another's secrets, and nothing is changed.

A stranger may hold the address of a page after paying, which names the plan and its community, and no person. Whatever
else they ask for, or guess, tells nothing at all.
"""

import json
import logging
import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import aiohttp
import yarl

from tests.crash.ledger import Reader, reading
from tests.e2e.world import ADA, BEN, GUILD, MIA, World, checkout_link, world
from tests.fuzz.oracle import IDS, owned, read_in
from tests.fuzz.telegram import SECRET, WEBHOOK
from tests.fuzz.webhooks import Faults, Outcome

PLAN, CLUB, EMAIL = "Zanzibar", "Riverside Book Club", "mia.private@example.org"
PAGES = ("/paid", "/cancelled", "/returned")
OPEN = ("/", "/healthz", "/static/style.css", "/static/live.js", "/style/2e8b57.css")
CLOSED = (
    *(
        "/metrics",
        "/readyz",
        "/admin",
        "/debug",
        "/sandbox/state",
        "/api",
        "/login",
        "/robots.txt",
        "/favicon.ico",
    ),
    *("/.env", "/config.toml", "/guestlist.db", "/static/", "/static", "/static/../server.py", "/style/zzzzzz.css"),
    *("/static/%2e%2e/server.py", "/static/..%2f..%2fconfig.py", "/static/%2e%2e/%2e%2e/%2e%2e/.env", "//metrics"),
    *("/paid/..", "/paid/../metrics", "/%2e%2e/metrics", "/metrics/", "/readyz/", "/healthz/metrics", "/webhooks"),
    *("/paid/", "/checkout", "/invoice", "/portal", "/members", "/returned/metrics", "/style/2e8b57.css/..%2fmetrics"),
)
METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
HOOKS = ("/webhooks/stripe", "/webhooks/telegram")
ACCEPT = ("text/html", "application/json", "*/*", "")

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    "postgres": "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
}
ROWS = {
    "checkouts": "SELECT id, state FROM checkout ORDER BY id",
    "wanted access": "SELECT person_id, target_id, wanted FROM access ORDER BY 1, 2",
    "members": "SELECT id, access_from, access_until FROM entitlement ORDER BY id",
    "webhooks": "SELECT COUNT(*) FROM event",
    "updates": "SELECT COUNT(*) FROM telegram_update",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the statuses that are right for it. `knows`: it carries the address of a page after paying."""

    method: str
    path: str
    right: Collection[int]
    headers: Mapping[str, str]
    body: bytes = b""
    knows: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path[:200]}"


class Stranger:
    """Asks by chance. `pages` are addresses of pages after paying (Mia's, and Ben's who has not paid)."""

    def __init__(self, chance: random.Random, pages: Sequence[str], ids: Sequence[str], event: bytes) -> None:
        self._chance = chance
        self._pages = pages
        self._ids = ids
        self._event = event

    def asks(self) -> Asked:
        """The next."""
        chance = self._chance
        headers = {"Accept": chance.choice(ACCEPT), "Accept-Language": chance.choice(("en", "de", "x" * 200, ""))}
        headers |= chance.choice(({}, {"X-Forwarded-For": "127.0.0.1"}, {"Host": "localhost"}, {"Cookie": "id=1"}))
        match chance.randrange(8):
            case 0:
                return Asked("GET", self._known(), {200}, headers, knows=True)
            case 1 | 2:
                return Asked(chance.choice(("GET", "HEAD")), self._guess(), {200, 404}, headers)
            case 3 | 4:
                return Asked(chance.choice(("GET", "HEAD")), chance.choice(CLOSED), {403, 404, 405}, headers)
            case 5:
                return Asked("GET", chance.choice((*OPEN, *PAGES)), {200}, headers)
            case 6:
                path = chance.choice((*PAGES, *OPEN, *CLOSED, self._known()))
                return Asked(chance.choice(METHODS), path, {400, 403, 404, 405}, headers, self._body())
            case _:
                return self._hook(headers)

    def _known(self) -> str:
        """An address of a page after paying, with something added that changes nothing."""
        more = self._chance.choice(("", "&debug=1", "&user=1", f"&customer={quote(self._id())}", "&admin=true#x"))
        return f"{self._chance.choice(PAGES[:2])}?checkout={self._chance.choice(self._pages)}{more}"

    def _guess(self) -> str:
        """An address that names nothing: another kind of id, one that is nearly right, or no id."""
        chance, known = self._chance, self._chance.choice(self._pages)
        at = chance.randrange(4, len(known))
        near = known[:at] + chance.choice("0123456789abcdef".replace(known[at], "")) + known[at + 1 :]
        kinds = (self._id(), known[:-1], known + "0", known.upper(), f"{known}%00", "%", "' OR 1=1", "*", "chk_")
        guess = chance.choice((near, f"chk_{chance.getrandbits(80):020x}", chance.choice(kinds)))
        name = chance.choice(("checkout", "checkout", "checkout", "id"))
        return f"{chance.choice(PAGES)}?{name}={quote(guess, safe='%')}"

    def _id(self) -> str:
        return self._chance.choice(self._ids)

    def _body(self) -> bytes:
        return self._chance.choice((b"", b"{}", b"checkout=1&cancel=1", self._event))

    def _hook(self, headers: Mapping[str, str]) -> Asked:
        """What happened at Stripe, or on Telegram, told by somebody who does not know the secret."""
        forged = self._chance.choice(("t=1,v1=" + "0" * 64, "", SECRET[:-1]))
        signed = {"Content-Type": "application/json", "Stripe-Signature": forged}
        signed |= {"X-Telegram-Bot-Api-Secret-Token": forged}
        path = self._chance.choice(HOOKS)
        return Asked("POST", path, {400, 403}, {**headers, **signed}, self._event)


async def fuzz_pages(seed: str, number: int, url: str, folder: Path) -> Outcome:
    """So many requests, one after the other, to a service on the database at `url`."""
    outcome, faults, began = Outcome(), Faults(), time.monotonic()
    logging.getLogger().addHandler(faults)
    try:
        async with (
            world(folder, database=url, **WEBHOOK) as w,
            reading(url) as reader,
            aiohttp.ClientSession() as browser,
        ):
            stranger, secrets = await _set_up(w, reader, random.Random(seed), url)
            everything = await _counted(reader, url)
            before = await _rows(reader)
            for _ in range(number):
                asked = stranger.asks()
                told = await _ask(browser, w, asked, outcome)
                words = secrets if asked.knows else [*secrets, PLAN, CLUB]
                outcome.wrong += [f"{asked}: read {word!r} in {told!r}" for word in read_in(told, words)]
                after = await _rows(reader)
                outcome.wrong += [f"{asked}: changed {name}" for name in before if before[name] != after[name]]
                before = after
            if (left := await _counted(reader, url)) != everything:
                outcome.wrong.append(f"rows came or went: {everything.items() ^ left.items()}")
    finally:
        logging.getLogger().removeHandler(faults)
    outcome.wrong += [f"the log tells of a fault: {told}" for told in faults.found]
    outcome.seconds = time.monotonic() - began
    return outcome


async def _set_up(w: World, reader: Reader, chance: random.Random, url: str) -> tuple[Stranger, list[str]]:
    """Mia pays, Ben has a link; and all that no page may tell."""
    await w.plan(PLAN)
    await w.play.pay(checkout_link(await w.mia("subscribe", plan=PLAN)), email=EMAIL)
    await w.holds("Members")
    await w.play.command(GUILD, BEN, "subscribe", plan=PLAN)
    await w.quiet()
    pages = [row[0] for row in await reader.rows("SELECT id FROM checkout ORDER BY id")]
    ids = [row[0] for row in await reader.rows(IDS)]
    objects = w.sandbox.stripe.objects.by_kind
    theirs = [id_ for kind in ("customer", "subscription", "invoice", "charge") for id_ in objects[kind]]
    event = json.dumps({**next(iter(objects["event"].values())), "id": "evt_forged"}).encode()
    settings = w.settings
    keys = [*settings.stripe.webhook_secrets, settings.telegram.webhook_secret]
    secrets = [key.get_secret_value() for key in keys if key is not None]
    secrets += [url, EMAIL, "mia", "ben", "ada", MIA, BEN, ADA, "Traceback", *theirs, *ids]
    return Stranger(chance, pages, [*ids, *theirs], event), secrets


async def _ask(browser: aiohttp.ClientSession, w: World, asked: Asked, outcome: Outcome) -> str:
    """The head and the text of the answer."""
    address = yarl.URL(w.url + asked.path, encoded=True)
    async with browser.request(
        asked.method, address, data=asked.body or None, headers=asked.headers, allow_redirects=False
    ) as answer:
        text = (await answer.read()).decode(errors="replace")
        outcome.answers[f"{answer.status}"] += 1
        if answer.status not in asked.right:
            outcome.wrong.append(f"{asked} was answered {answer.status} {text[:80]!r}")
        return f"{dict(answer.headers)} {text}"


async def _rows(reader: Reader) -> Mapping[str, object]:
    rows = {name: [tuple(row) for row in await reader.rows(sql)] for name, sql in ROWS.items()}
    return {**rows, **await owned(reader)}


async def _counted(reader: Reader, url: str) -> dict[str, int]:
    """How many rows each table has."""
    tables = await reader.rows(TABLES["sqlite" if url.startswith("sqlite") else "postgres"])
    return {row[0]: (await reader.rows(f"SELECT COUNT(*) FROM {row[0]}"))[0][0] for row in tables}
