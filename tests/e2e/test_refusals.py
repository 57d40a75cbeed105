"""Discord refuses: each cause is told once with what to do, nothing is lost, and all is right by itself after it."""

from __future__ import annotations

import pytest

from payments.core.refusals import Cause
from sandbox.play import eventually
from tests.e2e.refusing import alarms_told, all_right, by_itself, effects, hours_passed, hurry, looks, refused
from tests.e2e.telegram import Salon
from tests.e2e.world import ADA, BEN, EXTRA, GUILD, MEMBERS, MIA, World, checkout_link

ROLES = "/guilds/*/members/*/roles/*"
PAGE = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry</body></html>"

pytestmark = pytest.mark.off_spec  # pages of Discord's edge are in no specification


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def newcomers(w: World, first: int, count: int) -> list[str]:
    """So many come into the server, subscribe and pay."""
    users = [str(800_000_000_000_000_000 + n) for n in range(first, first + count)]
    await w.play.post("seed", {"discord": {"users": [{"id": user, "name": f"guest{user[-3:]}"} for user in users]}})
    for user in users:
        await w.play.post("discord/member", {"guild": GUILD, "user": user, "action": "join"})
        heard = await w.play.command(GUILD, user, "subscribe", plan="Pro")
        await w.play.pay(checkout_link(heard), email=f"{user}@example.org")
    return users


async def test_a_demand_of_two_factor_authentication_is_one_message_however_many_it_holds_up(w: World) -> None:
    await w.plan()
    enders = await newcomers(w, 0, 5)
    for user in enders:
        await w.holds("Members", user)
    await w.quiet()
    await w.play.post("discord/bot", {"owner_2fa": False})
    await w.play.post("discord/server", {"guild": GUILD, "action": "demand_2fa"})
    for subscription in await w.play.stripe("subscription"):
        await w.owner("DELETE", f"subscriptions/{subscription['id']}")
    buyers = await newcomers(w, 100, 30)
    await refused(w, Cause.TWO_FACTOR, 35)
    await w.told(ADA, "The account that owns the bot needs two-factor authentication")
    for _ in range(5):
        await looks(w)
    assert len(await alarms_told(w, ADA)) == 1
    assert all(["Members" in await w.roles(user) for user in enders])
    await w.advance("1d 1h")
    await looks(w)
    await w.told(ADA, "and still so")
    await looks(w)
    assert len(await alarms_told(w, ADA)) == 2

    await w.play.post("discord/bot", {"owner_2fa": True})
    await all_right(w)
    assert all(["Members" in await w.roles(user) for user in buyers])
    assert not any(["Members" in await w.roles(user) for user in enders])
    await w.told(ADA, "what I told you about is over")
    assert len(await alarms_told(w, ADA)) == 3


async def test_what_still_has_its_cause_is_tried_for_one_and_not_for_all(w: World) -> None:
    await w.plan()
    await w.play.post("discord/bot", {"owner_2fa": False})
    await w.play.post("discord/server", {"guild": GUILD, "action": "demand_2fa"})
    await newcomers(w, 0, 6)
    await refused(w, Cause.TWO_FACTOR, 6)
    await w.quiet()
    fault = await w.play.post("faults", {"service": "discord", "path": ROLES, "delay": 0.001, "times": 0})
    await w.play.post("discord/server", {"guild": GUILD, "action": "end_2fa"})
    await w.play.post("discord/server", {"guild": GUILD, "action": "demand_2fa"})

    async def tried() -> bool:
        state = await w.play.get("faults")
        return bool(next(one["hits"] for one in state["faults"] if one["id"] == fault["id"]))

    assert await eventually(tried)
    await w.quiet()
    hits = next(one["hits"] for one in (await w.play.get("faults"))["faults"] if one["id"] == fault["id"])
    assert hits < 6, "rights that changed are tried with one of those who are held up"


