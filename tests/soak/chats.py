"""Telegram chats, and who let members in by their own logs: the bot may remove only those it let in."""

from collections.abc import Mapping
from typing import Any

from tests.soak.cast import CHATS, TELEGRAM
from tests.soak.diary import Diary
from tests.soak.roles import BOT, Owner, Trace

Json = Mapping[str, Any]

STAFF = frozenset({"administrator", "creator"})
"""Nobody can put these out; an admin has to act."""


class Chat:
    """One chat: who is in, who asks to come in, who is banned by the bot."""

    def __init__(self, name: str, chat: Json, diary: Diary) -> None:
        self.name = name
        self.members: dict[str, str] = {
            _ACCOUNTS[member["id"]]: member["status"] for member in chat["members"] if member["id"] in _ACCOUNTS
        }
        self.asking = {_ACCOUNTS[one["id"]] for one in chat["requests"] if one["at"] >= diary.deaf_until}
        self.banned = {_ACCOUNTS[one["id"]] for one in chat["banned"] if one["id"] in _ACCOUNTS}
        self.by_bot: set[str] = set()
        self.taken_wrongly: list[str] = []
        self._gifts = diary.gifts
        self._traces: dict[str, Trace] = {}
        for entry in chat["log"]:
            self._add(entry)

    def owner(self, account: str) -> Owner:
        """Who let somebody in."""
        return self._trace(account).owner

    def _trace(self, account: str) -> Trace:
        return self._traces.setdefault(account, Trace())

    def _add(self, entry: Json) -> None:
        account = _ACCOUNTS.get(entry.get("user", 0))
        if account is None:
            return
        trace, by_bot = self._trace(account), entry["by"] == BOT
        match entry["action"]:
            case "approve" if by_bot:
                trace.owner, trace.claimed = Owner.BOT, True
            case "join" | "add" | "approve":
                trace.given_by_hand(gift=(account, self.name, entry["at"]) in self._gifts)
            case "ban" | "remove" | "leave":
                was_inside = entry.get("was_inside", True)
                if by_bot and was_inside and trace.owner is Owner.HAND:
                    self.taken_wrongly.append(f"the bot put {account} out of {self.name} at {entry['at']}")
                trace.owner, trace.claimed = Owner.NOBODY, trace.claimed and not by_bot
                (self.by_bot.add if entry["action"] == "ban" and by_bot else self.by_bot.discard)(account)
            case _:
                pass


class Chats:
    """All chats that are for sale."""

    def __init__(self, chats: Mapping[str, Chat]) -> None:
        self._chats = chats
        self.taken_wrongly = [taking for chat in chats.values() for taking in chat.taken_wrongly]

    def problem(self, account: str, target: str, *, must_be_in: bool) -> str | None:
        """What is wrong with an account and a chat; None: nothing. Nobody is brought in by a bot: they have to ask."""
        chat = self._chats.get(target)
        if chat is None or account not in TELEGRAM:
            return None
        if account in chat.banned and account in chat.by_bot:
            return "is left banned by the bot from"
        if must_be_in:
            return "waits in vain before" if account in chat.asking else None
        if account in chat.asking:
            return "waits for an answer before"
        status = chat.members.get(account)
        inside = status is not None and status not in STAFF
        return "is in" if inside and chat.owner(account) is Owner.BOT else None

    def outside(self, account: str, target: str) -> bool:
        """Whether somebody is not in a chat, and nobody has banned them."""
        chat = self._chats[target]
        return account not in chat.members and account not in chat.banned


_ACCOUNTS = {number: account for account, number in TELEGRAM.items()}


def read(state: Json, diary: Diary) -> Chats:
    """The chats as they are, and everything that their logs say of people."""
    told = {chat["id"]: chat for chat in state["telegram"]["chats"]}
    return Chats({name: Chat(name, told[number], diary) for name, number in CHATS.items() if number in told})
