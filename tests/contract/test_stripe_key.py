"""What a restricted key may not do: what is said of it, and what is done without."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from payments.core.billing import SnapshotPart
from payments.core.ids import ChargeId, CustomerRef, InvoiceId, SubscriptionId
from payments.ports.providers import KeyRefused, MoneyKind, PortalFlow
from payments.providers.stripe.permissions import PERMISSIONS
from payments.providers.stripe.provider import StripeProvider
from tests.contract.provider_worlds import StripeWorld, order, stripe_world

README = (Path(__file__).parents[2] / "README.md").read_text()

GIVEN = {
    "Customers": "rak_customer_write",
    "Products": "rak_product_write",
    "Prices": "rak_plan_write",
    "Checkout Sessions": "rak_checkout_session_write",
    "Customer portal": "rak_customer_portal_write",
    "Subscriptions": "rak_subscription_write",
    "Invoices": "rak_invoice_write",
    "Refunds": "rak_refund_write",
    "Charges": "rak_charge_read",
    "Credit notes": "rak_credit_note_read",
    "Payment Intents": "rak_payment_intent_read",
    "Payment Methods": "rak_payment_method_read",
    "Disputes": "rak_dispute_read",
    "Early fraud warnings": "rak_early_fraud_warning_read",
    "Events": "rak_event_read",
    "the account itself": "rak_accounts_kyc_basic_read",
}
"""What each line of the list is called in Stripe's refusals."""

SUB, CUS, BILL = SubscriptionId("sub_none"), CustomerRef("cus_none"), InvoiceId("in_none")
Act = Callable[[StripeProvider], Awaitable[Any]]
ACTS: dict[str, tuple[Act, ...]] = {
    "Customers": (
        lambda p: p.customers.create("key", name="Ann", email=None, metadata={}),
        lambda p: p.customers.name_ours(CUS, {}),
    ),
    "Products": (lambda p: p.catalog.create_product("key", name="Pro", metadata={}),),
    "Prices": (lambda p: p.catalog.offered("price_none"),),
    "Checkout Sessions": (lambda p: p.checkouts.expire("cs_test_none"),),
    "Customer portal": (
        lambda p: p.portal.open(CUS, configuration_id="bpc", return_url="https://x.test", flow=PortalFlow.HOME),
    ),
    "Subscriptions": (lambda p: p.subscriptions.cancel(SUB), lambda p: p.subscriptions.cancel_now(SUB)),
    "Invoices": (
        lambda p: p.invoicing.create_draft("key", order(CUS)),
        lambda p: p.invoicing.add_item("key", BILL, order(CUS)),
        lambda p: p.invoicing.finalize(BILL),
    ),
    "Refunds": (
        lambda p: p.refunds.refund("key", ChargeId("ch_none"), None, {}),
        lambda p: p.events.list_money(MoneyKind.REFUND, since_at=0, after=None),
    ),
    "Charges": (lambda p: p.snapshot(CUS, SnapshotPart.CHARGES),),
    "Disputes": (lambda p: p.events.list_money(MoneyKind.DISPUTE, since_at=0, after=None),),
    "Early fraud warnings": (lambda p: p.fraud_warnings.list(since_at=0, after=None),),
    "Events": (lambda p: p.events.list_changes(since_at=0, after=None),),
    "the account itself": (lambda p: p.account(),),
}
"""What is refused without each of them. Credit notes and payment methods are done without; see below."""


@pytest.fixture
async def world() -> AsyncIterator[StripeWorld]:
    async with stripe_world() as opened:
        yield opened


def forbid(world: StripeWorld, path: str, right: str) -> None:
    world.fault(path, status=403, body={"error": {"message": f"The provided key lacks '{right}'."}}, times=0)


def written(write: bool) -> str:
    names = [one.name for one in PERMISSIONS if one.write is write]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def test_the_readme_asks_for_just_these() -> None:
    asked = " ".join(re.sub(r"\s+", " ", README).partition("create a *restricted key* with ")[2].split()[:80])
    assert asked.startswith(f"write access to {written(True)}, and read access to {written(False)}. ")


@pytest.fixture
async def restricted(world: StripeWorld) -> AsyncIterator[StripeProvider]:
    """The same account, by a restricted key."""
    provider = StripeProvider("rk_test_guestlist0001", api_base=world.sandbox.url, limiter=world.limiter)
    yield provider
    await provider.close()


async def test_each_permission_that_lacks_is_named_and_no_other(world: StripeWorld, restricted: StripeProvider) -> None:
    assert {one.name for one in PERMISSIONS} == set(GIVEN)
    world.sandbox.stripe.settings(restricted_key=list(GIVEN.values()))
    assert await restricted.lacking() == []
    for permission in PERMISSIONS:
        lacks = GIVEN[permission.name]
        world.sandbox.stripe.settings(restricted_key=[name for name in GIVEN.values() if name != lacks])
        (missing,) = await restricted.lacking()
        assert missing.startswith(f"{permission.name}: {'write' if permission.write else 'read'}.")
        assert f"Having the '{lacks}' permission would allow this request to continue" in missing
    assert world.objects("customer") == [], "nothing is made to find that out"


async def test_to_read_is_not_enough_to_write(world: StripeWorld, restricted: StripeProvider) -> None:
    world.sandbox.stripe.settings(restricted_key=[name.replace("_write", "_read") for name in GIVEN.values()])
    lacking = await restricted.lacking()
    assert [one.partition(":")[0] for one in lacking] == [one.name for one in PERMISSIONS if one.write]


async def test_without_each_of_them_its_acts_are_refused_by_name(
    world: StripeWorld, restricted: StripeProvider
) -> None:
    for name, acts in ACTS.items():
        world.sandbox.stripe.settings(restricted_key=[one for one in GIVEN.values() if one != GIVEN[name]])
        for act in acts:
            with pytest.raises(KeyRefused) as refused:
                await act(restricted)
            resource = GIVEN[name].rpartition("_")[0]
            assert (refused.value.code, resource in str(refused.value)) == ("permission_error", True), name


@pytest.mark.parametrize("path", ["/v1/credit_notes", "/v1/disputes", "/v1/invoice_payments"])
async def test_what_a_key_may_not_read_is_named(world: StripeWorld, path: str) -> None:
    assert await world.provider.lacking() == []
    forbid(world, path, "rak_something_read")
    (missing,) = await world.provider.lacking()
    assert "rak_something_read" in missing


async def test_a_key_from_before_credit_notes_counted_still_tells_the_rest(world: StripeWorld) -> None:
    """Else nobody whose invoice was ever credited would be settled any more after an upgrade."""
    customer = await world.subscribed()
    await world.credit(customer, 300)
    forbid(world, "/v1/credit_notes", "rak_credit_note_read")
    told = await world.provider.snapshot(customer, SnapshotPart.ALL)
    assert told.notes is None
    assert [bill.credited for bill in told.invoices or ()] == [True]
    assert [refund.amount for refund in told.refunds or ()] == [300]


async def test_a_key_that_is_not_accepted_at_all_is_no_answer(world: StripeWorld) -> None:
    customer = await world.subscribed()
    await world.credit(customer, 300)
    world.fault("/v1/credit_notes", status=401, body={"error": {"message": "Invalid API Key provided"}}, times=0)
    with pytest.raises(KeyRefused):
        await world.provider.snapshot(customer, SnapshotPart.ALL)
