"""The commands that Telegram shows when somebody types a slash: members' for all, in groups the admins' for admins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)

from bot.commands.model import Command
from bot.texts import LANGUAGES, Worded
from payments.core.community import Platform

DESCRIPTION_MAX = 256
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Menu:
    """What is shown in a scope to readers of a language (None: of any other)."""

    scope: BotCommandScope
    language: str | None
    commands: tuple[BotCommand, ...]


def menus(commands: Sequence[Command]) -> Iterator[Menu]:
    """Everything to be registered. In private nobody's rights are known before, so members' commands stand there."""
    ours = [command for command in commands if Platform.TELEGRAM in command.platforms]
    members = [command for command in ours if not command.admin]
    for scope, shown in (
        (BotCommandScopeDefault(), members),
        (BotCommandScopeAllPrivateChats(), members),
        (BotCommandScopeAllChatAdministrators(), ours),
    ):
        for language in LANGUAGES:
            made = tuple(BotCommand(menu_name(c), _worded(c.description, language)[:DESCRIPTION_MAX]) for c in shown)
            yield Menu(scope, None if language == DEFAULT_LANGUAGE else language, made)


def menu_name(command: Command) -> str:
    """Telegram takes no space in a command: `plan create` stands there as `plan_create`."""
    return command.name.replace(" ", "_")


def _worded(text: str, language: str) -> str:
    return text.others.get(language, text) if isinstance(text, Worded) else text
