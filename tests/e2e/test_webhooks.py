"""What the listener answers, row by row (README, "The webhook listener")."""

import asyncio
import gzip
import hashlib
import hmac
import io
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import stripe

from bot.app.clocks import SteadyClock
from bot.app.service import Service
from bot.config import Settings
from bot.web import operations
from payments.core.ids import EventId
from sandbox.play import eventually
from tests.e2e.world import SECRET, World, world


def event(id_: str = "evt_1", type_: str = "invoice.paid", **changes: object) -> dict[str, object]:
    """A webhook of an unknown customer, unless told otherwise."""
    body: dict[str, object] = {
        "id": id_,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "livemode": False,
        "pending_webhooks": 1,
        "request": None,
        "type": type_,
        "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_nobody"}},
    }
    return body | changes


async def send(
    w: World,
    body: bytes | dict[str, object],
    *,
    secret: str | None = SECRET,
    at: int = 0,
    content_type: str = "application/json",
    method: str = "POST",
    more: dict[str, str] | None = None,
) -> int:
    """Send one webhook signed as Stripe does, `at` seconds away from now; answers the status."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": content_type, **(more or {})}
    if secret is not None:
        headers["Stripe-Signature"] = signature(raw, secret, int(time.time()) + at)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, w.url + "/webhooks/stripe", data=io.BytesIO(raw), headers=headers) as answer,
    ):
        return answer.status


def signature(raw: bytes, secret: str, stamp: int) -> str:
    """As Stripe signs; held against the SDK's own signing where that takes the body."""
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={made}"


async def stored(w: World, id_: str = "evt_1") -> bool:
    app = w.service.app
    assert app is not None
    async with app.store.transaction() as tx:
        return await tx.events.get(app.first_account.id, EventId(id_)) is not None


async def counted(w: World, result: str, times: int = 1) -> bool:
    return await told(w, f'guestlist_webhooks_total{{result="{result}"}} {times}.0')


async def portal_was_made(w: World) -> int:
    """The portal's configuration was made and its login page switched on, as after each first start; how many events
    came of that."""
    assert await counted(w, "stored", 2)
    return 2


async def told(w: World, line: str) -> bool:
    """Whether `/metrics` comes to say this: what it says may be a second old."""

    async def said() -> bool:
        _, text = await w.play.open(w.operations_url + "/metrics")
        return line in text

    return await eventually(said)


def test_the_signature_of_these_tests_is_stripes() -> None:
    made = stripe.WebhookSignature.generate_signature_header('{"a": 1}', SECRET, 1_700_000_000)
    assert signature(b'{"a": 1}', SECRET, 1_700_000_000) == made


@pytest.mark.parametrize(
    ("secret", "at"), [(None, 0), ("whsec_wrong", 0), (SECRET, -301), (SECRET, +600), (SECRET, -(10**6))]
)
async def test_without_a_good_signature_of_now_nothing_is_stored(w: World, secret: str | None, at: int) -> None:
    assert await send(w, event(), secret=secret, at=at) == 400
    assert not await stored(w)
    assert await counted(w, "bad_signature")


class SleptClock(SteadyClock):
    """The machine's clock after an hour in which the machine slept: it does not count that hour."""

    def now(self) -> int:
        return super().now() - 3_600_000


