"""The commands as Discord registers them, made from the platform-neutral catalog."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.commands.model import Command, Option, OptionKind
from bot.texts import Worded, language
from payments.core.community import Platform

TYPES: dict[OptionKind, discord.AppCommandOptionType] = {
    OptionKind.TEXT: discord.AppCommandOptionType.string,
    OptionKind.INTEGER: discord.AppCommandOptionType.integer,
    OptionKind.CHOICE: discord.AppCommandOptionType.string,
    OptionKind.BOOLEAN: discord.AppCommandOptionType.boolean,
    OptionKind.MEMBER: discord.AppCommandOptionType.user,
    OptionKind.ROLE: discord.AppCommandOptionType.role,
}
MANAGE_GUILD = discord.Permissions(manage_guild=True).value
IN_GUILDS, IN_PRIVATE = 0, 1
"""Discord's interaction contexts "in a server" and "in a direct message with the bot"; 0 is an integration type too."""

LOCALES = (*(locale.value for locale in discord.Locale), "ar", "he")
"""All that Discord knows; the library lacks two. For any other it refuses the whole set of commands (50035)."""

Payload = dict[str, Any]


def payload(commands: Sequence[Command]) -> list[Payload]:
    """The whole set for `PUT /applications/{id}/commands`; two-word names become subcommands of one command.

    Discord knows default permissions of whole commands only, so a group is hidden from others when all in it is for
    admins; the right is checked again when a command is run. What is for members can be typed in a direct message too,
    as long as they share some server with the bot; Discord takes none from others.
    """
    made: dict[str, Payload] = {}
    groups: dict[str, list[Command]] = {}
    for command in commands:
        if Platform.DISCORD not in command.platforms:
            continue
        first, _, second = command.name.partition(" ")
        if second:
            groups.setdefault(first, []).append(command)
            made.setdefault(first, {})
        else:
            made[first] = _top(
                command.name,
                command.description,
                [_option(o) for o in _ordered(command)],
                command.admin or command.anywhere,
            )
    for name, members in groups.items():
        subs = [_sub(command) for command in members]
        made[name] = _top(name, members[0].description, subs, all(command.admin for command in members))
    return list(made.values())


def _top(name: str, description: str, options: list[Payload], admin: bool) -> Payload:
    return {
        "name": name,
        "type": discord.AppCommandType.chat_input.value,
        "description": description,
        "description_localizations": _others(description),
        "options": options,
        "default_member_permissions": MANAGE_GUILD if admin else None,
        "contexts": [IN_GUILDS] if admin else [IN_GUILDS, IN_PRIVATE],
        "integration_types": [IN_GUILDS],
        "nsfw": False,
    }


def _sub(command: Command) -> Payload:
    return {
        "name": command.name.partition(" ")[2],
        "type": discord.AppCommandOptionType.subcommand.value,
        "description": command.description,
        "description_localizations": _others(command.description),
        "options": [_option(o) for o in _ordered(command)],
    }


def _others(text: str) -> dict[str, str] | None:
    """A text in the other languages, by Discord's locales: each that reads one of ours, and no other."""
    if not isinstance(text, Worded):
        return None
    others = text.others
    return {locale: others[language(locale)] for locale in LOCALES if language(locale) in others}


def _ordered(command: Command) -> list[Option]:
    """Discord wants required options first."""
    ours = [option for option in command.options if Platform.DISCORD in option.platforms]
    return sorted(ours, key=lambda option: not option.required)


def _option(option: Option) -> Payload:
    made: Payload = {
        "name": option.name,
        "type": TYPES[option.kind].value,
        "description": option.description,
        "description_localizations": _others(option.description),
        "required": option.required,
    }
    if option.choices:
        made["choices"] = [
            {"name": choice.label, "name_localizations": _others(choice.label), "value": choice.value}
            for choice in option.choices
        ]
    elif option.complete is not None:
        made["autocomplete"] = True
    if option.kind is OptionKind.INTEGER:
        made |= {} if option.minimum is None else {"min_value": option.minimum}
        made |= {} if option.maximum is None else {"max_value": option.maximum}
    elif option.kind is OptionKind.TEXT:
        made |= {} if option.minimum is None else {"min_length": option.minimum}
        made |= {} if option.maximum is None else {"max_length": option.maximum}
    return made
