"""The oracle: from the sandbox's state alone, who must be in, who must be out, and whether anybody paid twice.

Written independently from the design's table "What access follows from" and from Stripe's documentation. It shares no
code with the product and imports none of it: a mistake made there is not made here again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.soak import chats, roles
from tests.soak.bonds import Persons
from tests.soak.cast import ACCOUNTS, DAY, PLANS, Plan, targets_of
from tests.soak.diary import Diary

Json = Mapping[str, Any]

SLACK = 60
"""Seconds around a moment at which time changes the answer, in which either is right: timers tick, clocks flow."""

OVER = frozenset({"incomplete", "incomplete_expired", "canceled", "paused"})
GIVEN_BACK = frozenset({"pending", "requires_action", "succeeded"})
CONTESTED = frozenset({"needs_response", "under_review", "lost", "prevented"})
PERIODS = frozenset({"subscription_create", "subscription_cycle"})


class Say(StrEnum):
    """What must be. EITHER only where the design leaves it open, or a moment is too near."""

    IN = "must be in"
    OUT = "must be out"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason to have a plan, or to have it no more: for whoever holds this estate, one of these where several."""

    estates: frozenset[str]
    plan: Plan
    say: Say
    why: str


class Books:
    """Stripe's objects of a state, by what one looks them up by."""

    def __init__(self, stripe: Json, diary: Diary) -> None:
        self._of = stripe
        self.diary = diary
        self.sessions = {s["id"]: s for s in stripe.get("checkout.session", [])}
        self.invoices = {i["id"]: i for i in stripe.get("invoice", [])}
        self.subscriptions = list(stripe.get("subscription", []))
        self.products = {p["id"]: p["name"] for p in stripe.get("product", [])}
        self._owners = self._customers()
        self._sold_by = {s["subscription"]: s for s in self.sessions.values() if s["subscription"]}
        self._charges = {c["payment_intent"]: c for c in stripe.get("charge", []) if c["status"] == "succeeded"}
        self._refunds = list(stripe.get("refund", []))
        self._disputes = list(stripe.get("dispute", []))
        self._payments: dict[str, list[str]] = {}
        for payment in stripe.get("invoice_payment", []):
            if payment["status"] == "paid":
                self._payments.setdefault(payment["invoice"], []).append(payment["payment"]["payment_intent"])

    def owners(self, bought: Json) -> frozenset[str] | None:
        """Whose a session, or a subscription, is: of who got the link of it, as they were then. An account that was
        replaced goes on being the same customer, and what it handed over is not what it buys later."""
        session = self._sold_by.get(bought["id"], bought)
        link = self.diary.links.get(session["id"])
        if link is not None:
            return self.diary.estates_at(link.account, link.at)
        return self._owners.get(bought["customer"])

    def _customers(self) -> dict[str, frozenset[str]]:
        """Whose each customer of Stripe is: of who first got a link of it, as they were then."""
        found: dict[str, frozenset[str]] = {}
        for id_, link in self.diary.links.items():
            if id_ in self.sessions:
                found.setdefault(self.sessions[id_]["customer"], self.diary.estates_at(link.account, link.at))
        return found

    def all(self, kind: str) -> list[Any]:
        """All objects of a kind."""
        return list(self._of.get(kind, []))

    def plan_of(self, product: str | None) -> Plan | None:
        """What a product of Stripe sells."""
        return PLANS.get(self.products.get(product or "", ""))

    def of_subscription(self, subscription: str) -> list[Any]:
        """Its invoices, oldest first."""
        found = [i for i in self.invoices.values() if _subscription_of(i) == subscription]
        return sorted(found, key=lambda i: (i["created"], i["period_start"], i["number"] or ""))

    def taken_back_at(self, invoice: Json) -> float | None:
        """Since when the money of an invoice is back with who paid it, or held by their bank. None: it is not."""
        charges = [self._charges[p] for p in self._payments.get(invoice["id"], []) if p in self._charges]
        moments: list[float] = []
        for charge in charges:
            mine = [r for r in self._refunds if r["charge"] == charge["id"] and r["status"] in GIVEN_BACK]
            if charge["amount"] > 0 and sum(r["amount"] for r in mine) >= charge["amount"]:
                moments.append(max(r["created"] for r in mine))
            disputes = [d for d in self._disputes if d["charge"] == charge["id"] and d["status"] in CONTESTED]
            moments += [d["created"] for d in disputes]
        return min(moments, default=None)

    def disputed_ever(self, invoice: Json) -> bool:
        """Whether a bank ever asked about it: what is sold meanwhile may stand beside it once the dispute is won."""
        charges = {self._charges[p]["id"] for p in self._payments.get(invoice["id"], []) if p in self._charges}
        return any(d["charge"] in charges for d in self._disputes)


