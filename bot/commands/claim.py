"""`/claim`: the owner of this Guestlist has a place served, with a code that `guestlist claim` printed.

The code is never typed where others read it: on Discord in a form, on Telegram in private.
"""

from typing import assert_never

from bot.commands.context import place_of, refuse, text_of
from bot.commands.model import About, Action, Command, Form, FormField, Option, OptionKind, Reply, Request
from bot.texts import Safe, say, worded
from payments.core.community import Platform
from payments.core.rights import Rank
from payments.flows.communities import claim as places
from payments.flows.communities.claim import BadClaim, Claimed, Held, Served
from payments.flows.runtime.context import AppContext

CODE_LENGTH_MAX = 40
WITHOUT_FORMS = frozenset(platform for platform in Platform if not platform.traits.forms)


async def claim(app: AppContext, request: Request) -> Reply:
    """`/claim`: asks with a form where there are any; elsewhere the code comes with it."""
    locale = request.locale
    if request.identity.platform.traits.forms:
        served = await places.already(app, place_of(request))
        if served is not None:
            return _told(request, served)
        field = FormField("code", say(locale, "claim.code"), "ABCD-EFGH-JKLM-NPQR", max_length=CODE_LENGTH_MAX)
        title = say(locale, "claim.title")
        return Reply(title, form=Form(title, "claim_code", (field,)))
    typed = text_of(request, "code")
    if request.place is not None:  # what others could read is void already
        raise refuse(request, "claim.in_private")
    if typed is None:
        return Reply(say(locale, "claim.how"))
    outcome = await places.hold(app, typed, request.identity, request.name, locale)
    if isinstance(outcome, Held):
        return Reply(say(locale, "claim.held"))
    return _told(request, outcome)


async def given(app: AppContext, request: Request, _arguments: tuple[str, ...]) -> Reply:
    """The form was sent."""
    place = place_of(request)
    name = request.place_name or place.external_id
    typed = text_of(request, "code") or ""
    who = request.identity
    return _told(request, await places.redeem(app, typed, who, request.name, request.locale, place, name))


def _told(request: Request, outcome: Claimed | Served | BadClaim) -> Reply:
    match outcome:
        case Claimed(community=community):
            return Reply(say(request.locale, "claim.done", place=community.name))
        case Served():
            return Reply(_served(request, outcome), refused=True)
        case BadClaim():
            return Reply(say(request.locale, f"claim.{outcome}"), refused=True)
        case _:
            assert_never(outcome)


def _served(request: Request, served: Served) -> Safe:
    """Those who may change something here are told so; everybody else is told who to ask."""
    locale = request.locale
    if request.rank is Rank.OWNER:
        return say(locale, "claim.served_yours")
    if served.contact is None:
        return say(locale, "claim.served_owner")
    return say(locale, "claim.served", contact=served.contact)


COMMANDS = (
    Command(
        "claim",
        worded("command.claim"),
        claim,
        options=(Option("code", worded("option.claim_code"), OptionKind.TEXT, platforms=WITHOUT_FORMS),),
        about=About.NO_PLACE,
        form_first=True,
        anywhere=True,
    ),
)
ACTIONS = (Action("claim_code", given, anywhere=True),)
