"""What the bot is asking somebody: kept in the database, so that a restart forgets no question. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from bot.commands.model import Command, FormField, MemberValue, Option, Value, Way
from bot.platforms.telegram.option_parser import options_of

PREFIX = "tg:"
"""What marks a button as the bot's own, not an action of a command."""

TOUCH = "d"
PLACE = "place"
RUN = "run"

HOUR_MS = 3_600_000
"""How long a question waits for its answer."""


class Filling(Struct, tag="command"):
    """The options of a command are asked for one by one. `asking` None: everything is there, shall it be done?

    `labels` are what stood on the buttons that were pressed. `step` counts the questions: a button of an earlier one
    does nothing. `key` is that of the request which comes of it. `branch`: which of the question's ways was taken to a
    narrower one. `trail`: what was asked and answered, or skipped, in that order.
    """

    token: str
    key: str
    command: str
    chat_id: str | None
    values: dict[str, Any]
    asking: str | None = None
    page: int = 0
    step: int = 0
    more: bool = False
    labels: dict[str, str] = {}
    branch: int | None = None
    skipped: list[str] = []
    trail: list[str] = []


class Form(Struct, tag="form"):
    """The fields of a form are asked for one by one."""

    key: str
    action: str
    title: str
    chat_id: str | None
    fields: list[tuple[str, str, bool, int]]
    values: dict[str, str]


class Pending(Struct, tag="place"):
    """A command waits until its asker has chosen the community it is about."""

    text: str


Dialogue = Filling | Form | Pending
_decoder: msgspec.json.Decoder[Dialogue] = msgspec.json.Decoder(Dialogue)


def load(text: str | None) -> Dialogue | None:
    """A stored dialogue; None where there is none, or it is of another version."""
    if text is None:
        return None
    try:
        return _decoder.decode(text)
    except msgspec.MsgspecError:
        return None


def dump(dialogue: Dialogue) -> str:
    """A dialogue to be stored."""
    return msgspec.json.encode(dialogue, enc_hook=str).decode()  # our texts are kinds of str


def kept(values: Mapping[str, Value]) -> dict[str, Any]:
    """Values as they are stored."""
    return {
        name: {"user_id": value.user_id, "name": value.name} if isinstance(value, MemberValue) else value
        for name, value in values.items()
    }


def values_of(filling: Filling) -> dict[str, Value]:
    """Values as a request has them."""
    return {
        name: MemberValue(str(value["user_id"]), str(value["name"])) if isinstance(value, dict) else value
        for name, value in filling.values.items()
    }


def missing(command: Command, values: Mapping[str, object]) -> Option | None:
    """The next option that must be asked for."""
    return next((o for o in options_of(command) if o.required and o.name not in values), None)


def to_ask(command: Command, values: Mapping[str, object], skipped: Sequence[str] = ()) -> Option | None:
    """The next option that a dialogue asks for: what must be there, then what these values make needed, and last what
    may be skipped."""
    needed = [o for o in options_of(command) if o.needed is not None and o.name not in values and o.needed(values)]
    first = next((o for o in needed if not o.skip), None)
    return missing(command, values) or first or next((o for o in needed if o.name not in skipped), None)


def ways_of(option: Option, branch: int | None) -> tuple[Way, ...]:
    """The answers that a question offers, or those of the narrower one."""
    return option.ways if branch is None or branch >= len(option.ways) else option.ways[branch].ways


def all_ways(option: Option) -> list[Way]:
    """Every answer that sets something, of the question and its narrower ones."""
    return [leaf for way in option.ways for leaf in (way.ways or (way,))]


def without_answer(option: Option, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without the answer to a question, and what it set besides."""
    gone = {option.name, *(name for way in all_ways(option) for name in way.values)}
    return {name: value for name, value in values.items() if name not in gone}


def without_unneeded(command: Command, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without those that others, which were changed, leave no room for."""
    gone = {o.name for o in options_of(command) if o.needed is not None and not o.needed(values)}
    return {name: value for name, value in values.items() if name not in gone}


def is_confirmed(command: Command) -> bool:
    """Whether a command is shown as a whole before it is done: those of admins that have more to set than they need."""
    return command.admin and any(not option.required for option in options_of(command))


def fields_of(fields: Sequence[FormField]) -> list[tuple[str, str, bool, int]]:
    """A form's fields as they are stored: key, label, required, longest."""
    return [(field.key, str(field.label), field.required, field.max_length) for field in fields]


def touch(filling: Filling, verb: str, argument: str = "") -> str:
    """What a button of a question comes back as."""
    return f"{PREFIX}{TOUCH}:{filling.token}:{filling.step}:{verb}:{argument}"
