"""The question who keeps a role that people had before Guestlist sold it, and its two buttons."""

from collections.abc import Iterable

from bot.commands.context import asker, community_of_admin
from bot.commands.handing import must_hand_out
from bot.commands.model import Action, Reply, Request
from bot.texts import Safe, label, say
from payments.core.community import Target
from payments.core.ids import TargetId
from payments.core.rights import Rank
from payments.flows.access import adopted
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton

ASKED_MAX = 2
"""Of so many roles at once: each has two buttons."""


async def asked(app: AppContext, locale: str, targets: Iterable[Target]) -> tuple[list[Safe], tuple[ActionButton, ...]]:
    """A line and two buttons for each role that others have already, and that nobody has decided about."""
    rows: list[Safe] = []
    buttons: list[ActionButton] = []
    for target in targets:
        found = await adopted.had_already(app, target) if len(rows) < ASKED_MAX else None
        if found is None:
            continue
        rows.append(say(locale, "adopt.ask_more" if found.more else "adopt.ask", role=target.name, n=found.count))
        buttons += (
            ActionButton(label(locale, "button.adopt_leave", role=target.name), f"adopt_leave:{target.id}"),
            ActionButton(label(locale, "button.adopt", role=target.name), f"adopt:{target.id}", danger=True),
        )
    return rows, tuple(buttons)


async def _decided(app: AppContext, request: Request, arguments: tuple[str, ...], *, adopt: bool) -> Reply:
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    target_id = TargetId("".join(arguments))
    role = await adopted.role(app, community.id, target_id)
    if role is None:
        return Reply(say(request.locale, "adopt.gone"))
    await must_hand_out(app, request, [role])
    target = await adopted.decide(app, community.id, target_id, adopted=adopt, actor=admin)
    if target is None:
        return Reply(say(request.locale, "adopt.gone"))
    return Reply(say(request.locale, "adopt.adopted" if adopt else "adopt.left", role=target.name))


async def adopt(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "Guestlist's from now on"."""
    return await _decided(app, request, arguments, adopt=True)


async def leave(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "theirs to keep"."""
    return await _decided(app, request, arguments, adopt=False)


ACTIONS = (Action("adopt", adopt, rank=Rank.MANAGER), Action("adopt_leave", leave, rank=Rank.MANAGER))
