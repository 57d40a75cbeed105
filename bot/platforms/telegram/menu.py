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
from bot.texts import CATALOGS, DEFAULT, Worded, language
from payments.core.community import Platform

DESCRIPTION_MAX = 256
CODE_LENGTH = 2


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
        for code in (None, *_codes()):
            made = tuple(BotCommand(menu_name(c), _worded(c.description, code)[:DESCRIPTION_MAX]) for c in shown)
            yield Menu(scope, code, made)


def _codes() -> list[str]:
    """Our languages as Telegram takes them, by the two letters of ISO 639-1; of several kinds of one it knows one."""
    codes = {name.partition("-")[0] for name in CATALOGS}
    return sorted(code for code in codes if len(code) == CODE_LENGTH and code != DEFAULT)


def menu_name(command: Command) -> str:
    """Telegram takes no space in a command: `plan create` stands there as `plan_create`."""
    return command.name.replace(" ", "_")


def _worded(text: str, code: str | None) -> str:
    return text.others.get(language(code or DEFAULT), text) if isinstance(text, Worded) else text
