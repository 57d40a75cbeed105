"""Whether every platform will take the commands: one that refuses a single name refuses the whole set, at each start.

What stands here is what all of them take together. Discord: up to 100 commands of up to 25 options and 25 choices, or a
group of up to 25 (https://discord.com/developers/docs/interactions/application-commands); Telegram: up to 100 commands
of `a-z`, `0-9` and `_` (https://core.telegram.org/bots/api#botcommand).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.commands.model import Action, Command, Option
from bot.texts import Worded

NAME_MAX = 32
DESCRIPTION_MIN, DESCRIPTION_MAX = 3, 100
LABEL_MAX = 100
COMMANDS_MAX = 100
MEMBERS_MAX = 25
"""Of a group of commands, of a command's options, of an option's choices."""

_NAME = re.compile(r"[a-z0-9_]+")
_RULE = f"use a-z, 0-9 and _ only, at most {NAME_MAX} in all"


def problems(commands: Sequence[Command], actions: Sequence[Action]) -> list[str]:
    """What a platform would refuse, each as a sentence that names it and says what to do. Empty when all is well."""
    return [
        *(found for command in commands for found in _of_command(command)),
        *_twice("command", [command.name.replace(" ", "_") for command in commands]),
        *_groups(commands),
        *_twice("action", [action.name for action in actions]),
        *(f'action "{a.name}": {_RULE}' for a in actions if not _good(a.name)),
    ]


def _of_command(command: Command) -> Iterator[str]:
    here = f'command "{command.name}"'
    words = command.name.split(" ")
    # Telegram has no groups: `plan create` is one command there, `plan_create`.
    if not all(map(_good, words)) or len(command.name) > NAME_MAX:
        yield f"{here}: {_RULE}"
    if len(words) > 2:
        yield f"{here}: a command has at most two words"
    yield from _described(here, command.description)
    yield from _twice(f"{here}, option", [option.name for option in command.options])
    yield from _many(f"{here}: options", command.options)
    for option in command.options:
        yield from _of_option(f'{here}, option "{option.name}"', option)


def _of_option(here: str, option: Option) -> Iterator[str]:
    if not _good(option.name):
        yield f"{here}: {_RULE}"
    yield from _described(here, option.description)
    yield from _many(f"{here}: choices", option.choices)
    yield from _twice(f"{here}, choice", [choice.label for choice in option.choices])
    for choice in option.choices:
        if not all(0 < len(text) <= LABEL_MAX for text in (*_texts(choice.label), choice.value)):
            yield f'{here}, choice "{choice.label}": write 1 to {LABEL_MAX} characters in every language'


def _groups(commands: Sequence[Command]) -> Iterator[str]:
    first = [command.name.partition(" ")[0] for command in commands]
    sizes = Counter(command.name.partition(" ")[0] for command in commands if " " in command.name)
    yield from (
        f'command "{c.name}": a group has this name; Discord takes one of the two' for c in commands if c.name in sizes
    )
    yield from (
        f'commands "{name} …": at most {MEMBERS_MAX} in a group' for name, n in sizes.items() if n > MEMBERS_MAX
    )
    if len(set(first)) > COMMANDS_MAX or len(commands) > COMMANDS_MAX:
        yield f"commands: at most {COMMANDS_MAX} in all"


def _described(here: str, text: str) -> Iterator[str]:
    if not all(DESCRIPTION_MIN <= len(one) <= DESCRIPTION_MAX for one in _texts(text)):
        yield f"{here}: describe it in {DESCRIPTION_MIN} to {DESCRIPTION_MAX} characters in every language"


def _texts(text: str) -> tuple[str, ...]:
    return (text, *text.others.values()) if isinstance(text, Worded) else (text,)


def _many(here: str, members: Sequence[object]) -> Iterator[str]:
    if len(members) > MEMBERS_MAX:
        yield f"{here}: at most {MEMBERS_MAX}"


def _twice(here: str, names: Iterable[str]) -> Iterator[str]:
    yield from (
        f'{here} "{name}": there are two of this name; rename one' for name, n in Counter(names).items() if n > 1
    )


def _good(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and len(name) <= NAME_MAX
