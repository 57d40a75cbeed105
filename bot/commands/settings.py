"""`/settings`: the community's defaults, and whether everything it needs works."""

from collections.abc import Callable

from bot.commands import adopting
from bot.commands.context import asker, community_of_admin, number_of, refuse, text_of
from bot.commands.inviting import invitations
from bot.commands.log_channel import set_log
from bot.commands.model import About, Choice, Command, Option, OptionKind, Reply, Request
from bot.texts import (
    CATALOGS,
    Safe,
    duration,
    fix_text,
    language,
    language_name,
    lines,
    listed,
    moment,
    nameless,
    own_name,
    say,
    worded,
)
from bot.texts.formats import DAY_MS
from bot.web.branding import COLOR_DEFAULT, initials, parse_color, parse_icon
from payments.core.community import Community
from payments.core.ids import AccountId, PersonId
from payments.core.money import parse_currency
from payments.core.plan_terms import GRACE_MS_MAX, check_grace
from payments.core.rights import Rank
from payments.flows.communities import contact, log_channel
from payments.flows.communities import settings as communities
from payments.flows.communities.settings import Changes, Health, TargetHealth
from payments.flows.runtime.context import AppContext
from payments.ports.chat import Blocked, Done
from payments.ports.stores import LogChannel

NONE = "none"
"""Typed for an icon or a colour: it is taken back."""

PLANS_MAX = 10
"""Of the plans that are sold on another account, or not sold just now, so many are named."""


async def show(app: AppContext, request: Request) -> Reply:
    """`/settings`: stores what was named, then shows everything."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    changes = _changes(app, request, community, admin)
    logged = await set_log(app, request, community, admin)
    if changes.any:
        community = await communities.change(app, community.id, changes, actor=admin)
        if changes.skips_rules:
            await communities.let_through(app, community.id)
    if request.rank is Rank.OWNER:
        community = await contact.stand_in(app, community, admin)
        told = community.contact_id
    else:
        told = await contact.told(app, community)
    health = await communities.health(app, community, told, request.identity.platform)
    written = await log_channel.channel(app, community)
    locale, invite = request.locale, await invitations(app, request, community)
    held, buttons = await adopting.asked(app, locale, [one.target for one in health.targets])
    return Reply(
        "\n\n".join(
            (
                lines(
                    say(locale, "settings.saved") if changes.any or logged else "",
                    logged,
                    say(locale, "settings.title", community=community.name),
                    _defaults(locale, app, community, health, told=told is not None),
                    say(locale, "settings.log", name=written.name) if written else "",
                    _unwritten(locale, written),
                ),
                lines(say(locale, "settings.health"), _health(locale, app, community, health), *held),
                *((invite,) if invite else ()),
            )
        ),
        buttons,
    )


def _unwritten(locale: str, written: LogChannel | None) -> Safe:
    """What to do where the log can't be written."""
    if written is None or written.cause is None:
        return Safe("")
    return say(locale, "settings.role_bad", role=written.name, fix=fix_text(locale, written.cause))


def _defaults(locale: str, app: AppContext, community: Community, health: Health, *, told: bool) -> Safe:
    member = health.contact or say(locale, "audit.somebody")
    return lines(
        say(locale, "settings.currency", currency=community.currency.upper()),
        say(locale, "settings.account", account=_account_name(app, community)) if len(app.accounts) > 1 else "",
        say(locale, "settings.locale", language=language_name(locale, language(community.locale))),
        say(locale, "settings.grace", duration=duration(locale, community.grace_ms)),
        say(locale, "settings.skips_rules") if community.skips_rules else "",
        say(
            locale,
            "settings.style",
            icon=community.icon or initials(community.name),
            color=Safe(community.color or COLOR_DEFAULT),
        ),
        say(locale, "settings.contact", member=member) if told else say(locale, "settings.contact_none"),
    )


def _changes(app: AppContext, request: Request, community: Community, admin: PersonId) -> Changes:
    if request.options.get("contact_me") is True and request.rank < Rank.OWNER:
        raise refuse(request, "refused.contact")
    typed = text_of(request, "currency")
    account_id = _account(app, request)
    currency = None
    if typed:
        limits = app.limits(community) if account_id is None else app.provider(account_id).limits
        currency = parse_currency(typed, limits)
    if typed and currency is None:
        raise refuse(request, "refused.currency", currency=typed)
    days = number_of(request, "grace_days")
    if days is not None and (problem := check_grace(days * DAY_MS)) is not None:
        raise refuse(request, f"problem.plan.{problem}")
    icon = _parsed(request, "icon", parse_icon)
    color = _parsed(request, "color", parse_color)
    return Changes(
        currency=currency,
        locale=text_of(request, "locale"),
        grace_ms=None if days is None else days * DAY_MS,
        contact_id=admin if request.options.get("contact_me") is True else None,
        icon=icon,
        color=color,
        account_id=account_id,
        skips_rules=bool_of(request, "skip_rules"),
    )


def bool_of(request: Request, option: str) -> bool | None:
    """What was chosen, if anything was."""
    found = request.options.get(option)
    return found if isinstance(found, bool) else None


