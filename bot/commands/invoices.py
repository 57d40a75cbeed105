"""`/invoices` for members; `/invoice create` for admins; and the form that asks for an e-mail address."""

import json
import logging
import secrets
from typing import assert_never

from bot.commands.context import (
    amount_of,
    asker,
    belonging_to,
    check_currency,
    community_of_admin,
    member_of,
    number_of,
    place_of,
    provider_words,
    refuse,
    text_of,
)
from bot.commands.model import About, Action, Command, Form, FormField, Option, OptionKind, Reply, Request
from bot.texts import Safe, bill_text, clean, day, label, lines, money, say, worded
from payments.core.bill_states import BillTold
from payments.core.billing import InvoiceStatus
from payments.core.community import Community, Identity
from payments.core.money import AmountRefused, parse_currency
from payments.core.rights import Rank
from payments.flows.billing import invoices as invoice
from payments.flows.billing.invoice_list import Bills, bills
from payments.flows.billing.invoices import Bill, InvoicePending, InvoiceSent, NeedsEmail, Refused
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, Button
from payments.ports.stores import ProviderRequest as Stored

DUE_DAYS_DEFAULT = 14
WAITING_SHOWN_MAX = 3
EMAIL_LENGTH_MAX = 254
log = logging.getLogger(__name__)


async def show(app: AppContext, request: Request) -> Reply:
    """`/invoices`: number, amount, state, links; and what waits for an e-mail address."""
    await asker(app, request)
    found = await bills(app, request.identity)
    waiting = found.waiting[:WAITING_SHOWN_MAX]
    there = _elsewhere(request.locale, found)
    if not found.told and not waiting:
        return Reply(there or say(request.locale, "invoices.none"))
    buttons: tuple[Button, ...] = tuple(
        ActionButton(label(request.locale, "button.email"), f"email:{stored.id}") for stored in waiting
    )
    rows = [_row(request.locale, bill, found) for bill in found.told]
    title = [say(request.locale, "invoices.title")] if rows else []
    there_too = [there] if there else []
    return Reply(
        "\n\n".join((*(_waits(request.locale, stored) for stored in waiting), *title, *rows, *there_too)), buttons
    )


def _elsewhere(locale: str, found: Bills) -> Safe:
    """Each account sees what it pays itself; where the person's other one does."""
    if found.elsewhere is None:
        return Safe("")
    key = "invoices.there_too" if found.told or found.waiting else "invoices.there"
    return say(locale, key, platform=say(locale, f"platform.{found.elsewhere}"))


def _waits(locale: str, stored: Stored) -> Safe:
    params = json.loads(stored.params)
    amount = money(locale, params["amount"], params["currency"])
    return say(locale, "invoice.email_wanted", amount=amount, what=str(params["what"]))


def _row(locale: str, bill: BillTold, among: Bills) -> Safe:
    row = bill.invoice
    to_pay = row.status is InvoiceStatus.OPEN and row.id not in among.ended | among.older
    links = [("invoices.links_pay" if to_pay else "invoices.links_view", row.hosted_url)]
    links.append(("invoices.links_pdf", row.pdf_url))
    return lines(
        say(
            locale,
            "invoices.line",
            number=row.number or say(locale, "invoices.draft_number"),
            day=day(locale, row.created_at),
            amount=money(locale, row.total, row.currency),
            state=_state(locale, bill, among),
        ),
        clean(row.description, 200) if row.description else "",
        " · ".join(say(locale, key, url=Safe(url)) for key, url in links if url),
    )


def _state(locale: str, bill: BillTold, among: Bills) -> Safe:
    row = bill.invoice
    if row.status is InvoiceStatus.OPEN and row.id in among.ended:
        return say(locale, "invoice.ended")
    if row.status is InvoiceStatus.OPEN and row.id in among.older:
        return say(locale, "invoice.older")
    return bill_text(locale, bill)


