"""What is offered to the platforms keeps to their limits."""

import re

from bot.commands.catalog import ACTIONS, COMMANDS


def test_commands_keep_to_discords_limits() -> None:
    for command in COMMANDS:
        assert all(re.fullmatch(r"[a-z]{1,32}", word) for word in command.name.split())
        assert len(command.name.split()) <= 2
        assert 1 <= len(command.description) <= 100
        assert len(command.options) <= 25
        assert [o.required for o in command.options] == sorted((o.required for o in command.options), reverse=True)
        for option in command.options:
            assert re.fullmatch(r"[a-z0-9_]{1,32}", option.name)
            assert 1 <= len(option.description) <= 100
            assert len(option.choices) <= 25


def test_names_are_used_once() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)


def test_admins_things_are_marked_as_such() -> None:
    admins = {command.name for command in COMMANDS if command.admin}
    members = {"plans", "subscribe", "membership", "invoices", "help"}
    assert admins == {command.name for command in COMMANDS} - members
    assert {action.name for action in ACTIONS if not action.admin} == {
        "join", "manage", "cancel", "cancel_yes", "cancel_no", "resume", "email", "email_given",
    }  # fmt: skip
