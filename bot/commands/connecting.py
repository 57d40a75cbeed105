"""`/connect`: what belongs to this community, a code for another place, and what a code from elsewhere would join."""

from collections.abc import Mapping
from typing import assert_never

from bot.commands.context import asker, community_of_admin, place_of, text_of
from bot.commands.inviting import invitations
from bot.commands.linking import bad_code, platform_text, too_many
from bot.commands.model import About, Action, Command, Option, OptionKind, Reply, Request
from bot.commands.team import setter
from bot.texts import Safe, clean, label, lines, listed, say, worded
from payments.core.community import Place, Platform
from payments.core.rights import Rank
from payments.flows.communities import connect as connecting
from payments.flows.communities.connect import Asked, Clash, Declined, Joined, NoAnswer, NotJoinable, Preview, Refused
from payments.flows.people import codes
from payments.flows.people.codes import BadCode, TooMany
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, Button

BUTTONS_MAX = 8


async def connect(app: AppContext, request: Request) -> Reply:
    """`/connect`: what is connected and a code; with `code`, what that would join."""
    admin = await asker(app, request)
    typed = text_of(request, "code")
    if typed is not None:
        return await _redeem(app, request, typed)
    locale, place = request.locale, place_of(request)
    community = await community_of_admin(app, request, admin)
    found = await connecting.connections(app, community, place)
    code = await connecting.new_code(app, request.identity, place)
    text = lines(
        say(locale, "connect.title", community=community.name),
        *(
            say(locale, "connect.place", place=name, platform=platform_text(locale, each.platform))
            for each, name in found.places.items()
        ),
        say(locale, "connect.code", code=Safe(code), n=codes.CODE_MS // 60_000),
        *(say(locale, "connect.waiting", place=wish.place_name) for wish in found.waiting),
        say(locale, "connect.take_out") if found.removable else say(locale, "connect.in_use"),
        await invitations(app, request, community),
    )
    buttons: list[Button] = []
    for wish in found.waiting:
        buttons.append(ActionButton(label(locale, "button.join_yes", place=wish.place_name), f"join_yes:{wish.id}"))
        buttons.append(
            ActionButton(label(locale, "button.join_no", place=wish.place_name), f"join_no:{wish.id}", quiet=True)
        )
    for each in sorted(found.removable, key=lambda p: found.places[p].casefold()):
        action = f"take_out:{each.platform}:{each.external_id}"
        buttons.append(ActionButton(label(locale, "button.take_out", place=found.places[each]), action, danger=True))
    return Reply(text, tuple(buttons[:BUTTONS_MAX]))


def _place_name(request: Request) -> str:
    return request.place_name or place_of(request).external_id


async def _redeem(app: AppContext, request: Request, typed: str) -> Reply:
    locale = request.locale
    found = await connecting.preview(app, request.identity, place_of(request), _place_name(request), typed)
    if not isinstance(found, Preview):
        return Reply(_refusal(locale, found))
    text = lines(
        say(locale, "connect.ask", here=_named(locale, found.here), community=found.community),
        say(locale, "connect.there", there=_named(locale, found.there)),
        say(locale, "connect.plans", n=found.plans) if found.plans else "",
        say(locale, "connect.then"),
    )
    button = ActionButton(label(locale, "button.connect_yes"), f"connect_yes:{codes.plain(typed)}")
    return Reply(text, (button,))


def _named(locale: str, places: Mapping[Place, str]) -> Safe:
    """Places with their platforms: a server and its chat often have one name."""
    return listed(locale, [f"{name} ({say(locale, f'platform.{place.platform}')})" for place, name in places.items()])


async def confirm(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "yes, ask them": asks the other side's admin."""
    await asker(app, request)
    locale, typed = request.locale, "".join(arguments)
    outcome = await connecting.ask(app, request.identity, place_of(request), _place_name(request), typed)
    match outcome:
        case Asked(admin=admin):
            return Reply(say(locale, "connect.asked", admin=admin))
        case Joined():
            return Reply(_joined(locale, outcome))
        case NoAnswer():
            return Reply(say(locale, f"connect.{outcome}"))
        case _:
            return Reply(_refusal(locale, outcome))


async def yes(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The other side's admin says yes."""
    return await _answer(app, request, "".join(arguments), yes=True)


async def no(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The other side's admin says no."""
    return await _answer(app, request, "".join(arguments), yes=False)


async def _answer(app: AppContext, request: Request, joining_id: str, *, yes: bool) -> Reply:
    await asker(app, request)
    locale = request.locale
    outcome = await connecting.answer(app, request.identity, joining_id, yes=yes)
    match outcome:
        case Joined():
            return Reply(_joined(locale, outcome))
        case Declined(place=place):
            return Reply(say(locale, "connect.declined", place=place))
        case NoAnswer():
            return Reply(say(locale, f"connect.{outcome}"))
        case NotJoinable() | Clash():
            return Reply(_refusal(locale, outcome))
        case _:
            assert_never(outcome)


def _joined(locale: str, done: Joined) -> Safe:
    return say(locale, "connect.joined", place=done.place, community=done.community)


def _refusal(locale: str, refused: Refused) -> Safe:
    match refused:
        case TooMany(wait_ms=ms):
            return too_many(locale, ms)
        case BadCode():
            return bad_code(locale, refused, "/connect")
        case NotJoinable():
            return say(locale, f"connect.{refused}")
        case Clash(names=names):
            return say(locale, "connect.clash", plans=listed(locale, names))
        case _:
            assert_never(refused)


async def take_out(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "remove": a place becomes a community of its own again."""
    locale = request.locale
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    if len(arguments) != 2 or arguments[0] not in tuple(Platform):
        return Reply(say(locale, "error.unknown_action"))
    place = Place(Platform(arguments[0]), arguments[1])
    name = await connecting.take_out(app, community, place, setter(request, admin))
    if name is None:
        return Reply(say(locale, "connect.not_out"))
    return Reply(say(locale, "connect.out", place=clean(name)))


COMMANDS = (
    Command(
        "connect",
        worded("command.connect"),
        connect,
        options=(Option("code", worded("option.connect_code"), OptionKind.TEXT),),
        about=About.ONE_PLACE,
        rank=Rank.OWNER,
    ),
)
ACTIONS = (
    Action("connect_yes", confirm, rank=Rank.OWNER),
    Action("take_out", take_out, rank=Rank.OWNER),
    Action("join_yes", yes),
    Action("join_no", no),
)
