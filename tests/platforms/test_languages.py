"""A language is a folder of texts: both platforms are told its commands as they call it, and its readers are found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import bot.texts
from bot.commands.catalog import COMMANDS
from bot.platforms.discord import tree
from bot.texts import language, language_name, say
from bot.texts.languages import CATALOGS, Text, catalogs
from sandbox.discord.commands import LOCALE
from sandbox.discord.state import Snowflake
from tests.platforms import discord_stage, telegram_stage

ADDED = {
    "es": ({"es-ES", "es-419"}, "es"),
    "pt-BR": ({"pt-BR"}, "pt"),
    "nb": ({"no"}, "nb"),
    "zh-CN": ({"zh-CN"}, "zh"),
}
"""What Discord and Telegram call a language that we might add."""

REGISTERED_MAX = 100


def translated(code: str) -> Mapping[str, Text]:
    """English, but each sentence says which language it is; what is registered keeps to Discord's 100 characters."""
    return {
        key: marked(code, text, REGISTERED_MAX if key.startswith(("command.", "option.", "choice.")) else None)
        if isinstance(text, str)
        else {form: marked(code, one) for form, one in text.items()}
        for key, text in CATALOGS["en"].items()
    }


def marked(code: str, text: str, length_max: int | None = None) -> str:
    return f"[{code}] {text}"[:length_max]


@pytest.fixture(params=ADDED)
def added(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    code: str = request.param
    monkeypatch.setitem(CATALOGS, code, translated(code))
    return code


def localized(made: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """All texts of registered commands, each with its translations."""
    if isinstance(made, list):
        for item in made:
            yield from localized(item)
    elif isinstance(made, dict):
        for name in ("name", "description"):
            if made.get(f"{name}_localizations"):
                yield made[name], made[f"{name}_localizations"]
        yield from localized([made.get("options"), made.get("choices")])


async def test_discord_takes_an_added_language_by_its_own_locales(added: str) -> None:
    locales, _ = ADDED[added]
    async with discord_stage.running(commands=COMMANDS) as running:
        stored = running.sandbox.discord.world.commands_in(Snowflake(int(discord_stage.GUILD)))
        found = list(localized(stored))
        assert len(found) > 50
        for text, others in found:
            assert {locale for locale in others if language(locale) == added} == locales
            assert {language(locale) for locale in others} == set(CATALOGS) - {"en"}
            assert {others[locale] for locale in locales} == {marked(added, text, REGISTERED_MAX)}


async def test_telegram_takes_an_added_language_by_two_letters(added: str, tmp_path: Path) -> None:
    _, code = ADDED[added]
    async with telegram_stage.running(tmp_path) as running:
        shown = await running.platform._connection.bot.get_my_commands(language_code=code)
        usual = await running.platform._connection.bot.get_my_commands()
        assert [one.description for one in shown] == [marked(added, one.description, REGISTERED_MAX) for one in usual]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("es-ES", "es"), ("es-419", "es"), ("es", "es"), ("pt-BR", "pt-BR"), ("pt-br", "pt-BR"), ("pt", "pt-BR"),
        ("no", "nb"), ("nb", "nb"), ("zh-CN", "zh-CN"), ("zh-hans", "zh-CN"), ("zh-TW", "en"), ("de-AT", "de"),
        ("en-GB", "en"), ("ja", "en"), ("tlh", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_what_a_platform_says_is_a_language_of_ours(said: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in set(CATALOGS) - {"en", "de"}:
        monkeypatch.delitem(CATALOGS, code)
    for code in ADDED:
        monkeypatch.setitem(CATALOGS, code, translated(code))
    assert language(said) == meant
    assert say(said, "button.retry") == say(meant, "button.retry")
    assert say(said, "member.retried", n=2) == say(meant, "member.retried", n=2)


def test_a_folder_of_texts_is_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rm_ch").mkdir()
    (tmp_path / "rm_ch" / "__init__.py").write_text('TEXTS = {"button.retry": "Empruvar danovamain"}\n')
    monkeypatch.setattr(bot.texts, "__path__", [*bot.texts.__path__, str(tmp_path)])
    found = catalogs(bot.texts.__path__)
    assert next(iter(found)) == "en"
    assert set(found) == {*CATALOGS, "rm-CH"}
    assert found["rm-CH"] == {"button.retry": "Empruvar danovamain"}
    assert language_name("de", "rm-CH") == "Rätoromanisch (Schweiz)"


def test_discords_locales_are_those_of_its_own_specification() -> None:
    assert len(tree.LOCALES) == 34
    assert all(LOCALE.fullmatch(locale) for locale in tree.LOCALES)
