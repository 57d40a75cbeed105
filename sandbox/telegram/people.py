"""People: they write to the bot, press buttons, open links, come and go."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from typing import Any

from sandbox.refused import Refused, only
from sandbox.telegram import entities, wire
from sandbox.telegram.links import Links, Tried
from sandbox.telegram.listeners import Listener
from sandbox.telegram.membership import Membership
from sandbox.telegram.methods_messages import Queries
from sandbox.telegram.state import Chat, Json, Kind, Message, Status, User, World
from sandbox.telegram.views import button_view, chat_of, chat_view, message_view, user_of

WAIT_S = 5.0
WAIT_MAX_S = 60.0
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class People:
    """What persons do, each verb one control request; all raise Refused when it can't be done."""

    def __init__(self, world: World, life: Membership, links: Links, queries: Queries) -> None:
        self.world = world
        self.life = life
        self.links = links
        self.queries = queries

    # -- writing ----------------------------------------------------------------------------------------
    async def message(self, data: Json) -> Json:
        """A person writes or edits, in a chat or to the bot. Answers what the bot says to it."""
        only(data, "chat", "user", "text", "reply_to", "mention", "edit", "wait")
        user = self._person(data)
        if not isinstance(data.get("text"), str) or not data["text"].strip():
            raise Refused('Say what is written: give "text" a text.')
        if len(data["text"]) > entities.TEXT_MAX:
            raise Refused(f"A message has at most {entities.TEXT_MAX} characters: give a shorter text.")
        mentioned = data.get("mention") or []
        people = [user_of(self.world, one) for one in (mentioned if isinstance(mentioned, list) else [mentioned])]
        text = entities.with_mentions(data["text"], people)
        return await self._write(self._place(data, user), user, text, data)

    async def start(self, data: Json) -> Json:
        """A person opens the bot, by a deep link or not, and presses Start; whoever had blocked it, has not now."""
        only(data, "user", "payload", "wait")
        user = self._person(data)
        payload = data.get("payload") or ""
        if payload and not (isinstance(payload, str) and PAYLOAD.fullmatch(payload)):
            raise Refused('"payload" is up to 64 of A-Z, a-z, 0-9, _ and -: Telegram opens no other deep link.')
        self.life.block(user, blocked=False)
        text = f"/start {payload}".strip()
        return await self._write(
            self.world.private(user), user, entities.Formatted(text, entities.found_in(text)), data
        )

    def _person(self, data: Json) -> User:
        user = user_of(self.world, data.get("user"))
        if user is self.world.bot.user:
            raise Refused("That is the bot itself: name a person.")
        return user

    def _place(self, data: Json, user: User) -> Chat:
        if data.get("chat") in (None, "private"):
            if user.blocked:
                raise Refused(f"{user.name} has blocked the bot: unblock it first, or let her start it again.")
            return self.world.private(user)
        chat = chat_of(self.world, data["chat"])
        standing = self.life.standing(chat, user)
        if not standing.status.inside:
            raise Refused(f"{user.name} is not in {chat.title}: let her join first.")
        if chat.kind is Kind.CHANNEL and not standing.status.leads:
            raise Refused(f"{user.name} is no administrator of {chat.title}: only these write in a channel.")
        return chat

    async def _write(self, chat: Chat, user: User, text: entities.Formatted, data: Json) -> Json:
        wait = _wait(data)
        reply_to = None
        if data.get("reply_to") is not None:
            reply_to = self._message_in(chat, data["reply_to"])
        if chat.kind is Kind.PRIVATE:
            user.started = True
        with self.life.ears.listening(chat.id, user.id) as listener:
            if data.get("edit") is not None:
                message = self._message_in(chat, data["edit"])
                if message.sender is not user or message.service:
                    raise Refused(f"{user.name} did not write message {message.id}: edit one of her own.")
                seen = self.life.rewrite(message, text)
            else:
                message, seen = self.life.write(chat, user, text, reply_to=reply_to)
            told: Json = {"message": message.id, "chat": chat.id, "seen_by_bot": seen}
            if seen and wait:
                await listener.until_quiet(wait)
            return self._answer(told, listener, expected=seen and bool(wait), wait=wait)

    def _message_in(self, chat: Chat, value: Any) -> Message:
        found = chat.messages.get(value) if isinstance(value, int) else None
        if found is None:
            raise Refused(f"There is no message {value!r} in that chat: use a number from its messages.")
        return found

    def _answer(self, told: Json, listener: Listener, *, expected: bool, wait: float) -> Json:
        replies = [message_view(self.world, message) for message in listener.said.values()]
        told["replies"] = replies
        if expected and not replies and listener.toast is None:
            told["error"] = f"The bot did not answer within {wait:g} seconds: is it running, and does it fetch updates?"
        return told

    # -- buttons ------------------------------------------------------------------------------------------
    async def click(self, data: Json) -> Json:
        """A button under one of the bot's messages. Answers what the bot says, its pop-up, and what is opened."""
        only(data, "user", "chat", "message", "button", "data", "wait")
        user, wait = self._person(data), _wait(data)
        message = self._seen(user, data)
        button = self._button(message, data)
        told: Json = {"message": message.id, "chat": message.chat.id, "toast": None, "alert": False, "url": None}
        if "url" in button:
            return told | {"url": button["url"], "replies": []}
        if "callback_data" not in button:
            raise Refused(
                f"The sandbox can press buttons with a url or with data only: {button['text']!r} has neither."
            )
        query = str(secrets.randbits(62))
        self.queries.add(query)
        body: Json = {
            "id": query,
            "from": wire.user(user),
            "message": wire.message(self.world, message),
            "chat_instance": str(abs(hash(("instance", message.chat.id)))),
            "data": button["callback_data"],
        }
        with self.life.ears.listening(message.chat.id, user.id, query=query) as listener:
            self.life.updates.add("callback_query", body)
            if wait:
                await listener.until_quiet(wait)
            toast = listener.toast or {}
            told |= {"toast": toast.get("text") or None, "alert": bool(toast.get("alert")), "url": toast.get("url")}
            told["answered"] = listener.toast is not None
            return self._answer(told, listener, expected=bool(wait), wait=wait)

    def _seen(self, user: User, data: Json) -> Message:
        number = data.get("message")
        if type(number) is not int:
            raise Refused('Say which message: give "message" its number, from a reply or from the chat\'s messages.')
        chats = [self.world.private(user)]
        if data.get("chat") not in (None, "private"):
            chats = [chat_of(self.world, data["chat"])]
        elif data.get("chat") is None:
            chats += [chat for chat in self.world.chats.values() if chat.kind is not Kind.PRIVATE]
        for chat in chats:
            inside = chat.kind is Kind.PRIVATE or self.life.standing(chat, user).status.inside
            if inside and (message := chat.messages.get(number)) is not None and message.inline_keyboard:
                return message
        raise Refused(f"{user.name} sees no message {number} with buttons: use one from a reply or a chat's messages.")

    @staticmethod
    def _button(message: Message, data: Json) -> Json:
        buttons = [button for row in message.inline_keyboard or [] for button in row]
        wanted = data.get("data", data.get("button"))
        if "data" in data:
            found = next((b for b in buttons if b.get("callback_data") == wanted), None)
        else:
            found = next((b for b in buttons if b["text"] == wanted), None)
            found = found or next((b for b in buttons if str(wanted or "\0").lower() in b["text"].lower()), None)
        if found is None:
            there = ", ".join(repr(button_view(button)["text"]) for button in buttons)
            raise Refused(f"That message has no button {wanted!r}; it has: {there}.")
        return found

    # -- coming and going -----------------------------------------------------------------------------------
    async def join(self, data: Json) -> Json:
        """A person opens an invite link. Answers what came of it, and what the bot wrote to her meanwhile."""
        only(data, "user", "link", "wait")
        user, wait = self._person(data), _wait(data)
        found = self.links.find(str(data.get("link") or ""))
        if found is None:
            raise Refused(
                f"There is no invite link {data.get('link')!r}: use one that the bot made, or a chat's links."
            )
        with self.life.ears.listening(user.id) as listener:
            tried = self.links.open(*found, user)
            await self._decided(tried, wait)
            if tried.request is not None and wait and (tried.request.outcome or listener.said):
                await listener.until_quiet(0.2)
            status = tried.status if tried.request is None else tried.request.outcome or "pending"
            told: Json = {"status": status, "chat": tried.chat.id, "title": tried.chat.title}
            return self._answer(told, listener, expected=False, wait=wait)

    async def _decided(self, tried: Tried, wait: float) -> None:
        if tried.request is not None and wait:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await tried.request.decided.wait()

    def leave(self, data: Json) -> Json:
        """A person leaves a chat."""
        only(data, "user", "chat")
        user, chat = self._person(data), chat_of(self.world, data.get("chat"))
        standing = self.life.standing(chat, user)
        if not standing.status.inside:
            raise Refused(f"{user.name} is not in {chat.title}: nobody can leave who is not there.")
        if standing.status is Status.CREATOR:
            raise Refused(f"{user.name} owns {chat.title}: let somebody else leave.")
        self.life.leave(chat, user)
        return chat_view(self.world, chat, self.life.now())


def _wait(data: Json) -> float:
    value = data.get("wait", WAIT_S)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= WAIT_MAX_S:
        raise Refused(
            f'"wait" is a number of seconds up to {WAIT_MAX_S:.0f}, 0 not to wait: give one, or leave it out.'
        )
    return float(value)
