"""Whatever happens to invoices, notes, refunds and the balance, in whatever order: after each step, all sums hold."""

import itertools
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import stripe

from sandbox.stripe.store import Obj
from tests.sandbox.billing import a_customer, a_price
from tests.sandbox.conftest import Local
from tests.sandbox.test_balances import a_final
from tests.sandbox.test_stripe_invoices import a_draft

STEPS = 90


class NothingThereError(Exception):
    """No object yet to do it to."""


class Shop:
    """Does random things to the invoices of one customer; many are refused, as they should be."""

    def __init__(self, local: Local, customer: stripe.Customer, seed: int) -> None:
        self._local = local
        self._v1 = local.client.v1
        self._customer = customer
        self._random = random.Random(seed)
        self.done: dict[str, int] = {}

    async def step(self) -> None:
        often = [self.bill, self.pay, self.split_note, self.unnote] * 2 + [self.note] * 3
        seldom = [self.void, self.give, self.line_note, self.link, self.refund, self.fail]
        acts: list[Callable[[], Awaitable[object]]] = [*often, *seldom]
        act = self._random.choice(acts)
        before = facts(self._local)
        try:
            await act()
            self.done[act.__name__] = self.done.get(act.__name__, 0) + 1
        except (stripe.InvalidRequestError, NothingThereError):
            assert facts(self._local) == before, f"{act.__name__} was refused and changed something"

    def _any(self, kind: str, *statuses: str) -> Obj:
        """One of the objects, mostly of those that the act is for."""
        found = list(self._local.sandbox.objects.by_kind[kind].values())
        fit = [obj for obj in found if obj["status"] in statuses]
        if not found:
            raise NothingThereError
        return self._random.choice(fit if fit and self._random.random() < 0.8 else found)

    async def bill(self) -> None:
        await a_final(self._local, self._customer, self._random.choice([20, 700, 1234, 5000, 5000, 9999, -800]))

    async def pay(self) -> None:
        await self._v1.invoices.pay_async(self._any("invoice", "open")["id"])

    async def void(self) -> None:
        await self._v1.invoices.void_invoice_async(self._any("invoice", "open")["id"])

    async def give(self) -> None:
        amount = self._random.choice([-1500, -333, 40, 600])
        await self._v1.customers.balance_transactions.create_async(
            self._customer.id, {"amount": amount, "currency": "usd"}
        )

    async def note(self) -> None:
        invoice = self._any("invoice", "open", "paid")
        await self._note(invoice, {"amount": self._random.randint(1, max(1, invoice["total"]))}, spread=1)

    async def split_note(self) -> None:
        invoice = self._any("invoice", "open", "paid")
        await self._note(invoice, {"amount": self._random.randint(1, max(1, invoice["total"] // 2))}, spread=3)

    async def line_note(self) -> None:
        invoice = self._any("invoice", "open", "paid")
        amount = self._random.randint(1, max(1, invoice["total"] // 3))
        line = {"type": "invoice_line_item", "invoice_line_item": invoice["lines"]["data"][0]["id"], "amount": amount}
        await self._note(invoice, {"lines": [line], "amount_": amount}, spread=2)

    async def _note(self, invoice: Obj, wish: dict[str, Any], *, spread: int) -> None:
        """A note whose paid part goes to `spread` places; one time in eight it is a cent off."""
        amount = wish.pop("amount_", None) or wish["amount"]
        rest = max(0, amount - (invoice["amount_remaining"] if invoice["status"] == "open" else 0))
        rest += self._random.random() < 0.125
        places = self._random.sample(["refund_amount", "credit_amount", "out_of_band_amount"], spread)
        for place in places[:-1]:
            wish[place] = self._random.randint(0, rest)
            rest -= wish[place]
        if rest:
            wish[places[-1]] = rest
        await self._v1.credit_notes.create_async({"invoice": invoice["id"], **wish})  # type: ignore[typeddict-item]  # built up from parts

    async def link(self) -> None:
        refund = self._any("refund", "succeeded")
        intents = self._local.sandbox.objects.by_kind["invoice_payment"].values()
        [invoice] = [p["invoice"] for p in intents if p["payment"]["payment_intent"] == refund["payment_intent"]]
        amount = self._random.randint(1, refund["amount"])
        linked: Any = [{"refund": refund["id"], "amount_refunded": amount}]
        await self._v1.credit_notes.create_async({"invoice": invoice, "amount": amount, "refunds": linked})

    async def refund(self) -> None:
        charge = self._any("charge", "succeeded")
        amount = self._random.randint(1, charge["amount"])
        await self._v1.refunds.create_async({"charge": charge["id"], "amount": amount})

    async def fail(self) -> None:
        """The bank sends a refund back that was made without a note."""
        charge = self._any("charge", "succeeded")
        left = charge["amount"] - charge["amount_refunded"]
        if left:
            await self._local.sandbox.refund(charge=charge["id"], amount=left, status="failed")

    async def unnote(self) -> None:
        await self._v1.credit_notes.void_credit_note_async(self._any("credit_note", "issued")["id"])


def facts(local: Local) -> list[Obj]:
    """All that money hangs on, as it is now."""
    kinds = ("customer", "invoice", "credit_note", "refund", "charge", "customer_balance_transaction", "payment_intent")
    return [obj.copy() for kind in kinds for obj in local.sandbox.objects.by_kind[kind].values()]


def check_balance(local: Local, customer: str) -> None:
    objects = local.sandbox.objects
    running = 0
    for row in reversed(list(objects.newest("customer_balance_transaction", customer=customer))):
        running += row["amount"]
        assert row["ending_balance"] == running
    assert objects.by_id[customer]["balance"] == running


def check_invoice(local: Local, invoice: Obj) -> None:
    objects = local.sandbox.objects
    moved = [row for row in objects.by_kind["customer_balance_transaction"].values() if row["invoice"] == invoice["id"]]
    carried = sum(row["amount"] for row in moved if row["type"] != "credit_note")
    taken = invoice["ending_balance"] - invoice["starting_balance"]
    assert carried == (0 if invoice["status"] == "void" else taken)
    notes = [note for note in objects.by_kind["credit_note"].values() if note["invoice"] == invoice["id"]]
    issued = [note for note in notes if note["status"] == "issued"]
    assert invoice["pre_payment_credit_notes_amount"] == sum(note["pre_payment_amount"] for note in issued)
    assert invoice["post_payment_credit_notes_amount"] == sum(note["post_payment_amount"] for note in issued)
    assert sum(note["total"] for note in issued) <= max(0, invoice["total"])
    assert invoice["amount_due"] == invoice["total"] - taken - invoice["pre_payment_credit_notes_amount"]
    assert invoice["amount_due"] == invoice["amount_paid"] + invoice["amount_remaining"]
    if invoice["status"] in ("open", "paid"):
        assert (invoice["status"] == "paid") == (invoice["amount_remaining"] == 0)
    paid = [row for row in objects.by_kind["invoice_payment"].values() if row["invoice"] == invoice["id"]]
    assert sum(row["amount_paid"] or 0 for row in paid) == invoice["amount_paid"]
    for row in paid:
        if row["status"] == "open":
            intent = objects.by_id[row["payment"]["payment_intent"]]
            assert row["amount_requested"] == intent["amount"] == invoice["amount_remaining"]


def check_note(local: Local, note: Obj) -> None:
    objects = local.sandbox.objects
    credit = (
        objects.by_id[note["customer_balance_transaction"]]["amount"] if note["customer_balance_transaction"] else 0
    )
    back = sum(one["amount_refunded"] for one in note["refunds"])
    assert note["post_payment_amount"] == back - credit + (note["out_of_band_amount"] or 0)
    assert note["total"] == note["amount"] == note["pre_payment_amount"] + note["post_payment_amount"]
    kinds = {(True, False): "pre_payment", (False, True): "post_payment", (True, True): "mixed"}
    assert note["type"] == kinds[note["pre_payment_amount"] > 0, note["post_payment_amount"] > 0]


def check_charge(local: Local, charge: Obj) -> None:
    refunds = [row for row in local.sandbox.objects.by_kind["refund"].values() if row["charge"] == charge["id"]]
    given = sum(row["amount"] for row in refunds if row["status"] == "succeeded")
    assert charge["amount_refunded"] == given <= charge["amount"]


@pytest.mark.parametrize("seed", range(6))
async def test_after_each_step_all_sums_hold(local: Local, seed: int) -> None:
    customer = await a_customer(local)
    shop, objects = Shop(local, customer, seed), local.sandbox.objects
    for _ in range(STEPS):
        await shop.step()
        check_balance(local, customer.id)
        for invoice in objects.by_kind["invoice"].values():
            check_invoice(local, invoice)
        for note in objects.by_kind["credit_note"].values():
            check_note(local, note)
        for charge in objects.by_kind["charge"].values():
            check_charge(local, charge)
    assert shop.done.keys() >= {"bill", "pay", "note", "line_note"}, shop.done


@pytest.mark.parametrize("seed", range(8))
async def test_lines_that_are_credited_part_by_part_come_to_the_total_with_discount_and_tax(
    local: Local, seed: int
) -> None:
    v1, dice = local.client.v1, random.Random(seed)
    percentage, inclusive = dice.choice([(19, False), (7.7, True), (20, True), (8.25, False)])
    vat = await v1.tax_rates.create_async({"display_name": "VAT", "percentage": percentage, "inclusive": inclusive})
    off: Any = dice.choice([{"percent_off": 12.5}, {"amount_off": 333, "currency": "usd"}])
    coupon = await v1.coupons.create_async(off | {"duration": "once"})
    customer = await a_customer(local, None)
    draft = await a_draft(local, customer, 1999, default_tax_rates=[vat.id], discounts=[{"coupon": coupon.id}])
    price = await a_price(local, dice.choice([333, 1001]), recurring="")
    item: Any = {"customer": customer.id, "invoice": draft.id, "pricing": {"price": price.id}, "quantity": 7}
    await v1.invoice_items.create_async(item)
    invoice = await v1.invoices.finalize_invoice_async(draft.id)
    [single] = [line for line in invoice.lines.data if line.amount == 1999]
    [seven] = [line for line in invoice.lines.data if line.quantity == 7]
    added = [tax.amount for tax in single.taxes or [] if tax.tax_behavior == "exclusive"]
    paid = 1999 - sum(cut.amount for cut in single.discount_amounts or []) + sum(added)
    cuts = [0, *sorted(dice.sample(range(50, 1650, 50), 5)), paid]
    parts: list[Any] = [
        {"invoice_line_item": single.id, "amount": after - before} for before, after in itertools.pairwise(cuts)
    ]
    parts += [{"invoice_line_item": seven.id, "quantity": count} for count in (1, 2, 3, 1)]
    dice.shuffle(parts)
    notes = []
    while parts:
        lines: Any = [{"type": "invoice_line_item", **parts.pop()} for _ in range(min(len(parts), dice.randint(1, 3)))]
        notes.append(await v1.credit_notes.create_async({"invoice": invoice.id, "lines": lines}))
    assert sum(note.total for note in notes) == invoice.total
    assert sum(note.subtotal for note in notes) == invoice.subtotal
    assert sum(note.discount_amount for note in notes) == (invoice.total_discount_amounts or [])[0].amount
    taxes = [tax.amount for note in notes for tax in note.total_taxes or []]
    assert sum(taxes) == (invoice.total_taxes or [])[0].amount
    assert sum(note.total_excluding_tax or 0 for note in notes) == invoice.total_excluding_tax
    assert (await v1.invoices.retrieve_async(invoice.id)).status == "paid"
