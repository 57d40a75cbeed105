"""Commands typed in one line on Telegram, and single values as people type them."""

from __future__ import annotations

import pytest

from bot.commands.catalog import COMMANDS
from bot.commands.model import Choice, Option, OptionKind, Value
from bot.platforms.telegram import option_parser
from bot.platforms.telegram.option_parser import Called, Line, Wrong

BY_NAME = {command.name: command for command in COMMANDS}


def called(text: str) -> Called | None:
    return option_parser.called(text, list(BY_NAME))


@pytest.mark.parametrize(
    ("text", "name", "bot", "rest"),
    [
        ("/plans", "plans", None, ""),
        ("/Plans@Guestlist_bot", "plans", "Guestlist_bot", ""),
        ("/plan create name:Pro", "plan create", None, "name:Pro"),
        ("/plan  create", "plan create", None, ""),
        ("/plan_create@guestlist_bot name:Pro", "plan create", "guestlist_bot", "name:Pro"),
        ("/plan Create\nname:Pro", "plan create", None, "name:Pro"),
        ("/plan", "plan", None, ""),
        ("/plan created", "plan", None, "created"),
        ("/subscribe  Pro plan ", "subscribe", None, "Pro plan"),
        ("/weather today", "weather", None, "today"),
    ],
)
def test_a_command_is_known_however_it_is_written(text: str, name: str, bot: str | None, rest: str) -> None:
    assert called(text) == Called(name, bot, rest)


@pytest.mark.parametrize("text", ["", "hello", "/", "/ plans", " /plans", "/плата", "/" + "x" * 65])
def test_what_calls_no_command_is_none(text: str) -> None:
    assert called(text) is None


@pytest.mark.parametrize(
    ("command", "rest", "line"),
    [
        ("plan create", "name:Pro price:9.99", Line({"name": "Pro", "price": "9.99"})),
        ("plan create", 'name:"Pro: price:7" price: 9.99', Line({"name": "Pro: price:7", "price": "9.99"})),
        ("plan create", "name:«Old price:7» price:1", Line({"name": "Old price:7", "price": "1"})),
        (
            "plan create",
            "NAME:Pro of all period:every … months",
            Line({"name": "Pro of all", "period": "every … months"}),
        ),
        ("plan create", "name: price:5", Line({"name": "", "price": "5"})),
        ("plan create", "Pro price:5", Line({"price": "5"}, "Pro")),
        ("plan create", "rename:5", Line({}, "rename:5")),
        ("plan create", "name:Pro role:Members price:5", Line(elsewhere="role")),
        ("subscribe", "Pro", Line({"plan": "Pro"})),
        ("subscribe", "plan:Pro", Line({"plan": "Pro"})),
        ("subscribe", '"Pro"', Line({"plan": "Pro"})),
        ("member", "@mia give:Pro days:3", Line({"member": "@mia", "give": "Pro", "days": "3"})),
        ("plans", "all", Line({}, "all")),
        ("plans", "", Line()),
    ],
)
def test_values_are_read_by_their_keys_and_a_lone_one_without(command: str, rest: str, line: Line) -> None:
    assert option_parser.read(rest, BY_NAME[command]) == line


NUMBER = Option("days", "d", OptionKind.INTEGER, minimum=1, maximum=9)
TEXT = Option("what", "d", OptionKind.TEXT, minimum=2, maximum=5)
FLAG = Option("flag", "d", OptionKind.BOOLEAN)
WHEN = Option("when", "d", OptionKind.CHOICE, choices=(Choice("every … months", "every_months"),))


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (NUMBER, "7", 7),
        (NUMBER, " 9 ", 9),
        (NUMBER, "0", Wrong("typed.range", {"option": "days", "low": "1", "high": "9"})),
        (NUMBER, "-3", Wrong("typed.range", {"option": "days", "low": "1", "high": "9"})),
        (NUMBER, "7.5", Wrong("typed.number", {"option": "days", "value": "7.5"})),
        (NUMBER, "٣", Wrong("typed.number", {"option": "days", "value": "٣"})),
        (NUMBER, "9" * 30, Wrong("typed.number", {"option": "days", "value": "9" * 30})),
        (NUMBER, "", Wrong("typed.empty", {"option": "days"})),
        (TEXT, "abc", "abc"),
        (TEXT, "a", Wrong("typed.too_short", {"option": "what", "n": 2})),
        (TEXT, "abcdef", Wrong("typed.too_long", {"option": "what", "n": 5})),
        (FLAG, "Ja", True),
        (FLAG, "off", False),
        (FLAG, "perhaps", Wrong("typed.yes_or_no", {"option": "flag"})),
        (WHEN, "every_months", "every_months"),
        (WHEN, "Every months", "every_months"),
        (WHEN, "never", Wrong("typed.choice", {"option": "when", "value": "never"})),
    ],
)
def test_a_value_is_held_to_what_its_option_takes(option: Option, text: str, value: Value | Wrong) -> None:
    assert option_parser.value_of(option, text) == value


def test_a_choice_is_known_by_its_label_in_every_language() -> None:
    period = next(option for option in BY_NAME["plan create"].options if option.name == "period")
    for choice in period.choices:
        assert len(option_parser.labels(choice)) >= 2
        for label in option_parser.labels(choice):
            assert option_parser.value_of(period, label) == choice.value


def test_a_commands_form_names_what_it_needs() -> None:
    assert option_parser.form(BY_NAME["plan create"]) == ("typed.form", "/plan create name:… price:… period:every_days")


def test_a_command_that_needs_nothing_is_shown_with_all_it_takes() -> None:
    assert option_parser.form(BY_NAME["audit"]) == ("typed.form_optional", "/audit member:…")
    assert option_parser.form(BY_NAME["plans"]) == ("typed.form_alone", "/plans")
    assert "contact_me:yes" in option_parser.form(BY_NAME["settings"])[1]
