"""`/link` and `/unlink`: one person's Discord and Telegram accounts. Each says first what will happen, and asks."""

from typing import assert_never

from babel.lists import format_list

from bot.commands.context import asker, text_of
from bot.commands.model import About, Action, Command, Option, OptionKind, Reply, Request
from bot.texts import Safe, clean, day, duration, label, lines, listed, say, spoken, worded
from bot.texts.formats import DAY_MS, HOUR_MS, MINUTE_MS
from bot.texts.notices import CANCEL_BUTTONS_MAX, back_text, maker_buttons
from payments.core.community import Platform
from payments.flows.people import codes, undo
from payments.flows.people import link as linking
from payments.flows.people.codes import BadCode, TooMany
from payments.flows.people.link import (
    Asked,
    Cooldown,
    Linked,
    LinkKind,
    NewCode,
    NotLinkable,
    NotLinked,
    Parting,
    Preview,
    Question,
    Refused,
    Unanswerable,
)
from payments.flows.people.merge import Twice
from payments.flows.people.undo import NotUndone
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, Button, LinkButton
from payments.ports.stores import LinkedAccount

START_PAYLOAD = "link_"
"""What a deep link to the bot carries before the code."""


async def link(app: AppContext, request: Request) -> Reply:
    """`/link`: a code for the other platform; with `code`, what that code would do."""
    typed = text_of(request, "code")
    if typed is not None:
        return await redeem(app, request, typed)
    await asker(app, request)
    if not any(other in app.platforms for other in request.identity.platform.others):
        return Reply(say(request.locale, "link.no_other", platform=_others(request)))
    asked = await linking.questions(app, request.identity)
    if asked:
        return _asked(request, asked[0])
    made = await linking.new_code(app, request.identity)
    if isinstance(made, Cooldown):
        left = Safe(duration(request.locale, _whole(made.until_at - app.business.now())))
        return Reply(say(request.locale, "link.cooling_own", day=day(request.locale, made.until_at), left=left))
    return _new_code(request, made)