class SleptService(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._machine = SleptClock()


async def test_a_machine_that_has_slept_goes_on_taking_webhooks(w: World) -> None:
    await w.stop_service()
    w.service = SleptService(w.settings)
    await w.service.start()
    assert await eventually(lambda: asyncio.sleep(0, w.service.app is not None))
    assert await send(w, event()) == 200
    assert await stored(w)


async def test_a_second_secret_is_taken_while_one_is_rolled(tmp_path: Path) -> None:
    async with world(tmp_path, STRIPE_WEBHOOK_SECRET=f"whsec_new,{SECRET}") as w:
        assert await send(w, event("evt_old"), secret=SECRET) == 200
        assert await send(w, event("evt_new"), secret="whsec_new") == 200
        assert await stored(w, "evt_old")
        assert await stored(w, "evt_new")


async def test_a_body_over_one_mebibyte_is_refused(w: World) -> None:
    body = event() | {"padding": "x" * (1024 * 1024)}
    assert await send(w, body) == 413
    assert not await stored(w)


async def test_another_method_and_another_content_type_are_refused(w: World) -> None:
    assert await send(w, event(), method="GET") == 405
    assert await send(w, event(), method="PUT") == 405
    assert await send(w, event(), content_type="text/plain") == 400
    assert not await stored(w)


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"id": 5}', b'{"id": "evt_1"}', "ö{".encode()])
async def test_signed_but_broken_is_refused_and_its_content_is_not_logged(
    w: World, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert await send(w, body) == 400
    assert await counted(w, "bad_json")
    assert f"{len(body)} bytes" in caplog.text
    assert '"evt_1"' not in caplog.text


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "evt_\0"},
        {"id": ""},
        {"id": "e" * 256},
        {"type": "\ud800"},
        {"created": -1},
        {"created": 2**63},
        {"created": "0001-01-01T00:00:00+23:59"},
        {"data": {"object": {"id": "in_1", "customer": "cus_\0"}}},
    ],
)
async def test_what_no_event_of_stripe_can_have_is_refused(w: World, odd: dict[str, Any]) -> None:
    assert await send(w, event() | odd) == 400
    assert await counted(w, "bad_json")


async def test_json_too_deep_to_be_read_is_refused(w: World) -> None:
    deep = json.dumps(event())[:-1] + ', "data": {"object": {"id": ' + "[" * 100_000 + "]" * 100_000 + "}}}"
    assert await send(w, deep.encode()) == 400


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x"])
async def test_a_compressed_body_is_refused(w: World, encoding: str) -> None:
    raw = json.dumps(event()).encode()
    assert await send(w, gzip.compress(raw), more={"Content-Encoding": encoding}) == 400
    assert await send(w, raw, more={"Content-Encoding": encoding}) == 400
    assert not await stored(w)


async def test_a_signature_of_letters_that_no_signature_has_is_refused(w: World) -> None:
    headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={int(time.time())},v1=é"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(w.url + "/webhooks/stripe", data=b"{}", headers=headers) as answer,
    ):
        assert answer.status == 400


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "latin-1", "ebcdic", "é"])
async def test_a_charset_that_stripe_does_not_use_is_refused(w: World, charset: str) -> None:
    for raw in (json.dumps(event()).encode(), json.dumps(event()).encode("utf-16")):
        assert await send(w, raw, content_type=f"application/json; charset={charset}") == 400
    assert not await stored(w)
    assert await send(w, event(), content_type='application/json; charset="UTF-8"') == 200


async def test_an_event_that_does_not_say_its_mode_is_refused(w: World) -> None:
    for odd in ({}, {"livemode": None}, {"livemode": "false"}, {"livemode": 0}):
        body = {name: value for name, value in event().items() if name != "livemode"} | odd
        assert await send(w, body) == 400, odd
    assert not await stored(w)


@pytest.mark.parametrize("half", ["\ud800", "x\udc00\ud83dx", "\ud83d\ude00\ud83d", "\\\\\ud83d"])
async def test_half_a_surrogate_pair_makes_no_event_unreadable(w: World, half: str) -> None:
    named = {"id": "cus_nobody", "object": "customer", "name": half, "metadata": {half: [half]}}
    assert await send(w, event("evt_1") | {"data": {"object": named, half: half}, half: half, "request": half}) == 200
    assert await send(w, event("evt_2") | {"data": {"object": {"id": "in_1", "customer": named}}}) == 200
    assert await stored(w, "evt_1")
    assert await stored(w, "evt_2")

    async def filed() -> bool:
        return (await w.service.counts())["events_unresolved"] == 0

    assert await eventually(filed, seconds=60)


async def test_bytes_that_are_no_text_are_refused(w: World) -> None:
    assert await send(w, b"\xff\xfe{}") == 400


async def test_an_event_of_the_other_mode_is_acknowledged_and_not_stored(w: World) -> None:
    assert await send(w, event(livemode=True)) == 200
    assert not await stored(w)
    assert await counted(w, "other_mode")


async def test_an_event_of_another_account_is_acknowledged_and_not_stored(w: World) -> None:
    assert await send(w, event(account="acct_somebody_else")) == 200
    assert not await stored(w)
    assert await counted(w, "other_account")


