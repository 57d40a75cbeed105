"""The public listener among strangers: what one of them, or a crowd, can't take from the webhooks."""

import asyncio
import contextlib
import logging
import socket
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.web.limits import OPERATIONS, SPARED, WEBHOOKS_MIN
from sandbox.play import eventually
from tests.e2e.strangers import LIMITS, Stranger, crowd, exchange, half_body, head, limited, webhook
from tests.e2e.world import World

TELEGRAM = "a-secret-of-at-least-sixteen"
FEW: dict[str, Any] = {"strangers": 16, "webhooks": 16}


# -- time -------------------------------------------------------------------------------------------------------------
async def test_headers_that_never_end_are_given_up(tmp_path: Path) -> None:
    async with limited(tmp_path, head_seconds=0.3) as w:
        assert (await exchange(w.url, b"GET / HTTP/1.1\r\nHost: x\r\n")).startswith(b"HTTP/1.1 408 ")


async def test_a_connection_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    async with limited(tmp_path, head_seconds=0.3) as w, await Stranger.at(w.url) as silent:
        await silent.hears()


async def test_headers_that_come_byte_by_byte_have_no_more_time(tmp_path: Path) -> None:
    async with limited(tmp_path, head_seconds=0.3) as w, await Stranger.at(w.url) as slow:
        dripping = asyncio.create_task(slow.drips(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1000))
        assert (await slow.hears()).startswith(b"HTTP/1.1 408 ")
        dripping.cancel()


async def test_a_body_that_never_ends_is_given_up_however_it_drips(tmp_path: Path) -> None:
    async with limited(tmp_path, body_seconds=0.3) as w, await Stranger.at(w.url, half_body(100_000)) as slow:
        dripping = asyncio.create_task(slow.drips(b"x" * 10_000))
        assert (await slow.hears()).startswith(b"HTTP/1.1 408 ")
        dripping.cancel()


async def test_a_body_in_chunks_that_never_ends_is_given_up(tmp_path: Path) -> None:
    async with limited(tmp_path, body_seconds=0.3) as w:
        chunked = head(None, "t=1,v1=x", Transfer_Encoding="chunked") + b"5\r\nhello\r\n"
        assert (await exchange(w.url, chunked)).startswith(b"HTTP/1.1 408 ")


