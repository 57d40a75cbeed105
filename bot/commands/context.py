"""What handlers have in common: who asks, where, what they filled in; and prices in words."""

from collections.abc import Sequence

from bot.commands.model import Choice, MemberValue, Option, OptionKind, Reply, Request, RoleValue
from bot.texts import Safe, listed, money, nameless, plain, say, terms_text, worded
from payments.core.catalog import Price, PriceKind, yearly_saving
from payments.core.changes import terms_of
from payments.core.community import Community, Identity, Place, Platform
from payments.core.ids import PersonId
from payments.core.money import AmountRefused, Limits, parse_amount, parse_currency
from payments.core.rights import Rank
from payments.flows.catalog.offers import Offer, find, offers
from payments.flows.communities import contact
from payments.flows.communities import settings as communities
from payments.flows.rights.belonging import Belongs, Elsewhere, belonging
from payments.flows.runtime.context import AppContext

CHOICES_MAX = 25
CHOICE_LENGTH_MAX = 100


class Answered(Exception):
    """Ends a handler early with the reply that it carries; `dispatch` sends it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


def refuse(request: Request, key: str, **params: str | int) -> Answered:
    """An early end with a sentence of the catalog: `raise refuse(request, "refused.until")`."""
    return Answered(Reply(say(request.locale, key, **params)))


def team_command(platform: Platform) -> Safe:
    """What an owner types to change the team."""
    return Safe("`/team_set`" if platform.traits.dialogues else "`/team`")


def provider_words(request: Request, said: str) -> str:
    """What the payment provider said, for an admin of the place; for anybody else nothing: it names prices, modes and
    permissions, and means nothing to members."""
    return nameless(said) if request.admin else ""


def nowhere(request: Request) -> Answered:
    """It was asked in private, and nothing says which place it is about."""
    chosen = request.identity.platform.traits.team_in_private
    return refuse(request, "error.which_chat" if chosen else "error.in_server")


def place_of(request: Request) -> Place:
    """The server in which it was asked; asks to use it there when it came privately."""
    if request.place is None:
        raise nowhere(request)
    return request.place


async def asker(app: AppContext, request: Request) -> PersonId:
    """The person who asks, with name and locale brought up to date."""
    return await communities.person(app, request.identity, request.name, request.locale)


async def community_of_admin(app: AppContext, request: Request, person_id: PersonId) -> Community:
    """The community of the place; an admin's first command makes it, with that admin as its contact. An owner who uses
    a command of the team where nobody is the contact is it from then on."""
    place = place_of(request)
    name = request.place_name or place.external_id
    found = await communities.ensure(app, place, name, contact_id=person_id, locale=request.locale)
    if found.contact_id is None and request.rank is Rank.OWNER:
        return await contact.stand_in(app, found, person_id)
    return found


async def community_of_member(app: AppContext, request: Request) -> Community | None:
    """The community of the place, or None where no admin has begun yet."""
    return await communities.at(app, place_of(request))


async def offer_named(app: AppContext, request: Request, community: Community, option: str = "plan") -> Offer:
    """The plan chosen or typed in an option."""
    found = await find(app, community.id, text_of(request, option) or "")
    if found is None:
        raise refuse(request, "refused.plan_unknown")
    return found


def text_of(request: Request, name: str) -> str | None:
    """A text option, trimmed; None if left out or empty."""
    value = request.options.get(name)
    return value.strip() or None if isinstance(value, str) else None


def number_of(request: Request, name: str) -> int | None:
    """A number option."""
    value = request.options.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def role_of(request: Request, name: str) -> RoleValue | None:
    """A role option. Refuses roles that nobody can hand out."""
    value = request.options.get(name)
    if not isinstance(value, RoleValue):
        return None
    if value.everyone:
        raise refuse(request, "refused.role_everyone")
    if value.managed:
        raise refuse(request, "refused.role_managed", role=value.name)
    return value


def member_of(request: Request, name: str) -> MemberValue:
    """A member option, which its command needs."""
    value = request.options.get(name)
    if not isinstance(value, MemberValue):
        raise refuse(request, "refused.not_a_member")
    return value


async def belonging_to(app: AppContext, request: Request, community: Community, member: MemberValue) -> Belongs:
    """The member, if they belong to this community: nobody else can be looked up, billed or given anything here."""
    who = Identity(request.identity.platform, member.user_id)
    found = await belonging(app, community, place_of(request), who)
    if isinstance(found, Elsewhere):
        raise refuse(request, f"who.{found}")
    return found


def amount_of(request: Request, name: str, currency: str, limits: Limits) -> int:
    """An amount typed in an option, in minor units, that the provider would charge."""
    typed = text_of(request, name)
    if typed is None:
        raise refuse(request, "error.option_missing", option=name)
    parsed = parse_amount(typed, currency, limits)
    if not isinstance(parsed, AmountRefused):
        return parsed
    limit = money(request.locale, parsed.limit, currency) if parsed.limit is not None else Safe("")
    raise refuse(request, f"problem.amount.{parsed.problem}", limit=limit)


async def check_currency(app: AppContext, request: Request) -> None:
    """A currency typed in the option `currency` is one in which the community's account charges."""
    typed = text_of(request, "currency")
    community = await communities.at(app, place_of(request))
    if typed is not None and parse_currency(typed, app.limits(community)) is None:
        raise refuse(request, "refused.currency", currency=typed)


