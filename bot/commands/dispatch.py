"""From a request to its handler. Nothing here ever raises: who asks always gets an answer that says what to do next.

Here it is checked for every command, button and completion that the place is served and that whoever asks has the
rank (invariant 18): what a platform hides is only a hint.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.commands.allowance import Paying
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.context import CHOICES_MAX, Answered, nowhere, provider_words, refuse, team_command
from bot.commands.model import Action, Choice, Command, Reply, Request
from bot.commands.unread import with_unread
from bot.texts import Safe, clean, in_direct_message, say
from payments.core.rights import Rank
from payments.flows.rights import ranks
from payments.flows.runtime.audit import done_on
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.offered import NotOffered
from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.ports.stores import StoreUnavailable

ANSWER_SECONDS_MAX = 12.0
"""Platforms show "thinking" meanwhile (they must defer within 3 s); nobody waits longer than that."""

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


async def command(app: AppContext, request: Request) -> Reply:
    """Answer a command."""
    found = command_named(request.command)
    if found is None or request.identity.platform not in found.platforms:
        return Reply(say(request.locale, "error.unknown_command"))
    reply = await _answer(app, request, lambda ranked: found.handler(app, ranked), found)
    return await with_unread(app, request, reply, TEXT_LENGTH_MAX)


async def press(app: AppContext, action: str, request: Request) -> Reply:
    """Answer a button, or a form that was sent (its values are the request's options)."""
    found = action_named(action)
    if found is None:
        return Reply(say(request.locale, "error.unknown_action"))
    arguments = tuple(action.split(":")[1:])
    return await _answer(app, request, lambda ranked: found.handler(app, ranked, arguments), found)


async def complete(app: AppContext, request: Request, option: str, typed: str) -> tuple[Choice, ...]:
    """Choices while somebody types; none when there is nothing to offer, or it takes too long."""
    found = command_named(request.command)
    completer = None if found is None else next((o.complete for o in found.options if o.name == option), None)
    if found is None or completer is None:
        return ()
    try:
        async with asyncio.timeout(COMPLETE_SECONDS_MAX):
            ranked = await _admitted(app, request, found, proven=False)
            return (await completer(app, ranked, typed))[:CHOICES_MAX]
    except Answered:
        return ()
    except Exception:
        log.exception("completing %s of %s failed", option, request.command)
        return ()


async def refusal(app: AppContext, request: Request) -> Reply | None:
    """Why a command is not for who asks, before anything of it is filled in; None if it is."""
    found = command_named(request.command)
    if found is None:
        return Reply(say(request.locale, "error.unknown_command"), refused=True)

    async def admitted(_: Request) -> Reply:
        return Reply("")

    answer = await _answer(app, request, admitted, found)
    return answer if answer.refused else None


async def check(app: AppContext, request: Request, option: str) -> str | None:
    """What is wrong with one value of a command that is being filled in, for the reader; None if nothing is."""
    found = command_named(request.command)
    checker = None if found is None else next((o.check for o in found.options if o.name == option), None)
    if found is None or checker is None:
        return None
    check_one = checker

    async def look(ranked: Request) -> Reply:
        await check_one(app, ranked)
        return Reply("")

    return (await _answer(app, request, look, found)).text or None


async def preview(app: AppContext, request: Request) -> Reply:
    """What a command that is filled in would make; empty where it doesn't say."""
    found = command_named(request.command)
    if found is None or found.preview is None:
        return Reply("")
    look = found.preview
    return await _answer(app, request, lambda ranked: look(app, ranked), found)


class Dispatcher:
    """The functions of this module as one object, for platforms' adapters. What calls Stripe has its allowance here."""

    def __init__(self) -> None:
        self._paying = Paying()

    async def command(self, app: AppContext, request: Request, /) -> Reply:
        """See `command`."""
        refused = self._paying.refused(app.machine, request, command_named(request.command))
        return refused or await command(app, request)

    async def press(self, app: AppContext, action: str, request: Request, /) -> Reply:
        """See `press`."""
        refused = self._paying.refused(app.machine, request, action_named(action))
        return refused or await press(app, action, request)

    async def refusal(self, app: AppContext, request: Request, /) -> Reply | None:
        """See `refusal`."""
        return await refusal(app, request)

    async def check(self, app: AppContext, request: Request, option: str, /) -> str | None:
        """See `check`."""
        return await check(app, request, option)

    async def preview(self, app: AppContext, request: Request, /) -> Reply:
        """See `preview`."""
        return await preview(app, request)

    async def complete(self, app: AppContext, request: Request, option: str, typed: str, /) -> tuple[Choice, ...]:
        """See `complete`."""
        return await complete(app, request, option, typed)


async def _answer(
    app: AppContext, request: Request, handle: Callable[[Request], Awaitable[Reply]], found: Command | Action
) -> Reply:
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            request = await _admitted(app, request, found)
            with done_on(request.identity.platform):
                return _fitting(request, await handle(request))
    except Answered as early:
        return replace(_fitting(request, early.reply), refused=True)
    except NotOffered:
        return Reply(say(request.locale, "error.not_offered"), refused=True)
    except Exception as failure:
        incident = secrets.token_hex(4)
        log.exception("incident %s: %s of %s failed", incident, request.command, request.identity.user_id)
        return replace(_apologise(request, failure, incident), refused=True)


async def _admitted(app: AppContext, request: Request, found: Command | Action, *, proven: bool = True) -> Request:
    """The request with its asker's rank. Raises `Answered` where the place is not served, or the rank is too low.

    `proven`: a role that gives the rank needed is looked at now. Not while somebody types: that changes nothing.
    """
    if request.place is None:
        if found.rank > Rank.NONE:
            raise nowhere(request)
        return request
    look = ranks.proven if proven and found.rank > Rank.NONE else ranks.here
    here = await look(app, request.place, request.identity, request.role_ids, request.standing)
    if not here.served and not found.anywhere:
        name = request.place_name or request.place.external_id
        app.unclaimed.meet(request.place, name, app.business.now())
        raise refuse(request, f"error.unclaimed.{request.identity.platform}")
    ranked = replace(request, rank=here.rank if here.served and request.inside else Rank.NONE)
    if ranked.rank >= found.rank:
        return ranked
    if here.unsure:
        raise refuse(request, "error.unsure")
    if request.inside is None:
        raise refuse(request, "who.unknown")
    key = f"error.rank.{found.rank.name.lower()}" if ranked.admin else "error.team_only"
    raise refuse(request, key, team=team_command(request.identity.platform))


def _apologise(request: Request, failure: Exception, incident: str) -> Reply:
    """A sentence for the person; its number ties it to a line of the log."""
    match failure:
        case StoreUnavailable():
            return Reply(say(request.locale, "error.store", incident=incident))
        case KeyRefused():
            said = provider_words(request, str(failure))
            detail = Safe(f' "{clean(said, 300)}"' if said else "")
            return Reply(say(request.locale, "error.key", incident=incident, detail=detail))
        case ProviderUnavailable():
            return Reply(say(request.locale, "error.provider", incident=incident))
        case ProviderRefused():
            key = "error.refused" if request.admin else "error.refused_member"
            return Reply(say(request.locale, key, incident=incident, detail=provider_words(request, str(failure))))
        case TimeoutError():
            return Reply(say(request.locale, "error.slow", incident=incident))
        case _:
            return Reply(say(request.locale, "error.unexpected", incident=incident))


def _fitting(request: Request, reply: Reply) -> Reply:
    """Cut at a line's end what a platform would not take. Some take no commands of the team in private."""
    if request.place is None and not request.identity.platform.traits.team_in_private and reply.form is None:
        reply = replace(reply, text=in_direct_message(request.locale, reply.text))
    if len(reply.text) <= TEXT_LENGTH_MAX:
        return reply
    kept = reply.text[:TEXT_LENGTH_MAX].rsplit("\n", 1)[0]
    return replace(reply, text=f"{kept}\n…")
