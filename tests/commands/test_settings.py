"""`/settings` and `/help`."""

from dataclasses import replace

from bot.commands.model import Value
from payments.core.access import EffectState
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.core.rights import Rank
from tests.commands.conftest import ADA, BEN, DAY, HIGH, MEMBERS, MIA, OTHER_SERVER, SERVER, Town, member


async def test_settings_show_defaults_and_that_everything_works(town: Town) -> None:
    await town.plan()
    shown = (await town.ask(ADA, "settings")).text
    assert "Currency of new plans: **EUR**" in shown
    assert "Grace period of new plans: **3 days**" in shown
    assert "Contact, told when an admin is needed: **Ada**" in shown
    assert "✅ I can grant and revoke 1 role or chat" in shown
    assert "✅ Stripe answers (test mode, no real money)" in shown
    assert "`https://club.example/webhooks/stripe`" in shown
    assert "hasn't been read yet" in shown
    assert "✅ Nothing is stuck" in shown


async def test_of_the_contact_s_accounts_only_one_that_is_here_is_named(town: Town) -> None:
    await town.plan()
    ada = await town.person(ADA)
    async with town.store.transaction() as tx:
        await tx.identities.ensure(Identity(Platform.TELEGRAM, "1"), "Doctor Secret", "en", ada, 0)
    assert "Contact, told when an admin is needed: **Ada**" in (await town.ask(ADA, "settings")).text
    async with town.store.transaction() as tx:
        community = await tx.communities.at(SERVER)
        assert community is not None
        only_there = await tx.identities.ensure(
            Identity(Platform.TELEGRAM, "2"), "Miss Veil", "en", PersonId("prs_v"), 0
        )
        await tx.communities.update(replace(community, contact_id=only_there))
    await town.ranked(BEN, Rank.MANAGER)
    shown = (await town.ask(BEN, "settings")).text
    assert "Miss Veil" not in shown
    assert "Nobody is told" in shown, "who is nowhere here is no owner here"


async def test_settings_are_stored_and_new_plans_use_them(town: Town) -> None:
    changed = await town.ask(ADA, "settings", currency="USD", locale="de", grace_days=5)
    assert "✅ Saved." in changed.text
    assert "Language: **German**" in changed.text
    community = await town.community()
    assert (community.currency, community.locale, community.grace_ms) == ("usd", "de", 5 * DAY)
    options: dict[str, Value] = {"name": "Max", "price": "5", "period": "every_months", "role": MEMBERS}
    assert "$5.00 a month" in (await town.ask(ADA, "plan create", options)).text
    assert (await town.stored_plan("Max")).grace_ms == 5 * DAY


async def test_an_unknown_currency_is_refused_and_nothing_is_stored(town: Town) -> None:
    assert "“doge” is not a currency" in (await town.ask(ADA, "settings", currency="doge", grace_days=9)).text
    assert (await town.community()).grace_ms == 3 * DAY


async def test_icon_and_colour_are_taken_back_each_by_itself(town: Town) -> None:
    assert "🎲 on `#2e8b57`" in (await town.ask(ADA, "settings", icon="🎲", color="#2E8B57")).text
    taken = await town.ask(ADA, "settings", icon="none")
    assert "✅ Saved." in taken.text
    assert "BC on `#2e8b57`" in taken.text
    assert "BC on `#3b5bdb`" in (await town.ask(ADA, "settings", color="None")).text
    community = await town.community()
    assert (community.icon, community.color) == (None, None)
    assert "Aussehen der Bezahlseiten: BC auf `#3b5bdb`" in (await town.ask(ADA, "settings", reader="de")).text


async def test_another_admin_can_become_the_contact(town: Town) -> None:
    await town.ask(ADA, "settings")
    await town.ask(BEN, "settings", admin=True)
    assert (await town.community()).contact_id == await town.person(ADA)
    await town.ask(BEN, "settings", admin=True, contact_me=True)
    assert (await town.community()).contact_id == await town.person(BEN)


async def test_a_role_out_of_reach_is_shown_with_what_to_do(town: Town) -> None:
    await town.plan(role2=HIGH)
    shown = (await town.ask(ADA, "settings")).text
    assert "⚠️ **High**: Move my own role above it" in shown
    assert "revoke 1 role" in shown


async def test_a_platform_that_is_away_leaves_roles_unknown(town: Town) -> None:
    await town.plan()
    town.platform.ready = False
    assert "**Members**: can't be checked right now" in (await town.ask(ADA, "settings")).text


