"""`/redeem`, and the buttons by which the team makes its codes: for subscriptions that were bought past us."""

from typing import assert_never

from bot.commands.context import asker, refuse, text_of
from bot.commands.linking import too_many
from bot.commands.model import About, Action, Command, Option, OptionKind, Reply, Request
from bot.texts import Safe, day, label, lines, say, worded
from payments.core.ids import AccountId, CommunityId, SubscriptionId
from payments.flows.people import redeem as purchases
from payments.flows.people.codes import BadCode, TooMany
from payments.flows.people.redeem import NoCode, Redeemed, Waiting
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton


async def redeem(app: AppContext, request: Request) -> Reply:
    """`/redeem`: what the code is for is the asker's from then on."""
    await asker(app, request)
    locale, typed = request.locale, text_of(request, "code")
    if typed is None:
        return Reply(say(locale, f"redeem.how.{request.identity.platform}"))
    if request.place is not None and not request.identity.platform.traits.forms:  # everybody in the chat reads it
        await purchases.void(app, typed)
        raise refuse(request, "redeem.in_private")
    outcome = await purchases.redeem(app, request.identity, typed, request.place)
    match outcome:
        case Redeemed(plan=plan, community=community, twice=twice):
            done = say(locale, "redeem.done", plan=plan, community=community)
            return Reply(lines(done, say(locale, "redeem.twice", plan=plan) if twice else ""))
        case TooMany(wait_ms=wait_ms):
            return Reply(too_many(locale, wait_ms), refused=True)
        case BadCode() | NoCode():
            return Reply(say(locale, f"redeem.{outcome}"), refused=True)
        case _:
            assert_never(outcome)


async def show(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "show them": what waits to be claimed, each with a button that makes its code."""
    await asker(app, request)
    locale = request.locale
    found = await purchases.waiting(app, request.identity, CommunityId("".join(arguments)))
    if isinstance(found, NoCode):
        return Reply(say(locale, f"nobody.not.{found}"), refused=True)
    more = found.count - len(found.shown)
    text = lines(
        say(locale, "nobody.title", community=found.community),
        *(_line(locale, n, one) for n, one in enumerate(found.shown, 1)),
        say(locale, "nobody.more", n=more) if more else "",
    )
    return Reply(text, tuple(_button(locale, n, one) for n, one in enumerate(found.shown, 1)))


def _line(locale: str, n: int, one: Waiting) -> Safe:
    said: dict[str, str | int] = {"n": n, "plan": one.plan, "day": day(locale, one.started_at)}
    if one.email is None:
        return say(locale, "nobody.line_unnamed", **said)
    return say(locale, "nobody.line", email=one.email, **said)


def _button(locale: str, n: int, one: Waiting) -> ActionButton:
    if one.email is None:
        text = label(locale, "button.nobody_code_unnamed", n=n)
    else:
        text = label(locale, "button.nobody_code", email=one.email)
    return ActionButton(text, f"nobody_code:{one.account_id}:{one.subscription_id}")


async def make(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "code for …"."""
    actor, locale = await asker(app, request), request.locale
    if len(arguments) != 2:
        return Reply(say(locale, "error.unknown_action"))
    account_id, subscription_id = AccountId(arguments[0]), SubscriptionId(arguments[1])
    made = await purchases.make_code(app, request.identity, actor, account_id, subscription_id)
    if isinstance(made, NoCode):
        return Reply(say(locale, f"nobody.not.{made}"), refused=True)
    return Reply(say(locale, "nobody.code", plan=made.plan, code=Safe(made.code), n=made.hours))


COMMANDS = (
    Command(
        "redeem",
        worded("command.redeem"),
        redeem,
        options=(Option("code", worded("option.redeem_code"), OptionKind.TEXT),),
        about=About.NO_PLACE,
        calls_stripe=True,
    ),
)
ACTIONS = (Action("nobody", show, calls_stripe=True), Action("nobody_code", make, calls_stripe=True))
