"""Plays people and faults over the sandbox's controls, as any script can: the tour and the tests use it."""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

import aiohttp

from sandbox.play_telegram import TelegramPlay
from sandbox.received import Received

Json = dict[str, Any]
PATIENCE_SECONDS = 60.0
"""So long something is waited for: a machine with a lot to do takes its time."""
PORTS = (20_000, 32_000)

__all__ = ["PATIENCE_SECONDS", "Json", "NotTaken", "Play", "Received", "eventually", "free_port"]


class NotTaken(Exception):
    """The sandbox did not take a control; the message says why."""


class Play:
    """A script's hold on one sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2 * PATIENCE_SECONDS))
        self.telegram = TelegramPlay(self.post, self.get)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def post(self, path: str, body: Json | None = None) -> Json:
        """One control. Raises `NotTaken` with the sandbox's own sentence."""
        async with self._session.post(self.url + "/sandbox/" + path, json=body or {}) as answer:
            return await self._taken(answer)

    async def get(self, path: str) -> Json:
        """Something read back from the sandbox."""
        async with self._session.get(self.url + "/sandbox/" + path) as answer:
            return await self._taken(answer)

    async def _taken(self, answer: aiohttp.ClientResponse) -> Json:
        if answer.status >= 400:
            raise NotTaken(f"{answer.url.path}: {answer.status} {await answer.text()}")
        body: Json = await answer.json()
        return body

    # -- people on Discord ---------------------------------------------------------------------------
    async def command(self, guild: str, user: str, command: str, /, **options: object) -> Received:
        """A slash command, and what the person got for it."""
        body = {"guild": guild, "user": user, "name": command, "options": options, "wait": PATIENCE_SECONDS}
        return _heard(await self.post("discord/command", body))

    async def private(self, user: str, command: str, /, **options: object) -> Received:
        """The same in the private conversation with the bot."""
        body = {"dm": True, "user": user, "name": command, "options": options, "wait": PATIENCE_SECONDS}
        return _heard(await self.post("discord/command", body))

    async def click(self, guild: str, user: str, heard: Received, label: str) -> Received:
        """A press on a button of a reply."""
        body = {"guild": guild, "user": user, "message": heard.message, "custom_id": heard.button(label)}
        return _heard(await self.post("discord/click", body))

    async def submit(self, guild: str, user: str, heard: Received, **values: str) -> Received:
        """A modal filled in."""
        assert heard.modal is not None, "no form was opened"
        body = {"guild": guild, "user": user, "custom_id": heard.modal["custom_id"], "values": values}
        return _heard(await self.post("discord/modal", body))

    async def message(self, guild: str, heard: Received) -> Received:
        """A reply as it reads now; the bot may have edited it since."""
        state = await self.get(f"discord/guilds/{guild}")
        for channel in (*state["messages"].values(), *state["direct_messages"].values()):
            for item in channel:
                if item["id"] == heard.message:
                    return _message(item)
        raise KeyError(f"no message {heard.message}")

    async def roles(self, guild: str, user: str) -> set[str]:
        """The names of the roles that a member has now; empty for somebody who is not there."""
        state = await self.get(f"discord/guilds/{guild}")
        for member in state["members"]:
            if member["id"] == user:
                return set(member["role_names"]) - {"@everyone"}
        return set()

    async def direct_messages(self, guild: str, user: str) -> list[Received]:
        """What the bot wrote to a person privately, oldest first."""
        state = await self.get(f"discord/guilds/{guild}")
        return [_message(item) for item in state["direct_messages"].get(user, [])]

    # -- people at Stripe's pages --------------------------------------------------------------------
    async def pay(self, url: str, card: str = "4242424242424242", email: str = "mia@example.org") -> Json:
        """Pays the checkout session or invoice behind a link of the sandbox."""
        kind, _, number = url.split("?")[0].rstrip("/").rpartition("/")
        what = "session" if kind.endswith("/checkout") else "invoice"
        account = {"account": url.split("/accounts/")[1].split("/")[0]} if "/accounts/" in url else {}
        return await self.post("stripe/pay", {what: number, "card": card, "email": email, **account})

    async def change_card(self, portal: str, card: str) -> None:
        """Changes the card on a portal page, as a browser would."""
        form = {"flow": "payment_method_update", "card": card, "action": "card"}
        async with self._session.post(portal, data=form, allow_redirects=True) as answer:
            if answer.status >= 400:
                raise NotTaken(f"the portal answered {answer.status}")

    async def login(self, page: str, email: str) -> str | None:
        """Types an e-mail address on the portal's login page; the link that was mailed to it, if one was."""
        before = len((await self.state())["stripe"]["mails"])
        async with self._session.post(page, data={"email": email}) as answer:
            if answer.status >= 400:
                raise NotTaken(f"the login page answered {answer.status}")
        mails = (await self.state())["stripe"]["mails"][before:]
        return mails[0]["url"] if mails else None

    async def cancel(self, portal: str, subscription: str) -> None:
        """Cancels a subscription on a portal page, as a browser would."""
        form = {"action": "cancel", "subscription": subscription}
        async with self._session.post(portal, data=form, allow_redirects=True) as answer:
            if answer.status >= 400:
                raise NotTaken(f"the portal answered {answer.status}")

    async def open(self, url: str) -> tuple[int, str]:
        """Opens a page: status and text."""
        async with self._session.get(url) as answer:
            return answer.status, await answer.text()

    # -- time and faults -----------------------------------------------------------------------------
    async def advance(self, by: str) -> None:
        """Moves the clock on; everything due in between happens, each at its own time."""
        await self.post("clock", {"advance": by})

    async def clear_faults(self) -> None:
        """Everything answers as it should again."""
        async with self._session.delete(self.url + "/sandbox/faults") as answer:
            await self._taken(answer)

    async def state(self) -> Json:
        """Everything the sandbox holds."""
        return await self.get("state")

    async def stripe(self, kind: str) -> list[Json]:
        """All objects of one kind at Stripe, oldest first."""
        objects: list[Json] = list((await self.state())["stripe"].get(kind, []))
        return sorted(objects, key=lambda item: int(item.get("created", 0)))


async def eventually(
    what: Callable[[], Awaitable[bool]], *, seconds: float = PATIENCE_SECONDS, every: float = 0.05
) -> bool:
    """Whether something becomes true within a bounded time."""
    until = time.monotonic() + seconds
    while True:
        if await what():
            return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(every)


def free_ports() -> int:
    """A port that is free just now, as the one after it is."""
    while True:
        port = free_port()
        with socket.socket() as probe, contextlib.suppress(OSError, OverflowError):
            probe.bind(("127.0.0.1", port + 1))
            return port


def free_port() -> int:
    """A port that is free now, for a service whose address must be known before it starts.

    It lies below those that the system gives to outgoing connections: one of them could take it before the service
    does, or while it is started again.
    """
    for port in random.sample(range(*PORTS), 1_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def _heard(body: Json) -> Received:
    if not body["replies"]:
        return Received(text="")
    return _message(body["replies"][-1])


def _message(reply: Json) -> Received:
    buttons = {item["label"]: item.get("url") or item["custom_id"] for item in reply.get("buttons") or []}
    return Received(reply.get("text") or "", buttons, reply.get("id"), reply.get("modal"))
