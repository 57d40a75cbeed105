"""What is offered to the platforms keeps to their limits."""

import re

from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.model import About
from bot.texts import CATALOGS, Worded, own_name
from payments.core.rights import Rank


def test_commands_keep_to_discords_limits() -> None:
    for command in COMMANDS:
        assert all(re.fullmatch(r"[a-z_]{1,32}", word) for word in command.name.split())
        assert len(command.name.split()) <= 2
        assert all(1 <= len(text) <= 100 for text in _every(command.description))
        assert len(command.options) <= 25
        assert [o.required for o in command.options] == sorted((o.required for o in command.options), reverse=True)
        for option in command.options:
            assert re.fullmatch(r"[a-z0-9_]{1,32}", option.name)
            assert all(1 <= len(text) <= 100 for text in _every(option.description))
            assert len(option.choices) <= 25
            if option.name == "locale":  # each language is called as it calls itself
                assert [choice.label for choice in option.choices] == [own_name(code) for code in CATALOGS]
                continue
            assert all(1 <= len(text) <= 100 for choice in option.choices for text in _every(choice.label))


def _every(text: str) -> list[str]:
    """A text in every language; what is registered at a platform must be there in all of them."""
    assert isinstance(text, Worded), text
    assert {"en", *text.others} == set(CATALOGS)
    return [text, *text.others.values()]


def test_names_are_used_once() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)


def test_a_rank_is_had_in_one_place_so_the_teams_commands_are_about_one() -> None:
    assert {command.about for command in COMMANDS if command.admin} == {About.ONE_PLACE}


def test_admins_things_are_marked_as_such() -> None:
    admins = {command.name for command in COMMANDS if command.admin}
    members = {
        "plans",
        "subscribe",
        "membership",
        "invoices",
        "help",
        "start",
        "paysupport",
        "privacy",
        "link",
        "unlink",
        "redeem",
        "claim",
    }
    assert admins == {command.name for command in COMMANDS} - members
    assert {action.name for action in ACTIONS if action.rank is Rank.NONE} == {
        "join", "buy", "manage", "cancel", "cancel_yes", "cancel_no", "resume", "email", "email_given",
        "link_yes", "link_no", "link_ok", "link_not", "move_undo", "move_again", "unlink_yes",
        "join_yes", "join_no", "claim_code",
        "endings", "endings_yes", "endings_no", "end_now", "end_yes", "keep",
        "refund", "refund_yes", "newest_bill", "nobody", "nobody_code", "membership",
    }  # fmt: skip
