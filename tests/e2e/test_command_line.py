"""The `guestlist` command as its user types it: processes of their own, exit codes, one line for what is wrong."""

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from payments.core.ids import AccountId
from payments.ports.stores import StoredAccount
from sandbox.play import Play, eventually, free_port, free_ports
from sandbox.server import Sandbox
from storage.store import open_store
from tests.contract.test_stripe_key import GIVEN
from tests.e2e.world import ADA, GUILD, MEMBERS, MIA, SECRET, SEED, answered, checkout_link

ROOT = Path(__file__).parents[2]


async def guestlist(cwd: Path, *arguments: str, **environ: str) -> tuple[int, str, str]:
    """Run it to its end (bounded): exit code, output, errors."""
    process = await start(cwd, *arguments, **environ)
    out, err = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def start(cwd: Path, *arguments: str, **environ: str) -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def service(
    tmp_path: Path, sandbox: Sandbox, **more: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str, dict[str, str]]]:
    """`guestlist run` as a process of its own against a sandbox."""
    port = free_ports()
    url = f"http://127.0.0.1:{port}"
    environ = {
        "GUESTLIST_SANDBOX__URL": sandbox.url,
        "GUESTLIST_PUBLIC_URL": url,
        "GUESTLIST_WEB__PORT": str(port),
        "DATABASE_URL": f"sqlite:///{tmp_path}/guestlist.db",
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "GUESTLIST_DISCORD__SERVERS": GUILD,
        **more,
    }
    process = await start(tmp_path, "run", **environ)
    try:
        yield process, url, environ
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def operations_url(url: str) -> str:
    """Where a service at this address tells how it is, unless told otherwise."""
    host, _, port = url.rpartition(":")
    return f"{host}:{int(port) + 1}"