async def test_the_last_sweeps_are_shown(town: Town) -> None:
    await town.ask(ADA, "settings")
    async with town.store.transaction() as tx:
        await tx.provider_accounts.set_event_cursor(town.app.first_account.id, town.clock.now())
    assert "the first full comparison comes tonight" in (await town.ask(ADA, "settings")).text
    async with town.store.transaction() as tx:
        await tx.provider_accounts.set_compared(town.app.first_account.id, town.clock.now())
    shown = (await town.ask(ADA, "settings")).text
    assert "also read every few minutes; everything was last compared on Jan 1, 2090" in shown


async def test_a_tripped_breaker_is_shown(town: Town) -> None:
    await town.ask(ADA, "settings")
    community = await town.community()
    async with town.store.transaction() as tx:
        await tx.communities.trip_breaker(community.id, 1)
    assert "Removals are held back" in (await town.ask(ADA, "settings", reader="en")).text


async def test_settings_are_for_admins(town: Town) -> None:
    assert "for the community's team" in (await town.ask(MIA, "settings")).text


async def test_help_is_shorter_for_members_than_for_admins(town: Town) -> None:
    members = (await town.ask(MIA, "help")).text
    assert "`/subscribe`" in members
    assert "`/plan create`" not in members
    assert "`/paysupport`" not in members
    assert "`/paysupport`" in (await town.ask(MIA, "help", platform=Platform.TELEGRAM, place=None)).text
    admins = (await town.ask(ADA, "help")).text
    assert "Start here" in admins
    await town.plan()
    assert "Start here" not in (await town.ask(ADA, "help")).text
    assert "Für dich" in (await town.ask(MIA, "help", reader="de", place=None)).text


async def test_a_stripe_that_is_away_is_shown(town: Town) -> None:
    fault = {"service": "stripe", "method": "GET", "path": "/v1/account", "times": 9}
    town.sandbox.faults.add({**fault, "status": 500})
    assert "Stripe isn't answering right now. Nobody is removed" in (await town.ask(ADA, "settings")).text


async def test_a_key_that_stripe_refuses_is_shown_with_what_to_do(town: Town) -> None:
    words = "Invalid API Key rk_live_***abc on account 'acct_1Abc'."
    body = {"error": {"type": "invalid_request_error", "message": words}}
    fault = {"service": "stripe", "method": "GET", "path": "/v1/account", "status": 401, "body": body, "times": 9}
    town.sandbox.faults.add(fault)
    shown = (await town.ask(ADA, "settings")).text
    assert "Stripe rejects the key: Invalid API Key … on account '…'." in shown
    assert "`stripe.secret_key`" in shown


async def test_a_plan_that_another_account_still_sells_is_named(town: Town) -> None:
    await town.plan()
    await town.second_account("north_1")
    assert "Still sold on another" not in (await town.ask(ADA, "settings")).text
    shown = (await town.ask(ADA, "settings", account="north_1")).text
    assert "Still sold on another payment account: **Pro**." in shown
    assert "move them with `/settings account:north_1`" in shown
    assert (
        "Noch auf einem anderen Zahlungskonto verkauft: **Pro**." in (await town.ask(ADA, "settings", reader="de")).text
    )
    await town.redriven("price")
    assert "Still sold on another" not in (await town.ask(ADA, "settings")).text


async def test_work_that_is_stuck_is_counted(town: Town) -> None:
    await town.plan()
    await town.access(MIA, "Members", applied=False)
    lease = town.app.lease()
    async with town.store.transaction() as tx:
        (effect,) = await tx.accesses.claim(Platform.DISCORD, lease, town.clock.now(), 1)
        await tx.accesses.park(effect, lease, EffectState.DEAD, "500 from Discord")
    assert "Stuck: 0 blocked, 1 given up, 0 customers not read" in (await town.ask(ADA, "settings")).text
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "I tried 0 times and gave up. **Try again** starts over" in told
    assert "500" not in told, "a platform's own words are no sentence for people"


async def test_what_is_stuck_in_another_community_is_no_business_of_this_one(town: Town) -> None:
    await town.plan()
    await town.access(MIA, "Members", applied=False)
    lease = town.app.lease()
    async with town.store.transaction() as tx:
        (effect,) = await tx.accesses.claim(Platform.DISCORD, lease, town.clock.now(), 1)
        await tx.accesses.park(effect, lease, EffectState.BLOCKED, "hierarchy: the role stands above mine")
    assert "Stuck: 1 blocked" in (await town.ask(ADA, "settings")).text
    assert "✅ Nothing is stuck" in (await town.ask(BEN, "settings", place=OTHER_SERVER, admin=True)).text


async def test_the_last_message_from_stripe_is_shown(town: Town) -> None:
    assert "No webhook from Stripe has arrived yet" in (await town.ask(ADA, "settings")).text
    async with town.store.transaction() as tx:
        await tx.provider_accounts.set_webhook(town.app.first_account.id, town.clock.now())
    assert "✅ Last webhook from Stripe on Jan 1, 2090" in (await town.ask(ADA, "settings")).text
