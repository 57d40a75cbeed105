"""What the owner does at Stripe, and what banks and time do."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sandbox.play import NotTaken
from tests.soak.cast import PEOPLE
from tests.soak.steps import ACTS, Step, latest_or_any, one_of, step
from tests.soak.world import NotNow, World

ENDED = ("canceled", "incomplete_expired")


def running_of(w: World, s: Step) -> list[Any]:
    """Somebody's subscriptions that have not ended."""
    return [x for x in w.subscriptions_of(s.who) if x["status"] not in ENDED]


@step(5)
async def refunded_in_full(w: World, s: Step) -> str:
    invoice = latest_or_any(w.invoices_of(s.who, "paid"), s.n)
    await w.play.post("stripe/refund", {"invoice": invoice["id"]})
    return str(invoice["id"])[:12]


@step(3)
async def refunded_in_part(w: World, s: Step) -> str:
    """A part: recorded, and nothing else, unless the parts are all of it."""
    invoice = latest_or_any(w.invoices_of(s.who, "paid"), s.n)
    amount = max(1, invoice["amount_paid"] // (2 + s.n % 3))
    await w.play.post("stripe/refund", {"invoice": invoice["id"], "amount": amount})
    return f"{amount} of {invoice['id'][:12]}"


@step(2)
async def refund_sent_back(w: World, s: Step) -> str:
    """The bank does not take the refund: the money is the owner's again."""
    invoice = latest_or_any(w.invoices_of(s.who, "paid"), s.n)
    await w.play.post("stripe/refund", {"invoice": invoice["id"], "status": "failed"})
    return str(invoice["id"])[:12]


@step(3)
async def disputed(w: World, s: Step) -> str:
    invoice = latest_or_any(w.invoices_of(s.who, "paid"), s.n)
    status = one_of(("open", "open", "inquiry"), s.n)
    await w.play.post("stripe/dispute", {"invoice": invoice["id"], "status": status})
    return f"{status} {invoice['id'][:12]}"


@step(5)
async def dispute_decided(w: World, s: Step) -> str:
    """Anybody's oldest open dispute, so that not all stay open for ever."""
    waiting = [d for d in w.stripe("dispute") if d["status"] in ("needs_response", "under_review")]
    dispute = one_of(waiting[:1], s.n)
    intents = {p["payment"]["payment_intent"]: p["invoice"] for p in w.stripe("invoice_payment")}
    end = one_of(("won", "won", "lost"), s.n)
    await w.play.post("stripe/dispute", {"invoice": intents[dispute["payment_intent"]], "status": end})
    return end


@step(3)
async def ended_at_once(w: World, s: Step) -> str:
    mine = one_of(running_of(w, s), s.n)
    await w.owner("DELETE", f"subscriptions/{mine['id']}")
    return str(mine["id"])[:12]


@step(3)
async def ends_on_a_day(w: World, s: Step) -> str:
    mine = one_of(running_of(w, s), s.n)
    at = int(w.sandbox.clock.now()) + 3_600 * (5 + s.n % 200)
    await w.owner("POST", f"subscriptions/{mine['id']}", {"cancel_at": str(at)})
    return f"{mine['id'][:12]} at {at}"


@step(2)
async def collection_paused(w: World, s: Step) -> str:
    mine = one_of(running_of(w, s), s.n)
    behavior = one_of(("void", "keep_as_draft", "mark_uncollectible"), s.n)
    await w.owner("POST", f"subscriptions/{mine['id']}", {"pause_collection[behavior]": behavior})
    return f"{mine['id'][:12]}: {behavior}"


@step(4)
async def collection_goes_on(w: World, s: Step) -> str:
    mine = one_of([x for x in running_of(w, s) if x["pause_collection"]], s.n)
    await w.owner("POST", f"subscriptions/{mine['id']}", {"pause_collection": ""})
    return str(mine["id"])[:12]


@step(1)
async def paused(w: World, s: Step) -> str:
    mine = one_of([x for x in running_of(w, s) if x["status"] == "active"], s.n)
    await w.owner("POST", f"subscriptions/{mine['id']}/pause", {"type": "subscription"})
    return str(mine["id"])[:12]


@step(3)
async def goes_on(w: World, s: Step) -> str:
    mine = one_of([x for x in running_of(w, s) if x["status"] == "paused"], s.n)
    await w.owner("POST", f"subscriptions/{mine['id']}/resume", {"billing_cycle_anchor": "now"})
    return str(mine["id"])[:12]


@step(1)
async def dunning_set(w: World, s: Step) -> str:
    """What becomes of a subscription when every attempt has failed."""
    end = one_of(("canceled", "unpaid", "past_due"), s.n)
    await w.play.post("stripe/settings", {"dunning_end": end})
    return end


@step(1)
async def customer_deleted(w: World, s: Step) -> str:
    gone = {c["id"] for c in w.stripe("customer") if c.get("deleted")}
    customer = one_of(sorted(w.customers_of(s.who) - gone), s.n)
    if s.n % 3:
        raise NotNow("rarely")
    await w.owner("DELETE", f"customers/{customer}")
    return customer


@step(1)
async def everything_ends(w: World, s: Step) -> str:
    """Everybody has something, then the owner ends it all at once: the breaker is there for that."""
    if s.n % 3:
        raise NotNow("rarely")
    for who in PEOPLE:
        with suppress(NotNow, NotTaken):
            await ACTS["buys"](w, replace(s.by(who), plan="Short"))
    await w.play.post("settle")
    await asyncio.sleep(1)  # most of them have it by then, some may not
    running = [x for x in w.stripe("subscription") if x["status"] not in ENDED]
    for mine in running:
        await w.owner("DELETE", f"subscriptions/{mine['id']}")
    return f"{len(running)} subscriptions"


# -- time --------------------------------------------------------------------------------------------------------------


@step(6)
async def hours_pass(w: World, s: Step) -> str:
    await w.advance(f"{1 + s.n % 20}h")
    return f"{1 + s.n % 20} h"


@step(7)
async def days_pass(w: World, s: Step) -> str:
    days = 1 + s.n % 4
    await w.advance(f"{days}d")
    return f"{days} d"


@step(2)
async def weeks_pass(w: World, s: Step) -> str:
    days = 8 + s.n % 5
    await w.advance(f"{days}d")
    return f"{days} d"
