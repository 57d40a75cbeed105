"""`/breaker`: removals that were held back; an admin lets them go on, or forgets them."""

from typing import assert_never

from bot.commands.context import asker, community_of_admin
from bot.commands.model import About, Action, Command, Reply, Request
from bot.texts import clean, label, lines, moment, say, why_text, worded
from payments.core.rights import Rank
from payments.flows.access import breaker as breaking
from payments.flows.access.breaker import Breaker, Forgotten, Grown, HeldBack, NotTripped, Released
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton


async def show(app: AppContext, request: Request) -> Reply:
    """`/breaker`: the list, and the two buttons."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    return _listed(request.locale, await breaking.view(app, community.id))


def _listed(locale: str, breaker: Breaker) -> Reply:
    rows = lines(*(_row(locale, held) for held in breaker.shown))
    more = breaker.count - len(breaker.shown)
    rest = say(locale, "breaker.more", n=more) if more > 0 else ""
    if breaker.tripped_at is None:
        title = say(locale, "breaker.pending", n=breaker.count) if breaker.count else say(locale, "breaker.none")
        return Reply(lines(title, rows, rest))
    since = moment(locale, breaker.tripped_at)
    return Reply(
        lines(say(locale, "breaker.tripped", n=breaker.count, moment=since), rows, rest, say(locale, "breaker.choose")),
        (
            ActionButton(label(locale, "button.breaker_forget"), "breaker_forget", quiet=True),
            ActionButton(label(locale, "button.breaker_go"), f"breaker_go:{breaker.count}", danger=True),
        ),
    )


def _row(locale: str, held: HeldBack) -> str:
    member = held.member or say(locale, "audit.somebody")
    if held.access.reason is None:
        return say(locale, "breaker.line_no_reason", member=member, target=held.target.name)
    facts = {"member": clean(member), "target": clean(held.target.name), "reason": why_text(locale, held.access.reason)}
    if held.plan is None:
        return say(locale, "breaker.line", **facts)
    return say(locale, "breaker.line_plan", plan=clean(held.plan), **facts)


async def go_on(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "go ahead": revokes what the admin saw; if the list has grown since, shows it again instead."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    seen = int(arguments[0]) if arguments and arguments[0].isdecimal() else 0
    outcome = await breaking.release(app, community.id, seen=seen, actor=admin)
    match outcome:
        case Released(count=count):
            return Reply(say(request.locale, "breaker.gone_on", n=count))
        case NotTripped():
            return Reply(say(request.locale, "breaker.not_tripped"))
        case Grown():
            grown = _listed(request.locale, await breaking.view(app, community.id))
            return Reply(lines(say(request.locale, "breaker.changed"), grown.text), grown.buttons)
        case _:
            assert_never(outcome)


async def forget(app: AppContext, request: Request, _arguments: tuple[str, ...]) -> Reply:
    """The button "discard": everyone keeps access, and Stripe is asked again."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    outcome = await breaking.reset(app, community.id, actor=admin)
    match outcome:
        case Forgotten(customers=customers):
            return Reply(say(request.locale, "breaker.forgotten", n=customers))
        case NotTripped():
            return Reply(say(request.locale, "breaker.not_tripped"))
        case _:
            assert_never(outcome)


COMMANDS = (Command("breaker", worded("command.breaker"), show, about=About.ONE_PLACE, rank=Rank.MANAGER),)
ACTIONS = (Action("breaker_go", go_on, rank=Rank.MANAGER), Action("breaker_forget", forget, rank=Rank.MANAGER))
