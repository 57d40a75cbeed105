"""The world of the state machine: a sandbox, and the service as a process of its own that may be killed any time."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from bot.config import SANDBOX_KEY
from sandbox.discord.state import Guild, Snowflake
from sandbox.play import NotTaken, Play, Received
from sandbox.server import Sandbox
from sandbox.stripe.delivery import signature_header
from sandbox.telegram.state import Chat
from tests.soak import oracle
from tests.soak.bonds import Bond
from tests.soak.cast import (
    AT_TELEGRAM,
    CHATS,
    DAY,
    GUILD,
    PEOPLE,
    TELEGRAM,
)
from tests.soak.diary import Diary
from tests.soak.traffic import DASHBOARD, Traffic

ROOT = Path(__file__).parents[2]
SECRET = "whsec_soak"
READY_SECONDS = 180.0
ANSWER_SECONDS = 60.0
LOG_TAIL = 6_000
CODE = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}")
BACKLOG = re.compile(r'guestlist_backlog\{queue="(?P<queue>\w+)",state="(?P<state>\w+)"\}')

Json = dict[str, Any]


class NotNow(Exception):
    """What a step needs is not there: it does not count as one."""


class NoAnswer(NotNow):
    """It was asked, and no answer came: it may have been done or not."""


class Stuck(Exception):
    """The world did not come to where it must within its bound; the message says what is missing."""


class Nursery:
    """The process that forks services, see `nursery`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> AsyncIterator["Nursery"]:
        """For the length of a block."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.soak.nursery",
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield cls(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await asyncio.wait_for(process.wait(), 60)

    async def start(self, environ: dict[str, str], cwd: Path, log: Path, broken: str | None) -> int:
        """Fork a service (see `broken`); its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"environ": environ, "cwd": str(cwd), "log": str(log), "broken": broken}
        self._process.stdin.write((json.dumps(asked) + "\n").encode())
        return int(await asyncio.wait_for(self._process.stdout.readline(), 120))


