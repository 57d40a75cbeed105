"""`/audit`: what was done in this community lately, who did it, who it was about, before and after."""

from collections.abc import Sequence
from itertools import accumulate

from bot.commands.context import asker, community_of_admin
from bot.commands.model import About, Action, Command, MemberValue, Option, OptionKind, Reply, Request
from bot.texts import act_text, label, lines, moment, say, worded
from payments.core.community import Community, Identity
from payments.core.ids import PersonId
from payments.core.rights import Rank
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import AppContext
from payments.flows.views import audit_log
from payments.flows.views.audit_log import Line
from payments.ports.chat import ActionButton

LENGTH_MAX = 3_500
"""Of one page; with the title and all escapes platforms take it."""


async def show(app: AppContext, request: Request) -> Reply:
    """`/audit`: the newest lines; all, or those by and about one person."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    member = request.options.get("member")
    if not isinstance(member, MemberValue):
        return await _page(app, request, community, say(request.locale, "audit.none"))
    none = say(request.locale, "audit.none_of", member=member.name)
    about = await communities.known(app, Identity(request.identity.platform, member.user_id))
    return Reply(none) if about is None else await _page(app, request, community, none, about=about)


async def earlier(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "Earlier": what stands behind the last line that was shown."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    before, about = (*arguments, "", "")[:2]
    none = say(request.locale, "audit.end")
    return await _page(app, request, community, none, about=PersonId(about) if about else None, before=before)


async def _page(
    app: AppContext,
    request: Request,
    community: Community,
    none: str,
    *,
    about: PersonId | None = None,
    before: str | None = None,
) -> Reply:
    locale = request.locale
    page = await audit_log.page(app, community.id, request.identity.platform, about=about, before=before)
    shown = _fitting([_told(locale, line) for line in page.lines])
    if not shown:
        return Reply(none)
    title = say(locale, "audit.title", community=community.name)
    if about is not None:
        member = page.about or say(locale, "audit.somebody_else")
        title = say(locale, "audit.title_of", community=community.name, member=member)
    action = f"audit:{page.lines[len(shown) - 1].entry.id}" + (f":{about}" if about else "")
    more = page.more or len(shown) < len(page.lines)
    buttons = (ActionButton(label(locale, "button.audit_earlier"), action),) if more else ()
    return Reply(lines(title, *shown), buttons)


def _fitting(told: Sequence[str]) -> Sequence[str]:
    """As many as one message takes; the first one always."""
    sizes = list(accumulate(len(text) for text in told))
    return told[: max(1, sum(size <= LENGTH_MAX for size in sizes))]


def _told(locale: str, line: Line) -> str:
    entry = line.entry
    act = act_text(
        locale,
        entry.action,
        line.changes,
        line.names,
        actor=entry.actor,
        person=entry.person_id,
        detail=entry.detail,
    )
    return say(locale, "audit.entry", moment=moment(locale, entry.at), act=act)


COMMANDS = (
    Command(
        "audit",
        worded("command.audit"),
        show,
        options=(Option("member", worded("option.audit_member"), OptionKind.MEMBER),),
        about=About.ONE_PLACE,
        rank=Rank.MANAGER,
    ),
)
ACTIONS = (Action("audit", earlier, rank=Rank.MANAGER),)
