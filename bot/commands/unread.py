"""What could not be told in private stands above the reply to the person's next command."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.commands.model import Reply, Request
from bot.texts import Safe, day, lines, render, say
from payments.flows.jobs.unread import unread
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, Button

SECONDS_MAX = 2.0
BUTTONS_MAX = 20

ASKS = frozenset({"link_asked"})
"""Kinds that ask: never above a reply with buttons of its own, whose yes could be taken for this one's."""

log = logging.getLogger(__name__)


async def with_unread(app: AppContext, request: Request, reply: Reply, length_max: int) -> Reply:
    """The reply with what its reader was not told, as far as it fits: nothing of the reply is cut for it, and the rest
    is for the next one. Never raises: an answer matters more."""
    if reply.form is not None or reply.refused:
        return reply
    try:
        async with asyncio.timeout(SECONDS_MAX):
            notices = await unread(app, request.identity)
    except Exception:
        log.exception("what %s was not told could not be read", request.identity.user_id)
        return reply
    above: list[Safe] = [say(request.locale, "unread.above")]
    buttons: list[Button] = []
    keys: list[str] = []
    asked = any(isinstance(button, ActionButton) for button in reply.buttons)
    for notice in notices:
        if asked and notice.kind in ASKS:
            continue
        message = render(notice, request.locale)
        line = say(request.locale, "unread.line", day=day(request.locale, notice.created_at), text=Safe(message.text))
        text = _above(above, line, reply)
        fresh = _without(message.buttons, (*buttons, *reply.buttons))
        if len(text) > length_max or len(reply.buttons) + len(buttons) + len(fresh) > BUTTONS_MAX:
            break
        above.append(line)
        buttons += fresh
        keys.append(notice.key)
    if not keys:
        return reply
    return replace(
        reply,
        text=_above(above, "", reply),
        buttons=(*buttons, *reply.buttons),
        unread=tuple(keys),
    )


def _without(more: Sequence[Button], there: Sequence[Button]) -> list[Button]:
    """Buttons that do what none there does: Discord refuses a message in which two do the same."""
    actions = {button.action for button in there if isinstance(button, ActionButton)}
    return [button for button in more if not isinstance(button, ActionButton) or button.action not in actions]


def _above(above: list[Safe], line: str, reply: Reply) -> str:
    return f"{lines(*above, line)}\n\n{reply.text}"