async def ready(url: str) -> bool:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(operations_url(url) + "/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


async def test_without_a_webhook_secret_the_process_does_not_start(tmp_path: Path) -> None:
    code, _, err = await guestlist(tmp_path, "run")
    assert code == 2
    assert err.startswith("guestlist: stripe.webhook_secrets: missing")
    assert err.count("\n") == 1


async def test_a_live_key_outside_live_mode_does_not_start_and_is_not_shown(tmp_path: Path) -> None:
    code, out, err = await guestlist(
        tmp_path, "run", STRIPE_SECRET_KEY="sk_live_hush", STRIPE_WEBHOOK_SECRET=SECRET, GUESTLIST_MODE="test"
    )
    assert code == 2
    assert err.startswith("guestlist: stripe.secret_key: is a live key")
    assert "hush" not in out + err


async def test_an_unknown_key_of_the_file_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[web]\nprot = 1\n")
    code, _, err = await guestlist(tmp_path, "check", "--config", "c.toml", STRIPE_WEBHOOK_SECRET=SECRET)
    assert code == 2
    assert err.startswith("guestlist: web.prot: there is no such setting")


async def test_dotenv_is_read_beside_the_process(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GUESTLIST_WEB__PORT=nonsense\n")
    code, _, err = await guestlist(tmp_path, "run", STRIPE_WEBHOOK_SECRET=SECRET)
    assert code == 2
    assert err.startswith("guestlist: web.port")


async def test_without_a_sandbox_in_sandbox_mode_it_says_how_to_start_one(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    code, _, err = await guestlist(
        tmp_path, "run", STRIPE_WEBHOOK_SECRET=SECRET, GUESTLIST_SANDBOX__URL=url, GUESTLIST_WEB__PORT=str(free_port())
    )
    assert code == 1
    assert "guestlist sandbox" in err


async def test_sigterm_ends_it_in_order(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox, service(tmp_path, sandbox) as (process, url, _):
        assert await eventually(lambda: ready(url))
        process.send_signal(signal.SIGTERM)
        _, told = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        assert b"voice" not in told, "what the libraries miss and we do not need puzzles owners"


async def test_a_start_says_where_it_listens_and_how_many_places_it_serves(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox, service(tmp_path, sandbox) as (process, url, _):
        assert await eventually(lambda: ready(url))
        process.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(process.communicate(), 60)
        assert f"Listening at {url}, and at {operations_url(url)} for /readyz and /metrics." in err.decode()
        assert "Places served: 1." in err.decode()


async def test_sigterm_ends_it_in_time_while_stripe_keeps_it_waiting(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post("seed", SEED)
        async with service(tmp_path, sandbox) as (process, url, _):
            assert await eventually(lambda: ready(url))
            options = {"name": "Pro", "price": "9.99", "period": "every_months", "role": MEMBERS}
            await answered(play, await play.command(GUILD, ADA, "plan create", **options))
            link = checkout_link(await answered(play, await play.command(GUILD, MIA, "subscribe", plan="Pro")))
            fault = {"service": "stripe", "method": "GET", "path": "/v1/*", "delay": 120, "times": 50}
            await play.post("faults", fault)
            await play.pay(link)
            await play.post("settle")
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_a_newer_database_is_refused_with_a_clear_word(tmp_path: Path) -> None:
    environ = {"STRIPE_WEBHOOK_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}
    await (await open_store(environ["DATABASE_URL"])).close()
    with sqlite3.connect(tmp_path / "new.db") as database:
        database.execute("UPDATE schema_version SET version = 9999")
    database.close()
    code, _, err = await guestlist(tmp_path, "run", GUESTLIST_WEB__PORT=str(free_port()), **environ)
    assert code == 1
    assert err.startswith("guestlist: storage.url: ")
    assert "newer" in err


async def test_killed_at_once_after_paying_the_role_comes_after_the_restart(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post("seed", SEED)
        async with service(tmp_path, sandbox) as (process, url, environ):
            assert await eventually(lambda: ready(url))
            await answered(
                play,
                await play.command(
                    GUILD, ADA, "plan create", name="Pro", price="9.99", period="every_months", role=MEMBERS
                ),
            )
            link = checkout_link(await answered(play, await play.command(GUILD, MIA, "subscribe", plan="Pro")))
            await play.pay(link)
            process.kill()
            await process.wait()
            again = await start(tmp_path, "run", **environ)
            try:
                assert await eventually(lambda: has_role(play, GUILD, MIA))
            finally:
                again.terminate()
                print((await again.communicate())[1].decode())


async def test_no_secret_is_in_a_log_an_error_or_a_metric(tmp_path: Path) -> None:
    secrets = {
        "STRIPE_SECRET_KEY": "sk_test_hush1hush1hush1",
        "STRIPE_WEBHOOK_SECRET": "whsec_hush2hush2hush2",
        "DISCORD_TOKEN": "hush3.hush3.hush3",
    }
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post("seed", SEED)
        async with service(tmp_path, sandbox, GUESTLIST_LOG_LEVEL="debug", **secrets) as (process, url, _):
            told = asyncio.create_task(process.communicate())  # read all the time: a full pipe would stop it
            assert await eventually(lambda: ready(url))
            options = {"name": "Pro", "price": "9.99", "period": "every_months", "role": MEMBERS}
            await answered(play, await play.command(GUILD, ADA, "plan create", **options))
            link = checkout_link(await answered(play, await play.command(GUILD, MIA, "subscribe", plan="Pro")))
            for status in (401, 403, 500):
                fault = {"service": "stripe", "path": "/v1/*", "method": "*", "status": status, "times": 3}
                await play.post("faults", fault)
                await play.command(GUILD, MIA, "subscribe", plan="Pro")
            await play.clear_faults()
            await play.pay(link)
            assert await eventually(lambda: has_role(play, GUILD, MIA))
            _, metrics = await play.open(operations_url(url) + "/metrics")
            process.terminate()
            out, err = await asyncio.wait_for(told, 60)
    assert b"incident" in err, "the faults were told"
    assert "hush" not in metrics + out.decode() + err.decode()


async def has_role(play: Play, guild: str, user: str) -> bool:
    return "Members" in await play.roles(guild, user)


async def test_check_says_line_by_line_what_is_good(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox:
        code, out, err = await guestlist(
            tmp_path,
            "check",
            STRIPE_WEBHOOK_SECRET=SECRET,
            GUESTLIST_SANDBOX__URL=sandbox.url,
            GUESTLIST_WEB__PORT=str(free_port()),
        )
        assert code == 0, out + err
        for what in ("configuration", "database", "sandbox", "Stripe", "Discord", "Telegram"):
            assert f"ok       {what}" in out
        assert "anyone can add" not in out
        assert "terms for bots" not in out


async def test_check_without_a_sandbox_says_how_to_start_one(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    code, out, _ = await guestlist(tmp_path, "check", STRIPE_WEBHOOK_SECRET=SECRET, GUESTLIST_SANDBOX__URL=url)
    assert code == 1
    assert f"NOT OK   sandbox: nothing answers at {url}; start it with `guestlist sandbox`" in out
    assert "Stripe" not in out


async def test_check_names_what_is_wrong(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post(
            "faults",
            {
                "service": "stripe",
                "method": "GET",
                "path": "/v1/account",
                "status": 401,
                "body": {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}},
            },
        )
        code, out, _ = await guestlist(
            tmp_path, "check", STRIPE_WEBHOOK_SECRET=SECRET, GUESTLIST_SANDBOX__URL=sandbox.url
        )
        assert code == 1
        assert "NOT OK   Stripe" in out


async def test_check_names_the_permissions_that_a_restricted_key_lacks(tmp_path: Path) -> None:
    lacking = {"rak_invoice_write": "Invoices: write", "rak_dispute_read": "Disputes: read"}
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        may = [name for name in GIVEN.values() if name not in lacking]
        await play.post("stripe/settings", {"restricted_key": may})
        code, out, _ = await guestlist(
            tmp_path,
            "check",
            STRIPE_WEBHOOK_SECRET=SECRET,
            STRIPE_SECRET_KEY="rk_test_guestlist0001",
            GUESTLIST_SANDBOX__URL=sandbox.url,
        )
        assert code == 1
        words = "NOT OK   Stripe: stripe.secret_key lacks a permission; edit the key in Stripe's dashboard"
        for name, told in lacking.items():
            assert f"{words} ({told}." in out
            assert name in out


async def test_a_database_of_the_other_mode_does_not_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/members.db"
    store = await open_store(url)
    async with store.transaction() as tx:
        await tx.provider_accounts.ensure(StoredAccount(AccountId("acct_1"), False, "usd", None, None, None), 0)
    await store.close()
    for command in ("run", "replay"):
        code, out, err = await guestlist(
            tmp_path,
            command,
            STRIPE_WEBHOOK_SECRET=SECRET,
            STRIPE_SECRET_KEY="sk_live_x",
            DISCORD_TOKEN="x",
            DATABASE_URL=url,
            GUESTLIST_WEB__PORT=str(free_port()),
            GUESTLIST_MODE="live",
            GUESTLIST_PUBLIC_URL="https://guests.example",
        )
        assert code == 1, out + err
        assert err.startswith("guestlist: storage.url: this database was created in test mode")


async def test_replay_takes_up_what_was_given_up(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox:
        code, out, err = await guestlist(
            tmp_path, "replay", STRIPE_WEBHOOK_SECRET=SECRET, GUESTLIST_SANDBOX__URL=sandbox.url
        )
        assert code == 0, out + err
        assert "retried" in out


async def test_the_sandbox_runs_alone_and_keeps_a_recording(tmp_path: Path) -> None:
    port = free_port()
    process = await start(tmp_path, "sandbox", "--port", str(port), "--har", "s.har")
    try:

        async def up() -> bool:
            try:
                async with Play(f"http://127.0.0.1:{port}") as play:
                    return "clock" in await play.state()
            except aiohttp.ClientError:
                return False

        assert await eventually(up)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert (tmp_path / "s.har").is_file()


async def test_the_tour_reads_well_in_eighty_columns_and_ends_with_every_piece_of_evidence(tmp_path: Path) -> None:
    code, out, err = await guestlist(tmp_path, "demo", "--tour", "--har", "tour.har", COLUMNS="80")
    assert (code, err) == (0, ""), out + err
    lines = out.splitlines()
    assert [line for line in lines if len(line) > 80 or line != line.rstrip()] == []
    assert "\x1b" not in out, "no colours in a file"
    assert [line for line in lines if re.match(r"\d+\. ", line)][-2] == "9. She pays, and is back in both"
    assert "  ✓ Discord's log of her roles: given, taken, given" in lines
    assert lines[-1].startswith("Every piece of evidence is what it should be.")
    assert (tmp_path / "tour.har").stat().st_size > 10_000


async def test_check_warns_of_bots_that_anyone_can_add(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox:
        code, out, err = await guestlist(
            tmp_path,
            "check",
            GUESTLIST_MODE="test",
            STRIPE_SECRET_KEY="sk_test_x",
            STRIPE_WEBHOOK_SECRET=SECRET,
            DISCORD_TOKEN="sandbox",
            TELEGRAM_TOKEN="1:sandbox",
            GUESTLIST_STRIPE__API_BASE=sandbox.url,
            GUESTLIST_DISCORD__API_BASE=f"{sandbox.url}/api/v10",
            GUESTLIST_TELEGRAM__API_BASE=sandbox.url,
            GUESTLIST_WEB__PORT=str(free_port()),
        )
        assert code == 0, out + err
        assert "warning  Discord: anyone can add this bot" in out
        assert "warning  Telegram: anyone can add this bot" in out


async def test_claim_prints_a_code_beside_a_running_service_and_places_lists_what_is_served(tmp_path: Path) -> None:
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post("seed", SEED)
        async with service(tmp_path, sandbox, GUESTLIST_DISCORD__SERVERS="") as (_, url, environ):
            assert await eventually(lambda: ready(url))
            assert "doesn't serve this" in (await answered(play, await play.command(GUILD, ADA, "settings"))).text
            code, out, err = await guestlist(tmp_path, "claim", **environ)
            assert code == 0, err
            form = await play.command(GUILD, ADA, "claim")
            done = await answered(play, await play.submit(GUILD, ADA, form, code=out.splitlines()[0]))
            assert "I now serve" in done.text
            assert f"discord:{GUILD}  Riverside Book Club" in (await guestlist(tmp_path, "places", **environ))[1]
            code, out, err = await guestlist(tmp_path, "places", "--stop", f"discord:{GUILD}", **environ)
            assert code == 0, err
            assert out.startswith(f"discord:{GUILD} is no longer served")
            assert "no server or chat is served" in (await guestlist(tmp_path, "places", **environ))[1]
            assert "doesn't serve this" in (await answered(play, await play.command(GUILD, ADA, "settings"))).text
            code, _, err = await guestlist(tmp_path, "places", "--stop", "discord:1", **environ)
            assert code == 1
            assert "is not served" in err