def price_text(locale: str, price: Price, trial_days: int = 0) -> Safe:
    """A price in words: `€9.99 a month, first 7 days free`."""
    return terms_text(locale, terms_of(price), trial_days)


def one_price_text(locale: str, price: Price, among: Sequence[Price], trial_days: int = 0) -> Safe:
    """One of a plan's prices in words: `€99.00 a year (saves 17%), first 7 days free`. The saving is said where it is
    exact; the free days, where something renews."""
    saving = yearly_saving(price, among)
    text = price_text(locale, price)
    text = say(locale, "price.saving", price=text, n=saving) if saving else text
    free = trial_days and price.kind is PriceKind.RECURRING
    return say(locale, "price.trial", price=text, n=trial_days) if free else text


def prices_text(locale: str, prices: Sequence[Price], trial_days: int = 0) -> Safe:
    """A plan's prices in a row."""
    if not prices:
        return say(locale, "price.none")
    return Safe(" · ".join(one_price_text(locale, price, prices, trial_days) for price in prices))


def prices_like(request: Request, offer: Offer) -> Sequence[Price]:
    """The plan's prices that the option `which` may mean: chosen from the list, or by a part of their text. All of them
    when it is left out."""
    typed = text_of(request, "which")
    if typed is None:
        return offer.prices
    chosen = [price for price in offer.prices if price.id == typed]
    wanted = _plain(typed)
    return chosen or [p for p in offer.prices if wanted in _plain(one_price_text(request.locale, p, offer.prices))]


def _plain(text: str) -> str:
    return " ".join(plain(text).casefold().split())


async def complete_prices(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    """The prices of the plan that is chosen already."""
    community = await communities.at(app, request.place) if request.place else None
    offer = await find(app, community.id, text_of(request, "plan") or "") if community else None
    texts = [(p, one_price_text(request.locale, p, offer.prices)) for p in offer.prices] if offer else []
    shown = [Choice(plain(text, CHOICE_LENGTH_MAX), price.id) for price, text in texts if _plain(typed) in _plain(text)]
    return tuple(shown[:CHOICES_MAX])


WHICH = Option("which", worded("option.which"), OptionKind.TEXT, complete=complete_prices)
"""Names one of a plan's prices."""


def targets_text(locale: str, offer: Offer) -> Safe:
    """What an offer opens where the bot serves, by name."""
    return listed(locale, [target.name for target in offer.offered])


async def complete_plans(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    """Plans on sale here whose name has what was typed."""
    found = await _plans_called(app, request, typed)
    return tuple(_choice(f"{one.plan.name} · {prices_text(request.locale, one.prices)}", one) for one in found)


async def complete_sold_plans(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    """The same, of those alone that can be bought now."""
    found = [one for one in await _plans_called(app, request, typed) if one.sold]
    return tuple(_choice(f"{one.plan.name} · {prices_text(request.locale, one.prices)}", one) for one in found)


async def complete_plan_names(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    """The same without prices: who may look up and give comps sees no amounts."""
    return tuple(_choice(one.plan.name, one) for one in await _plans_called(app, request, typed))


async def _plans_called(app: AppContext, request: Request, typed: str) -> list[Offer]:
    community = await communities.at(app, request.place) if request.place else None
    if community is None:
        return []
    wanted = typed.strip().casefold()
    found = [offer for offer in await offers(app, community.id) if wanted in offer.plan.name.casefold()]
    return found[:CHOICES_MAX]


def _choice(text: str, offer: Offer) -> Choice:
    return Choice(plain(text, CHOICE_LENGTH_MAX), offer.plan.id)