async def test_a_connection_that_is_kept_alive_ends_after_a_while_without_a_word(tmp_path: Path) -> None:
    async with limited(tmp_path, idle_seconds=0.3) as w:
        async with await Stranger.at(w.url, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as visitor:
            assert b" 200 OK" in await visitor.answer()
            assert await visitor.hears() == b""
        async with await Stranger.at(w.url, webhook()) as stripe:
            assert b" 200 OK" in await stripe.answer()
            assert await stripe.hears() == b""


async def test_the_time_for_a_request_begins_anew_with_each(tmp_path: Path) -> None:
    async with limited(tmp_path, head_seconds=4.0, body_seconds=4.0) as w, await Stranger.at(w.url) as stripe:
        for number in range(8):
            stripe.says(webhook(f"evt_{number}"))
            assert b" 200 OK" in await stripe.answer()
            await asyncio.sleep(0.6)


async def test_a_verified_webhook_is_not_cut_off_while_the_database_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "guestlist.db"
    seconds = dict.fromkeys(("head", "body", "page", "unread", "idle"), 0.3)
    limits: dict[str, Any] = FEW | {f"{name}_seconds": value for name, value in seconds.items()}
    async with limited(tmp_path, **limits) as w:
        lock = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(lock.execute, "BEGIN EXCLUSIVE")
        async with await Stranger.at(w.url, webhook()) as stripe:
            async with crowd(w.url, 100, half_body()):
                await asyncio.sleep(1.5)
            lock.execute("ROLLBACK")
            lock.close()
            assert b" 200 OK" in await stripe.answer()


async def test_a_page_that_can_not_be_answered_is_given_up(tmp_path: Path) -> None:
    async with limited(tmp_path, page_seconds=0.3) as w:
        lock = sqlite3.connect(tmp_path / "guestlist.db", isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(lock.execute, "BEGIN EXCLUSIVE")
        try:
            ask = f"GET /paid?checkout=chk_{'0' * 20} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n"
            assert (await exchange(w.url, ask.encode())).startswith(b"HTTP/1.1 503 ")
            assert w.service.metrics._ended.labels("page")._value.get() == 1
        finally:
            lock.execute("ROLLBACK")
            lock.close()


# -- what is read -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["stripe", "telegram"])
async def test_without_a_signature_the_answer_comes_before_the_body(tmp_path: Path, path: str) -> None:
    on: dict[str, Any] = {"GUESTLIST_TELEGRAM__WEBHOOK": "true", "GUESTLIST_TELEGRAM__WEBHOOK_SECRET": TELEGRAM}
    async with limited(tmp_path, on) as w:
        start = head(1_000_000).replace(b"/webhooks/stripe", f"/webhooks/{path}".encode())
        async with await Stranger.at(w.url, start) as stranger:
            answer = await stranger.answer()
            assert answer.startswith(b"HTTP/1.1 400 " if path == "stripe" else b"HTTP/1.1 403 ")
            assert await stranger.hears() == b"", "and then the connection ends, though no body came"


async def test_of_a_body_without_a_signature_nothing_is_kept(tmp_path: Path) -> None:
    async with limited(tmp_path, unverified_bytes=64 * 1024) as w, crowd(w.url, 20, head(10**6) + b"x" * 500_000):
        assert await eventually(lambda: held(w, 0))
        assert b" 200 OK" in await exchange(w.url, webhook(Connection="close"))
        assert not w.service.metrics._ended.labels("bytes")._value.get()


async def test_headers_that_are_too_large_are_refused(tmp_path: Path) -> None:
    async with limited(tmp_path) as w:
        for large in (b"X: y\r\n" * 6_000, b"X: y\r\n" * 20_000, b"X: " + b"y" * 100_000 + b"\r\n"):
            answer = await exchange(w.url, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + large + b"\r\n")
            assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("piece", [1, 7, 64, 5000])
async def test_a_webhook_may_come_in_pieces_of_any_size_and_with_others(w: World, piece: int) -> None:
    text = webhook("evt_1") + webhook("evt_2") + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    text += webhook("evt_3", Connection="close")
    async with await Stranger.at(w.url) as stripe:
        for at in range(0, len(text), piece):
            stripe.says(text[at : at + piece])
            await stripe.writer.drain()
            await asyncio.sleep(0)
        assert (await stripe.hears()).count(b"HTTP/1.1 200 OK") == 4


async def test_a_webhook_in_chunks_is_taken_and_ends_its_connection(w: World) -> None:
    whole = webhook()
    top, _, body = whole.partition(b"\r\n\r\n")
    lines = b"\r\n".join(line for line in top.split(b"\r\n") if b"Content-Length" not in line)
    chunked = lines + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    assert (await exchange(w.url, chunked)).startswith(b"HTTP/1.1 200 ")


# -- room -------------------------------------------------------------------------------------------------------------
async def held(w: World, most: int) -> bool:
    return w.service.listeners[0].connections.held <= most


async def open_now(w: World, most: int) -> bool:
    return len(w.service.listeners[0].connections) <= most


async def webhooks_are_taken(w: World, name: str) -> None:
    """Several, one after the other, each on a connection of its own."""
    for number in range(10):
        assert b" 200 OK" in await exchange(w.url, webhook(f"evt_{name}_{number}", Connection="close"))


@pytest.mark.parametrize(
    "say",
    [
        pytest.param(b"", id="idle"),
        pytest.param(b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\n", id="half headers"),
        pytest.param(head(5000, "t=1,v1=x"), id="no body"),
        pytest.param(half_body(), id="half bodies"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", id="kept alive"),
        pytest.param(head(5000) + b"x", id="unsigned"),
        pytest.param(b"\r\n\r\n", id="no request"),
    ],
)
async def test_a_webhook_is_taken_whatever_a_crowd_does(tmp_path: Path, say: bytes) -> None:
    async with limited(tmp_path, **FEW) as w, crowd(w.url, 200, say):
        assert await eventually(lambda: open_now(w, 32))
        await webhooks_are_taken(w, "crowd")
        assert await open_now(w, 32)


async def test_stripes_own_connections_are_kept_while_strangers_come(tmp_path: Path) -> None:
    async with limited(tmp_path, **FEW) as w, await Stranger.at(w.url, webhook("evt_1")) as stripe:
        assert b" 200 OK" in await stripe.answer()
        async with crowd(w.url, 200), crowd(w.url, 100, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
            assert await eventually(lambda: open_now(w, 32))
        stripe.says(webhook("evt_2"))
        assert b" 200 OK" in await stripe.answer()


async def test_a_true_webhook_is_verified_in_the_middle_of_a_burst_of_false_ones(tmp_path: Path) -> None:
    start, rest = webhook()[:10], b"x" * 40_000
    false = head(len(rest) + 1, "t=1,v1=" + "0" * 64) + rest
    async with limited(tmp_path, strangers=32, webhooks=16, unverified_bytes=256 * 1024) as w:
        for number in range(20):
            true = webhook(f"evt_{number}", Connection="close")
            async with await Stranger.at(w.url, start) as stripe, crowd(w.url, 31, false[:10]) as strangers:
                assert await eventually(lambda: all_came(w, 32))
                stripe.says(true[10:])
                for one in strangers:  # all of it is there when the loop next looks at its sockets
                    one.says(false[10:])
                assert b" 200 OK" in await stripe.hears(), number


async def all_came(w: World, count: int) -> bool:
    return len(w.service.listeners[0].connections) >= count  # Stripe may have one of its own


async def test_three_hundred_half_sent_bodies_hold_no_more_than_the_bound_and_give_it_back(tmp_path: Path) -> None:
    bound = 1024 * 1024
    async with limited(tmp_path, unverified_bytes=bound) as w:
        async with crowd(w.url, 300, half_body(10**6, 60_000)) as strangers:
            assert await eventually(lambda: held(w, bound))
            await webhooks_are_taken(w, "bodies")
            refused = [one for one in strangers if one.reader.at_eof() or one.reader._buffer]  # type: ignore[attr-defined]
            assert len(refused) > 250
            answers = [await one.hears() for one in refused]
            assert all(answer[:13] in (b"HTTP/1.1 503 ", b"") for answer in answers)
            assert b"HTTP/1.1 503 " in {answer[:13] for answer in answers}
        assert await eventually(lambda: held(w, 0))
        assert await eventually(lambda: open_now(w, 0))


# -- answers that nobody reads ----------------------------------------------------------------------------------------
REFUSED = head(1, "x") + b"x"
STYLE = b"GET /static/style.css HTTP/1.1\r\nHost: x\r\n\r\n"


def gets_nothing_out(w: World, stranger: socket.socket) -> bool:
    """Whether the answers to this stranger fill every buffer, or its connection was ended."""
    lines = w.service.listeners[0].connections._in.values()
    transports = [gate._transport for line in lines for gate in line]  # type: ignore[attr-defined]
    found = [one for one in transports if one.get_extra_info("peername") == stranger.getsockname()]
    return not found or found[0].get_write_buffer_size() > 64 * 1024


@contextlib.asynccontextmanager
async def deaf(w: World, count: int, say: bytes) -> AsyncIterator[None]:
    """So many strangers who ask until no answer gets out to them any more, and never read one."""
    w.service.listeners[0]._sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    where, loop = urlsplit(w.url), asyncio.get_running_loop()
    strangers = [socket.socket() for _ in range(count)]
    try:
        for one in strangers:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.setblocking(False)
            await loop.sock_connect(one, (where.hostname, where.port))
        assert await eventually(lambda: asyncio.sleep(0, len(w.service.listeners[0].connections) >= count))
        while hearing := [one for one in strangers if not gets_nothing_out(w, one)]:
            for one in hearing:
                with contextlib.suppress(OSError):
                    one.send(say)
            await asyncio.sleep(0.01)
        for one in strangers:
            with contextlib.suppress(OSError):
                one.send(REFUSED * 10)  # one of these is the request that is not begun
        await asyncio.sleep(0.1)
        yield
    finally:
        for one in strangers:
            one.close()


@pytest.mark.parametrize("say", [pytest.param(REFUSED * 10, id="refused"), pytest.param(STYLE + REFUSED, id="files")])
async def test_webhooks_are_taken_while_strangers_read_no_answer(tmp_path: Path, say: bytes) -> None:
    async with limited(tmp_path, **FEW) as w, deaf(w, 16, say):
        await webhooks_are_taken(w, "deaf")


async def test_a_connection_whose_answers_are_not_read_is_given_up(tmp_path: Path) -> None:
    async with limited(tmp_path, unread_seconds=0.3, head_bytes=2**24) as w, deaf(w, 4, REFUSED * 10):
        assert await eventually(lambda: open_now(w, 0))
        assert w.service.metrics._ended.labels("unread")._value.get() == 4


async def test_strangers_who_read_late_are_answered_in_full(tmp_path: Path) -> None:
    async with limited(tmp_path) as w, await Stranger.at(w.url) as late:
        late.writer.transport.pause_reading()  # type: ignore[attr-defined]
        w.service.listeners[0]._sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        late.says(REFUSED * 200 + webhook(Connection="close"))
        await asyncio.sleep(0.5)
        late.writer.transport.resume_reading()  # type: ignore[attr-defined]
        answers = await late.hears()
        assert answers.count(b"HTTP/1.1 400 ") == 200
        assert answers.count(b"HTTP/1.1 200 OK") == 1


# -- what is said -----------------------------------------------------------------------------------------------------
async def test_who_hangs_up_leaves_nothing_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    chunked = head(None, "t=1,v1=x", Transfer_Encoding="chunked")
    sayings = (
        b"",
        b"GET / HTTP/1.1\r\n",
        half_body(),
        head(5000, "t=1,v1=x"),
        head(5000) + b"x",
        chunked + b"5\r\nhel",
        chunked + b"nonsense",
        head(None, Transfer_Encoding="chunked") + b"5\r\nhello\r\nnonsense",
        b"\x16\x03\x01\x02\x00\x01" * 20 + b"\r\n\r\n",
        b"GET /paid HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n",
        b"GET /static/style.css HTTP/1.1\r\nHost: x\r\n\r\n",
        webhook(),
    )
    async with limited(tmp_path) as w:
        caplog.clear()
        for pause in (0, 0.001, 0.02):
            for say in sayings:
                stranger = await Stranger.at(w.url, say)
                await asyncio.sleep(pause)
                stranger.says(b"x" * 100)
                stranger.hangs_up()
        assert await eventually(lambda: open_now(w, 0))
        assert b" 200 OK" in await exchange(w.url, webhook("evt_2", Connection="close"))
    told = [record for record in caplog.records if record.name in ("guestlist.web", "asyncio", "aiohttp.server")]
    assert not told, [record.getMessage() for record in told]


async def test_a_crowd_makes_a_line_or_two_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with limited(tmp_path, **FEW) as w:
        caplog.clear()
        for _ in range(5):
            async with crowd(w.url, 100), crowd(w.url, 50, half_body()):
                assert await eventually(lambda: open_now(w, 32))
    told = [record.getMessage() for record in caplog.records if record.name == "guestlist.web"]
    assert len(told) == 1, told
    assert "More connections than the listener takes" in told[0]


@pytest.mark.parametrize(
    ("say", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (b"GET /static/none.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (b"GET /static/style.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"GET /style/aabbcc.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"GET /paid HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n", 200),
        (b"GET /webhooks/stripe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
        (head(0, Connection="close"), 400),
        (head(0, Expect="magic", Connection="close"), 417),
        (head(2 * 1024 * 1024, "t=1,v1=x"), 413),
        (None, 200),  # a webhook, signed when it is sent: the test may run long after this was read
        (b"this is not HTTP\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 9000, 431),
        (b"GET / HTTP/1.1\r\n", 408),
        (half_body(), 408),
    ],
)
async def test_every_answer_has_its_security_headers_and_no_banner(
    tmp_path: Path, say: bytes | None, status: int
) -> None:
    seconds = 0.3 if status == 408 else 600.0
    async with limited(tmp_path, head_seconds=seconds, body_seconds=seconds) as w:
        answer = await exchange(w.url, webhook(Connection="close") if say is None else say)
    top = answer.partition(b"\r\n\r\n")[0].decode()
    fields = dict(line.lower().split(": ", 1) for line in top.split("\r\n")[1:])
    assert top.startswith(f"HTTP/1.1 {status} ")
    assert fields["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in fields["content-security-policy"]
    assert fields["referrer-policy"] == "no-referrer"
    assert fields["cache-control"] in ("no-store", "no-cache", "public, max-age=86400")
    assert "server" not in fields
    assert "aiohttp" not in top.lower()


# -- operations -------------------------------------------------------------------------------------------------------
async def test_what_the_owner_is_told_is_not_on_the_public_port(w: World) -> None:
    for path, status in (("readyz", 404), ("metrics", 404), ("healthz", 200)):
        ask = f"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        assert (await exchange(w.url, ask)).startswith(f"HTTP/1.1 {status} ".encode())
        answer = (await exchange(w.operations_url, ask)).lower()
        assert answer.startswith(b"http/1.1 200 ")
        assert b"nosniff" in answer
        assert b"no-store" in answer
        assert b"server:" not in answer
    assert w.operations_url.startswith("http://127.0.0.1:")


async def test_a_crowd_at_the_operations_port_takes_nothing_from_the_public_one(w: World) -> None:
    async with crowd(w.operations_url, 200, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"):
        assert b" 200 OK" in await exchange(w.url, webhook(Connection="close"))
        operations = w.service.listeners[1].connections

        async def few() -> bool:
            return len(operations) <= operations.limits.strangers

        assert await eventually(few)


def test_the_usual_limits_are_those_of_the_documentation() -> None:
    told = (Path(__file__).parents[2] / "docs/deployment.md").read_text()
    assert f"| {LIMITS.head_seconds:.0f} s, {LIMITS.head_bytes // 1024} KiB |" in told
    assert f"| {LIMITS.body_seconds:.0f} s, 1 MiB;" in told
    assert f"| an idle connection | {LIMITS.idle_seconds:.0f} s |" in told
    assert f"| connections | {LIMITS.strangers + LIMITS.webhooks}, or " in told
    assert f"{LIMITS.unverified_bytes // 2**20} MiB |" in told
    assert f"| answers that the client does not read | {LIMITS.unread_seconds:.0f} s |" in told
    assert f"| a page's answer | {LIMITS.page_seconds:.0f} s |" in told
    assert f"file descriptor limit leaves after {SPARED} for" in told
    assert f"| connections for webhooks alone | half of them, at least {WEBHOOKS_MIN} |" in told
    assert f"| the operations port | {OPERATIONS.strangers} connections |" in told