async def create(app: AppContext, request: Request) -> Reply:
    """`/invoice create`: says at once what was sent, or that the member is being asked for an address."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    member = member_of(request, "member")
    currency, amount = _asked_for(app, request, community)
    await belonging_to(app, request, community, member)
    identity = Identity(request.identity.platform, member.user_id)
    await communities.introduced(app, identity, member.name, community.locale)
    order = Bill(
        person_id=await invoice.payer_of(app, identity, community, currency),
        name=member.name,
        community_id=community.id,
        amount=amount,
        currency=currency,
        what=text_of(request, "what") or "",
        days_until_due=_days(request),
        actor=admin,
        key=request.key,
        place=place_of(request),
        by=request.identity.user_id,
    )
    locale, shown = request.locale, money(request.locale, amount, currency)
    outcome = await invoice.bill(app, order)
    match outcome:
        case InvoiceSent(invoice=fact, again=again):
            due = day(locale, fact.due_at) if fact.due_at is not None else Safe("–")
            number = fact.number or str(fact.id)
            key = "invoice.sent_before" if again else "invoice.sent"
            return Reply(say(locale, key, number=number, amount=shown, member=member.name, what=order.what, day=due))
        case NeedsEmail():
            return Reply(say(locale, "invoice.needs_email", amount=shown, member=member.name))
        case InvoicePending():
            return Reply(say(locale, "invoice.sending", amount=shown, member=member.name, what=order.what))
        case Refused():
            return _refused(request, outcome, currency)
        case _:
            assert_never(outcome)


async def preview(app: AppContext, request: Request) -> Reply:
    """The invoice that `/invoice create` would send."""
    community = await community_of_admin(app, request, await asker(app, request))
    currency, amount = _asked_for(app, request, community)
    return Reply(
        say(
            request.locale,
            "preview.invoice",
            member=member_of(request, "member").name,
            amount=money(request.locale, amount, currency),
            currency=currency.upper(),
            what=text_of(request, "what") or "",
            n=_days(request),
        )
    )


def _asked_for(app: AppContext, request: Request, community: Community) -> tuple[str, int]:
    """The invoice's currency and amount. Refuses what they can't be."""
    typed, limits = text_of(request, "currency"), app.limits(community)
    currency = community.currency if typed is None else parse_currency(typed, limits)
    if currency is None:
        raise refuse(request, "refused.currency", currency=typed or "")
    return currency, amount_of(request, "amount", currency, limits)


def _days(request: Request) -> int:
    days = number_of(request, "days")
    return DUE_DAYS_DEFAULT if days is None else days


def _refused(request: Request, refused: Refused, currency: str) -> Reply:
    problem = refused.problem
    if isinstance(problem, AmountRefused):
        limit = money(request.locale, problem.limit, currency) if problem.limit is not None else Safe("")
        return Reply(say(request.locale, f"problem.amount.{problem.problem}", limit=limit), refused=True)
    if problem is invoice.BillProblem.STRIPE_REFUSED and not request.admin:
        incident = secrets.token_hex(4)
        log.warning("incident %s: an invoice of %s: %s", incident, request.identity.user_id, refused.detail)
        return Reply(say(request.locale, "error.refused_member", incident=incident), refused=True)
    detail = provider_words(request, refused.detail)
    return Reply(say(request.locale, f"problem.bill.{problem}", detail=detail), refused=True)


async def ask_email(_app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "give my email address": opens the form at once."""
    locale = request.locale
    field = FormField(
        key="email",
        label=say(locale, "form.email_label"),
        placeholder=say(locale, "form.email_placeholder"),
        max_length=EMAIL_LENGTH_MAX,
    )
    title = say(locale, "form.email_title")
    return Reply(title, form=Form(title, f"email_given:{':'.join(arguments)}", (field,)))


async def email_given(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The form was sent: the invoice goes on, or the same form is offered again."""
    await asker(app, request)
    request_id, locale = ":".join(arguments), request.locale
    outcome = await invoice.email_given(app, request.identity, request_id, text_of(request, "email") or "")
    match outcome:
        case InvoiceSent(invoice=fact):
            amount = money(locale, fact.total, fact.currency)
            return Reply(say(locale, "invoice.email_thanks", number=fact.number or str(fact.id), amount=amount))
        case InvoicePending():
            return Reply(say(locale, "invoice.email_thanks_later"))
        case NeedsEmail():
            return _again(request, request_id, say(locale, "problem.bill.email", detail=""))
        case Refused(problem=problem):
            refused = _refused(request, outcome, "usd")
            return _again(request, request_id, refused.text) if problem is invoice.BillProblem.EMAIL else refused
        case _:
            assert_never(outcome)


async def _check_amount(app: AppContext, request: Request) -> None:
    community = await communities.at(app, place_of(request))
    typed = text_of(request, "currency")
    currency = app.first_account.currency if community is None else community.currency
    limits = app.limits(community)
    amount_of(request, "amount", (parse_currency(typed, limits) if typed else None) or currency, limits)


def _again(request: Request, request_id: str, text: str) -> Reply:
    return Reply(text, (ActionButton(label(request.locale, "button.email"), f"email:{request_id}"),))


COMMANDS = (
    Command("invoices", worded("command.invoices"), show, about=About.NO_PLACE),
    Command(
        "invoice create",
        worded("command.invoice_create"),
        create,
        options=(
            Option("member", worded("option.member"), OptionKind.MEMBER, required=True),
            Option("amount", worded("option.amount"), OptionKind.TEXT, required=True, check=_check_amount),
            Option("what", worded("option.what"), OptionKind.TEXT, required=True, minimum=1, maximum=invoice.WHAT_MAX),
            Option(
                "days",
                worded("option.days"),
                OptionKind.INTEGER,
                minimum=0,
                maximum=invoice.DAYS_MAX,
                needed=lambda _: True,
                skip=True,
            ),
            Option("currency", worded("option.currency"), OptionKind.TEXT, check=check_currency),
        ),
        about=About.ONE_PLACE,
        rank=Rank.MANAGER,
        preview=preview,
        calls_stripe=True,
    ),
)
ACTIONS = (Action("email", ask_email, opens_form=True), Action("email_given", email_given, calls_stripe=True))