async def test_an_event_of_a_customer_nobody_knows_is_stored_and_filed_as_foreign(w: World) -> None:
    assert await send(w, event()) == 200
    assert await stored(w)

    async def filed() -> bool:
        return (await w.service.counts())["events_unresolved"] == 0

    assert await eventually(filed)


async def test_a_type_that_nothing_follows_from_is_stored_and_counted(w: World) -> None:
    before = await portal_was_made(w)
    assert await send(w, event(type_="product.created")) == 200
    assert await stored(w)
    assert await told(w, f"guestlist_events_noted_total {before + 1}.0")


async def test_a_second_delivery_changes_nothing(w: World) -> None:
    before = await portal_was_made(w)
    assert await send(w, event()) == 200
    assert await send(w, event()) == 200
    assert await counted(w, "stored", before + 1)
    assert await counted(w, "duplicate")


async def test_a_locked_database_means_try_again_and_not_ready(tmp_path: Path) -> None:
    async def not_ready() -> bool:
        status, _ = await w.play.open(w.operations_url + "/readyz")
        return status == 503

    path = tmp_path / "locked.db"
    async with world(tmp_path, database=f"sqlite:///{path}?busy_timeout_ms=200") as w:
        lock = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(lock.execute, "BEGIN EXCLUSIVE")  # who has the lock now may be a task of this loop
        try:
            assert await send(w, event()) == 503
            assert await eventually(not_ready)
            status, _ = await w.play.open(w.url + "/healthz")
            assert status == 200
        finally:
            lock.execute("ROLLBACK")
            lock.close()
        assert await send(w, event()) == 200
        assert await stored(w)


async def test_a_database_that_is_gone_means_try_again_until_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "gone.db"
    async with world(tmp_path, database=f"sqlite:///{path}") as w:
        path.rename(tmp_path / "elsewhere.db")
        assert await send(w, event()) == 503
        (tmp_path / "elsewhere.db").rename(path)
        assert await send(w, event()) == 200
        assert await stored(w)


async def test_a_full_database_means_try_again_until_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "full.db"
    async with world(tmp_path, database=f"sqlite:///{path}?max_page_count=200") as w:
        big = {"padding": "x" * 300_000}
        assert await send(w, event("evt_a") | big) == 503
        assert not await stored(w, "evt_a")
        assert await send(w, event("evt_b")) == 200


@pytest.mark.parametrize("page", ["paid", "cancelled", "returned"])
async def test_the_return_pages_say_what_happens_next(w: World, page: str) -> None:
    status, text = await w.play.open(f"{w.url}/{page}?session_id=<script>")
    assert status == 200
    assert "/membership" in text or "/subscribe" in text
    assert "<script>" not in text
    status, style = await w.play.open(f"{w.url}/static/style.css")
    assert status == 200
    assert "prefers-color-scheme" in style


async def test_metrics_tell_calls_and_work(w: World) -> None:
    await w.plan()
    assert await told(w, 'guestlist_calls_total{outcome="ok",service="stripe"}')
    assert await told(w, 'guestlist_calls_turned_away_total{service="discord"} 0.0')
    assert await told(w, 'guestlist_backlog{queue="customers",state="dirty"} 0.0')


async def test_metrics_tell_how_long_access_took_by_real_clocks(w: World) -> None:
    """The sandbox's clock jumps by months in between; Guestlist took moments."""

    async def figure(name: str) -> float:
        await asyncio.sleep(operations.KEPT_SECONDS)
        _, text = await w.play.open(w.operations_url + "/metrics")
        return float(next(line for line in text.splitlines() if line.startswith(name)).rpartition(" ")[2])

    await w.plan()
    await w.member_buys()
    await w.quiet()
    assert await figure("guestlist_grant_seconds_count") == 1
    await w.advance("64d")
    await w.change(cancel_at_period_end="true")
    await w.advance("32d")
    await w.lacks("Members")
    await w.quiet()
    assert await figure("guestlist_grant_seconds_count") == 1, "renewals grant nothing"
    assert await figure("guestlist_revoke_seconds_count") == 1
    assert await figure("guestlist_grant_seconds_sum") < 60
    assert await figure("guestlist_revoke_seconds_sum") < 60
    for name in ("guestlist_paid_without_access", "guestlist_access_without_pay"):
        assert await figure(name + '{platform="discord",state="open"}') == 0
