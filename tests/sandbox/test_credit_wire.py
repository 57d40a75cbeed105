"""Credit notes and balances on the wire: each request and answer is one that the published specification knows."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox.server import Sandbox
from tests.sandbox.conftest import connect
from tests.sandbox.test_har import WIRE_CHECK


async def use_every_route(client: stripe.StripeClient) -> None:
    v1 = client.v1
    customer = await v1.customers.create_async({"balance": -200})
    rows = v1.customers.balance_transactions
    row = await rows.create_async(customer.id, {"amount": 100, "currency": "usd", "metadata": {"a": "b"}})
    await rows.update_async(customer.id, row.id, {"description": "Sorry"})
    await rows.retrieve_async(customer.id, row.id, {"expand": ["customer"]})
    draft = await v1.invoices.create_async({"customer": customer.id})
    item: Any = {"customer": customer.id, "invoice": draft.id, "amount": 2500, "currency": "usd"}
    await v1.invoice_items.create_async(item)
    invoice = await v1.invoices.finalize_invoice_async(draft.id)
    line: Any = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "amount": 500}
    note = await v1.credit_notes.create_async({"invoice": invoice.id, "lines": [line], "email_type": "none"})
    await v1.credit_notes.void_credit_note_async(note.id)
    card = await v1.payment_methods.attach_async("pm_card_visa", {"customer": customer.id})
    await v1.invoices.pay_async(invoice.id, {"payment_method": card.id})
    wish: Any = {
        "invoice": invoice.id,
        "amount": 500,
        "refund_amount": 300,
        "credit_amount": 200,
        "reason": "duplicate",
    }
    await v1.credit_notes.preview_async(wish)
    await v1.credit_notes.preview_lines.list_async(wish)
    paid_back = await v1.credit_notes.create_async(wish)
    await v1.credit_notes.update_async(paid_back.id, {"memo": "Sorry"})
    await v1.credit_notes.retrieve_async(paid_back.id, {"expand": ["customer_balance_transaction", "refunds.refund"]})
    await v1.credit_notes.line_items.list_async(paid_back.id)
    await v1.credit_notes.list_async({"invoice": invoice.id, "customer": customer.id, "created": {"gte": 1}})
    await rows.list_async(customer.id, {"invoice": invoice.id})


@pytest.mark.skipif(not WIRE_CHECK.exists(), reason="the wire checker is not beside this checkout")
async def test_the_checker_finds_nothing_in_the_traffic(tmp_path: Path) -> None:
    har, http = tmp_path / "traffic.har", stripe.AIOHTTPClient()
    async with Sandbox.running(port=0, har=har) as sandbox:
        await use_every_route(connect(sandbox.url, http=http))
        assert sandbox.recorder is not None
        sandbox.recorder.flush()
    await http.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    found = subprocess.run(  # noqa: ASYNC221 -- nothing else runs meanwhile
        [sys.executable, str(WIRE_CHECK), str(har)], capture_output=True, text=True, timeout=100, check=False
    )
    assert found.returncode == 0, found.stdout
    assert "\n0 findings" in found.stdout
