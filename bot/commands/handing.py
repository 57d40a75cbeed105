"""Refuses, in words, what the asker could not hand out themselves; see `payments.flows.rights.grantable`."""

from collections.abc import Collection

from bot.commands.context import Answered
from bot.commands.model import Reply, Request
from bot.texts import Safe, clean, lines, say
from payments.core.community import Target
from payments.flows.rights import grantable
from payments.flows.rights.grantable import Act, Objected
from payments.flows.runtime.context import AppContext


async def must_hand_out(app: AppContext, request: Request, targets: Collection[Target]) -> None:
    """The asker could give all of these to others themselves, now. Raises `Answered` with why not, or a warning."""
    objected = await grantable.objections(app, _act(request), targets)
    if objected:
        raise said(request, objected)


async def must_be_harmless(app: AppContext, request: Request, targets: Collection[Target]) -> None:
    """None of these is dangerous, or the asker owns the server. Raises `Answered`."""
    objected = await grantable.dangers(app, _act(request), targets)
    if objected:
        raise said(request, objected)


async def not_theirs(app: AppContext, request: Request, targets: Collection[Target]) -> Collection[Objected]:
    """Those of what was given before and is to be tried again that the asker could not hand out."""
    return await grantable.objections_again(app, _act(request), targets)


def said(request: Request, objected: Collection[Objected]) -> Answered:
    """The objections in words, as an early end."""
    return Answered(Reply(lines(*(_said(request.locale, one) for one in objected))))


def _act(request: Request) -> Act:
    given = sorted(request.options.items(), key=lambda option: option[0])
    return Act(request.identity, request.rank, f"{request.command} {given!r}")


def _said(locale: str, objected: Objected) -> Safe:
    permissions = Safe(", ".join(clean(name) for name in objected.dangerous))
    where = say(locale, f"platform.{objected.target.platform}")
    return say(locale, f"hand.{objected.why}", name=objected.target.name, permissions=permissions, platform=where)
