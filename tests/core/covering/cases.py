"""The cases of `cases.json` as the decision knows them. The file says its own format under `format`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.covering.bills import Bill, Contested, GivenBack, Known, Note, Pause, Terms
from payments.core.ids import InvoiceId
from payments.core.lines import CreditedLines, InvoiceLine, SubscriptionItem

FILE = json.loads((Path(__file__).parent / "cases.json").read_text())
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
TAKING = {"pending", "requires_action", "succeeded"}
CONTESTING = {
    "needs_response",
    "under_review",
    "appeal_needs_response",
    "appeal_under_review",
    "lost",
    "prevented",
}

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of a case: what is known, and what is asked."""

    name: str
    now: int
    known: Known
    asks: list[Raw]


def steps() -> Iterator[Step]:
    """Each step of each case, its facts laid over those of the steps before."""
    for case in FILE["cases"]:
        facts: Raw = case["facts"]
        for number, step in enumerate(case["steps"], 1):
            facts = _merged(facts, step.get("set", {}))
            now = moment(facts["sub"].get("clock")) or moment(step["now"])
            assert now is not None
            yield Step(f"{case['n']}.{number} {case['sentence']}", now, known(facts), step["ask"])


def terms(ask: Raw) -> Terms:
    """The plan that is asked about, as it is asked about it."""
    said = {**FILE["defaults"]["plan"], **FILE["plans"][ask["plan"]], **ask.get("over", {})}
    return Terms(
        grace_ms=said["grace_days"] * DAY_MS,
        refund_ends=said["refund_ends"],
        dispute_ends=said["dispute_ends"],
        pause_keeps=said["pause_keeps"],
        at_once=said["at_once"] is True,
    )


def moment(text: str | None) -> int | None:
    """Milliseconds since 1970."""
    return None if text is None else round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def _merged(target: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merged(found.get(key), value)
    return found


def known(facts: Raw) -> Known:
    """The facts of a case."""
    sub = facts["sub"]
    bills = facts.get("invoices", {})
    trials = [line["end"] for bill in bills.values() for line in bill["lines"].values() if line.get("trial")]
    status = SubscriptionStatus(sub["status"])
    failed = status is SubscriptionStatus.UNPAID or sub.get("ended_by") == "payment_failed"
    return Known(
        status=status,
        items=tuple(_item(id_, item) for id_, item in sub["items"].items()),
        bills=tuple(_bill(id_, bill) for id_, bill in bills.items()),
        given_back=tuple(
            GivenBack(id_, one["invoice"], one["amount"], moment(one.get("at")), one.get("keep", False))
            for id_, one in facts.get("refunds", {}).items()
            if one.get("status", "succeeded") in TAKING
        ),
        notes=tuple(_note(id_, note) for id_, note in facts.get("notes", {}).items()),
        contested=tuple(
            Contested(one["invoice"], one["amount"], bills[one["invoice"]]["cash"])
            for one in facts.get("disputes", {}).values()
            if one["status"] in CONTESTING
        ),
        sent=sub.get("collection") == "send_invoice",
        pause=_pause(sub),
        trial_end_at=max((at for text in trials if (at := moment(text))), default=None),
        cancel_at=moment(sub.get("cancel_at")),
        ended_at=moment(sub.get("ended")),
        payment_ended_it=failed,
        counts_as_paid=sub.get("imported", False),
        bounced_before=sub.get("bounced_before", False),
    )


def _pause(sub: Raw) -> Pause | None:
    if sub["status"] == "paused":
        return Pause.REQUESTED if sub["paused_type"] == "pause_requested" else Pause.UNASKED
    return Pause.REQUESTED if sub.get("pause") else None


def _item(id_: str, item: Raw) -> SubscriptionItem:
    return SubscriptionItem(
        id=id_,
        provider_price_id=item["price"],
        product_id=item["product"],
        quantity=item.get("qty", 1),
        usage=item.get("metered", False),
        period_start_at=moment(item["start"]),
        period_end_at=moment(item["end"]),
    )


def _bill(id_: str, bill: Raw) -> Bill:
    created = moment(bill["created"])
    assert created is not None
    status = InvoiceStatus(bill["status"])
    paid = moment(bill.get("paid")) or (created + HOUR_MS if status is InvoiceStatus.PAID else None)
    failed = moment(bill.get("failed"))
    if failed is None and bill.get("attempts", 0) > 0:
        failed = moment(bill.get("seen"))
    return Bill(
        id=id_,
        status=status,
        created_at=created,
        lines=tuple(_line(line_id, line) for line_id, line in bill["lines"].items()),
        cash=bill.get("cash", 0),
        outside=bill.get("outside", 0),
        balance=bill.get("balance", 0),
        failed_at=failed,
        due_at=moment(bill.get("due")),
        paid_at=paid,
        ended_at=moment(bill.get("ended")),
        processing=bill.get("processing", False),
        stays_draft=status is InvoiceStatus.DRAFT and not bill.get("advance", True),
        by_pause=bill.get("pause", False),
        forgiven=bill.get("forgiven", False),
        change=bill["reason"] == "subscription_update",
    )


def _line(id_: str, line: Raw) -> InvoiceLine:
    return InvoiceLine(
        id=id_,
        amount=line["amount"],
        product_id=line["product"],
        provider_price_id=line.get("price"),
        subscription_item_id=line["item"],
        period_start_at=moment(line.get("start")),
        period_end_at=moment(line.get("end")),
        proration=line.get("proration", False),
        credits=CreditedLines(InvoiceId(line["credits"])) if line.get("credits") else None,
        discount_amount=line.get("discount", 0),
    )


def _note(id_: str, note: Raw) -> Note:
    return Note(
        id=id_,
        bill_id=note["invoice"],
        pre=note.get("pre", 0),
        post=note.get("post", 0),
        lines=note.get("lines", {}),
        refund_ids=frozenset(note.get("refunds", ())),
        at=moment(note.get("at")),
    )
