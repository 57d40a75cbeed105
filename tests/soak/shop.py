"""How a world begins: a sandbox, a community on both platforms, and everything that it sells."""

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from bot.platforms.telegram.markup import start_payload
from sandbox.play import Play, free_port
from sandbox.play_telegram import Said
from sandbox.server import Sandbox
from tests.e2e.world import answered
from tests.soak.cast import ADA, ADA_THERE, BREAKER_MEMBERS, CHATS, GUILD, PLANS, ROLES, SEED, Plan
from tests.soak.traffic import Traffic
from tests.soak.world import CODE, SECRET, Nursery, World


@contextlib.asynccontextmanager
async def open_world(home: Path, *, database: str | None = None, broken: str | None = None) -> AsyncIterator[World]:
    """A community with all its plans on sale, nobody in yet, the service running and idle; see `broken`."""
    traffic = Traffic()
    async with Nursery.running() as nursery, Sandbox.running() as sandbox, Play(sandbox.url) as play:
        sandbox.faults = traffic
        await play.post("seed", SEED)
        port = free_port()
        world = World(sandbox, play, traffic, nursery, home, f"http://127.0.0.1:{port}")
        world.broken = broken
        operations_port = free_port()
        world.operations_url = f"http://127.0.0.1:{operations_port}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        world.environ = kept | {
            "GUESTLIST_SANDBOX__URL": sandbox.url,
            "GUESTLIST_PUBLIC_URL": world.url,
            "GUESTLIST_WEB__PORT": str(port),
            "GUESTLIST_WEB__OPERATIONS_PORT": str(operations_port),
            "GUESTLIST_BREAKER__MEMBERS": str(BREAKER_MEMBERS),
            "DATABASE_URL": database or f"sqlite:///{home}/guestlist.db",
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "GUESTLIST_DISCORD__SERVERS": GUILD,
            "GUESTLIST_TELEGRAM__CHATS": ",".join(map(str, CHATS.values())),
        }
        try:
            await world.start()
            await world.ready()
            await _open_shop(world)
            yield world
        finally:
            await world.close()


async def _open_shop(world: World) -> None:
    for name in CHATS:
        await _connect(world, name)
    for plan in PLANS.values():
        heard = await world.says(ADA, "plan create", **options_of(plan))
        assert plan.name in heard.text, heard.text
    await world.says(ADA, "settings", contact_me=True)


async def _connect(world: World, name: str) -> None:
    """Ada, who owns a chat as well, makes it part of the community: a code from here, typed there, said yes to here."""
    heard = await answered(world.play, await world.play.command(GUILD, ADA, "connect"))
    found = CODE.search(heard.text)
    assert found is not None, heard.text
    there = world.play.telegram
    await there.start(ADA_THERE, start_payload(CHATS[name]), wait=0)
    await there.message(ADA_THERE, f"/connect {found[0]}", wait=0)
    asked: list[Said] = []

    async def is_asked() -> bool:
        asked[:] = [m for m in await there.private_messages(ADA_THERE) if f"Should {name}" in m.text]
        return bool(asked)

    async def has_asked() -> bool:
        latest = (await there.private_messages(ADA_THERE))[-1]
        return "I asked ada" in latest.text

    await world.until(is_asked, f"the question about {name}", 15)
    await there.click(ADA_THERE, asked[0], "Yes", wait=0)
    await world.until(has_asked, f"the wish of {name}", 15)
    heard = await answered(world.play, await world.play.command(GUILD, ADA, "connect"))
    joined = await answered(world.play, await world.play.click(GUILD, ADA, heard, f"Let {name}"))
    assert "is now part of" in joined.text, joined.text


def options_of(plan: Plan) -> dict[str, object]:
    """A plan as an admin types it."""
    options: dict[str, object] = {
        "name": plan.name,
        "price": plan.price,
        "currency": "usd",
        "period": plan.period,
        "role": ROLES[plan.roles[0]],
    }
    options |= {f"role{n}": ROLES[role] for n, role in enumerate(plan.roles[1:], start=2)}
    options |= {f"chat{n}" if n > 1 else "chat": chat for n, chat in enumerate(plan.chats, start=1)}
    if plan.recurring:
        options["grace_days"] = plan.grace
    if plan.every > 1:
        options["every"] = plan.every
    if plan.trial:
        options["trial_days"] = plan.trial
    return options
