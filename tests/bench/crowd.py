"""A community of very many members, the same in the database, at Stripe and on the platforms.

Member `n` has everything that a bought membership leaves behind: a person with an account on both platforms, a
customer, a subscription with its paid invoice, an entitlement, a line of the ledger, and access to a role and a chat.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from payments.core.access import Source
from payments.core.billing import Subscription
from payments.core.entitlements import entitlement_id
from payments.core.ids import AccountId, CustomerId, PersonId, PlanId, PriceId
from payments.providers.stripe import facts
from sandbox.clock import Clock
from sandbox.stripe import StripeSandbox
from sandbox.stripe.store import ACCOUNT_ID
from sandbox.stripe.subscription_shape import Wanted, add_item, shape
from storage.engines.sqlite import settings_of
from storage.store import open_store
from storage.tables.billing import SUBSCRIPTION
from tests.bench.load import FIRST_CUSTOMER, customer_id

Json = dict[str, Any]
Values = tuple[str | int | None, ...]

GUILD, ROLE, OWNER = 700_000_000_000_000_001, 700_000_000_000_000_002, 700_000_000_000_000_003
CHAT, CHAT_OWNER = -1_002_000_000_001, 500_000_001
PRICE, PRODUCT = "price_1crowd", "prod_crowd"
AMOUNT = 999
MONTH = 30 * 86_400
DRIFT_EVERY = 100
"""With drift, each hundredth member's subscription is another at Stripe than in the database."""

_FIRST_DISCORD, _FIRST_TELEGRAM = 200_000_000_000_000_000, 3_000_000_000


def present() -> int:
    """When the present period of all began: some days ago, in unix seconds."""
    return int(time.time()) - 5 * 86_400


def discord_user(n: int) -> int:
    """The member's account on Discord."""
    return _FIRST_DISCORD + n


def telegram_user(n: int) -> int:
    """The member's account on Telegram."""
    return _FIRST_TELEGRAM + n


def stripe_customer(n: int) -> str:
    """The member's customer at Stripe."""
    return customer_id(n)


def member(stripe_id: str) -> int:
    """Whose customer this is."""
    return int(stripe_id.removeprefix("cus_")) - FIRST_CUSTOMER


def customer(n: int) -> str:
    """The member's customer here."""
    return f"cus_{n:020x}"


