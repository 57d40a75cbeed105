"""What the hosted pages share: their look, the cards they offer, how an attempt to pay ends, how days are written."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
)


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card or bank account that means something in the sandbox, as at Stripe."""

    number: str
    does: str

    @property
    def shown(self) -> str:
        """The number in groups of four."""
        return " ".join(re.findall(".{1,4}", self.number))


TEST_CARDS = (
    TestCard("4242424242424242", "pays"),
    TestCard("4000000000000002", "is declined"),
    TestCard("4000000000009995", "has too little money"),
    TestCard("4000000000000341", "can be saved, then fails"),
    TestCard("4000002500003155", "asks for authentication"),
    TestCard("4000003560000123", "asks now, then waits 26 hours at each renewal"),
)
# By currency: a bank account pays in its own only.
TEST_ACCOUNTS = {
    "eur": (
        TestCard("AT611904300234573201", "SEPA: pays after 5 business days"),
        TestCard("AT321904300235473204", "SEPA: pays after 14"),
        TestCard("AT861904300235473202", "SEPA: bounces after 5"),
        TestCard("AT591904300235473203", "SEPA: pays after 5, then is disputed and lost"),
    ),
    "usd": (
        TestCard("000123456789", "ACH: pays after 4 business days"),
        TestCard("000222222227", "ACH: bounces after 4, too little money"),
        TestCard("000555555559", "ACH: pays after 4, then is disputed and lost"),
    ),
    "gbp": (
        TestCard("00012345", "Bacs: pays after 4 business days"),
        TestCard("90012345", "Bacs: pays after 7"),
        TestCard("22222227", "Bacs: bounces after 4, too little money"),
        TestCard("55555559", "Bacs: pays after 4, then is disputed and lost"),
    ),
}
DEBITED = "Thank you. Your bank takes some business days to confirm this payment."


NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)


class Paid(StrEnum):
    """How a person's attempt to pay ended."""

    PAID = "paid"
    PROCESSING = "processing"
    FAILED = "failed"
    REQUIRES_ACTION = "requires_action"


GOOD = (Paid.PAID, Paid.PROCESSING)
"""The person has done their part."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended, and the sentence for the person."""

    status: Paid
    message: str = ""


class AttemptStopped(Exception):
    """The attempt can't go on; the text is for the person."""


def page(template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page made from a template; everything in it is escaped."""
    text = TEMPLATES.get_template(template).render(**values)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)


def message(
    heading: str, text: str, *, link: str | None = None, link_text: str = "Go on", status: int = 200
) -> web.Response:
    """A page that only says something."""
    return page("message.html", heading=heading, text=text, link=link, link_text=link_text, status=status)


def nothing_here(text: str) -> web.HTTPNotFound:
    """To raise for an address that leads nowhere; the text says what to do next."""
    return web.HTTPNotFound(text=message("Nothing here", text).text, content_type="text/html")


def go_to(address: str) -> web.Response:
    """Send the person on, with a GET whatever came before."""
    return web.Response(status=303, headers={"Location": address})


async def typed(request: web.Request) -> dict[str, str]:
    """What a person typed into a form; the number on the button of a test card or account counts as typed."""
    form = await request.post()
    fields = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    if test_card := fields.pop("test_card", ""):
        fields["card"] = test_card
    return fields


def day(timestamp: float) -> str:
    """A day of the sandbox's calendar, UTC."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%-d %B %Y")


def every(recurring: dict[str, Any] | None) -> str:
    """How often a price is due, as words to follow an amount; empty for a one-time price."""
    if not recurring:
        return ""
    count, interval = recurring["interval_count"], recurring["interval"]
    return f" every {interval}" if count == 1 else f" every {count} {interval}s"
