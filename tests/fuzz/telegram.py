"""Updates that Telegram would not send, by the webhook and by `getUpdates`, and what must be so afterwards."""

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

from bot.platforms.telegram.adapter import TelegramPlatform
from payments.core.community import Platform
from payments.ports.stores import QueueName
from sandbox.play import eventually
from tests.crash.forks import hurry
from tests.crash.ledger import WRONG, Reader, counted, reading
from tests.crash.stage import UNLIMITED
from tests.e2e.telegram import MIA, OLGA, SALON, SEED, TOM, Salon, salon
from tests.fuzz.telegram_inputs import Updates
from tests.fuzz.webhooks import QUIET_SECONDS, Faults, Outcome, send_all

SECRET = "a-secret-of-at-least-sixteen"
WEBHOOK: dict[str, Any] = {"GUESTLIST_TELEGRAM__WEBHOOK": "true", "GUESTLIST_TELEGRAM__WEBHOOK_SECRET": SECRET}
MAY_BE = {"effects not done", "what is wanted and not so", "dead notices", "dead updates"}
"""What may be so when the bot is told that it was put out of the chat, or what an update is about does not exist."""

KINDS = ("message", "callback_query", "my_chat_member", "chat_member", "chat_join_request")


async def fuzz_updates(seed: str, numbers: range, url: str, folder: Path, *, webhook: bool) -> Outcome:
    """Send these updates of a seed to a service on the database at `url`, and look at everything afterwards."""
    outcome, faults, began = Outcome(), Faults(), time.monotonic()
    logging.getLogger().addHandler(faults)
    try:
        async with (
            salon(folder, seed={**SEED, **UNLIMITED}, database=url, **(WEBHOOK if webhook else {})) as club,
            reading(url) as reader,
        ):
            hurried(club)
            await _begin(club)
            bodies = [json.loads(row[0]) for row in await reader.rows("SELECT body FROM telegram_update")]
            updates = Updates(seed, bodies, SECRET)
            if webhook:
                taken = await send_all(club.world.url, updates, numbers, outcome)
            else:
                taken = await _hand_out(club, updates, numbers, outcome)
            await _look(club, reader, taken, outcome)
    finally:
        logging.getLogger().removeHandler(faults)
    outcome.wrong += [f"the log tells of a fault: {told}" for told in faults.found]
    outcome.seconds = time.monotonic() - began
    return outcome


def hurried(club: Salon) -> None:
    """One message a second to a chat would be most of the time."""
    app = club.world.service.app
    assert app is not None
    platform = app.platforms[Platform.TELEGRAM]
    assert isinstance(platform, TelegramPlatform)
    hurry(platform)


async def _begin(club: Salon) -> None:
    """Something of everything: commands in private and in the group, buttons, a dialogue, a member who came in."""
    await club.makes_plan()
    link = await club.buys(MIA)
    assert (await club.joins(MIA, link))["status"] == "member"
    await club.joins(TOM, link)
    await club.writes(OLGA, "/plans", chat=SALON)
    heard = await club.writes(OLGA, "/plan create")
    await club.writes(OLGA, "Gold")
    await club.writes(OLGA, "/cancel")
    await club.presses(MIA, await club.writes(MIA, "/membership"), "Manage payment")
    assert heard.text
    await club.world.quiet()


async def _hand_out(club: Salon, updates: Updates, numbers: range, outcome: Outcome) -> dict[str, bool]:
    """Put them into what `getUpdates` answers."""
    queue = club.world.sandbox.telegram.updates
    for number in numbers:
        body = updates.body(number)
        kind = None if body is None else next((kind for kind in KINDS if kind in body), None)
        if body is not None and kind is not None:
            outcome.answers["handed out"] += queue.add(kind, body[kind])
        if number % 50 == 0:
            await asyncio.sleep(0.05)

    async def all_asked_for() -> bool:
        return not queue.pending

    if not await eventually(all_asked_for, seconds=QUIET_SECONDS):
        outcome.wrong.append(f"{queue.pending} updates were never asked for")
    return {}


async def _look(club: Salon, reader: Reader, taken: dict[str, bool], outcome: Outcome) -> None:
    """Every update ended, nothing is half done, the service still hears; nobody came in who has not paid."""
    w = club.world

    async def at_rest() -> bool:
        await reader.end_waits()
        for queue in (QueueName.UPDATES, QueueName.EFFECTS, QueueName.NOTICES, QueueName.CUSTOMERS, QueueName.REQUESTS):
            assert w.service.app is not None
            w.service.app.wake(queue)
        await asyncio.sleep(0.2)
        rows = await reader.rows("SELECT state, COUNT(*) FROM telegram_update GROUP BY state")
        outcome.states = {row[0]: row[1] for row in rows}
        return "open" not in outcome.states and await w._idle()

    if not await eventually(at_rest, seconds=QUIET_SECONDS):
        outcome.wrong.append(f"it did not come to rest: {outcome.states}, {await w.service.counts()}")
    stored = {str(row[0]) for row in await reader.rows("SELECT update_id FROM telegram_update")}
    refused = {one for one, said in taken.items() if not said}
    outcome.wrong += [f"update {one} was refused and is stored" for one in sorted(refused & stored)]
    questions = {name: sql for name, sql in WRONG.items() if name not in MAY_BE}
    outcome.wrong += [*await counted(reader, questions), *await reader.broken()]
    if not await club.inside(MIA):
        outcome.wrong.append("Mia, who pays, was put out")
    if await club.inside(TOM):
        outcome.wrong.append("Tom, who does not pay, is in")
    if "9.99" not in (await club.writes(MIA, "/plans")).all:
        outcome.wrong.append("the bot is not heard any more")