def _subscription_of(invoice: Json) -> str | None:
    parent = invoice.get("parent") or {}
    details = parent.get("subscription_details") or {}
    return details.get("subscription")


def before(moment: float, now: float) -> Say:
    """In until a moment, out from then on."""
    if abs(moment - now) < SLACK:
        return Say.EITHER
    return Say.IN if now < moment else Say.OUT


# -- subscriptions -----------------------------------------------------------------------------------------------------


def _of_subscription(s: Json, plan: Plan, books: Books, now: float) -> tuple[Say, str]:
    status = s["status"]
    failed = status in ("past_due", "unpaid") or (s.get("cancellation_details") or {}).get("reason") == "payment_failed"
    if status in OVER and not (status == "canceled" and failed):
        return Say.OUT, status
    if s["pause_collection"]:
        return Say.OUT, "collection is paused"
    invoices = books.of_subscription(s["id"])
    paid = [i for i in invoices if i["status"] == "paid"]
    taken = _taken_back(s, [i for i in paid if i["billing_reason"] in PERIODS], books)
    if taken is not None:
        return taken, "the current period was refunded or is disputed"
    end = s["cancel_at"]
    if failed or any(_left_unpaid(i) and _period(i)[0] > _begun(paid) for i in invoices):
        return _failed(s, plan, invoices, books, now)
    if s["collection_method"] == "send_invoice" and not any(i["total"] > 0 for i in paid):
        return Say.OUT, "its first invoice was not paid"
    if end is None:
        return Say.IN, status
    return before(end, now), f"{status}, ends at {end}"


def _taken_back(s: Json, paid: list[Any], books: Books) -> Say | None:
    """What follows from refunds and disputes of the current period: no access until a later period is paid."""
    if not paid:
        return None
    latest = paid[-1]
    taken_at = books.taken_back_at(latest)
    if taken_at is None:
        return None
    period_start = s["items"]["data"][0]["current_period_start"]
    is_current = max(line["period"]["end"] for line in latest["lines"]["data"]) > period_start
    if is_current or taken_at < period_start:
        return Say.OUT
    # The period that was refunded is over, and the next one is not paid yet: the table does not say which counts.
    return Say.EITHER


def _failed(s: Json, plan: Plan, invoices: list[Any], books: Books, now: float) -> tuple[Say, str]:
    """Payment failed: in until the grace is over, or what was paid for if that is longer; also when Stripe has since
    made it unpaid, or canceled it, for the grace was announced. What failed before the last paid period is an old debt.

    A bill that nobody paid and that was voided, written off, or left a draft, is no less unpaid than an open one.
    """
    ended = s["status"] in ("unpaid", "canceled")
    paid = [i for i in invoices if i["status"] == "paid" and i["total"] > 0]
    late: list[Any] = []
    if ended:  # money that came after that opens nothing
        over = s.get("ended_at") or now
        late = [i for i in paid if i["status_transitions"]["paid_at"] > over]
        paid = [i for i in paid if i not in late]
    if not paid:
        return Say.OUT, "payment failed, and nothing was ever paid"
    until = max(_period(i)[1] for i in paid)
    owed = [
        i for i in invoices if i in late or _left_unpaid(i) or (i["status"] == "open" and i["amount_remaining"] > 0)
    ]
    unpaid = [i for i in owed if _period(i)[0] > _begun(paid)]
    if not unpaid:
        return Say.EITHER, "payment failed, and no invoice is open"
    since = min(_failed_at(i, books) for i in unpaid)
    end = max(since + plan.grace * DAY, until)
    if s["cancel_at"] is not None:
        end = min(end, s["cancel_at"])
    return before(end, now), f"{s['status']}, unpaid since {since}, in to {end}"


def _left_unpaid(invoice: Json) -> bool:
    """Whether nobody paid what it asked for, and nobody will."""
    drafted = invoice["status"] == "draft" and not invoice["auto_advance"]
    return invoice["total"] > 0 and (drafted or invoice["status"] in ("void", "uncollectible"))


def _failed_at(invoice: Json, books: Books) -> float:
    """When a payment of it failed first; else when it was taken back, or made."""
    moments = [invoice["status_transitions"].get(name) for name in ("voided_at", "marked_uncollectible_at")]
    moments.append(books.diary.failed.get(invoice["id"]))
    told = [float(at) for at in moments if at is not None]
    return min(told) if told else invoice["status_transitions"]["finalized_at"] or invoice["created"]


