"""The customer's balance: each change is a transaction, and invoices take credit and debts along."""

from typing import Any

import pytest
import stripe

from tests.sandbox.billing import a_customer, a_price, a_subscription, happened
from tests.sandbox.conftest import Local
from tests.sandbox.shopping import VISA, session_of
from tests.sandbox.stripe_spec import everything, misfits
from tests.sandbox.test_stripe_invoices import a_draft


async def moves(local: Local, customer: stripe.Customer, **which: Any) -> list[tuple[str, int, int]]:
    """The transactions of a customer, oldest first: type, amount, balance afterwards."""
    params: Any = {"limit": 100, **which}
    found = await local.client.v1.customers.balance_transactions.list_async(customer.id, params)
    return [(row.type, row.amount, row.ending_balance) for row in reversed(found.data)]


async def balance(local: Local, customer: stripe.Customer) -> int:
    return (await local.client.v1.customers.retrieve_async(customer.id)).balance or 0


async def a_final(local: Local, customer: stripe.Customer, amount: int = 2500, **more: Any) -> stripe.Invoice:
    """An invoice that was finalized and not paid."""
    draft = await a_draft(local, customer, amount, **more)
    return await local.client.v1.invoices.finalize_invoice_async(draft.id)


async def test_credit_is_given_and_taken_by_transactions(local: Local) -> None:
    customer = await a_customer(local, None)
    rows = local.client.v1.customers.balance_transactions
    given = await rows.create_async(
        customer.id, {"amount": -1000, "currency": "usd", "description": "Sorry", "metadata": {"why": "late"}}
    )
    assert (given.type, given.amount, given.ending_balance, given.description) == ("adjustment", -1000, -1000, "Sorry")
    taken = await rows.create_async(customer.id, {"amount": 300, "currency": "usd"})
    assert taken.ending_balance == -700
    assert await balance(local, customer) == -700
    changed = await rows.update_async(customer.id, given.id, {"description": "Sorry again", "metadata": {"who": "max"}})
    assert (changed.description, changed.amount) == ("Sorry again", -1000)
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"why": "late", "who": "max"}
    assert (await rows.retrieve_async(customer.id, given.id)).description == "Sorry again"
    after = await local.client.v1.customers.retrieve_async(customer.id)
    assert after.currency == "usd"
    assert happened(local, "customer.updated") == ["customer.updated"] * 3  # the currency, and each change


async def test_a_balance_that_is_set_is_a_transaction_of_the_difference(local: Local) -> None:
    customer = await a_customer(local, None, balance=-500)
    await local.client.v1.customers.update_async(customer.id, {"balance": 200})
    await local.client.v1.customers.update_async(customer.id, {"name": "Ada"})
    await local.client.v1.customers.update_async(customer.id, {"balance": 200})
    assert await moves(local, customer) == [("initial", -500, -500), ("adjustment", 700, 200)]
    assert happened(local, "customer.updated") == ["customer.updated"] * 2


