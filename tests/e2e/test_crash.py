"""A service that is killed again and again, at any moment, ends up with everything right (invariants 1 to 5)."""

import asyncio
import random
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import aiohttp

from bot.config import SANDBOX_KEY
from sandbox.play import Play, eventually
from sandbox.server import Sandbox
from tests.e2e.test_command_line import ready, service, start
from tests.e2e.world import ADA, GUILD, MEMBERS, answered, checkout_link

SEED = 1
KILLING_SECONDS = 10
PEOPLE = [str(700000000000000100 + number) for number in range(6)]
CROWD = {
    "discord": {
        "users": [{"id": ADA, "name": "ada"}, *({"id": user, "name": f"m{user[-3:]}"} for user in PEOPLE)],
        "guilds": [
            {
                "id": GUILD,
                "name": "Riverside Book Club",
                "owner": ADA,
                "roles": [{"id": MEMBERS, "name": "Members", "position": 1}],
                "members": [{"id": user} for user in (ADA, *PEOPLE)],
            }
        ],
    }
}


async def call(sandbox: Sandbox, method: str, path: str, form: dict[str, str] | None = None) -> None:
    """The owner does something in Stripe's dashboard."""
    headers = {"Authorization": f"Bearer {SANDBOX_KEY}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"{sandbox.url}/v1/{path}", data=form) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def happenings(sandbox: Sandbox, play: Play, links: dict[str, str]) -> list[Callable[[], Awaitable[object]]]:
    """What happens at Stripe meanwhile: all pay, two end at once, one pauses and goes on, one is refunded."""

    async def newest(number: int) -> str:
        return str((await play.stripe("subscription"))[number]["id"])

    async def ends(number: int) -> None:
        await call(sandbox, "DELETE", f"subscriptions/{await newest(number)}")

    async def pauses() -> None:
        await call(sandbox, "POST", f"subscriptions/{await newest(2)}", {"pause_collection[behavior]": "void"})

    async def goes_on() -> None:
        await call(sandbox, "POST", f"subscriptions/{await newest(2)}", {"pause_collection": ""})

    async def refunded() -> None:
        await play.post("stripe/refund", {"charge": (await play.stripe("charge"))[3]["id"]})

    pays = [lambda link=link: play.pay(link) for link in links.values()]
    return [*pays, lambda: ends(0), pauses, lambda: ends(1), refunded, goes_on]


async def test_killed_again_and_again_the_story_ends_right(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post("seed", CROWD)
        async with service(tmp_path, sandbox) as (process, url, environ):
            assert await eventually(lambda: ready(url))
            await answered(
                play,
                await play.command(
                    GUILD, ADA, "plan create", name="Pro", price="9.99", period="every_months", role=MEMBERS
                ),
            )
            links = {
                user: checkout_link(await answered(play, await play.command(GUILD, user, "subscribe", plan="Pro")))
                for user in PEOPLE
            }
            todo = await happenings(sandbox, play, links)
            until, kills = time.monotonic() + KILLING_SECONDS, 0
            try:
                while time.monotonic() < until or todo:
                    for happening in todo[: chance.randint(1, 2)]:
                        todo.remove(happening)
                        await happening()
                    await asyncio.sleep(chance.random() * 0.4)
                    process.kill()
                    await process.communicate()
                    kills += 1
                    process = await start(tmp_path, "run", **environ)
                    # Some are killed while they start, most when they have just begun to catch up.
                    if chance.random() < 0.7:
                        assert await eventually(lambda: ready(url))
                assert kills >= 3
                expected = {user: number not in (0, 1, 3) for number, user in enumerate(PEOPLE)}

                async def right() -> bool:
                    return {user: "Members" in await play.roles(GUILD, user) for user in PEOPLE} == expected

                assert await eventually(right), [await play.roles(GUILD, user) for user in PEOPLE]
                assert len(await play.stripe("subscription")) == len(PEOPLE)
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
                print((await asyncio.wait_for(process.communicate(), 60))[1].decode())
        nothing_is_left(tmp_path / "guestlist.db")


def nothing_is_left(database: Path) -> None:
    """Every row is whole, every event answered, and what is wanted is so."""
    with closing(sqlite3.connect(database)) as connection:

        def one(sql: str) -> object:
            return connection.execute(sql).fetchone()[0]

        assert one("PRAGMA integrity_check") == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert one("SELECT COUNT(*) FROM access WHERE wanted <> applied") == 0
        assert one("SELECT COUNT(*) FROM customer WHERE settled_seq < mark_seq") == 0
        assert one("SELECT COUNT(*) FROM event WHERE state IN ('marked', 'dead')") == 0
        assert one("SELECT COUNT(*) FROM access a WHERE NOT EXISTS (SELECT 1 FROM effect e WHERE e.person_id = "
                   "a.person_id AND e.target_id = a.target_id)") == 0  # fmt: skip
        assert one("SELECT COUNT(*) FROM subscription") == len(PEOPLE)
        # One began for each, three ended or were suspended and came back: no line is missing, none is doubled.
        began = "SELECT COUNT(*) FROM ledger WHERE source = 'subscription' AND status_before IS NULL"
        assert one(began) == len(PEOPLE)
        assert one("SELECT COUNT(*) FROM ledger WHERE source = 'subscription' AND status_after = 'canceled'") == 2
        assert one("SELECT COUNT(*) FROM ledger WHERE source = 'refund' AND status_after = 'succeeded'") == 1
