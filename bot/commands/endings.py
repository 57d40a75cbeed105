"""Buttons of messages to the team: subscriptions whose payment was taken back end at once, or end at all."""

from bot.commands.context import asker
from bot.commands.model import Action, Reply, Request
from bot.texts import day, label, lines, say
from payments.core.ids import AccountId, CommunityId, SubscriptionId
from payments.flows.billing import team_endings
from payments.flows.billing.team_endings import Asked, NotNow, Question
from payments.flows.endings import Ended
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton


async def asked(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "decide": who would be charged again, and the two answers."""
    await asker(app, request)
    found = await team_endings.question(app, request.identity, CommunityId("".join(arguments)))
    return _refused(request, found) if isinstance(found, NotNow) else _question(request, found)


def _question(request: Request, question: Question) -> Reply:
    locale = request.locale
    more = question.count - len(question.shown)
    text = lines(
        say(locale, "endings.question", n=question.count, community=question.community.name),
        *(_line(locale, one) for one in question.shown),
        say(locale, "breaker.more", n=more) if more > 0 else "",
    )
    key = f"{question.community.id}:{question.mark}"
    return Reply(
        text,
        (
            ActionButton(label(locale, "button.endings_yes", n=question.count), f"endings_yes:{key}", danger=True),
            ActionButton(label(locale, "button.endings_no"), f"endings_no:{key}", quiet=True),
        ),
    )


def _line(locale: str, one: Asked) -> str:
    member = one.member or say(locale, "audit.somebody")
    if one.charged_at is None:
        return say(locale, "endings.line_undated", member=member, plan=one.plan.name)
    return say(locale, "endings.line", member=member, plan=one.plan.name, day=day(locale, one.charged_at))


async def yes(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The answer "end them all"."""
    return await _answer(app, request, arguments, end=True)


async def no(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The answer "let them go on"."""
    return await _answer(app, request, arguments, end=False)


async def _answer(app: AppContext, request: Request, arguments: tuple[str, ...], *, end: bool) -> Reply:
    actor = await asker(app, request)
    if len(arguments) != 2:
        return Reply(say(request.locale, "error.unknown_action"))
    community_id, mark = CommunityId(arguments[0]), arguments[1]
    found = await team_endings.answer(app, request.identity, community_id, end=end, mark=mark, actor=actor)
    if isinstance(found, NotNow):
        return _refused(request, found)
    if isinstance(found, Question):
        grown = _question(request, found)
        return Reply(lines(say(request.locale, "endings.changed"), grown.text), grown.buttons)
    return Reply(say(request.locale, "endings.ended" if end else "endings.kept", n=found))


async def ask_now(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "end it now": asks first."""
    await asker(app, request)
    if len(arguments) != 2:
        return Reply(say(request.locale, "error.unknown_action"))
    found = await team_endings.ending_now(app, request.identity, AccountId(arguments[0]), SubscriptionId(arguments[1]))
    if isinstance(found, NotNow):
        return _refused(request, found)
    locale = request.locale
    member = found.member or say(locale, "audit.somebody")
    button = ActionButton(label(locale, "button.end_yes"), f"end_yes:{':'.join(arguments)}", danger=True)
    return Reply(say(locale, "endings.now_ask", member=member, plan=found.plan.name), (button,))


async def now(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "yes, end it now"."""
    actor = await asker(app, request)
    if len(arguments) != 2:
        return Reply(say(request.locale, "error.unknown_action"))
    found = await team_endings.end_now(
        app, request.identity, AccountId(arguments[0]), SubscriptionId(arguments[1]), actor=actor
    )
    match found:
        case NotNow():
            return _refused(request, found)
        case Ended.PERIOD_END:
            return Reply(say(request.locale, "endings.paid_meanwhile"))
        case _:
            return Reply(say(request.locale, "endings.now_done"))


def _refused(request: Request, why: NotNow) -> Reply:
    return Reply(say(request.locale, f"endings.{why}"))


ACTIONS = (
    Action("endings", asked),
    Action("endings_yes", yes, calls_stripe=True),
    Action("endings_no", no),
    Action("end_now", ask_now),
    Action("end_yes", now, calls_stripe=True),
)
