"""Plays people on Telegram over the sandbox's controls: `play.telegram` of `sandbox.play`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.received import Received

Json = dict[str, Any]
Post = Callable[[str, Json], Awaitable[Json]]
Get = Callable[[str], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Said(Received):
    """The last of what the bot said. `everything` has the texts of all replies; `toast` is a pop-up on a button.

    `url` is what a pressed button opened. A button's value is its address, or the data that the bot gets.
    """

    number: int = 0
    chat: int = 0
    everything: str = ""
    toast: str | None = None
    url: str | None = None
    keyboard: Json | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of an invite link: `member`, `pending`, `declined`, `expired`, `revoked`, `full` or `banned`."""

    status: str
    chat: int
    said: Said


class TelegramPlay:
    """People on Telegram. Users and chats are named by id, username or title; `wait` in seconds, 0 does not wait."""

    def __init__(self, post: Post, get: Get) -> None:
        self._post = post
        self._get = get

    async def _do(self, verb: str, **given: object) -> Json:
        body = {key: value for key, value in given.items() if value is not None}
        return await self._post(f"telegram/{verb}", body)

    # -- people ---------------------------------------------------------------------------------------
    async def message(
        self,
        user: int | str,
        text: str,
        *,
        chat: int | str | None = None,
        reply_to: int | None = None,
        mention: Sequence[int | str] = (),
        edit: int | None = None,
        wait: float | None = None,
    ) -> Said:
        """A person writes, or edits a message of that number: to the bot in private, or in a chat."""
        people = list(mention) or None
        told = await self._do(
            "message", user=user, text=text, chat=chat, reply_to=reply_to, mention=people, edit=edit, wait=wait
        )
        return _said(told)

    async def start(self, user: int | str, payload: str | None = None, *, wait: float | None = None) -> Said:
        """A person opens the bot, by a deep link or not; whoever had blocked it, has not now."""
        return _said(await self._do("start", user=user, payload=payload, wait=wait))

    async def click(self, user: int | str, said: Said, label: str, *, wait: float | None = None) -> Said:
        """A press on a button of a message, by a part of its label."""
        chat = said.chat if said.chat < 0 else "private"
        told = await self._do("click", user=user, chat=chat, message=said.number, button=label, wait=wait)
        return _said(told)

    async def join(self, user: int | str, link: str, *, wait: float | None = None) -> Joined:
        """A person opens an invite link; waits for the decision where there is one to make."""
        told = await self._do("join", user=user, link=link, wait=wait)
        return Joined(told["status"], told["chat"], _said(told))

    async def leave(self, user: int | str, chat: int | str) -> None:
        """A person leaves a chat."""
        await self._do("leave", user=user, chat=chat)

    async def block(self, user: int | str, *, blocked: bool = True) -> None:
        """A person blocks the bot, or lets it write again."""
        await self._do("block", user=user, blocked=blocked)

    # -- human administrators ----------------------------------------------------------------------------
    async def member(self, chat: int | str, user: int | str, action: str, **more: object) -> Json:
        """add, remove, ban, unban, promote, demote somebody. Answers the chat."""
        return await self._do("member", chat=chat, user=user, action=action, **more)

    async def bot(self, chat: int | str, action: str, **more: object) -> Json:
        """add, remove, ban, unban, promote, demote the bot. Answers the chat."""
        return await self._do("bot", chat=chat, action=action, **more)

    async def request(self, chat: int | str, user: int | str, action: str, **more: object) -> Json:
        """approve, decline a join request. Answers the chat."""
        return await self._do("request", chat=chat, user=user, action=action, **more)

    async def create_link(self, chat: int | str, **more: object) -> str:
        """An administrator's own invite link."""
        url: str = (await self._do("link", chat=chat, action="create", **more))["link"]
        return url

    async def revoke_link(self, link: str) -> None:
        """Nobody comes in by it any more."""
        await self._do("link", link=link, action="revoke")

    async def migrate(self, chat: int | str) -> int:
        """A basic group becomes a supergroup. Answers its new id."""
        number: int = (await self._do("migrate", chat=chat))["id"]
        return number

    # -- looking --------------------------------------------------------------------------------------------
    async def chat(self, chat: int | str) -> Json:
        """Everything there is to see of a chat: members, banned, requests, links, log, messages."""
        return await self._get(f"telegram/chats/{chat}")

    async def members(self, chat: int | str) -> dict[int, str]:
        """Who is in a chat, the bot too: status by id."""
        return {one["id"]: one["status"] for one in (await self.chat(chat))["members"]}

    async def pending(self, chat: int | str) -> set[int]:
        """Who asks to join."""
        return {one["id"] for one in (await self.chat(chat))["requests"]}

    async def log(self, chat: int | str, user: int) -> list[str]:
        """What was done about somebody in a chat, oldest first."""
        return [entry["action"] for entry in (await self.chat(chat))["log"] if entry.get("user") == user]

    async def private_messages(self, user: int | str) -> list[Said]:
        """What stands in a person's private chat from the bot, oldest first."""
        told = await self._get(f"telegram/users/{user}")
        return [_one(message) for message in told["messages"] if message["by"] == "the bot"]


def _said(told: Json) -> Said:
    replies = [_one(reply) for reply in told["replies"]]
    toast, url = told.get("toast"), told.get("url")
    if not replies:
        return Said("", toast=toast, url=url)
    last = replies[-1]
    everything = "\n\n".join(reply.text for reply in replies)
    return Said(
        last.text,
        last.buttons,
        last.message,
        number=last.number,
        chat=last.chat,
        everything=everything,
        toast=toast,
        url=url,
        keyboard=last.keyboard,
    )


def _one(reply: Json) -> Said:
    buttons = {button["text"]: button.get("url") or button.get("data") or "" for button in reply["buttons"]}
    return Said(
        reply["text"],
        buttons,
        str(reply["message"]),
        number=reply["message"],
        chat=reply["chat"],
        everything=reply["text"],
        keyboard=reply["keyboard"],
    )
