"""Slash commands: how an application registers them, and what a person may type into them."""

from __future__ import annotations

import re
from typing import Any

from sandbox.discord import permissions, wire
from sandbox.discord.errors import ApiError, invalid_form
from sandbox.discord.state import Channel, Guild, Json, Member, Snowflake, User, World
from sandbox.refused import Refused

SUB, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = range(1, 11)
NAME = re.compile(r"^[-_'\w]{1,32}$", re.UNICODE)
LOCALE = re.compile(
    "ar|bg|cs|da|de|el|en-GB|en-US|es-419|es-ES|fi|fr|he|hi|hr|hu|id|it|ja|ko|lt|nl|no|pl|pt-BR|ro|ru|sv-SE|th|tr|uk|"
    "vi|zh-CN|zh-TW"
)
INT53 = 2**53
COMMANDS_MAX = 100
SIZE_MAX = 8000


# -- registering -------------------------------------------------------------------------------------
def register(world: World, data: Any, guild_id: Snowflake | None, previous: dict[Snowflake, Json]) -> list[Json]:
    """Replaces a set of commands, as PUT does: one of a known name keeps its id. Raises ApiError when malformed."""
    if not isinstance(data, list):
        raise invalid_form("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    if len(data) > COMMANDS_MAX:
        raise ApiError(400, 30032, f"Maximum number of application commands reached ({COMMANDS_MAX}).")
    known = {(c["type"], c["name"]): c for c in previous.values()}
    made: dict[tuple[int, str], Json] = {}
    for n, item in enumerate(data):
        command = one(world, item, guild_id, str(n))
        key = (command["type"], command["name"])
        if key in made:
            raise invalid_form(
                str(n), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        if key in known:
            command["id"] = known[key]["id"]
            if {**known[key], "version": 0} == {**command, "version": 0}:
                command["version"] = known[key]["version"]
        made[key] = command
    return list(made.values())


def one(world: World, item: Any, guild_id: Snowflake | None, path: str) -> Json:
    """One command as Discord stores it. Raises ApiError 50035 when it is malformed."""
    if not isinstance(item, dict):
        raise invalid_form(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    kind = item.get("type") or 1
    name = item.get("name")
    good = isinstance(name, str) and (1 <= len(name) <= 32 if kind != 1 else bool(NAME.match(name)))
    if not good or (kind == 1 and name != str(name).lower()):
        raise invalid_form(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    options = item.get("options") or []
    _check_localized(item, path, "name")
    if kind == 1:
        _check_description(item, path)
        _check_options(options, path, depth=0)
        if _size(item) > SIZE_MAX:
            raise invalid_form(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({SIZE_MAX})")
    rights = item.get("default_member_permissions")
    command: Json = {
        "id": str(world.ids.next()),
        "application_id": str(world.application.id),
        "version": str(world.ids.next()),
        "default_member_permissions": None if rights is None else str(rights),
        "type": kind,
        "name": name,
        "name_localizations": item.get("name_localizations"),
        "description": item.get("description") or "",
        "description_localizations": item.get("description_localizations"),
        "nsfw": bool(item.get("nsfw")),
    }
    if guild_id is not None:
        command["guild_id"] = str(guild_id)
    else:
        contexts = _places_of(item, path, "contexts", 2)
        command["contexts"] = contexts
        command["dm_permission"] = item.get("dm_permission") is not False and (contexts is None or 1 in contexts)
        command["integration_types"] = _places_of(item, path, "integration_types", 1) or [0]
    if options:
        command["options"] = [_stored(option) for option in options]
    return command


def _stored(option: Json) -> Json:
    kept = {key: value for key, value in option.items() if value is not None and value is not False}
    if option.get("options"):
        kept["options"] = [_stored(child) for child in option["options"]]
    elif "options" in kept:
        del kept["options"]
    if kept.get("choices") == []:
        del kept["choices"]
    return kept


def _places_of(item: Json, path: str, name: str, last: int) -> list[int] | None:
    """Where a global command can be used: numbers that Discord knows, each once, at least one; None: left out."""
    given = item.get(name)
    if given is None:
        return None
    if not isinstance(given, list) or not given or len(set(given)) < len(given):
        raise invalid_form(f"{path}.{name}", "BASE_TYPE_BAD_LENGTH", "Must be 1 or more in length, each once.")
    if any(one not in range(last + 1) for one in given):
        raise invalid_form(f"{path}.{name}", "BASE_TYPE_CHOICES", f"Value must be one of {set(range(last + 1))}.")
    return list(given)


def _check_description(item: Json, path: str) -> None:
    if not 1 <= len(str(item.get("description") or "")) <= 100:
        raise invalid_form(f"{path}.description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    _check_localized(item, path, "description")


def _check_localized(item: Json, path: str, name: str) -> None:
    """A name or description in other languages: by Discord's own locales alone."""
    for locale, text in (item.get(f"{name}_localizations") or {}).items():
        here = f"{path}.{name}_localizations.{locale}"
        if not LOCALE.fullmatch(locale):
            raise invalid_form(here, "ENUM_TYPE_COERCE", f'Value "{locale}" is not a valid enum value.')
        if not 1 <= len(str(text)) <= 100:
            raise invalid_form(here, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")


def _check_options(options: Any, path: str, depth: int) -> None:
    if not isinstance(options, list) or len(options) > 25:
        raise invalid_form(f"{path}.options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    names: set[str] = set()
    optional = False
    for n, option in enumerate(options):
        here = f"{path}.options.{n}"
        name, kind = option.get("name"), option.get("type")
        if not (isinstance(name, str) and NAME.match(name) and name == name.lower()):
            raise invalid_form(f"{here}.name", "STRING_TYPE_REGEX", "String value did not match validation regex.")
        if name in names:
            raise invalid_form(here, "APPLICATION_COMMAND_OPTIONS_NAME_NOT_UNIQUE", "Option names must be unique")
        names.add(name)
        _check_localized(option, here, "name")
        _check_description(option, here)
        if kind not in range(1, 12) or (kind == GROUP and depth > 0) or (kind == SUB and depth > 1):
            raise invalid_form(f"{here}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command option invalid")
        if kind in (SUB, GROUP):
            _check_options(option.get("options") or [], here, depth + 1)
            continue
        if option.get("required") and optional:
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            raise invalid_form(here, code, "Required options must be placed before non-required options")
        optional = optional or not option.get("required")
        choices = option.get("choices") or []
        if len(choices) > 25 or (choices and option.get("autocomplete")):
            raise invalid_form(f"{here}.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer, and no autocomplete")
        for choice in choices:
            if not 1 <= len(str(choice.get("name") or "")) <= 100:
                raise invalid_form(f"{here}.choices", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
            _check_localized(choice, f"{here}.choices", "name")


def _size(item: Json) -> int:
    own = len(str(item.get("name") or "")) + len(str(item.get("description") or ""))
    own += sum(len(str(c["name"])) + len(str(c["value"])) for c in item.get("choices") or [])
    return own + sum(_size(option) for option in item.get("options") or [])


# -- typing ------------------------------------------------------------------------------------------
def find(world: World, guild: Guild | None, name: str) -> tuple[Json, list[str], list[Json]]:
    """The command, the way to its subcommand and the options there, for `plan create`. Raises Refused."""
    words = name.strip().lstrip("/").split()
    offered = world.commands_in(None if guild is None else guild.id)
    command = next((c for c in offered if c["type"] == 1 and words and c["name"] == words[0]), None)
    if command is None:
        names = (
            ", ".join("/" + c["name"] for c in offered if c["type"] == 1) or "none: has the bot synced its commands?"
        )
        raise Refused(f"There is no command /{name.strip().lstrip('/')} here; use one of these: {names}.")
    options: list[Json] = command.get("options", [])
    for word in words[1:]:
        step = next((o for o in options if o["type"] in (SUB, GROUP) and o["name"] == word), None)
        if step is None:
            break
        options = step.get("options", [])
    else:
        if not any(o["type"] in (SUB, GROUP) for o in options):
            return command, words[1:], options
    ways = ", ".join(o["name"] for o in options if o["type"] in (SUB, GROUP)) or "none"
    raise Refused(f"/{' '.join(words)} is no whole command; the subcommands at that place are: {ways}.")


def check_private(world: World, user: User) -> None:
    """In private, an app that is installed in servers takes commands from those who share one with it. Raises Refused.

    Buttons of messages that they got before go on working.
    """
    if not any(user.id in guild.members and world.bot_in(guild) for guild in world.guilds.values()):
        raise Refused(f"Unknown Integration: {user.name} shares no server with the bot.", 403)


def check_offered(world: World, guild: Guild, member: Member, channel: Channel, command: Json) -> None:
    """Discord shows a command only to those its default permissions admit. Raises Refused (403)."""
    has = permissions.of_member(guild, member, channel)
    if not has & permissions.USE_COMMANDS:
        raise Refused(f"{member.user.name} may not use application commands in #{channel.name}: give that right.", 403)
    rights = command["default_member_permissions"]
    if rights is None or has & permissions.ADMINISTRATOR:
        return
    needed = int(rights)
    if needed == 0 or has & needed != needed:
        missing = [n for n, bit in permissions.NAMES.items() if needed & bit and not has & bit]
        what = ", ".join(missing) or "administrator"
        raise Refused(
            f"Discord does not offer /{command['name']} to {member.user.name}: give her a role with {what}.", 403
        )


class Typing:
    """Turns plain values into a command's data with its resolved users, roles and channels."""

    def __init__(self, world: World, guild: Guild | None) -> None:
        self.world = world
        self.guild = guild
        self.resolved: dict[str, Json] = {}

    def options(self, wanted: list[Json], given: Json, *, focused: str | None = None) -> list[Json]:
        """A command's option list; with `focused` (autocomplete) required ones may be absent. Raises Refused."""
        known = {option["name"]: option for option in wanted}
        for name in given:
            if name not in known:
                raise Refused(f"The command has no option {name!r}; it has: {', '.join(known) or 'none'}.")
        found = []
        for name, option in known.items():
            if given.get(name) is None:
                if option.get("required") and focused is None:
                    raise Refused(f"The option {name!r} is required: give it a value.")
                continue
            if name == focused:
                found.append({"name": name, "type": option["type"], "value": given[name], "focused": True})
            else:
                found.append({"name": name, "type": option["type"], "value": self._value(option, given[name])})
        if focused is not None and not any(o.get("focused") for o in found):
            if not known.get(focused, {}).get("autocomplete"):
                raise Refused(f"The option {focused!r} has no autocompletion: name one that has.")
            found.append({"name": focused, "type": known[focused]["type"], "value": "", "focused": True})
        return found

    def _value(self, option: Json, value: Any) -> Any:
        name, kind = option["name"], option["type"]
        if kind == STRING:
            return self._string(option, value)
        if kind in (INTEGER, NUMBER):
            return self._number(option, value)
        if kind == BOOLEAN:
            if not isinstance(value, bool):
                raise Refused(f"The option {name!r} takes true or false, not {value!r}.")
            return value
        if kind == USER:
            return self.user(value)
        if kind == ROLE:
            return self.role(value)
        if kind == CHANNEL:
            return self.channel(value, option.get("channel_types"))
        if kind == MENTIONABLE:
            try:
                return self.role(value)
            except Refused:
                return self.user(value)
        raise Refused(f"The option {name!r} takes a file, which the sandbox can't type: leave it out.")

    def _string(self, option: Json, value: Any) -> str:
        name, choices = option["name"], option.get("choices")
        text = value if isinstance(value, str) else str(value)
        if choices:
            for choice in choices:
                if text in (choice["value"], choice["name"]):
                    return str(choice["value"])
            raise Refused(f"The option {name!r} takes one of: {', '.join(str(c['value']) for c in choices)}.")
        least, most = option.get("min_length", 0), option.get("max_length", 6000)
        if not least <= len(text) <= most:
            raise Refused(f"The option {name!r} takes {least} to {most} characters, not {len(text)}.")
        return text

    def _number(self, option: Json, value: Any) -> int | float:
        name, whole = option["name"], option["type"] == INTEGER
        try:
            if isinstance(value, bool):
                raise ValueError
            number: int | float = int(str(value)) if whole else float(value)
        except (TypeError, ValueError):
            raise Refused(f"The option {name!r} takes a {'whole ' if whole else ''}number, not {value!r}.") from None
        choices = option.get("choices")
        if choices and number not in [c["value"] for c in choices]:
            raise Refused(f"The option {name!r} takes one of: {', '.join(str(c['value']) for c in choices)}.")
        least, most = option.get("min_value", -INT53), option.get("max_value", INT53)
        if not least <= number <= most:
            raise Refused(f"The option {name!r} takes a number from {least} to {most}, not {number}.")
        return number

    def user(self, value: Any) -> str:
        """A user by id or name, resolved with her membership."""
        person = find_user(self.world, value)
        key = str(person.id)
        self.resolved.setdefault("users", {})[key] = wire.user(person)
        member = None if self.guild is None else self.guild.members.get(person.id)
        if member is not None and self.guild is not None:
            bits = str(permissions.of_member(self.guild, member))
            self.resolved.setdefault("members", {})[key] = {**wire.member(member, with_user=False), "permissions": bits}
        return key

    def role(self, value: Any) -> str:
        """A role by id or name, resolved."""
        if self.guild is None:
            raise Refused("A direct message has no roles: leave that option out.")
        found = find_role(self.guild, value)
        self.resolved.setdefault("roles", {})[str(found)] = wire.role(self.guild.roles[found])
        return str(found)

    def channel(self, value: Any, kinds: list[int] | None) -> str:
        """A channel by id or name, resolved."""
        channels = {} if self.guild is None else self.guild.channels
        text = str(value).strip().lstrip("#")
        found = next((c for c in channels.values() if text in (str(c.id), c.name)), None)
        if found is None or (kinds and found.type not in kinds):
            names = ", ".join(c.name for c in channels.values() if not kinds or c.type in kinds)
            raise Refused(f"There is no such channel {value!r} to choose; there are: {names or 'none'}.")
        self.resolved.setdefault("channels", {})[str(found.id)] = {
            **wire.channel(found, self.world),
            "permissions": str(permissions.ALL),
        }
        return str(found.id)


def find_user(world: World, value: Any) -> User:
    """A user by id or name, `@name` and `<@id>` included. Raises Refused."""
    text = str(value).strip()
    text = re.sub(r"^<@!?(\d+)>$", r"\1", text).lstrip("@")
    if text.isdigit() and (person := world.users.get(Snowflake(int(text)))) is not None:
        return person
    for person in world.users.values():
        if person.name == text:
            return person
    raise Refused(f"There is no user {value!r}: seed her first, or use her id.")


def find_role(guild: Guild, value: Any) -> Snowflake:
    """A role's id by id or name, `<@&id>` included. Raises Refused."""
    text = str(value).strip()
    text = re.sub(r"^<@&(\d+)>$", r"\1", text)
    if text.isdigit() and Snowflake(int(text)) in guild.roles:
        return Snowflake(int(text))
    for role in guild.roles.values():
        if role.name == text.lstrip("@"):
            return role.id
    names = ", ".join(role.name for role in guild.roles.values())
    raise Refused(f"There is no role {value!r} in {guild.name}; there are: {names}.")
