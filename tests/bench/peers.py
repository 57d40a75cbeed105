"""dj-stripe under gunicorn with 2 workers, in an environment of its own: what many Django sites run.

Storing only: its callback setting, so that it verifies, stores and answers (SQLite with WAL, synchronous=FULL). As it
comes: it also asks Stripe for the invoice and stores what it says (PostgreSQL); the Stripe that it asks is on loopback
and answers at once.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.play import free_port
from tests.bench.load import CUSTOMERS, FIRST_CUSTOMER, SECRET
from tests.bench.machine import SCRATCH
from tests.bench.servers import Ground, Serving, Subject, run

PINNED = ("dj-stripe==2.10.4", "stripe==14.4.2", "Django==5.2.19", "gunicorn==23.0.0", "psycopg[binary]==3.3.9")
"""dj-stripe 2.10 answers 500 to the first event under a newer stripe."""

STORING = "dj-stripe storing only"
AS_IT_COMES = "dj-stripe as it comes"

INSTALL_SECONDS_MAX = 240
PREPARE_SECONDS_MAX = 240
START_SECONDS_MAX = 60
ENDPOINT = "00000000-0000-4000-8000-000000000000"
_PREPARE = f"""
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from djstripe.models import Customer, WebhookEndpoint
WebhookEndpoint.objects.create(
    id="we_bench", secret="{SECRET}", livemode=False, url="http://127.0.0.1/", enabled_events=["*"],
    status="enabled", api_version="2025-12-15.clover", djstripe_uuid="{ENDPOINT}",
)
known = [f"cus_{{{FIRST_CUSTOMER} + number}}" for number in range({CUSTOMERS})]
Customer.objects.bulk_create(
    Customer(id=id_, livemode=False, stripe_data={{"id": id_, "object": "customer", "currency": "usd"}})
    for id_ in known
)
"""


class NotInstalled(Exception):
    """Why a peer is not measured, in words for the report."""


async def installed() -> Path:
    """Where the programs of the peer's environment are; it is made the first time. Raises `NotInstalled`."""
    folder = SCRATCH / "dj-stripe"
    ready = folder / "ready"
    programs = folder / "bin"
    if ready.exists() and ready.read_text() == "\n".join(PINNED):
        return programs
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    await _done(INSTALL_SECONDS_MAX, sys.executable, "-m", "venv", str(folder))
    await _done(INSTALL_SECONDS_MAX, str(programs / "python"), "-m", "pip", "install", "--quiet", *PINNED)
    ready.write_text("\n".join(PINNED))
    return programs


async def _done(seconds: float, *command: str, environment: Mapping[str, str] | None = None) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | (environment or {}), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise NotInstalled(f"{command[1:4]} took more than {seconds} s") from None
    if process.returncode:
        raise NotInstalled(out.decode(errors="replace").strip()[-300:])


@dataclass(frozen=True, slots=True)
class DjStripe:
    """dj-stripe, one of its two ways."""

    name: str
    ground: Ground
    programs: Path
    connections: Sequence[int]
    seconds: float
    stripe_url: str
    engine: str

    def environment(self, database: str, **more: str) -> dict[str, str]:
        """What `peer_site` reads."""
        stores_only = {"PEER_STORES_ONLY": "1"} if self.name == STORING else {}
        return {
            "PYTHONPATH": str(Path(__file__).parent),
            "DJANGO_SETTINGS_MODULE": "peer_site",
            "PEER_DATABASE": database,
            "PEER_STRIPE": self.stripe_url,
            **stores_only,
            **more,
        }

    async def prepare(self) -> None:
        """Its tables and its webhook endpoint, in a database that is copied for each round."""
        database = await self.ground.empty(self.engine, "djstripe")
        there = self.environment(database, PEER_SYNCHRONOUS="OFF")
        await _done(PREPARE_SECONDS_MAX, str(self.programs / "python"), "-c", _PREPARE, environment=there)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Serving]:
        """See `Subject`. It has answered webhooks before the block begins: its workers start late."""
        async with self.ground.copied(self.engine, "djstripe") as database:
            port = free_port()
            process = await asyncio.create_subprocess_exec(
                *(str(self.programs / "gunicorn"), "--workers", "2", "--bind", f"127.0.0.1:{port}"),
                *("--log-level", "error", "django.core.wsgi:get_wsgi_application()"),
                env=os.environ | self.environment(database),
            )
            try:
                await _listening(port)
                serving = Serving(port, [process.pid], f"/webhook/{ENDPOINT}/")
                told = await run(serving, 2, 1.0, 1_000)
                if not told.acks:
                    raise NotInstalled(f"{self.name} answers {told.refused}, not 200")
                serving.pids = [process.pid, *_children(process.pid)]
                yield serving
            finally:
                process.send_signal(signal.SIGTERM)
                try:
                    async with asyncio.timeout(10):
                        await process.wait()
                except TimeoutError:
                    process.kill()
                    await process.wait()


@asynccontextmanager
async def peers(ground: Ground, quick: bool) -> AsyncIterator[list[Subject]]:
    """The peers, tried, with the Stripe that they ask. Raises `NotInstalled`."""
    programs = await installed()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.peer_stripe"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = f"http://127.0.0.1:{json.loads(await process.stdout.readline())['port']}"
        seconds = 1.0 if quick else 3.0
        many = (64,) if quick else (1, 16, 64)
        found = [
            DjStripe(STORING, ground, programs, many if quick else (*many, 256), seconds, url, "sqlite"),
            DjStripe(AS_IT_COMES, ground, programs, many, seconds, url, "postgres"),
        ]
        for peer in found:
            await peer.prepare()
            async with peer.running():
                pass
        yield list(found)
    finally:
        process.stdin.close()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(START_SECONDS_MAX):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
