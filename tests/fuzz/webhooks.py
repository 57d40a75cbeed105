"""A running service, thousands of requests to its listener, and what must be true of it afterwards."""

import asyncio
import io
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import yarl

from payments.ports.stores import QueueName
from sandbox.play import eventually
from tests.crash.ledger import WRONG, counted, reading
from tests.e2e.world import GOOD, GUILD, MIA, SECRET, World, checkout_link, world
from tests.fuzz.stripe_inputs import Input, Inputs

AT_ONCE = 16
QUIET_SECONDS = 120.0
SAID = 500
ENDED = {"settled", "foreign", "noted", "dead"}


class Made(Protocol):
    """Inputs by their numbers."""

    def __getitem__(self, number: int) -> Input: ...


@dataclass(slots=True)
class Outcome:
    """What came of a number of inputs. `wrong` is empty when all is well."""

    answers: Counter[str] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Faults(logging.Handler):
    """Keeps what tells of a fault: errors, and whatever has a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "bot.app.leader":
            return  # a machine too busy to renew the lease of the door in time: another process would go on
        if record.levelno >= logging.ERROR or record.exc_info:
            told = logging.Formatter().format(record)
            self.found.append(told[-SAID:])


async def fuzz(seed: str, numbers: range, url: str, folder: Path) -> Outcome:
    """Send these inputs of a seed to a service on the database at `url`, and look at everything afterwards."""
    outcome, faults, began = Outcome(), Faults(), time.monotonic()
    logging.getLogger().addHandler(faults)
    try:
        async with world(folder, database=url) as w:
            await _begin(w)
            inputs = Inputs(seed, list(w.sandbox.stripe.objects.by_kind["event"].values()), SECRET)
            stored = await send_all(w.url, inputs, numbers, outcome)
            await _look(w, url, stored, outcome)
    finally:
        logging.getLogger().removeHandler(faults)
    outcome.wrong += [f"the log tells of a fault: {told}" for told in faults.found]
    outcome.seconds = time.monotonic() - began
    return outcome


async def _begin(w: World) -> None:
    """Something of everything at Stripe: a member who pays, one refunded in part, an invoice, a cancelled one."""
    await w.plan()
    await w.plan("Gold", period="forever")
    await w.member_buys()
    link = checkout_link(await w.mia("subscribe", plan="Gold"))
    await w.play.pay(link, GOOD)
    charge = (await w.play.stripe("charge"))[-1]["id"]
    await w.play.post("stripe/refund", {"charge": charge, "amount": 100})
    await w.play.post("stripe/dispute", {"charge": charge, "status": "open"})
    await w.play.post("stripe/dispute", {"charge": charge, "status": "won"})
    await w.change(cancel_at_period_end="true")
    await w.change(cancel_at_period_end="false")
    await w.quiet()


async def send_all(url: str, inputs: Made, numbers: range, outcome: Outcome) -> dict[str, bool]:
    """Send them, many at once. Answers of each event whose id is known whether it was taken."""
    left = iter(numbers)
    taken: dict[str, bool] = {}
    timeout = aiohttp.ClientTimeout(total=60)
    # A connection that is used again may just be being closed after a refusal: what became of the next, nobody knows.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:

        async def send_some() -> None:
            for number in left:
                one = inputs[number]
                status, text = await _send(session, url, one)
                outcome.answers[f"{status}"] += 1
                if status not in one.right:
                    outcome.wrong.append(f"input {number} ({one.kind}) was answered {status} {text[:80]!r}")
                if one.event_id is not None:
                    taken[one.event_id] = taken.get(one.event_id, False) or (status == 200 and text == "Stored.\n")

        await asyncio.gather(*(send_some() for _ in range(AT_ONCE)))
    return taken


async def _send(session: aiohttp.ClientSession, url: str, one: Input) -> tuple[int, str]:
    body: Any = _pieces(one.body) if one.chunked else io.BytesIO(one.body)
    address = yarl.URL(url + one.path, encoded=True)
    skip = () if one.headers.get("Content-Type") else ("Content-Type",)
    headers = {name: value for name, value in one.headers.items() if value}
    try:
        async with session.request(one.method, address, data=body, headers=headers, skip_auto_headers=skip) as answer:
            return answer.status, (await answer.read()).decode()
    except aiohttp.ClientError as error:
        return 0, repr(error)


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 65_536):
        yield body[at : at + 65_536]


async def _look(w: World, url: str, taken: dict[str, bool], outcome: Outcome) -> None:
    """The service lives, came to rest, and holds exactly what it said it took; nothing came of the false ones."""
    for page in (f"{w.url}/healthz", f"{w.operations_url}/readyz", f"{w.operations_url}/metrics"):
        status, _ = await w.play.open(page)
        if status != 200:
            outcome.wrong.append(f"{page} answers {status}")
    async with reading(url) as reader:

        async def at_rest() -> bool:
            await reader.end_waits()
            for queue in (QueueName.CUSTOMERS, QueueName.EVENTS, QueueName.EFFECTS, QueueName.NOTICES):
                assert w.service.app is not None
                w.service.app.wake(queue)
            await asyncio.sleep(0.2)
            rows = await reader.rows("SELECT state, COUNT(*) FROM event GROUP BY state")
            outcome.states = {row[0]: row[1] for row in rows}
            return outcome.states.keys() <= ENDED and await w._idle()

        if not await eventually(at_rest, seconds=QUIET_SECONDS):
            outcome.wrong.append(f"it did not come to rest: {outcome.states}, {await w.service.counts()}")
        questions = {name: sql for name, sql in WRONG.items() if name != "dead events"}
        outcome.wrong += [*await counted(reader, questions), *await reader.broken()]
        stored = {row[0] for row in await reader.rows("SELECT id FROM event")}
        outcome.wrong += [
            f"{event_id} was {'' if said else 'not '}taken and is {'' if event_id in stored else 'not '}stored"
            for event_id, said in taken.items()
            if said is not (event_id in stored)
        ][:20]
        for table, kind in (("subscription", "subscription"), ("invoice", "invoice")):
            held = {row[0]: row[1] for row in await reader.rows(f"SELECT id, status FROM {table}")}
            real = {one["id"]: one["status"] for one in w.sandbox.stripe.objects.by_kind[kind].values()}
            if held != real:
                outcome.wrong.append(f"{table}s are stored as {held}, and are {real}")
    if "Members" not in await w.play.roles(GUILD, MIA):
        outcome.wrong.append("Mia, who pays, has lost her role")
