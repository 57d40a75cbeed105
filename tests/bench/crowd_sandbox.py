"""A sandbox with a crowd in it, as a process of its own: `python -m tests.bench.crowd_sandbox MEMBERS BEGAN [--drift]`.

It says its address on a line of its own and serves until its input ends. What it holds is written into its memory: to
make a hundred thousand members by calls would take longer than all that is measured.
"""

import argparse
import asyncio
import sys
import time

from sandbox.discord.state import Member as DiscordMember
from sandbox.discord.state import Snowflake
from sandbox.discord.state import User as DiscordUser
from sandbox.server import Sandbox
from sandbox.telegram.state import Member as TelegramMember
from sandbox.telegram.state import Status
from sandbox.telegram.state import User as TelegramUser
from tests.bench import crowd


def main() -> None:
    """Fill it, then serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("members", type=int)
    parser.add_argument("began", type=int, help="when the present period of all began, in unix seconds")
    parser.add_argument("--drift", action="store_true", help="let some subscriptions be others than the database has")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(args: argparse.Namespace) -> None:
    async with Sandbox.running() as sandbox:
        _at_stripe(sandbox, args.members, args.began, drift=args.drift)
        _on_discord(sandbox, args.members)
        _on_telegram(sandbox, args.members)
        print(sandbox.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _at_stripe(sandbox: Sandbox, count: int, began: int, *, drift: bool) -> None:
    objects, sold = sandbox.stripe.objects, crowd.subscriptions(began)
    for n in range(count):
        name = {"id": crowd.stripe_customer(n), "object": "customer", "created": began, "livemode": False}
        objects.put({**name, "email": None, "name": f"Member {n}", "metadata": {}})
        objects.put(sold.at_stripe(n, drifted=drift and crowd.drifts(n)))


def _on_discord(sandbox: Sandbox, count: int) -> None:
    described = {
        "id": crowd.GUILD, "name": "Crowd", "owner": {"id": crowd.OWNER, "name": "owner"},
        "roles": [{"id": crowd.ROLE, "name": "Members"}],
    }  # fmt: skip
    sandbox.discord.seed({"guilds": [described]})
    world = sandbox.discord.world
    guild = world.guilds[Snowflake(crowd.GUILD)]
    for n in range(count):
        user = DiscordUser(Snowflake(crowd.discord_user(n)), f"member{n}")
        world.users[user.id] = user
        guild.members[user.id] = DiscordMember(user, time.time(), [Snowflake(crowd.ROLE)])


def _on_telegram(sandbox: Sandbox, count: int) -> None:
    owner = {"id": crowd.CHAT_OWNER, "first_name": "Owner"}
    chat = {"id": crowd.CHAT, "type": "supergroup", "title": "Reading room", "owner": owner}
    sandbox.telegram.seed({"chats": [chat]})
    world = sandbox.telegram.world
    for n in range(count):
        user = TelegramUser(crowd.telegram_user(n), f"Member {n}", started=True)
        world.users[user.id] = user
        world.chats[crowd.CHAT].members[user.id] = TelegramMember(Status.MEMBER)


if __name__ == "__main__":
    main()