def subscriptions(began: int) -> "Subscriptions":
    """What Stripe says of each member; `began` (unix seconds) is when the present period began."""
    stripe = StripeSandbox(Clock(), lambda: "")
    price = {
        "id": PRICE, "object": "price", "active": True, "billing_scheme": "per_unit", "created": began,
        "currency": "usd", "custom_unit_amount": None, "livemode": False, "lookup_key": None, "metadata": {},
        "nickname": None, "product": PRODUCT, "recurring": {
            "interval": "month", "interval_count": 1, "meter": None, "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "unspecified", "tiers_mode": None, "transform_quantity": None, "type": "recurring",
        "unit_amount": AMOUNT, "unit_amount_decimal": str(AMOUNT),
    }  # fmt: skip
    pattern = shape(stripe.books, {"id": "", "livemode": False}, "usd", began)
    add_item(stripe.books, pattern, Wanted(price), (began, began + MONTH))
    return Subscriptions(pattern | {"created": began, "start_date": began, "status": "active"})


class Subscriptions:
    """Makes each member's subscription from one pattern; what no two differ in they share, so that many fit."""

    def __init__(self, pattern: Json) -> None:
        self._pattern = pattern
        self._item = pattern["items"]["data"][0]

    def at_stripe(self, n: int, *, drifted: bool = False) -> Json:
        """As the API answers it. Of two that drifted one has ended and one will, and no webhook told of it."""
        key = f"sub_1Crowd{n:019d}"
        item = self._item | {"id": f"si_Crowd{n:09d}", "subscription": key}
        found = self._pattern | {
            "id": key,
            "customer": stripe_customer(n),
            "latest_invoice": f"in_1Crowd{n:019d}",
            "items": self._pattern["items"] | {"data": [item]},
            "metadata": {
                "guestlist_plan": "pln_crowd",
                "guestlist_price": "prc_crowd",
                "guestlist_payer": person(n),
                "guestlist_beneficiary": person(n),
            },
        }
        if not drifted:
            return found
        if (n // DRIFT_EVERY) % 2:
            return found | {"cancel_at_period_end": True, "cancel_at": item["current_period_end"]}
        began = found["start_date"]
        return found | {"status": "canceled", "canceled_at": began + 60, "ended_at": began + 60}

    def stored(self, n: int) -> Subscription:
        """As a settlement has stored it."""
        fact = facts.subscription(self.at_stripe(n))
        known = {field.name for field in fields(fact)} & {field.name for field in fields(Subscription)}
        return Subscription(
            **{name: getattr(fact, name) for name in known},
            account_id=AccountId(ACCOUNT_ID),
            customer_id=CustomerId(customer(n)),
            payer_id=PersonId(person(n)),
            beneficiary_id=PersonId(person(n)),
            plan_id=PlanId("pln_crowd"),
            price_id=PriceId("prc_crowd"),
            past_due_since_at=None,
            paid_once=True,
        )


def event(n: int) -> str:
    """The event that told of the member's payment."""
    return f"evt_1Crowd{n:019d}"


def person(n: int) -> str:
    """The member."""
    return f"prs_{n:020x}"


def entitlement(n: int) -> str:
    """What the member's subscription gives: under the very id that a settlement makes, or it would be paid twice."""
    return entitlement_id(Source.SUBSCRIPTION, AccountId(ACCOUNT_ID), f"sub_1Crowd{n:019d}")


def drifts(n: int) -> bool:
    """Whether this member is one of those with drift."""
    return n % DRIFT_EVERY == DRIFT_EVERY - 1


async def fill(url: str, count: int, began: int) -> None:
    """Store so many members in a new database, in seconds rather than by so many settlements."""
    await (await open_store(url)).close()
    if url.startswith("sqlite:"):
        with sqlite3.connect(settings_of(url).path) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            for table, columns, rows in _tables(count, began):
                values = ", ".join("?" * len(columns.split(", ")))
                connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", rows)
        connection.close()
        return
    connection = await asyncpg.connect(url)
    try:
        for table, columns, rows in _tables(count, began):
            await connection.copy_records_to_table(table, records=rows, columns=columns.split(", "))
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _tables(count: int, began: int) -> Iterator[tuple[str, str, Iterable[Values]]]:
    """Tables in an order that foreign keys allow, with their columns and rows."""
    at = began * 1000
    yield from _shop(at)
    many = range(count)
    yield "person", "id, locale, created_at", ((person(n), "en", at) for n in many)
    accounts = (
        (platform, str(user(n)), person(n), f"Member {n}", at)
        for n in many
        for platform, user in (("discord", discord_user), ("telegram", telegram_user))
    )
    yield "identity", "platform, user_id, person_id, name, created_at", accounts
    yield (
        "customer",
        "id, person_id, account_id, currency, stripe_id, mark_seq, settled_seq, created_at",
        ((customer(n), person(n), ACCOUNT_ID, "usd", stripe_customer(n), 3, 3, at) for n in many),
    )
    sold = subscriptions(began)
    yield "subscription", SUBSCRIPTION.columns, (SUBSCRIPTION.values(sold.stored(n)) for n in many)
    yield (
        "invoice",
        "account_id, id, customer_id, subscription_id, status, number, currency, total, amount_paid, amount_remaining, "
        "period_start_at, period_end_at, finalized_at, paid_at, created_at",
        (
            (ACCOUNT_ID, f"in_1Crowd{n:019d}", customer(n), f"sub_1Crowd{n:019d}", "paid", f"CROWD-{n}", "usd", AMOUNT,
             AMOUNT, 0, at, at + MONTH * 1000, at, at, at)
            for n in many
        ),
    )  # fmt: skip
    yield (
        "ledger",
        "id, account_id, customer_id, source, source_id, plan_id, status_after, unit_amount_after, amount_after, "
        "currency, stripe_at, recorded_at",
        (
            (f"led_{n:020x}", ACCOUNT_ID, customer(n), "subscription", f"sub_1Crowd{n:019d}", "pln_crowd", "active",
             AMOUNT, AMOUNT, "usd", at, at)
            for n in many
        ),
    )  # fmt: skip
    yield (
        "entitlement",
        "id, source, source_id, account_id, plan_id, payer_id, beneficiary_id, began_at, access_from, reason",
        (
            (entitlement(n), "subscription", f"sub_1Crowd{n:019d}", ACCOUNT_ID, "pln_crowd", person(n), person(n),
             at, at, "paid")
            for n in many
        ),
    )  # fmt: skip
    targets: Mapping[str, Any] = {"tgt_crowd_chat": telegram_user, "tgt_crowd_role": discord_user}
    yield (
        "access",
        "person_id, target_id, wanted, applied, held_before, entitlement_id, reason, wanted_at, applied_at, user_id",
        (
            (person(n), target, 1, 1, 0, entitlement(n), "paid", at, at, str(user(n)))
            for n in many
            for target, user in targets.items()
        ),
    )
    effects = ((person(n), target, 1, "done", at) for n in many for target in targets)
    yield "effect", "person_id, target_id, seq, state, opened_at", effects
    yield from _left_behind(at, many)
    yield (
        "event",
        "account_id, id, type, object_id, stripe_customer_id, created_at, received_at, body, state, mark_seq",
        (
            (ACCOUNT_ID, event(n), "invoice.paid", f"in_1Crowd{n:019d}", stripe_customer(n), at, at, "{}", "settled", 1)
            for n in many
        ),
    )


def _left_behind(at: int, many: range) -> Iterator[tuple[str, str, Iterable[Values]]]:
    """How each member came to the membership, and what was told of it: done long ago, and kept."""
    yield (
        "checkout",
        "id, payer_id, beneficiary_id, plan_id, price_id, customer_id, state, session_id, created_at",
        (
            (f"chk_{n:020x}", person(n), person(n), "pln_crowd", "prc_crowd", customer(n), "complete", f"cs_{n}", at)
            for n in many
        ),
    )
    yield (
        "request",
        "id, account_id, kind, subject_id, params, state, result_id, created_at, person_id",
        (
            (f"req_{n:020x}", ACCOUNT_ID, "checkout", f"chk_{n:020x}", "{}", "made", f"cs_{n}", at, person(n))
            for n in many
        ),
    )
    yield (
        "notice",
        "key, person_id, kind, params, state, created_at",
        ((f"welcome:{n}", person(n), "welcome", "{}", "done", at) for n in many),
    )
    yield (
        "audit",
        "id, at, community_id, person_id, target_id, actor, action, detail",
        ((f"aud_{n:020x}", at, "com_crowd", person(n), "tgt_crowd_role", "", "granted", "given") for n in many),
    )


def _shop(at: int) -> Iterator[tuple[str, str, Iterable[Values]]]:
    """One community in a server and a chat, with one plan that opens a role and the chat."""
    guild, chat, now = str(GUILD), str(CHAT), int(time.time() * 1000)
    yield "community", "id, name, locale, currency, grace_ms, created_at", [("com_crowd", "Crowd", "en", "usd", 0, at)]
    yield (
        "place",
        "platform, external_id, community_id, name",
        [("discord", guild, "com_crowd", "Crowd"), ("telegram", chat, "com_crowd", "Crowd")],
    )
    yield (
        "target",
        "id, community_id, platform, place_id, kind, external_id, name",
        [
            ("tgt_crowd_role", "com_crowd", "discord", guild, "role", str(ROLE), "Members"),
            ("tgt_crowd_chat", "com_crowd", "telegram", chat, "chat", chat, "Reading room"),
        ],
    )
    yield (
        "stripe_account",
        "id, livemode, currency, event_cursor_at, compared_at, created_at",
        [(ACCOUNT_ID, 0, "usd", now, now, at)],
    )
    yield (
        "plan",
        "id, community_id, name, name_key, description, state, grace_ms, trial_days, pause_keeps_access, "
        "refund_ends_access, dispute_ends_access, created_at",
        [("pln_crowd", "com_crowd", "Pro", "pro", "", "active", 0, 0, 0, 1, 1, at)],
    )
    yield "plan_target", "plan_id, target_id", [("pln_crowd", "tgt_crowd_chat"), ("pln_crowd", "tgt_crowd_role")]
    yield (
        "price",
        "id, plan_id, account_id, kind, amount, currency, unit, count, state, stripe_product_id, stripe_price_id, "
        "created_at",
        [("prc_crowd", "pln_crowd", ACCOUNT_ID, "recurring", AMOUNT, "usd", "month", 1, "active", PRODUCT, PRICE, at)],
    )
    yield (
        "telegram_chat",
        "id, kind, title, can_invite, can_ban, link",
        [(chat, "supergroup", "Reading room", 1, 1, "https://t.me/+crowd")],
    )
