"""A shop for measurements: a sandbox, a service, members with checkout links, and purchases at a steady rate.

Sandbox and service are processes of their own. All that is read of times is the sandbox's: when it began to deliver a
webhook, when it gave a role. So one clock tells both ends.
"""

import asyncio
import contextlib
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.web.operations import KEPT_SECONDS
from payments.providers.stripe.events import PARTS
from sandbox.play import Play, eventually, free_port
from tests.bench.crowded import ROOT, Running, ended, service
from tests.bench.load import cpu_seconds
from tests.e2e.world import ADA, GOOD, GUILD, MEMBERS, checkout_link

Links = Sequence[tuple[str, str]]
"""Members, and the addresses at which they pay."""

PREPARING = 6
"""So many members subscribe at once."""

QUIET_SECONDS_MAX = 90.0
UNLIMITED = {
    name: {"requests": 1000, "seconds": 1} for name in ("overall", "member_roles", "messages", "webhooks", "other")
}
"""Discord's own limits would be measured otherwise: it lets a bot change about ten roles a second in one server."""


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase, in the sandbox's seconds: the webhook that told of it set out, the role was given.

    `told_at` is that of the first webhook of the purchase upon which the service acts.
    """

    told_at: float
    given_at: float

    @property
    def ms(self) -> float:
        """From the one to the other."""
        return (self.given_at - self.told_at) * 1000


@dataclass(frozen=True, slots=True)
class Counters:
    """What had been counted at a moment: seconds of CPU, calls of Stripe, settlements."""

    at: float
    sandbox: float
    service: float
    calls: float
    settled: float

    def since(self, earlier: "Counters") -> "Counters":
        """What was counted between; `at` is then the seconds that passed."""
        return Counters(*(getattr(self, name) - getattr(earlier, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything of one measurement that runs."""

    play: Play
    sandbox_pid: int
    service: Running

    async def open(self, members: int) -> Links:
        """A server with a plan, and members who have their link: (member, address of the checkout)."""
        users = [str(800_000_000_000_000_000 + number) for number in range(members)]
        named = [{"id": ADA, "name": "ada"}, *({"id": user, "name": f"m{user[-6:]}"} for user in users)]
        role = {"id": MEMBERS, "name": "Members", "position": 1}
        inside = [{"id": person["id"]} for person in named]
        guild = {"id": GUILD, "name": "Riverside Book Club", "owner": ADA, "roles": [role], "members": inside}
        await self.play.post("seed", {"discord": {"users": named, "guilds": [guild], "rate_limits": UNLIMITED}})
        made = {"name": "Pro", "price": "9.99", "currency": "usd", "period": "every_months", "role": MEMBERS}
        heard = await self.play.command(GUILD, ADA, "plan create", **made)
        if "Pro" not in heard.text:
            raise RuntimeError(f"the plan could not be made: {heard.text}")
        at_once = asyncio.Semaphore(PREPARING)

        async def link(user: str) -> tuple[str, str]:
            async with at_once:
                return user, checkout_link(await self.play.command(GUILD, user, "subscribe", plan="Pro"))

        links = await asyncio.gather(*map(link, users))
        await self.quiet()
        return links

    async def buys(self, links: Links, per_second: float) -> None:
        """These members pay, one after the other at a steady rate, whether or not the last has been served."""
        began = time.monotonic()
        paying: list[asyncio.Task[Any]] = []
        for number, (_, link) in enumerate(links):
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            paying.append(asyncio.create_task(self.play.pay(link, GOOD)))
        for answer in await asyncio.gather(*paying):
            if answer.get("status") != "paid":
                raise RuntimeError(f"a purchase failed: {answer}")

    async def quiet(self) -> None:
        """Wait until every webhook was taken, every customer settled and every access given."""
        await self.play.post("settle")

        async def idle() -> bool:
            return not await self.waiting("customers", "dirty") and not await self.waiting("effects", "open")

        if not await eventually(idle, seconds=QUIET_SECONDS_MAX):
            raise RuntimeError("the service did not come to rest; see its log")

    async def waiting(self, queue: str, state: str) -> float:
        """How much of a queue's work is in a state, no earlier than now."""
        await asyncio.sleep(KEPT_SECONDS)
        return await self.waiting_lately(queue, state)

    async def waiting_lately(self, queue: str, state: str) -> float:
        """The same, as of a second ago at most."""
        total = await counted_lately(self.service.operations_url)
        return total(rf'guestlist_backlog\{{queue="{queue}",state="{state}"\}}')

    async def counters(self) -> Counters:
        """What was counted until now."""
        total = await counted(self.service.operations_url)
        return Counters(
            at=time.monotonic(),
            sandbox=cpu_seconds(self.sandbox_pid),
            service=cpu_seconds(self.service.pid),
            calls=total(r'guestlist_calls_total\{.*service="stripe"'),
            settled=total(r'guestlist_work_total\{.*queue="customers"'),
        )

    async def bought(self, links: Links, since: float) -> list[Bought]:
        """What became of these purchases, made after `since` (unix seconds). Raises RuntimeError if one has no role."""
        guild, state = await self.play.get(f"discord/guilds/{GUILD}"), (await self.play.state())["stripe"]
        given = {line["user"]: line["at"] for line in guild["log"] if line["action"] == "role_add"}
        whose = {event["id"]: event["data"]["object"].get("customer") for event in state["event"]}
        told: dict[str, float] = {}
        for delivery in state["deliveries"]:
            sent = [attempt["at"] for attempt in delivery["attempts"] if attempt["at"] >= since]
            customer = whose.get(delivery["event"])
            if sent and customer and PARTS.get(delivery["type"]):
                told[customer] = min(sent[0], told.get(customer, sent[0]))
        payer = {session["id"]: session["customer"] for session in state["checkout.session"]}
        found = []
        for user, link in links:
            customer = payer[link.split("?")[0].rpartition("/")[2]]
            if user not in given or customer not in told:
                raise RuntimeError(f"the purchase of {customer} did not lead to a role")
            found.append(Bought(told[customer], given[user]))
        return found


async def counted(url: str) -> Callable[[str], float]:
    """A service's own figures, no older than the question: the sum of those whose names and labels match a pattern."""
    await asyncio.sleep(KEPT_SECONDS)
    return await counted_lately(url)


async def counted_lately(url: str) -> Callable[[str], float]:
    """The same; they may be as old as the service keeps its answer."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        lines = [line for line in (await answer.text()).splitlines() if line[:1] != "#"]
    found = [(name, float(value)) for name, _, value in (line.rpartition(" ") for line in lines)]
    return lambda pattern: sum(value for name, value in found if re.match(pattern, name))


@contextlib.asynccontextmanager
async def shop(
    home: Path, database: str, environ: Mapping[str, str] | None = None, files_max: int | None = None
) -> AsyncIterator[Shop]:
    """A sandbox and a service with an empty database, for the length of a block; `files_max` as of `service`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (home / "sandbox.log").open("ab") as log:
        sandbox = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "sandbox", "--port", str(port), cwd=ROOT, stdout=log, stderr=log
        )
        try:
            async with Play(url) as play:
                if not await eventually(lambda: _answers(play), seconds=30):
                    raise RuntimeError("the sandbox did not start; see its log")
                async with service(home, url, database, environ, files_max=files_max) as running:
                    yield Shop(play, sandbox.pid, running)
        finally:
            await ended(sandbox)


async def _answers(play: Play) -> bool:
    with contextlib.suppress(aiohttp.ClientError):
        await play.get("clock")
        return True
    return False