@pytest.mark.parametrize(("status", "body"), [(403, PAGE), (404, PAGE), (418, {"code": 99999, "message": "New"})])
async def test_an_answer_that_nobody_knows_waits_for_grants_and_revokes(
    w: World, monkeypatch: pytest.MonkeyPatch, status: int, body: object
) -> None:
    hours_passed(monkeypatch, Cause.UNKNOWN)
    await w.plan()
    await w.member_buys()
    await w.play.post("faults", {"service": "discord", "path": ROLES, "status": status, "body": body, "times": 0})
    (ender,) = await w.play.stripe("subscription")
    await w.owner("DELETE", f"subscriptions/{ender['id']}")
    (buyer,) = await newcomers(w, 0, 1)
    await refused(w, Cause.UNKNOWN, 2)
    told = await w.told(ADA, "has failed for more than an hour")
    assert "html" not in told.text.lower()
    assert str(status) not in told.text
    assert "Members" in await w.roles(MIA)
    assert "tried by itself" not in told.text
    assert "refused for now, I try again by myself" in await w.why(buyer)
    for _ in range(15):  # more than the attempts that a fault of ours has
        await looks(w)
        await w.service.app.machine.sleep(100)  # type: ignore[union-attr]
    assert {effect.attempts for effect in await effects(w)} == {0}
    await w.play.clear_faults()
    await w.holds("Members", buyer)
    await w.lacks("Members", MIA)
    await all_right(w)
    await w.told(ADA, "what I told you about is over")
    assert len(await alarms_told(w, ADA)) == 2


async def test_a_page_with_a_status_of_success_confirms_nothing(w: World) -> None:
    await w.plan()
    await w.play.post("faults", {"service": "discord", "path": ROLES, "status": 200, "body": PAGE, "times": 3})
    await w.buy()
    await refused(w, Cause.UNKNOWN)
    await w.holds("Members")


