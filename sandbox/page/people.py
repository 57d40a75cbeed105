"""The persons a visitor can be: who stands on Discord and on Telegram under one name is one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.discord.state import Guild
from sandbox.discord.state import User as DiscordUser
from sandbox.refused import Refused
from sandbox.services import Services
from sandbox.telegram.state import User as TelegramUser

Json = dict[str, Any]
PEOPLE_MAX = 50
"""More than these are not offered: it is a stage, not a crowd."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a visitor can be. `key` is her name on both platforms; without an account on one, that one is None."""

    key: str
    name: str
    role: str
    discord: DiscordUser | None
    telegram: TelegramUser | None

    def told(self) -> Json:
        """For the page."""
        return {
            "key": self.key,
            "name": self.name,
            "role": self.role,
            "discord": None if self.discord is None else str(self.discord.id),
            "telegram": None if self.telegram is None else self.telegram.id,
        }


def guild_of(sandbox: Services) -> Guild | None:
    """The one server that the page shows: the first."""
    return next(iter(sandbox.discord.world.guilds.values()), None)


def people_of(sandbox: Services) -> list[Person]:
    """Everybody who is no bot, in the order of their making."""
    guild = guild_of(sandbox)
    there = {user.name.lower(): user for user in sandbox.telegram.world.users.values() if not user.is_bot}
    found: list[Person] = []
    for user in sandbox.discord.world.users.values():
        if not user.bot:
            other = there.pop(user.name.lower(), None)
            name = user.display_name or (other.first_name if other is not None else user.name.capitalize())
            role = "admin" if guild is not None and user.id == guild.owner_id else "member"
            found.append(Person(user.name, name, role, user, other))
    found += [Person(user.name, user.first_name, "member", None, user) for user in there.values()]
    return found[:PEOPLE_MAX]


def person_of(sandbox: Services, key: str | None) -> Person | None:
    """The person of this key; without a key the first who is no admin. None on an empty stage. Raises Refused."""
    people = people_of(sandbox)
    if key:
        found = next((person for person in people if person.key == key), None)
        if found is None:
            remedy = "seed the sandbox first"
            if people:
                remedy = f"who is one of {', '.join(person.key for person in people)}"
            raise Refused(f"There is nobody called {key!r} here: {remedy}.")
        return found
    return next((person for person in people if person.role != "admin"), next(iter(people), None))