def _account(app: AppContext, request: Request) -> AccountId | None:
    """The payment account that was named: a question of where the money goes, so only an owner's."""
    typed = text_of(request, "account")
    if typed is None:
        return None
    if request.rank < Rank.OWNER:
        raise refuse(request, "refused.account_owner")
    found = app.account_named(typed.strip().casefold())
    if found is None:
        names = ", ".join(sorted(account.name for account in app.accounts.values()))
        raise refuse(request, "refused.account", account=typed, names=names)
    return found.id


def _parsed(request: Request, option: str, parse: Callable[[str], str | None]) -> str | None:
    typed = text_of(request, option)
    if typed and typed.casefold() == NONE:
        return ""
    found = parse(typed) if typed else None
    if typed and found is None:
        raise refuse(request, f"refused.{option}", **{option: typed})
    return found


def _health(locale: str, app: AppContext, community: Community, health: Health) -> Safe:
    return lines(
        _roles(locale, health),
        say(locale, "settings.broken", plans=listed(locale, health.broken[:PLANS_MAX])) if health.broken else "",
        _stripe(locale, app, health),
        _elsewhere(locale, app, community, health),
        _webhook(locale, app, community, health),
        _sweep(locale, health),
        _work(locale, health),
        say(locale, "settings.breaker") if community.breaker_tripped_at is not None else "",
    )


def _roles(locale: str, health: Health) -> Safe:
    if not health.targets:
        return say(locale, "settings.roles_none")
    well = sum(isinstance(checked.outcome, Done) for checked in health.targets)
    return lines(
        say(locale, "settings.roles_ok", n=well) if well else "",
        *(_role(locale, checked) for checked in health.targets),
    )


def _role(locale: str, checked: TargetHealth) -> str:
    if isinstance(checked.outcome, Done):
        return lines(*(say(locale, f"open.{way}", target=checked.target.name) for way in checked.open_ways))
    if isinstance(checked.outcome, Blocked):
        fix = fix_text(locale, checked.outcome.code)
        return say(locale, "settings.role_bad", role=checked.target.name, fix=fix)
    return say(locale, "settings.role_unknown", role=checked.target.name)


def _stripe(locale: str, app: AppContext, health: Health) -> Safe:
    if health.stripe_error is None:
        mode = say(locale, "settings.mode.live" if app.settings.livemode else "settings.mode.test")
        return say(locale, "settings.stripe_ok", mode=mode)
    if health.stripe_refused:
        return say(locale, "settings.stripe_refused", detail=nameless(health.stripe_error))
    return say(locale, "settings.stripe_bad")


def _elsewhere(locale: str, app: AppContext, community: Community, health: Health) -> Safe:
    if not health.elsewhere:
        return Safe("")
    plans = listed(locale, health.elsewhere[:PLANS_MAX])
    return say(locale, "settings.elsewhere", plans=plans, account=Safe(_account_name(app, community)))


def _account_name(app: AppContext, community: Community) -> str:
    """What the configuration calls the account on which a community sells; its id, if it names it no more."""
    account = app.accounts.get(app.account_of(community))
    return app.account_of(community) if account is None else account.name


def _webhook(locale: str, app: AppContext, community: Community, health: Health) -> Safe:
    first = app.account_of(community) == app.first_account.id
    path = "/webhooks/stripe" if first else f"/webhooks/stripe/{_account_name(app, community)}"
    url = Safe(app.settings.public_url.rstrip("/") + path)
    if health.webhook_at is None:
        return say(locale, "settings.webhook_never", url=url)
    return say(locale, "settings.webhook", url=url, moment=moment(locale, health.webhook_at))


def _sweep(locale: str, health: Health) -> Safe:
    if health.event_cursor_at is None:
        return say(locale, "settings.sweep_never")
    if health.compared_at is None:
        return say(locale, "settings.sweep_part")
    return say(locale, "settings.sweep", compared=moment(locale, health.compared_at))


def _work(locale: str, health: Health) -> Safe:
    stuck = health.stuck
    if not (stuck.blocked or stuck.dead or stuck.customers):
        return say(locale, "settings.work_ok")
    return say(locale, "settings.work_stuck", blocked=stuck.blocked, dead=stuck.dead, customers=stuck.customers)


COMMANDS = (
    Command(
        "settings",
        worded("command.settings"),
        show,
        options=(
            Option("currency", worded("option.default_currency"), OptionKind.TEXT),
            Option(
                "locale",
                worded("option.locale"),
                OptionKind.CHOICE,
                choices=tuple(Choice(own_name(code), code) for code in CATALOGS),
            ),
            Option(
                "grace_days",
                worded("option.default_grace_days"),
                OptionKind.INTEGER,
                minimum=0,
                maximum=GRACE_MS_MAX // DAY_MS,
            ),
            Option("icon", worded("option.icon"), OptionKind.TEXT),
            Option("color", worded("option.color"), OptionKind.TEXT),
            Option("account", worded("option.account"), OptionKind.TEXT),
            Option("log", worded("option.log"), OptionKind.TEXT),
            Option("skip_rules", worded("option.skip_rules"), OptionKind.BOOLEAN),
            Option("contact_me", worded("option.contact_me"), OptionKind.BOOLEAN),
        ),
        about=About.ONE_PLACE,
        rank=Rank.MANAGER,
        calls_stripe=True,
    ),
)
