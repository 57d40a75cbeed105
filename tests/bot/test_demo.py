"""`guestlist demo --page` from its start to Ctrl-C: its service is killed while somebody pays, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from demo.service_process import ServiceProcess
from sandbox.page.backstage import CanNot
from sandbox.play import Play, eventually, free_port
from sandbox.scene import GUILD, MIA
from tests.e2e.world import answered
from tests.sandbox.page_client import Heard, listening

ROOT = Path(__file__).parents[2]
DECISION = "Pro: a subscription begins, $9.99 every month (active)"
ROLE = "Grant the role Members"


@asynccontextmanager
async def demo() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The demo as a person starts it, and the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--page", "--port", "0"),
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            while not (found := re.search(r"http://\S+", (line := await process.stdout.readline()).decode())):
                assert line, (await process.stderr.read()).decode()
        yield process, found[0]
    finally:
        if process.returncode is None:
            process.terminate()
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode, err.decode()) == (0, ""), out.decode()


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def in_order(heard: Heard, *wanted: tuple[str, str]) -> bool:
    """Whether these lines (text, state) came one after the other."""
    steps = iter(heard.steps)
    return all(any((step["text"], step["state"]) == one for step in steps) for one in wanted)


async def switch(url: str, do: str) -> dict[str, object]:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/page/service", json={"do": do}) as answer:
        assert answer.status == 200, await answer.text()
        told: dict[str, object] = await answer.json()
        return told


async def test_the_service_is_killed_while_somebody_pays_and_nothing_is_lost() -> None:
    async with demo() as (process, url), Play(url) as play, listening(url, "mia") as heard:
        assert [c["name"] for c in heard.world["discord"]["commands"]][-2:] == ["subscribe", "unlink"]
        rooms = {room["name"]: room["open"] for room in heard.world["discord"]["guild"]["channels"]}
        assert rooms == {"welcome": True, "book-talk": True, "members-lounge": False}
        offer = await answered(play, await play.command(GUILD, MIA, "subscribe", plan="Pro"), GUILD)
        first = int(str(heard.world["service"]["pid"]))
        assert (await switch(url, "kill"))["alive"] is False
        assert not runs(first)
        await play.pay(next(link for link in offer.buttons.values() if "/checkout/" in link))
        await heard.until(lambda h: h.states("invoice.paid")[-1:] == ["retrying"])
        again = await switch(url, "start")
        assert again["ready"] is True
        await heard.until(lambda h: in_order(h, ("invoice.paid", "settled"), (DECISION, "decided"), (ROLE, "done")))
        assert await eventually(lambda: holds(play))
        assert heard.line(DECISION)["reason"] == "It is paid. So it grants Members and Reading room."
        assert heard.line(ROLE)["reason"] == "Discord has confirmed it."
        assert heard.line("Let into Reading room")["state"] == "waiting"
        purchases = {heard.line(text)["purchase"] for text in ("invoice.paid", DECISION, ROLE)}
        assert len(purchases) == 1
        assert {heard.line(text)["who"] for text in ("invoice.paid", DECISION, ROLE)} == {"Mia"}
        lives = ["ready", "killed", "ready"]
        await heard.until(lambda h: [one["state"] for one in h.lines.values() if one["step"] == "service"] == lives)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        assert not runs(int(str(again["pid"])))


async def holds(play: Play) -> bool:
    return "Members" in await play.roles(GUILD, MIA)


async def test_a_service_that_does_not_get_ready_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    child = ServiceProcess({}, url, url, tmp_path)
    with pytest.raises(CanNot, match=r"(?s)ended with code 2.*guestlist: stripe.webhook_secrets: missing"):
        await child.start()
    assert not child.alive