def _begun(paid: list[Any]) -> float:
    """When the latest period that was paid for began."""
    return max((_period(i)[0] for i in paid), default=float("-inf"))


def _period(invoice: Json) -> tuple[float, float]:
    """What an invoice pays for: the last of the periods on it."""
    return max((line["period"]["start"], line["period"]["end"]) for line in invoice["lines"]["data"])


# -- purchases and presents --------------------------------------------------------------------------------------------


def _purchases(books: Books, now: float) -> Iterator[Ground]:
    found: dict[str, list[tuple[float, frozenset[str]]]] = {}
    for session, estates, plan, invoice in _bought(books):
        if session["mode"] == "payment" and books.taken_back_at(invoice) is None:
            found.setdefault(plan.name, []).append((invoice["status_transitions"]["paid_at"], estates))
        elif session["mode"] == "payment":
            yield Ground(estates, plan, Say.OUT, "the purchase was refunded or is disputed")
    for name, bought in found.items():
        plan = PLANS[name]
        for estates in {estates for _, estates in bought}:
            if plan.lasts is None:
                yield Ground(estates, plan, Say.IN, "bought for good")
                continue
            ends = _ends(books.diary.persons(), bought, estates, plan.lasts * DAY)
            says = {before(end, now) for end in ends}
            until = " or ".join(f"{end:.0f}" for end in sorted(ends))
            yield Ground(estates, plan, says.pop() if len(says) == 1 else Say.EITHER, f"bought until {until}")


def _ends(
    persons: Persons, bought: Iterable[tuple[float, frozenset[str]]], estates: frozenset[str], lasts: float
) -> set[float]:
    """When all ends that the holder of an estate bought of a plan: each time begins where the one before it ends.

    It counts whoever of those who are one person now bought it. Two ends where it can't be told whose something is.
    """
    accounts, certain = persons.holders(estates)
    theirs = [(at, *persons.holders(of)) for at, of in bought]
    near = [(at, sure) for at, holders, sure in theirs if holders & accounts]
    ends = {_end((at for at, _ in near), lasts)}
    if not certain or not all(sure for _, sure in near):
        ends.add(_end((at for at, of in bought if of == estates), lasts))
    return ends


def _end(paid_at: Iterable[float], lasts: float) -> float:
    end = 0.0
    for at in sorted(paid_at):
        end = max(end, at) + lasts
    return end


def _bought(books: Books) -> Iterator[tuple[Any, frozenset[str], Plan, Any]]:
    """Paid Checkout sessions: who, what, and the invoice."""
    for session in books.sessions.values():
        invoice = books.invoices.get(session["invoice"] or "")
        estates = books.owners(session)
        if session["status"] != "complete" or invoice is None or estates is None or invoice["status"] != "paid":
            continue
        products = {
            (line["pricing"]["price_details"] or {}).get("product")
            for line in invoice["lines"]["data"]
            if line.get("pricing")
        }
        for product in products:
            plan = books.plan_of(product)
            if plan is not None:
                yield session, estates, plan, invoice


def grounds(books: Books, now: float) -> list[Ground]:
    """Everything that somebody has, or had."""
    found: list[Ground] = []
    for s in books.subscriptions:
        estates = books.owners(s)
        plan = books.plan_of(s["items"]["data"][0]["price"]["product"])
        if estates is not None and plan is not None:
            say, why = _of_subscription(s, plan, books, now)
            found.append(Ground(estates, plan, say, f"{s['id'][:12]}: {why}"))
    found += _purchases(books, now)
    for present in books.diary.presents:
        say = before(present.until, now)
        if say is Say.IN and not present.sure:
            say = Say.EITHER
        estates = books.diary.estates_at(present.who, present.at)
        found.append(Ground(estates, PLANS[present.plan], say, f"a present until {present.until:.0f}"))
    return found


# -- the door ----------------------------------------------------------------------------------------------------------


def wanted(found: Iterable[Ground], diary: Diary) -> dict[tuple[str, str], Say]:
    """What must be of each account and each role or chat: one reason to be in is enough."""
    persons = diary.persons()
    result = {(account, target): Say.OUT for account in ACCOUNTS for target in targets_of(account)}
    for ground in found:
        accounts, certain = persons.holders(ground.estates)
        say = ground.say if certain or ground.say is Say.OUT else Say.EITHER
        for account in accounts:
            for target in ground.plan.opens:
                held = result.get((account, target))
                if held is not None and (say is Say.IN or (say is Say.EITHER and held is Say.OUT)):
                    result[account, target] = say
    return result