async def test_while_discord_is_away_everything_waits(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hours_passed(monkeypatch, Cause.AWAY)
    await w.plan()
    await w.play.post("faults", {"service": "discord", "path": ROLES, "status": 520, "body": PAGE, "times": 0})
    await w.buy()
    await refused(w, Cause.AWAY)
    await w.told(ADA, "the platform's status page")
    await w.play.clear_faults()
    await w.holds("Members")
    await all_right(w)
    await w.told(ADA, "what I told you about is over")


async def test_a_server_with_an_outage_is_waited_for_and_compared_when_it_is_back(w: World) -> None:
    await w.plan()
    await w.member_buys()
    ben = checkout_link(await w.play.command(GUILD, BEN, "subscribe", plan="Pro"))
    await w.play.post("discord/server", {"guild": GUILD, "action": "outage"})
    await w.play.pay(ben, email="ben@example.org")
    await refused(w, Cause.PLACE_AWAY)
    await w.play.post("discord/role", {"guild": GUILD, "role": MEMBERS, "user": MIA, "action": "take"})
    assert not [m.text for m in await w.play.direct_messages(GUILD, ADA) if "⚠️" in m.text], "nobody has to act"
    identified = (await w.play.get("discord/gateway"))["identified"]
    await w.play.post("discord/server", {"guild": GUILD, "action": "end_outage"})
    await w.holds("Members", BEN)
    await w.holds("Members", MIA)
    assert (await w.play.get("discord/gateway"))["identified"] == identified, "it is the same session"
    await all_right(w)
    assert await alarms_told(w, ADA) == []


async def test_a_server_that_the_bot_was_put_out_of_is_told_where_the_owner_can_hear_it(club: Salon) -> None:
    w = club.world
    await w.plan()
    link = checkout_link(await w.mia("subscribe", plan="Pro"))
    bot = w.sandbox.discord.world.bot
    own = next(role for role in w.sandbox.discord.people.guild(GUILD).roles.values() if role.bot_id == bot.id)
    await w.play.post("discord/member", {"guild": GUILD, "user": str(bot.id), "action": "leave"})
    await w.play.pay(link)
    await refused(w, Cause.NO_ACCESS)
    await w.play.post("discord/member", {"guild": GUILD, "user": str(bot.id), "action": "join", "roles": [str(own.id)]})
    await w.holds("Members")
    await all_right(w)


async def test_a_role_that_belongs_to_an_app_waits_for_an_admin(w: World) -> None:
    await w.plan(role2=EXTRA)
    await w.play.post("discord/role", {"guild": GUILD, "role": EXTRA, "action": "update", "managed": True})
    await w.buy()
    await refused(w, Cause.MANAGED)
    told = await w.told(ADA, "It belongs to an app")
    by_delivery, by_a_look = "Until then, nobody can buy **Pro**", "so I stopped selling **Pro**"
    assert by_delivery in told.text or by_a_look in told.text, "whichever comes first tells, and names the plan"
    await w.play.post("discord/role", {"guild": GUILD, "role": EXTRA, "action": "update", "managed": False})
    await w.holds("Extra")
    await all_right(w)
    await w.told(ADA, "can be bought again")
    assert await alarms_told(w, ADA) == [told.text], "over is told once, with what is sold again"


async def test_a_cause_that_no_event_ends_is_over_within_minutes(w: World) -> None:
    """Nothing tells the bot that it may do something again: one of those who are held up is tried."""
    await w.plan()
    users = await newcomers(w, 0, 4)
    for user in users:
        await w.holds("Members", user)
    body = {"code": 50013, "message": "Missing Permissions"}
    await w.play.post("faults", {"service": "discord", "path": ROLES, "status": 403, "body": body, "times": 0})
    for subscription in await w.play.stripe("subscription"):
        await w.owner("DELETE", f"subscriptions/{subscription['id']}")
    await refused(w, Cause.HIERARCHY, 4)
    await w.play.clear_faults()
    await all_right(w)
    assert not any(["Members" in await w.roles(user) for user in users])


async def test_private_messages_that_the_spam_filter_stopped_are_sent_when_it_lets_them_go(w: World) -> None:
    await w.plan()
    await w.play.post("discord/bot", {"quarantined": True})
    users = [MIA, *await newcomers(w, 0, 12)]
    await w.buy()
    for user in users:
        await w.holds("Members", user)

    async def stands() -> bool:
        await looks(w)
        posted = (await w.play.get(f"discord/guilds/{GUILD}"))["messages"]
        return any("needs one of its owners" in one["text"] for channel in posted.values() for one in channel)

    assert await eventually(stands), "who can't be told in private is called in the server"
    assert await w.play.direct_messages(GUILD, MIA) == []
    await w.play.post("discord/bot", {"quarantined": False})

    async def heard() -> bool:
        return all([any("Members" in m.text for m in await w.play.direct_messages(GUILD, user)) for user in users])

    await by_itself(w, heard)
    await w.told(ADA, "Discord's spam filter stopped the bot")
    await looks(w)
    await w.told(ADA, "what I told you about is over")
    assert len(await alarms_told(w, ADA)) == 2
    for user in users:
        welcomes = [m for m in await w.play.direct_messages(GUILD, user) if "Members" in m.text]
        assert len(welcomes) == 1, "told once"


async def test_conversations_that_are_begun_too_fast_are_begun_more_slowly(w: World) -> None:
    await w.plan()
    await w.play.post("discord/bot", {"dm_opens": 3})
    users = await newcomers(w, 0, 8)
    for user in users:
        await w.holds("Members", user)

    async def begun() -> int:
        return sum([bool(await w.play.direct_messages(GUILD, user)) for user in users])

    async def three() -> bool:
        return await begun() >= 2

    assert await eventually(three)
    counts = await w.service.counts()
    assert counts["notices_dead"] == 0
    assert await begun() < len(users)
    await w.play.post("discord/bot", {"dm_opens": 1000})

    async def every() -> bool:
        return await begun() == len(users)

    await by_itself(w, every)
    assert [m.text for m in await w.play.direct_messages(GUILD, ADA) if "⚠️" in m.text] == []


async def test_who_has_not_accepted_the_rules_gets_the_role_when_they_have(w: World) -> None:
    """A role would let them skip the rules."""
    await w.plan()
    await w.member_buys()
    await w.quiet()
    await w.play.post("discord/server", {"guild": GUILD, "action": "screen"})
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "leave"})
    await w.quiet()
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "join"})
    await refused(w, Cause.SCREENING)
    await w.told(MIA, "as soon as you accept the rules")
    assert await w.roles() == set()
    assert "haven't accepted the server's rules" in await w.why()
    assert "accept the server's rules" in (await w.mia("membership")).text
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "accept_rules"})
    await w.holds("Members")
    await all_right(w)
    assert await alarms_told(w, ADA) == [], "no admin has to act"


async def test_the_owner_may_let_members_skip_the_rules(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.play.post("discord/server", {"guild": GUILD, "action": "screen"})
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "leave"})
    await w.quiet()
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "join"})
    await refused(w, Cause.SCREENING)
    assert "before the server's rules are accepted" in (await w.ada("settings", skip_rules=True)).text
    await w.holds("Members")