class World:
    """Everything that steps act on. `trouble` names what may be lost or refused until the next quiet period."""

    def __init__(self, sandbox: Sandbox, play: Play, traffic: Traffic, nursery: Nursery, home: Path, url: str) -> None:
        self.sandbox, self.play, self.traffic = sandbox, play, traffic
        self.diary = Diary()
        self.home, self.url = home, url
        self.operations_url = ""
        self.environ: dict[str, str] = {}
        self.broken: str | None = None
        self.pid: int | None = None
        self.starts = self.kills = self.trips = 0
        self.discord_away = self.telegram_away = self.mute = False
        self.promoted: set[tuple[str, str]] = set()
        self.doubts: list[Bond] = []
        self.blocked = 0.0
        self._heard_at = sandbox.clock.now()
        self.moved_roles: set[str] = set()
        self._rest = self._having()
        self._nursery = nursery
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS))

    # -- the service ---------------------------------------------------------------------------------------------------
    @property
    def log(self) -> Path:
        """What the service wrote to its standard error, over all its lives."""
        return self.home / "service.log"

    async def start(self) -> None:
        """Start the service on its database, if it does not run; not waiting until it is ready."""
        if self.pid is None:
            self.pid = await self._nursery.start(self.environ, self.home, self.log, self.broken)
            self.starts += 1

    async def kill(self) -> None:
        """SIGKILL: whatever it does, it does not any more."""
        if self.pid is None:
            return
        pid, self.pid = self.pid, None
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await self.until(lambda: _gone(pid), "the killed service to be gone", 10, every=0.005)
        self.kills += 1

    async def close(self) -> None:
        """End the service, and what this holds."""
        await self.kill()
        await self._http.close()

    async def get(self, path: str) -> tuple[int, str]:
        """A page for operations; (0, "") when it does not answer."""
        try:
            async with self._http.get(self.operations_url + path) as answer:
                return answer.status, await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return 0, ""

    async def is_ready(self) -> bool:
        """Whether database, Stripe and platforms are there for it."""
        return (await self.get("/readyz"))[0] == 200

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until it is ready. Raises `Stuck`."""
        await self.until(self.is_ready, "the service to be ready", seconds)

    async def until(
        self, holds: Callable[[], Awaitable[bool]], what: str, seconds: float, *, every: float = 0.05
    ) -> None:
        """Wait until something holds. Raises `Stuck` with what was waited for."""
        end = time.monotonic() + seconds
        while not await holds():
            if time.monotonic() > end:
                raise Stuck(f"waited {seconds:.0f} s for {what}")
            await asyncio.sleep(every)

    async def metrics(self) -> dict[str, float]:
        """The service's own metrics, by name and labels."""
        found: dict[str, float] = {}
        for line in (await self.get("/metrics"))[1].splitlines():
            name, _, value = line.rpartition(" ")
            if name.startswith("guestlist_"):
                found[name] = float(value)
        return found

    async def backlog(self) -> dict[str, float]:
        """How much work is not done, by queue and state (`customers_dirty`); nothing while it can't be told."""
        found = ((BACKLOG.fullmatch(name), value) for name, value in (await self.metrics()).items())
        return {f"{match['queue']}_{match['state']}": value for match, value in found if match}

    def tail(self) -> str:
        """The end of the service's log."""
        return self.log.read_text(errors="replace")[-LOG_TAIL:] if self.log.exists() else ""

    # -- people -------------------------------------------------------------------------------------------------------
    async def says(self, account: str, command: str, /, **options: object) -> Received:
        """Somebody types a command. Raises `NotNow` when nobody would answer, `NoAnswer` when nobody did."""
        await self.can_talk(account)
        try:
            if account in TELEGRAM:
                typed = " ".join([f"/{command}", *(f"{name}:{value}" for name, value in options.items())])
                return _with_buttons(
                    await self.play.post("telegram/message", {"user": TELEGRAM[account], "text": typed})
                )
            heard = await self.play.command(GUILD, PEOPLE.get(account, account), command, **options)
        except NotTaken as refused:
            raise NoAnswer(str(refused)) from None
        if not heard.text:
            raise NoAnswer("no reply")
        return heard

    async def presses(self, account: str, heard: Received, label: str) -> Received:
        """Somebody presses a button of a reply. Raises `NotNow` when there is none, or no answer."""
        await self.can_talk(account)
        try:
            heard.button(label)
            if account in TELEGRAM:
                body = {"user": TELEGRAM[account], "message": int(heard.message or 0), "button": label}
                return _with_buttons(await self.play.post("telegram/click", body))
            return await self.play.click(GUILD, PEOPLE.get(account, account), heard, label)
        except KeyError as missing:
            raise NotNow(str(missing)) from None
        except NotTaken as refused:
            raise NoAnswer(str(refused)) from None

    async def can_talk(self, account: str) -> None:
        """Raises `NotNow` while nobody would answer: the script knows, so that it does not wait each time."""
        away = self.telegram_away if account in TELEGRAM else self.discord_away
        if self.pid is None or away or self.mute:
            raise NotNow("nobody would answer")
        try:
            await self.until(self._answers, "the service to answer", 5)
        except Stuck:
            self.mute = True  # it waits for Stripe: nobody asks again before that is back
            raise NotNow("it does not get ready") from None

    async def _answers(self) -> bool:
        status, text = await self.get("/readyz")
        return status == 200 or (
            status == 503 and (self.telegram_away or self.discord_away) and '"account": true' in text
        )

    async def owner(self, method: str, path: str, form: dict[str, str] | None = None) -> Json:
        """The owner does something in Stripe's dashboard. Raises `NotNow` when Stripe refuses it."""
        headers = {"Authorization": f"Bearer {SANDBOX_KEY}", DASHBOARD: "1"}
        url = f"{self.sandbox.url}/v1/{path}"
        async with self._http.request(method, url, data=form if method == "POST" else None, headers=headers) as answer:
            body: Json = await answer.json()
            if answer.status != 200:
                raise NotNow(str(body))
            return body

    async def resend(self, event: Json) -> int:
        """Stripe sends an old event again; what the service answers."""
        body = json.dumps(event)
        signature = signature_header(body, [SECRET], int(time.time()))
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        try:
            async with self._http.post(f"{self.url}/webhooks/stripe", data=body, headers=headers) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    async def clear_faults(self) -> None:
        """Stripe and Discord answer as they should again."""
        await self.play.clear_faults()
        self.mute = False
        self.telegram_away = False
        if self.discord_away:
            await self.play.post("discord/gateway", {"action": "accept"})
            self.discord_away = False

    # -- looking -------------------------------------------------------------------------------------------------------
    @property
    def guild(self) -> Guild:
        """The server on Discord."""
        return self.sandbox.discord.world.guilds[Snowflake(int(GUILD))]

    def stripe(self, kind: str) -> list[Json]:
        """All objects of a kind at Stripe, in the order in which they were made."""
        return list(self.sandbox.stripe.objects.by_kind.get(kind, {}).values())

    def subscriptions_of(self, who: str) -> list[Json]:
        """Somebody's subscriptions, oldest first."""
        return [s for s in self.stripe("subscription") if s["customer"] in self.customers_of(who)]

    def customers_of(self, who: str) -> set[str]:
        """The Stripe customers that somebody paid as."""
        sessions = {s["id"]: s["customer"] for s in self.stripe("checkout.session")}
        mine = (who, who + AT_TELEGRAM)
        return {sessions[id_] for id_, link in self.diary.links.items() if link.account in mine and id_ in sessions}

    def invoices_of(self, who: str, status: str) -> list[Json]:
        """Somebody's invoices in a state that are about money, oldest first."""
        mine = self.customers_of(who)
        return [i for i in self.stripe("invoice") if i["customer"] in mine and i["status"] == status and i["total"] > 0]

    def rest(self) -> None:
        """Remember who has what in a quiet period."""
        self._rest = self._having()

    def nothing_opens(self, account: str, target: str) -> bool:
        """Whether an account has nothing that opens a target, and had nothing since the last quiet period."""
        (before, had), (now, has) = self._rest, self._having()
        return before[account, target] is now[account, target] is oracle.Say.OUT and had == has

    def _having(self) -> tuple[dict[tuple[str, str], oracle.Say], int]:
        found = oracle.grounds(oracle.Books(self.sandbox.stripe.state(), self.diary), self.sandbox.clock.now())
        return oracle.wanted(found, self.diary), len(found) + len(self.diary.bonds) + len(self.doubts)

    def chat(self, name: str) -> Chat:
        """A chat on Telegram."""
        return self.sandbox.telegram.world.chats[CHATS[name]]

    def way_in(self, name: str) -> str:
        """The bot's own link to a chat. Raises `NotNow` while it has made none."""
        bot = self.sandbox.telegram.world.bot.user.id
        links = [
            link for link in self.chat(name).links.values() if link.creator.id == bot and link.creates_join_request
        ]
        if not links:
            raise NotNow("no link was made yet")
        return links[-1].url

    async def advance(self, by: str) -> None:
        """Time passes. What Stripe tells of failures is written down, and what Telegram kept for a day and dropped."""
        listens = self.sandbox.telegram.updates.polling and self.pid is not None and not self.telegram_away
        if listens:
            self._heard_at = self.sandbox.clock.now()
        await self.play.advance(by)
        now = self.sandbox.clock.now()
        if not listens and now - self._heard_at > DAY - 60:
            self.diary.deaf_until = now
        self.diary.remember(self.stripe("event"))


async def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _with_buttons(told: Json) -> Received:
    """All that the bot said, with the buttons of the last that has any: messages may cross. Raises `NoAnswer`."""
    replies = told["replies"]
    if not replies:
        raise NoAnswer("no reply")
    last = next((reply for reply in reversed(replies) if reply["buttons"]), replies[-1])
    buttons = {button["text"]: button.get("url") or button.get("data") or "" for button in last["buttons"]}
    return Received("\n".join(reply["text"] for reply in replies), buttons, str(last["message"]))
