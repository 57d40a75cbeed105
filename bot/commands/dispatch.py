"""From a request to its handler. Nothing here ever raises: who asks always gets an answer that says what to do next.

Admin rights are checked here for every command, button and completion: what a platform hides is only a hint.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.context import CHOICES_MAX, Answered
from bot.commands.model import Action, Choice, Command, Reply, Request
from bot.texts import Safe, clean, say
from payments.flows.engine import Engine
from payments.ports.provider import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.ports.stores import StoreUnavailable

ANSWER_SECONDS_MAX = 12.0
"""Platforms show «thinking» meanwhile (they must defer within 3 s); nobody waits longer than that."""

COMPLETE_SECONDS_MAX = 2.0
TEXT_LENGTH_MAX = 3_900
"""Platforms take 4,096 characters (Discord in an embed)."""

log = logging.getLogger(__name__)
_COMMANDS = {command.name: command for command in COMMANDS}
_ACTIONS = {action.name: action for action in ACTIONS}


def command_named(name: str) -> Command | None:
    """The command, for platforms that must know how to wait for it."""
    return _COMMANDS.get(name)


def action_named(action: str) -> Action | None:
    """The action of an action string (`cancel:sub_1`), for platforms that must know whether it opens a form."""
    return _ACTIONS.get(action.partition(":")[0])


async def command(engine: Engine, request: Request) -> Reply:
    """Answer a command."""
    found = command_named(request.command)
    if found is None or request.identity.platform not in found.platforms:
        return Reply(say(request.locale, "error.unknown_command"))
    return await _answer(request, lambda: found.handler(engine, request), admin=found.admin)


async def press(engine: Engine, action: str, request: Request) -> Reply:
    """Answer a button, or a form that was sent (its values are the request's options)."""
    found = action_named(action)
    if found is None:
        return Reply(say(request.locale, "error.unknown_action"))
    arguments = tuple(action.split(":")[1:])
    return await _answer(request, lambda: found.handler(engine, request, arguments), admin=found.admin)


async def complete(engine: Engine, request: Request, option: str, typed: str) -> tuple[Choice, ...]:
    """Choices while somebody types; none when there is nothing to offer, or it takes too long."""
    found = command_named(request.command)
    if found is None or (found.admin and not request.admin):
        return ()
    completer = next((o.complete for o in found.options if o.name == option), None)
    if completer is None:
        return ()
    try:
        async with asyncio.timeout(COMPLETE_SECONDS_MAX):
            return (await completer(engine, request, typed))[:CHOICES_MAX]
    except Exception:
        log.exception("completing %s of %s failed", option, request.command)
        return ()


async def check(engine: Engine, request: Request, option: str) -> str | None:
    """What is wrong with one value of a command that is being filled in, for the reader; None if nothing is."""
    found = command_named(request.command)
    checker = None if found is None else next((o.check for o in found.options if o.name == option), None)
    if found is None or checker is None or (found.admin and not request.admin):
        return None
    check_one = checker

    async def look() -> Reply:
        await check_one(engine, request)
        return Reply("")

    return (await _answer(request, look, admin=found.admin)).text or None


class Dispatcher:
    """The functions of this module as one object, for platforms' adapters."""

    async def command(self, engine: Engine, request: Request, /) -> Reply:
        """See `command`."""
        return await command(engine, request)

    async def press(self, engine: Engine, action: str, request: Request, /) -> Reply:
        """See `press`."""
        return await press(engine, action, request)

    async def check(self, engine: Engine, request: Request, option: str, /) -> str | None:
        """See `check`."""
        return await check(engine, request, option)

    async def complete(self, engine: Engine, request: Request, option: str, typed: str, /) -> tuple[Choice, ...]:
        """See `complete`."""
        return await complete(engine, request, option, typed)


async def _answer(request: Request, handle: Callable[[], Awaitable[Reply]], *, admin: bool) -> Reply:
    if admin and request.place is None:
        return Reply(say(request.locale, "error.in_server"))
    if admin and not request.admin:
        return Reply(say(request.locale, "error.admins_only"))
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return _fitting(await handle())
    except Answered as early:
        return replace(_fitting(early.reply), refused=True)
    except Exception as failure:
        incident = secrets.token_hex(4)
        log.exception("incident %s: %s of %s failed", incident, request.command, request.identity.user_id)
        return replace(_apologise(request, failure, incident), refused=True)


def _apologise(request: Request, failure: Exception, incident: str) -> Reply:
    """A sentence for the person; its number ties it to a line of the log."""
    match failure:
        case StoreUnavailable():
            return Reply(say(request.locale, "error.store", incident=incident))
        case KeyRefused():
            detail = Safe(f" «{clean(str(failure), 300)}»" if request.admin else "")
            return Reply(say(request.locale, "error.key", incident=incident, detail=detail))
        case ProviderUnavailable():
            return Reply(say(request.locale, "error.provider", incident=incident))
        case ProviderRefused():
            return Reply(say(request.locale, "error.refused", incident=incident, detail=str(failure)))
        case TimeoutError():
            return Reply(say(request.locale, "error.slow", incident=incident))
        case _:
            return Reply(say(request.locale, "error.unexpected", incident=incident))


def _fitting(reply: Reply) -> Reply:
    """Cut at a line's end what a platform would not take."""
    if len(reply.text) <= TEXT_LENGTH_MAX:
        return reply
    kept = reply.text[:TEXT_LENGTH_MAX].rsplit("\n", 1)[0]
    return replace(reply, text=f"{kept}\n…")