def wrong_at_the_door(state: Json, diary: Diary) -> list[str]:
    """Who is in and should not be, or is out and should be in; each a sentence with its grounds."""
    now = state["clock"]["now"]
    found = grounds(Books(state["stripe"], diary), now)
    should = wanted(found, diary)
    doors = (roles.read(state, diary, now), chats.read(state, diary))
    wrong = [f"{taking} although it was not the bot's to take" for door in doors for taking in door.taken_wrongly]
    for (account, target), say in should.items():
        for door in doors:
            problem = door.problem(account, target, must_be_in=say is Say.IN) if say is not Say.EITHER else None
            if problem is not None:
                wrong.append(f"{account} {say} and {problem} {target}: {_why(found, diary, account, target)}")
    return wrong


def _why(found: Iterable[Ground], diary: Diary, account: str, target: str) -> str:
    persons = diary.persons()
    mine = [
        f"{g.plan.name}: {g.say} ({g.why})"
        for g in found
        if target in g.plan.opens and account in persons.holders(g.estates)[0]
    ]
    return "; ".join(mine) or "nothing was ever bought"


# -- money -------------------------------------------------------------------------------------------------------------

ENDED = frozenset({"canceled", "incomplete_expired"})
MADE_ONCE = ("customer", "product", "price", "checkout.session", "invoice", "invoiceitem")


def charged_twice(state: Json, diary: Diary) -> list[str]:
    """Whoever pays one thing twice, and whatever of ours was made twice at Stripe."""
    books = Books(state["stripe"], diary)
    wrong = _double_subscriptions(books)
    periods = Counter(
        (_subscription_of(i), line["period"]["start"])
        for i in books.invoices.values()
        if i["status"] == "paid" and i["total"] > 0 and i["billing_reason"] in PERIODS
        for line in i["lines"]["data"]
    )
    wrong += [f"{s} was paid {n} times for the period from {at}" for (s, at), n in periods.items() if s and n > 1]
    wrong += _double_lifetimes(books)
    for kind in MADE_ONCE:
        rows = Counter(row for o in books.all(kind) if (row := _row(kind, o)))
        wrong += [f"{n} objects of kind {kind} at Stripe stand for our row {row}" for row, n in rows.items() if n > 1]
    return wrong


def _double_subscriptions(books: Books) -> list[str]:
    rows: dict[tuple[frozenset[str], str], list[float]] = {}
    sessions = {s["subscription"]: s["created"] for s in books.sessions.values() if s["subscription"]}
    for s in books.subscriptions:
        estates = books.owners(s)
        plan = books.plan_of(s["items"]["data"][0]["price"]["product"])
        if estates is not None and plan is not None and s["status"] not in ENDED:
            rows.setdefault((estates, plan.name), []).append(sessions.get(s["id"], s["created"]))
    return _doubles(books.diary, rows, "running subscriptions")


def _double_lifetimes(books: Books) -> list[str]:
    rows: dict[tuple[frozenset[str], str], list[float]] = {}
    for session, estates, plan, invoice in _bought(books):
        forever = session["mode"] == "payment" and plan.lasts is None
        if forever and books.taken_back_at(invoice) is None and not books.disputed_ever(invoice):
            rows.setdefault((estates, plan.name), []).append(session["created"])
    return _doubles(books.diary, rows, "purchases for good")


def _doubles(diary: Diary, rows: Mapping[tuple[frozenset[str], str], list[float]], what: str) -> list[str]:
    """More than one of a plan in one estate; or in one person's estates, the later link made when they were one."""
    wrong = [
        f"{' or '.join(sorted(estates))} has {len(at)} {what} of {plan}"
        for (estates, plan), at in rows.items()
        if len(at) > 1
    ]
    persons = diary.persons()
    held: dict[tuple[frozenset[str], str], list[float]] = {}
    for (estates, plan), at in rows.items():
        accounts, certain = persons.holders(estates)
        if certain:
            held.setdefault((accounts, plan), []).extend(at)
    for (accounts, plan), at in held.items():
        since = diary.one_since(accounts)
        if len(at) > 1 and since is not None and max(at) > since:
            wrong.append(f"{' and '.join(sorted(accounts))} got a link to {plan} when they had it: {what}")
    return wrong


def _row(kind: str, made: Json) -> str | None:
    """Our row's id in the metadata. What Stripe itself makes of a purchase carries it too, and is none of ours."""
    row: str | None = (made.get("metadata") or {}).get("guestlist_row")
    if kind == "invoice" and made["billing_reason"] != "manual":
        return None
    return row
