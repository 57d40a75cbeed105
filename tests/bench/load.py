"""The load generator, a process of its own: signed webhooks over connections that stay open, each sent when answered.

Everything is made before the clock runs (unique ids, bodies, signatures, requests), so that what is left is to write
and to look at the answer: it must cost much less than the server that it measures, and tells what it cost.
"""

import argparse
import asyncio
import gc
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.figures import quantile

SECRET = "whsec_bench"
CUSTOMERS = 10_000
"""Whose invoices are paid, one after the other."""

STRIDE = 7_919
"""From one customer to the next: who pays at the same time does not lie side by side in a table."""

FIRST_CUSTOMER = 10**13
"""The number of the first one: as many digits as Stripe's ids have letters."""

WARM_SHARE = 0.2
"""Of the time, at its beginning, that is not counted."""

PATIENCE_SECONDS = 15
"""How long after the end an answer may still come."""

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def customer_id(number: int) -> str:
    """Stripe's id of a customer who is in the database."""
    return f"cus_{FIRST_CUSTOMER + number}"


def bodies(count: int, customers: int = CUSTOMERS) -> Iterator[bytes]:
    """So many `invoice.paid`, as Stripe writes them: no id twice, not even with another call."""
    made = Path(__file__).with_name("invoice_paid.json").read_text().strip()
    run = secrets.token_hex(4)
    for number in range(count):
        id_ = f"{run}{number:016d}"
        text = made.replace("evt_BENCH", f"evt_{id_}").replace("in_BENCH", f"in_{id_}")
        yield text.replace("cus_BENCH", customer_id(number * STRIDE % customers)).encode()


def request(path: str, body: bytes, now: int) -> bytes:
    """A webhook as Stripe sends it."""
    signature = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
        f"Accept: */*; q=0.5, application/xml\r\nCache-Control: no-cache\r\n"
        f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        f"Stripe-Signature: t={now},v1={signature}\r\n\r\n"
    )
    return head.encode() + body


class Run:
    """One run: what is to be sent, and what came of it. Times in seconds of `time.perf_counter`."""

    def __init__(self, requests: Sequence[bytes], port: int, seconds: float) -> None:
        self._requests = iter(requests)
        self._port = port
        self._seconds = seconds
        self._open = 0
        self._reconnecting: set[asyncio.Task[None]] = set()
        self.finished = asyncio.Event()
        self.since = self.until = 0.0
        self.acks: list[tuple[float, float]] = []  # when sent, when answered
        self.refused: Counter[str] = Counter()

    def begin(self, connections: "Sequence[Connection]") -> None:
        """The clock runs; every connection sends."""
        now = time.perf_counter()
        self.since, self.until = now + WARM_SHARE * self._seconds, now + self._seconds
        self._open = len(connections)
        for connection in connections:
            connection.send(time.perf_counter())

    def next(self) -> bytes | None:
        """What to send now; None at the end."""
        now = time.perf_counter()
        if now >= self.until:
            return None
        found = next(self._requests, None)
        if found is None:
            self.until = now
        return found

    def ended(self) -> None:
        """A connection has nothing to send any more."""
        self._open -= 1
        if self._open == 0:
            self.finished.set()

    def reconnect(self) -> None:
        """The server closed a connection after its answer: the next webhook opens one, and pays for it."""
        task = asyncio.create_task(self._connect(time.perf_counter()))
        self._reconnecting.add(task)
        task.add_done_callback(self._reconnecting.discard)

    async def _connect(self, since: float) -> None:
        try:
            connection = await connect(self, self._port)
        except OSError as error:
            self.refused[type(error).__name__] += 1
            self.ended()
        else:
            connection.send(since)

    def told(self) -> dict[str, object]:
        """Acks a second and how long they took, in ms."""
        answered = sum(self.since <= at <= self.until for _, at in self.acks)
        seconds = self.until - self.since
        waits = [1000 * (at - sent) for sent, at in self.acks if sent >= self.since]
        waits = waits or [1000 * seconds]  # none was answered in all that time, so it takes at least as long
        return {
            "acks": len(self.acks),
            "refused": dict(self.refused),
            "per_second": answered / seconds,
            "p50": quantile(waits, 0.5),
            "p99": quantile(waits, 0.99),
        }


class Connection(asyncio.Protocol):
    """One connection: a webhook at a time, as Stripe's sender keeps it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._transport: asyncio.Transport | None = None
        self._got = b""
        self._sent: float | None = None
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, since: float) -> None:
        """Send the next one; its wait counts from `since`."""
        assert self._transport is not None
        following = self._run.next()
        if following is None:
            self._transport.close()
            self._run.ended()
            return
        self._sent = since
        self._transport.write(following)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, rest = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        fields = head.lower()
        self._closing = b"\r\nconnection: close" in fields
        if b"\r\ncontent-length: " in fields:
            length = int(fields.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0])
            whole = len(rest) >= length
        else:  # in chunks; without them, until the connection is closed
            whole = b"chunked" in fields and rest.endswith(b"0\r\n\r\n")
        if whole:
            self._answered(head)

    def _answered(self, head: bytes) -> None:
        now = time.perf_counter()
        if self._sent is None:
            return
        sent, self._sent, self._got = self._sent, None, b""
        status = head[9:12].decode()
        if status == "200":
            self._run.acks.append((sent, now))
        else:
            self._run.refused[status] += 1
        if not self._closing:
            self.send(time.perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._sent is not None:
            self._run.refused["closed"] += 1
        if self._sent is not None or self._closing:
            self._run.reconnect()


async def connect(run: Run, port: int) -> Connection:
    """One more connection."""
    _, connection = await asyncio.get_running_loop().create_connection(lambda: Connection(run), "127.0.0.1", port)
    return connection


def cpu_seconds(pid: int) -> float:
    """What a process has used until now, with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


async def load(args: argparse.Namespace) -> dict[str, object]:
    """Make the webhooks, send them, and tell; `own` and `server` are the shares of one core that the two used."""
    now = int(time.time())
    run = Run([request(args.path, body, now) for body in bodies(args.count, args.customers)], args.port, args.seconds)
    connections = [await connect(run, args.port) for _ in range(args.connections)]
    gc.collect()
    gc.disable()
    began, before = time.perf_counter(), [cpu_seconds(os.getpid()), sum(map(cpu_seconds, args.pids))]
    run.begin(connections)
    async with asyncio.timeout(args.seconds + PATIENCE_SECONDS):
        await run.finished.wait()
    after, took = [cpu_seconds(os.getpid()), sum(map(cpu_seconds, args.pids))], time.perf_counter() - began
    own, server = ((later - earlier) / took for later, earlier in zip(after, before, strict=True))
    return {**run.told(), "own": own, "server": server}


def main() -> int:
    """Exit code 0: the last line says what was measured, in JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--path", default="/webhooks/stripe")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--count", type=int, default=20_000, help="webhooks at most")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="whose invoices are paid")
    parser.add_argument("--pids", type=int, nargs="*", default=[], help="the server's processes")
    print(json.dumps(asyncio.run(load(parser.parse_args()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
