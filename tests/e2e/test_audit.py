"""What another admin does is told to the contact and shown by `/audit`, in this community alone (invariant 18)."""

from __future__ import annotations

from pathlib import Path

from bot.app.owner_commands import new_claim
from payments.core.community import Place, Platform
from payments.core.rights import Rank, TeamEntry, TeamKind
from tests.e2e.telegram import BEN as BEN_THERE
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, SALON, salon
from tests.e2e.test_strangers import DEN, EVE, EVE_THERE, claims, invited, strange_chats
from tests.e2e.world import ADA, BEN, GUILD, MIA, World, world


async def sees_admin_commands(w: World, user: str) -> None:
    """Discord offers them to those with Manage Server, and lets them hand out roles; that opens nothing by itself."""
    made = await w.play.post(
        "discord/role", {"guild": GUILD, "action": "create", "permissions": ["manage_guild", "manage_roles"]}
    )
    await w.play.post("discord/role", {"guild": GUILD, "action": "move", "role": made["role"]["id"], "position": 9})
    await w.play.post("discord/role", {"guild": GUILD, "action": "give", "role": made["role"]["id"], "user": user})


async def manages(w: World, place: Place, user: str) -> None:
    """Somebody is a manager of the community there."""
    app = w.service.app
    assert app is not None
    async with app.store.transaction() as tx:
        community = await tx.communities.at(place)
        assert community is not None
        kind, where = TeamKind.ACCOUNT, place.external_id
        await tx.team.put(TeamEntry(community.id, place.platform, kind, user, where, user, Rank.MANAGER, 1))


async def test_a_price_comp_and_bill_by_another_admin_are_told_to_the_contact_and_shown(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.plan()
        await manages(w, Place(Platform.DISCORD, GUILD), BEN)
        await sees_admin_commands(w, BEN)
        await w.play.command(GUILD, BEN, "plan edit", plan="Pro", price="19.99")
        told = await w.told(ADA, "changed the price")
        for words in ("**ben** changed the price of **Pro**", "$9.99 a month → $19.99 a month", "`/plan edit`"):
            assert words in told.text
        await w.play.command(GUILD, BEN, "member", member=MIA, give="Pro", days=3)
        await w.told(ADA, "**ben** gave **mia** the plan **Pro** for free")
        await w.play.command(GUILD, BEN, "invoice create", member=MIA, amount="25", currency="usd", what="Coaching")
        await w.told(ADA, "**ben** billed **mia** for **Coaching**")
        shown = (await w.ada("audit")).text
        for words in ("$9.99 a month → $19.99 a month", "gave **mia**", "$25.00", "**ada** created the plan **Pro**"):
            assert words in shown
        assert "$9.99 a month → $19.99 a month" in (await w.ada("audit", member=BEN)).text
        await w.quiet()
        assert [m.text for m in await w.play.direct_messages(GUILD, BEN) if "You are the contact" in m.text] == []

        await invited(w)
        await claims(w, DEN, EVE, await new_claim(w.settings))
        foreign = (await w.play.command(DEN, EVE, "audit")).text
        assert "claimed a server or chat" in foreign
        for name in ("Pro", "mia", "ben", "ada ", "Coaching"):
            assert name not in foreign


async def test_a_refund_in_stripes_dashboard_is_told_to_the_contact_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.plan()
        await w.member_buys()
        (charge,) = await w.play.stripe("charge")
        await w.owner("POST", "refunds", {"charge": charge["id"], "amount": "400"})
        told = await w.told(ADA, "got a refund")
        assert "**mia** got a refund in Stripe for **Pro**, for which $9.99 was paid" in told.text
        assert "refunded: $4.00" in told.text
        await w.advance("2d")
        await w.restart()
        await w.quiet()
        messages = await w.play.direct_messages(GUILD, ADA)
        assert sum("got a refund" in message.text for message in messages) == 1
        assert "got a refund" in (await w.ada("audit")).text


async def test_on_telegram_the_contact_is_told_and_audit_shows_it_by_pages(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=strange_chats(1)) as club:
        await club.makes_plan()
        await manages(club.world, Place(Platform.TELEGRAM, str(SALON)), str(BEN_THERE))
        done = await club.writes(BEN_THERE, "/plan edit plan:Pro price:19.99")
        assert "19.99" in done.text
        told = await club.reads(OLGA, "changed the price of Pro")
        assert "price: €9.99 a month → €19.99 a month" in told.text
        for number in range(9):
            await club.writes(OLGA, f"/plan edit plan:Pro description:Number{number}")
        shown = await club.writes(OLGA, "/audit")
        assert "€19.99" not in shown.text
        earlier = await club.presses(OLGA, shown, "Earlier")
        assert "€9.99 a month → €19.99 a month" in earlier.text

        await club.world.play.telegram.bot(-1009000000000, "promote", by=EVE_THERE)
        await club.reads(EVE_THERE, "which I don't serve yet")
        code = await new_claim(club.world.settings)
        await club.writes(EVE_THERE, f"/claim {code}")
        for text in ("/audit", f"/audit {MIA_THERE}"):
            foreign = await club.writes(EVE_THERE, text)
            for name in ("Pro", "Olga", "Ben", "Salon"):
                assert name not in foreign.all, (text, foreign.all)
