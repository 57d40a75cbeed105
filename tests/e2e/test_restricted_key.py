"""With a restricted key of just the permissions that the README lists, the main job runs; without one, it is said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from payments.flows.settlement import reconcile
from tests.contract.test_stripe_key import GIVEN
from tests.e2e.test_redeem import code_for, pays_by_link, redeems
from tests.e2e.world import ADA, BEN, GUILD, MIA, World, world


@pytest.fixture
async def keyed(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, STRIPE_SECRET_KEY="rk_test_" + "x" * 99) as opened:
        await allow(opened, *GIVEN.values())
        await opened.restart()
        yield opened


async def allow(w: World, *permissions: str) -> None:
    await w.play.post("stripe/settings", {"restricted_key": list(permissions)})


async def test_the_main_job_needs_no_more_than_what_is_listed(keyed: World) -> None:
    w = keyed
    await w.plan(trial_days=3)
    await w.member_buys()
    await w.mia("membership")
    await w.advance("3d 2h")
    await w.advance("1mo 2h")
    await w.mia("invoices")
    await w.ada("member", member=MIA)
    await w.ada("invoice create", member=MIA, amount="25", what="A workshop")
    await w.play.post("stripe/fraud_warning", {"subscription": (await w.subscription())["id"]})
    told = await w.told(ADA, "as possible fraud")
    asked = await w.play.click(GUILD, ADA, told, "Refund $9.99")
    await w.play.click(GUILD, ADA, asked, "Yes, refund $9.99")
    await w.lacks("Members")
    await pays_by_link(w, "ben@example.org")
    assert "is yours now" in await redeems(w, BEN, await code_for(w, "b…@example.org"))
    await w.holds("Members", BEN)
    asked = await w.play.click(GUILD, BEN, await w.play.command(GUILD, BEN, "membership"), "Cancel")
    assert w.service.app is not None
    await reconcile.compare_everything(w.service.app, w.service.app.first_account.id)
    await reconcile.read_events(w.service.app, w.service.app.first_account.id)
    await w.quiet()
    assert w.sandbox.stripe.api.lacked == set()


async def test_what_lacks_is_said_to_the_team_and_members_learn_no_more(keyed: World) -> None:
    w = keyed
    await w.plan()
    await allow(w, *(one for one in GIVEN.values() if "checkout" not in one and "invoice" not in one))
    billed = await w.ada("invoice create", member=MIA, amount="25", what="A workshop")
    assert "Having the 'rak_invoice_write' permission" in billed.text.replace("\\", "")
    refused = await w.mia("subscribe", plan="Pro")
    assert "key" in refused.text
    assert "rak_" not in refused.text
    assert w.sandbox.stripe.api.lacked >= {"rak_checkout_session_write"}
