"""A local Stripe: the account, its objects and its billing, spoken over Stripe's own wire protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.stripe import permissions
from sandbox.stripe.account import Account
from sandbox.stripe.balances import Balances
from sandbox.stripe.bills import Bills
from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards, number_behind
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.changes import Changes
from sandbox.stripe.checkout import KIND as CHECKOUT_SESSION
from sandbox.stripe.checkout import Checkout
from sandbox.stripe.checkout_page import CheckoutPage
from sandbox.stripe.checkout_payment import CheckoutPayment, Typed
from sandbox.stripe.checkout_purchase import Purchases
from sandbox.stripe.credit_note_lines import NoteLines
from sandbox.stripe.credit_note_plans import Plans
from sandbox.stripe.credit_notes import CreditNotes
from sandbox.stripe.customers import Customers
from sandbox.stripe.cycles import Cycles
from sandbox.stripe.delivery import WebhookSender
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.disputes import Disputes
from sandbox.stripe.errors import invalid, no_such
from sandbox.stripe.events import Events
from sandbox.stripe.fraud_warnings import FraudWarnings
from sandbox.stripe.hosted_invoice import HostedInvoice
from sandbox.stripe.http import Api
from sandbox.stripe.invoice_api import InvoiceApi
from sandbox.stripe.invoice_debits import InvoiceDebits
from sandbox.stripe.invoice_items import InvoiceItems
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.ledger import Ledger
from sandbox.stripe.login_page import LoginPage
from sandbox.stripe.payment_links import KIND as PAYMENT_LINK
from sandbox.stripe.payment_links import PaymentLinks
from sandbox.stripe.payments import Payments
from sandbox.stripe.portal import Portal
from sandbox.stripe.portal_actions import PortalActions
from sandbox.stripe.portal_page import PortalPage
from sandbox.stripe.previews import Previews
from sandbox.stripe.refunds import Refunds, paid_charge
from sandbox.stripe.schedules import Schedules
from sandbox.stripe.setup_intents import SetupIntents
from sandbox.stripe.store import ACCOUNT_ID, Obj, State
from sandbox.stripe.subscribing import Subscribing
from sandbox.stripe.subscription_api import SubscriptionApi
from sandbox.stripe.subscriptions import DUNNING_ENDS, Subscriptions
from sandbox.stripe.webhook_endpoints import WebhookEndpoints

BOUNCED_FIRST = ("past_due", "active")
"""`active`: its invoice is void, and it goes on unpaid (docs.stripe.com/billing/subscriptions/overview)."""
DECLINES_MAX = 1_000


class StripeSandbox:
    """One Stripe account in memory, test and live mode kept apart. `base_url()` is where its pages are reached."""

    def __init__(self, clock: Clock, base_url: Callable[[], str], account_id: str = ACCOUNT_ID) -> None:
        self.clock = clock
        self.base_url = base_url
        self.objects = State(account_id)
        self.api = Api(self.objects, clock)
        self.events = Events(self.objects, clock, self.api)
        self.books = Books(self.objects, clock, self.events, self.api, base_url)
        self.webhook_endpoints = WebhookEndpoints(self.books)
        self.deliveries = WebhookSender(clock, self.webhook_endpoints.enabled, self.events.delivered)
        self.events.listeners.append(self.deliveries.publish)
        self.events.forgotten.append(self.deliveries.forget)
        self.cards = Cards(self.books)
        self.ledger = Ledger(self.books)
        self.customers = Customers(self.books, self.cards, self.ledger)
        Balances(self.books, self.ledger, self.customers)
        self._sell()
        self._renew()
        self._host()

    def _sell(self) -> None:
        """Catalogue, invoices and what collects them."""
        books = self.books
        self.catalog = Catalog(books)
        self.discounts = Discounts(books)
        self.payments = Payments(books, self.cards)
        self.bills = Bills(books, self.discounts)
        self.invoices = Invoices(books, self.bills, self.payments, self.cards, self.ledger)
        self.debits = InvoiceDebits(books, self.invoices, self.payments)
        self.items = InvoiceItems(books, self.bills, self.catalog, self.customers, self.discounts)
        self.invoice_api = InvoiceApi(
            books,
            self.bills,
            self.invoices,
            self.items,
            self.customers,
            self.discounts,
            self.cards,
            self.payments,
        )
        self.refunds = Refunds(books)
        self.disputes = Disputes(books)
        self.payments.on_disputed = self.disputes.begin
        self.fraud_warnings = FraudWarnings(books)
        self.payments.on_warned = self.fraud_warnings.begin
        plans = Plans(books, NoteLines(books, self.bills, self.discounts), self.payments, self.refunds)
        self.credit_notes = CreditNotes(books, plans, self.invoices, self.payments, self.refunds, self.ledger)

    def _renew(self) -> None:
        """Subscriptions, and what time does to them."""
        books = self.books
        self.account = Account(books)
        self.subscriptions = Subscriptions(
            books, self.bills, self.invoices, self.items, self.discounts, self.cards, self.payments
        )
        self.cycles = Cycles(books, self.subscriptions, self.invoices, self.cards)
        self.previews = Previews(books, self.bills, self.items, self.discounts, self.customers, self.catalog)
        self.cycles.preview = self.previews.upcoming
        self.subscribing = Subscribing(
            books,
            self.subscriptions,
            self.cycles,
            self.customers,
            self.catalog,
            self.discounts,
            self.items,
            self.cards,
        )
        self.changes = Changes(
            books, self.subscriptions, self.subscribing, self.cycles, self.items, self.discounts, self.cards
        )
        self.subscription_api = SubscriptionApi(
            books, self.subscriptions, self.subscribing, self.changes, self.customers
        )
        self.schedules = Schedules(books, self.subscriptions, self.changes, self.cycles, self.catalog)

    def _host(self) -> None:
        """The pages on which people pay, and what leads to them."""
        books = self.books
        setup_intents = SetupIntents(books)
        self.subscribing.setup_intent = setup_intents.wait_for
        self.portal = Portal(books)
        acts = PortalActions(
            books,
            self.cards,
            self.customers,
            self.invoices,
            self.changes,
            self.subscription_api,
            setup_intents,
        )
        self.portal_page = PortalPage(books, acts)
        self.login_page = LoginPage(books, self.portal)
        self.hosted_invoice = HostedInvoice(books, self.bills, self.invoices, self.cards, self.payments)
        self.checkout = Checkout(books, self.customers, self.catalog, self.discounts)
        goods = Purchases(
            books,
            self.checkout,
            self.cards,
            self.customers,
            self.discounts,
            self.payments,
            self.bills,
            self.invoices,
            self.items,
            setup_intents,
            self.catalog,
            self.subscribing,
        )
        self.checkout_payment = CheckoutPayment(books, self.checkout, self.cards, self.discounts, self.payments, goods)
        # The last to hear of it: what a bank takes back has been paid before.
        self.payments.settled.append(self.disputes.take_back)
        self.payment_links = PaymentLinks(books, self.checkout, self.catalog)
        self.checkout_page = CheckoutPage(books, self.checkout, self.checkout_payment)

    def routes(self) -> list[web.RouteDef]:
        """Every route: `/v1`, `/v2` and the hosted pages."""
        return [
            *self.api.routes(),
            *self.checkout_page.routes(),
            *self.payment_links.routes(),
            *self.hosted_invoice.routes(),
            *self.credit_notes.routes(),
            *self.portal_page.routes(),
            *self.login_page.routes(),
        ]

    async def settled(self) -> None:
        """Return once every webhook delivery that can be made now has been attempted."""
        await self.deliveries.settled()

    async def close(self) -> None:
        """Stop what runs in the background."""
        await self.deliveries.close()

    def state(self) -> dict[str, Any]:
        """Every object by kind, the deliveries and what is done to them, and the mails of the portal's login page: for
        `GET /sandbox/state`."""
        objects = {kind: list(found.values()) for kind, found in self.objects.by_kind.items()}
        standing = {"deliveries": self.deliveries.state(), "webhook_control": self.deliveries.standing()}
        return {**objects, **standing, "mails": self.login_page.mails}

    # -- what the control plays ---------------------------------------------------------------------
    async def pay(
        self,
        *,
        session: str | None = None,
        invoice: str | None = None,
        link: str | None = None,
        card: str,
        email: str | None = None,
    ) -> dict[str, Any]:
        """A person types a card on the page of a Checkout session, a payment link or an invoice (`card`: a number, or
        an alias such as `visa`; a bank account's too); `complete` or `fail` as the card answers a bank that asks for
        authentication.

        Answers `{"status": "paid" | "processing" | "failed" | "requires_action", "message": ...}`; StripeError for an
        unknown id.
        """
        if sum(one is not None for one in (session, invoice, link)) != 1:
            raise invalid("Name either a session, a payment link or an invoice to pay.", "session")
        if link is not None:
            followed = self.objects.find(PAYMENT_LINK, link)
            if followed is None:
                raise no_such(PAYMENT_LINK, link, param="link")
            session = self.payment_links.open(followed)["id"]
        answer = {"complete": True, "fail": False}.get(card)
        number = number_behind(card) or card
        if session is not None:
            found = self.objects.find(CHECKOUT_SESSION, session)
            if found is None:
                raise no_such(CHECKOUT_SESSION, session, param="session")
            typed = Typed(card=number, email=email or "member@example.com")
            outcome = (
                self.checkout_payment.pay(found, typed)
                if answer is None
                else self.checkout_payment.authenticate(found, completed=answer)
            )
        else:
            found = self.objects.find("invoice", invoice)
            if found is None:
                raise no_such("invoice", str(invoice), param="invoice")
            outcome = (
                self.hosted_invoice.pay(found, number)
                if answer is None
                else self.hosted_invoice.authenticate(found, completed=answer)
            )
        return {"status": outcome.status.value, "message": outcome.message}

    async def refund(self, *, amount: int | None = None, status: str = "succeeded", **which: str | None) -> Obj:
        """Give money back for a paid thing, named by `charge`, `payment_intent`, `invoice` or `subscription`.

        With `status="failed"` the bank sends it back afterwards. Raises StripeError.
        """
        if status not in ("succeeded", "failed"):
            raise invalid(f"Invalid status: {status}; give succeeded or failed.", "status")
        refund = self.refunds.refund(paid_charge(self.objects, **which), amount)
        return self.refunds.fail(refund) if status == "failed" else refund

    async def dispute(
        self, *, status: str = "open", amount: int | None = None, reason: str = "fraudulent", **which: str | None
    ) -> Obj:
        """A bank acts on the charge that paid a thing: `open`, `inquiry`, `won`, `lost` or `closed`."""
        charge = paid_charge(self.objects, **which)
        return self.disputes.happen(charge, status, reason=reason, amount=amount)

    async def fraud_warning(self, *, fraud_type: str = "made_with_lost_card", **which: str | None) -> Obj:
        """The issuer warns of the charge that paid a thing."""
        return self.fraud_warnings.warn(paid_charge(self.objects, **which), fraud_type)

    def settings(
        self,
        *,
        dunning_end: str | None = None,
        bounced_first: str | None = None,
        restricted_key: list[str] | None = None,
    ) -> dict[str, Any]:
        """What the owner sets in Stripe's dashboard, for which there is no API; None leaves a thing as it is.

        `dunning_end`: what becomes of a subscription when every attempt to collect has failed. `bounced_first`: what
        becomes of one whose very first debit is returned. `restricted_key`: what keys that begin with `rk_` may do.
        Raises StripeError.
        """
        if restricted_key is not None:
            self.api.restricted = permissions.check(restricted_key)
        if bounced_first is not None:
            if bounced_first not in BOUNCED_FIRST:
                text = f"bounced_first is one of {', '.join(BOUNCED_FIRST)}; it was {bounced_first!r}."
                raise invalid(text, "bounced_first")
            self.debits.bounced_first_is_void = bounced_first == "active"
        if dunning_end is not None:
            if dunning_end not in DUNNING_ENDS:
                text = f"dunning_end is one of {', '.join(DUNNING_ENDS)}; it was {dunning_end!r}."
                raise invalid(text, "dunning_end")
            self.subscriptions.dunning_end = dunning_end
        bounced = "active" if self.debits.bounced_first_is_void else "past_due"
        told = {"dunning_end": self.subscriptions.dunning_end, "bounced_first": bounced}
        may = self.api.restricted
        return told if may is None else {**told, "restricted_key": sorted(may)}

    def wipe(self) -> dict[str, Any]:
        """The owner presses "Delete all test data": everything of test mode goes but the endpoints, and no event tells.

        Answers how many objects went.
        """
        gone = [
            obj
            for kind, found in self.objects.by_kind.items()
            for obj in found.values()
            if kind != "webhook_endpoint" and not self.objects.mode_of(obj)
        ]
        for obj in gone:
            self.objects.remove(obj)
        self.books.drop_all(obj["id"] for obj in gone)
        return {"deleted": len(gone)}

    def decline(self, *, times: int | None = None) -> dict[str, Any]:
        """The next `times` automatic payments of saved cards are declined for insufficient funds; 0 takes it back.

        None only tells. Answers how many are left. Raises StripeError for what is no such number.
        """
        if times is not None:
            if type(times) is not int or not 0 <= times <= DECLINES_MAX:
                raise invalid(f"times is a whole number from 0 to {DECLINES_MAX}: give one.", "times")
            self.payments.declining = times
        return {"declining": self.payments.declining}

    def webhook_control(
        self,
        *,
        duplicate: int | bool | None = None,
        shuffle: int | bool | None = None,
        spread: int | bool | None = None,
        drop: int | bool | None = None,
        hold: bool | None = None,
        release: int | bool | None = None,
    ) -> dict[str, Any]:
        """See `WebhookSender.control`."""
        return self.deliveries.control(
            duplicate=duplicate, shuffle=shuffle, spread=spread, drop=drop, hold=hold, release=release
        )
