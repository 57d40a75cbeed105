"""A name that one platform refuses is found at the start, before a platform is asked: it would refuse them all."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import service as service_module
from bot.commands import naming
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.model import About, Action, Choice, Command, Option, OptionKind, Reply, Request
from bot.config import StartError, load
from payments.flows.runtime.context import AppContext
from tests.e2e.world import SECRET


async def answer(_app: AppContext, _request: Request) -> Reply:
    return Reply("-")


async def act(_app: AppContext, _request: Request, _arguments: tuple[str, ...]) -> Reply:
    return Reply("-")


def command(name: str = "gift", description: str = "Give it away", *options: Option) -> Command:
    return Command(name, description, answer, options, about=About.NO_PLACE)


def option(name: str = "to", description: str = "Who gets it", **more: object) -> Option:
    return replace(Option(name, description, OptionKind.TEXT), **more)  # type: ignore[arg-type]


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"Number {n}", str(n)) for n in range(count))


def test_every_platform_takes_what_is_shipped() -> None:
    assert naming.problems(COMMANDS, ACTIONS) == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([command("gift-card")], 'command "gift-card": use a-z, 0-9 and _'),
        ([command("Gift")], 'command "Gift": use a-z'),
        ([command("geschäft")], 'command "geschäft": use a-z'),
        ([command("")], 'command "": use a-z'),
        ([command("gift ")], 'command "gift ": use a-z'),
        ([command("plan create-all")], 'command "plan create-all": use a-z'),
        ([command("g" * 20 + " " + "c" * 20)], "at most 32 in all"),
        ([command("gift it now")], "at most two words"),
        ([command("gift"), command("gift")], 'command "gift": there are two of this name'),
        ([command("gift_it"), command("gift it")], 'command "gift_it": there are two of this name'),
        ([command("gift"), command("gift it")], 'command "gift": a group has this name'),
        ([command(f"c{n}") for n in range(101)], "commands: at most 100"),
        ([command(f"gift c{n}") for n in range(26)], 'commands "gift …": at most 25'),
        ([command("gift", "")], 'command "gift": describe it in 3 to 100 characters'),
        ([command("gift", "x" * 101)], 'command "gift": describe it'),
        ([command("gift", "Give it away", option("for-them"))], 'command "gift", option "for-them": use a-z'),
        ([command("gift", "Give it away", option("to", "?"))], 'option "to": describe it'),
        ([command("gift", "Give it away", option(), option())], 'option "to": there are two'),
        ([command("gift", "Give it away", *(option(f"o{n}") for n in range(26)))], "options: at most 25"),
        ([command("gift", "Give it away", option(choices=choices(26)))], "choices: at most 25"),
        ([command("gift", "Give it away", option(choices=(Choice("x" * 101, "1"),)))], "1 to 100 characters"),
        ([command("gift", "Give it away", option(choices=(Choice("One", ""),)))], 'choice "One": write 1 to 100'),
        ([command("gift", "Give it away", option(choices=(*choices(1), *choices(1))))], 'choice "Number 0": there are'),
    ],
)
def test_what_a_platform_would_refuse_is_told_by_name(given: list[Command], named: str) -> None:
    assert any(named in problem for problem in naming.problems(given, ())), naming.problems(given, ())


def test_an_action_no_button_can_carry_is_told_by_name() -> None:
    assert naming.problems((), [Action("end:it", act)])[0].startswith('action "end:it": use a-z')


async def test_the_service_does_not_start_with_a_name_that_telegram_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "COMMANDS", (*COMMANDS, command("gift-card")))
    environ = {
        "GUESTLIST_SANDBOX__URL": "http://127.0.0.1:9",
        "DATABASE_URL": f"sqlite:///{tmp_path}/guestlist.db",
        "STRIPE_WEBHOOK_SECRET": SECRET,
    }
    service = service_module.Service(load(None, environ, None))
    with pytest.raises(StartError, match='command "gift-card": use a-z, 0-9 and _ only'):
        await service.start()
    await service.stop()
    assert not (tmp_path / "guestlist.db").exists()