def _whole(ms: int) -> int:
    """Rounded up, so that nobody comes back too early: to days, on the last one to hours, then to minutes."""
    unit = next((size for size in (DAY_MS, HOUR_MS) if ms >= size), MINUTE_MS)
    return -(-ms // unit) * unit


def _new_code(request: Request, made: NewCode) -> Reply:
    locale = request.locale
    how = (say(locale, f"link.on_{there}", code=Safe(made.code)) for there in made.links)
    text = lines(*how, say(locale, "link.once", n=made.minutes))
    opening = {platform_text(locale, there): url for there, url in made.links.items() if url is not None}
    buttons = (LinkButton(label(locale, "button.open", platform=name), url) for name, url in opening.items())
    return Reply(text, tuple(buttons))


async def redeem(app: AppContext, request: Request, typed: str) -> Reply:
    """A code that was typed, or carried by a deep link: says whose it is and what it would do, and asks."""
    await asker(app, request)
    return _weighed(request, typed, await linking.preview(app, request.identity, typed))


async def confirm(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "yes, both are me": asks the maker of the code, if it is still what was shown."""
    await asker(app, request)
    if len(arguments) != 2 or arguments[0] not in tuple(LinkKind):
        return Reply(say(request.locale, "error.unknown_action"))
    seen, typed = LinkKind(arguments[0]), arguments[1]
    outcome = await linking.ask(app, request.identity, typed, seen)
    if isinstance(outcome, Asked):
        return _was_asked(request.locale, outcome)
    return _weighed(request, typed, outcome)


def _asked(request: Request, question: Question) -> Reply:
    """What the maker of a code is asked: who typed it, and what a yes comes to."""
    locale, weighed = request.locale, question.preview
    other = account_text(locale, weighed.maker)
    if weighed.back and weighed.leaving is not None:
        text = back_text(locale, other, platform_text(locale, weighed.leaving.identity.platform), weighed.twice)
        return Reply(text, maker_buttons(locale, question.wish_id))
    mine = weighed.leaving is not None and weighed.leaving.person_id == weighed.own.person_id
    gone = "" if weighed.leaving is None else say(
        locale,
        "link.move_mine" if mine else "link.move_theirs",
        platform=platform_text(locale, weighed.leaving.identity.platform),
        account=other,
    )  # fmt: skip
    text = lines(
        say(locale, "notice.link_asked", account=other),
        gone,
        say(locale, "link.twice_ahead", plans=listed(locale, weighed.twice)) if weighed.twice else "",
        say(locale, "link.maker_stranger"),
    )
    return Reply(text, maker_buttons(locale, question.wish_id))


async def confirm_maker(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "yes, link us", pressed by the account that made the code: links."""
    await asker(app, request)
    outcome = await linking.confirm(app, request.identity, "".join(arguments))
    if isinstance(outcome, Linked):
        return _linked(request.locale, outcome)
    if isinstance(outcome, Unanswerable):
        return _unanswered(request.locale, outcome)
    return Reply(_refusal(request, outcome))


async def decline_maker(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "no", pressed by the account that made the code."""
    await asker(app, request)
    outcome = await linking.decline(app, request.identity, "".join(arguments))
    return Reply(say(request.locale, "link.declined" if outcome is None else f"link.{outcome}"))


async def undo_move(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "undo", pressed by an account that was replaced: it takes back what it pays for, and may ask to be
    linked again."""
    await asker(app, request)
    locale, move_id = request.locale, "".join(arguments)
    outcome = await undo.undo(app, request.identity, move_id)
    if isinstance(outcome, NotUndone):
        return Reply(say(locale, f"undo.{outcome}"))
    if outcome.beside is None:
        return Reply(say(locale, "undo.done"))
    again = say(locale, "undo.again", account=account_text(locale, outcome.beside))
    button = ActionButton(label(locale, "button.move_again"), f"move_again:{move_id}")
    return Reply(lines(say(locale, "undo.done"), again), (button,))


async def ask_back(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "ask to be linked again", pressed by an account that undid its replacement."""
    await asker(app, request)
    outcome = await linking.ask_back(app, request.identity, "".join(arguments))
    return _was_asked(request.locale, outcome) if isinstance(outcome, Asked) else _unanswered(request.locale, outcome)


def _was_asked(locale: str, asked: Asked) -> Reply:
    account = account_text(locale, asked.maker)
    return Reply(say(locale, f"link.asked.{asked.maker.identity.platform}", account=account))


def _unanswered(locale: str, why: Unanswerable) -> Reply:
    return Reply(say(locale, f"link.{why}"))


def _weighed(request: Request, typed: str, weighed: Refused | Preview) -> Reply:
    if not isinstance(weighed, Preview):
        return Reply(_refusal(request, weighed))
    locale = request.locale
    maker = account_text(locale, weighed.maker)
    text = lines(
        say(locale, "link.ask", account=maker),
        say(locale, "link.theirs", plans=listed(locale, weighed.theirs)) if weighed.theirs else "",
        say(locale, "link.mine", plans=listed(locale, weighed.mine), account=maker) if weighed.mine else "",
        say(locale, "link.move", account=account_text(locale, weighed.leaving)) if weighed.leaving else "",
        say(locale, "link.twice_ahead", plans=listed(locale, weighed.twice)) if weighed.twice else "",
        say(locale, "link.stranger"),
    )
    action = f"link_yes:{weighed.kind}:{codes.plain(typed)}"
    return Reply(
        text,
        (
            ActionButton(label(locale, "button.link_yes"), action),
            ActionButton(label(locale, "button.link_no"), "link_no", quiet=True),
        ),
    )


def _refusal(request: Request, refused: Refused) -> Safe:
    locale = request.locale
    other = _others(request)
    match refused:
        case TooMany(wait_ms=ms):
            return too_many(locale, ms)
        case BadCode():
            return bad_code(locale, refused, "/link")
        case NotLinkable.OWN:
            return say(locale, "link.own", platform=other)
        case NotLinkable.SAME_PLATFORM:
            return say(locale, "link.same_platform", platform=other)
        case NotLinkable.ALREADY:
            return say(locale, "link.already")
        case NotLinkable.BOTH_FULL:
            return say(locale, "link.both_full")
        case Cooldown(until_at=until_at):
            return say(locale, "link.cooling", day=day(locale, until_at))
        case _:
            assert_never(refused)


def _linked(locale: str, done: Linked) -> Reply:
    text = lines(
        say(locale, "link.done", account=account_text(locale, done.other)),
        say(locale, "link.left", account=account_text(locale, done.leaving)) if done.leaving else "",
        *(say(locale, "link.twice", plan=twice.plan.name) for twice in done.twice),
    )
    return Reply(text, cancel_buttons(locale, done.twice))


def cancel_buttons(locale: str, paid: tuple[Twice, ...]) -> tuple[Button, ...]:
    """To end one of two subscriptions of a plan. Each asks first, and says until when it stays."""
    return tuple(
        ActionButton(label(locale, "button.cancel_one", plan=twice.plan.name, n=number), f"cancel:{subscription}")
        for twice in paid
        for number, subscription in enumerate(twice.subscriptions, 1)
    )[:CANCEL_BUTTONS_MAX]


async def leave_it(_app: AppContext, request: Request, _arguments: tuple[str, ...]) -> Reply:
    """The button "no": nothing is changed."""
    return Reply(say(request.locale, "link.left_alone"))


async def unlink(app: AppContext, request: Request) -> Reply:
    """`/unlink`: says what stays with which account, and asks."""
    locale = request.locale
    parting = await linking.preview_unlink(app, request.identity)
    if isinstance(parting, NotLinked):
        return Reply(say(locale, "unlink.not_linked"))
    other = account_text(locale, parting.other)
    text = lines(
        say(locale, "unlink.ask", account=other),
        _stays(locale, parting),
        say(locale, "unlink.cooldown", day=day(locale, parting.until_at)),
    )
    return Reply(text, (ActionButton(label(locale, "button.unlink_yes"), "unlink_yes", danger=True),))


def _stays(locale: str, parting: Parting) -> Safe:
    """With which account which plans stay; the other loses them."""
    other = account_text(locale, parting.other)
    return lines(
        say(locale, "unlink.mine", plans=listed(locale, parting.mine), account=other) if parting.mine else "",
        say(locale, "unlink.theirs", plans=listed(locale, parting.theirs), account=other) if parting.theirs else "",
    )


async def unlink_now(app: AppContext, request: Request, _arguments: tuple[str, ...]) -> Reply:
    """The button "yes, unlink"."""
    locale = request.locale
    done = await linking.unlink(app, request.identity)
    if isinstance(done, NotLinked):
        return Reply(say(locale, "unlink.not_linked"))
    text = say(locale, "unlink.done", account=account_text(locale, done.other), day=day(locale, done.until_at))
    return Reply(lines(text, _stays(locale, done)))


def _others(request: Request) -> Safe:
    """The platforms that the asker's could be linked with: Discord or Telegram."""
    names = [platform_text(request.locale, other) for other in request.identity.platform.others]
    return Safe(format_list(names, style="or", locale=spoken(request.locale)))


def platform_text(locale: str, platform: Platform) -> Safe:
    """The name of a platform."""
    return say(locale, f"platform.{platform}")


def account_text(locale: str, account: LinkedAccount) -> Safe:
    """An account by its name and platform: **Ada** (Discord)."""
    return Safe(f"**{clean(account.name)}** ({platform_text(locale, account.identity.platform)})")


def too_many(locale: str, wait_ms: int) -> Safe:
    """Too many wrong codes: when the next may be tried."""
    minutes = -(-wait_ms // MINUTE_MS)
    return say(locale, "code.too_many", wait=duration(locale, minutes * MINUTE_MS))


def bad_code(locale: str, bad: BadCode, command: str) -> Safe:
    """Why a code is good for nothing, and how to get a good one."""
    return say(locale, f"code.{bad}", command=Safe(f"`{command}`"))


COMMANDS = (
    Command(
        "link",
        worded("command.link"),
        link,
        options=(Option("code", worded("option.link_code"), OptionKind.TEXT),),
        about=About.NO_PLACE,
    ),
    Command("unlink", worded("command.unlink"), unlink, about=About.NO_PLACE),
)
ACTIONS = (
    Action("link_yes", confirm),
    Action("link_no", leave_it),
    Action("link_ok", confirm_maker),
    Action("link_not", decline_maker),
    Action("move_undo", undo_move),
    Action("move_again", ask_back),
    Action("unlink_yes", unlink_now),
)