async def test_what_a_balance_transaction_needs(local: Local) -> None:
    customer = await a_customer(local, None)
    rows = local.client.v1.customers.balance_transactions
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"currency": "usd"}, "Missing required param: amount.", "amount"),
        ({"amount": 5}, "Missing required param: currency.", "currency"),
        ({"amount": 5, "currency": "xxx"}, "Invalid currency: xxx", "currency"),
        ({"amount": 5, "currency": "usd", "description": "x" * 351}, "at most 350 characters", "description"),
    ]
    for params, text, param in refused:
        with pytest.raises(stripe.InvalidRequestError, match=text) as error:
            await rows.create_async(customer.id, params)  # type: ignore[arg-type]  # what is missing is the point
        assert error.value.param == param
    assert await moves(local, customer) == []
    await rows.create_async(customer.id, {"amount": -5, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError, match="You cannot combine currencies on a single customer"):
        await rows.create_async(customer.id, {"amount": -5, "currency": "usd"})


async def test_transactions_of_others_and_of_the_deleted_are_not_found(local: Local) -> None:
    customer, other = await a_customer(local, None, balance=-5), await a_customer(local, None)
    rows = local.client.v1.customers.balance_transactions
    [row] = (await rows.list_async(customer.id)).data
    with pytest.raises(stripe.InvalidRequestError, match=f"No such customer balance transaction: '{row.id}'"):
        await rows.retrieve_async(other.id, row.id)
    await local.client.v1.customers.delete_async(customer.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        await rows.create_async(customer.id, {"amount": -5, "currency": "usd"})


async def test_an_invoice_takes_the_credit_when_it_is_finalized_and_a_void_one_gives_it_back(local: Local) -> None:
    customer = await a_customer(local, None, balance=-4000)
    first = await a_final(local, customer)
    assert (first.amount_due, first.starting_balance, first.ending_balance, first.status) == (0, -4000, -1500, "paid")
    second = await a_final(local, customer)
    assert (second.amount_due, second.starting_balance, second.ending_balance) == (1000, -1500, 0)
    await local.client.v1.invoices.void_invoice_async(second.id)
    assert await moves(local, customer) == [
        ("initial", -4000, -4000),
        ("applied_to_invoice", 2500, -1500),
        ("applied_to_invoice", 1500, 0),
        ("unapplied_from_invoice", -1500, -1500),
    ]
    assert await moves(local, customer, invoice=first.id) == [("applied_to_invoice", 2500, -1500)]


async def test_an_invoice_below_zero_gives_credit_and_is_paid(local: Local) -> None:
    customer = await a_customer(local, None)
    invoice = await a_final(local, customer, -700)
    assert (invoice.status, invoice.total, invoice.amount_due, invoice.amount_paid) == ("paid", -700, 0, 0)
    assert invoice.ending_balance == -700
    assert await moves(local, customer) == [("applied_to_invoice", -700, -700)]


async def test_an_invoice_below_the_smallest_charge_is_owed_with_the_next_one(local: Local) -> None:
    customer = await a_customer(local, None, balance=-980)
    small = await a_final(local, customer, 1000)
    assert (small.status, small.amount_due, small.ending_balance) == ("paid", 0, 20)
    following = await a_final(local, customer)
    assert (following.amount_due, following.starting_balance, following.ending_balance) == (2520, 20, 0)
    assert await moves(local, customer) == [
        ("initial", -980, -980),
        ("applied_to_invoice", 980, 0),
        ("invoice_too_small", 20, 20),
        ("applied_to_invoice", -20, 0),
    ]


async def test_a_subscription_is_paid_from_the_balance_first(local: Local) -> None:
    customer = await a_customer(local, balance=-300)
    subscription = await a_subscription(local, customer, await a_price(local, 1000))
    invoice = await local.client.v1.invoices.retrieve_async(str(subscription.latest_invoice))
    assert (invoice.amount_due, invoice.amount_paid, invoice.ending_balance) == (700, 700, 0)
    [charge] = (await local.client.v1.charges.list_async()).data
    assert charge.amount == 700


async def test_a_one_time_checkout_with_an_invoice_leaves_the_balance_alone(local: Local) -> None:
    customer = await a_customer(local, None, balance=-300)
    item: Any = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Pro"}}}
    session = await session_of(local, customer=customer.id, line_items=[item], invoice_creation={"enabled": True})
    assert (await local.sandbox.pay(session=session.id, card=VISA))["status"] == "paid"
    [invoice] = (await local.client.v1.invoices.list_async()).data
    assert (invoice.amount_paid, invoice.starting_balance, invoice.ending_balance) == (900, 0, 0)
    assert await balance(local, customer) == -300


async def test_transactions_have_stripes_shape(local: Local) -> None:
    customer = await a_customer(local, None, balance=-980)
    await a_final(local, customer, 1000)
    objects = everything(local.sandbox.state())
    assert "customer_balance_transaction" in {obj["object"] for obj in objects}
    assert misfits(objects) == []
