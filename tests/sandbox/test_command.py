"""`guestlist sandbox` and `guestlist demo` as a person starts them: they end cleanly, and say what is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.sandbox.discord_bot import SEED, Bot, Person, online, pointed_at

ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def started(*arguments: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(*arguments: str, **environ: str) -> tuple[int | None, str, str]:
    async with started(*arguments, **environ) as process:
        out, err = await asyncio.wait_for(process.communicate(), 100)
        return process.returncode, out.decode(), err.decode()


async def _took(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def test_it_ends_cleanly_with_a_bot_and_a_long_poll_on_it_and_the_recording_is_whole(tmp_path: Path) -> None:
    har = tmp_path / "traffic.har"
    app = web.Application()
    app.router.add_post("/webhooks/stripe", _took)
    async with (
        TestServer(app) as receiver,
        started("sandbox", "--port", "0", "--har", str(har)) as process,
        aiohttp.ClientSession() as session,
    ):
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        url = re.findall(r"http://\S+", line)[0]
        person = Person(session, url)
        await person.post("/seed", {"discord": SEED})
        await person.post("/webhooks", {"url": str(receiver.make_url("/webhooks/stripe")), "secret": "whsec_x"})
        poll = asyncio.create_task(session.get(f"{url}/sandbox/clock?offset=0.0&wait=60"))
        with pointed_at(url):
            async with online(Bot()):
                form, key = {"email": "mia@example.org"}, {"Authorization": "Bearer sk_test_x"}
                async with session.post(f"{url}/v1/customers", data=form, headers=key) as answer:
                    assert answer.status == 200
                await person.post("/settle", {})
                process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(process.wait(), 60) == 0
        with contextlib.suppress(aiohttp.ClientError):
            await poll
        assert process.stderr is not None
        assert await process.stderr.read() == b""
    entries = json.loads(har.read_text())["log"]["entries"]
    asked = [(entry["request"]["method"], urlsplit(entry["request"]["url"]).path) for entry in entries]
    assert asked[0] == ("GET", "/api/v10/users/@me")
    assert asked[-2:] == [("POST", "/v1/customers"), ("POST", "/webhooks/stripe")]


async def test_a_port_that_is_taken_or_none_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = await ended("sandbox", "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert err.startswith("guestlist sandbox: can't listen on port")
    assert err.count("\n") == 1
    code, _, err = await ended("sandbox", "--port", "99999")
    assert code == 2
    assert "a port is a number from 0 (any free one) to 65535" in err


async def test_a_recording_that_can_not_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (["sandbox", "--port", "0"], ["demo"]):
        code, _, err = await ended(*command, "--har", str(tmp_path / "file" / "x.har"))
        assert code == 1
        assert err.startswith(f"guestlist: can't write {tmp_path / 'file'}")
        assert err.count("\n") == 1
