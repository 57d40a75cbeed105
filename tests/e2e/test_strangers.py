"""A bot that anyone can add serves only the places that its owner named or claimed (invariant 18)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.app.owner_commands import new_claim
from bot.platforms.telegram import updates as handling
from bot.platforms.telegram.inbox import Inbox
from payments.core.community import Place, Platform
from payments.flows.runtime.unclaimed import Unclaimed
from sandbox.play import Received, eventually
from storage.store import open_store
from tests.e2e.telegram import BEN as BEN_THERE
from tests.e2e.telegram import OLGA, salon
from tests.e2e.telegram import SEED as CHATS
from tests.e2e.world import GUILD, MIA, World, world

EVE, DEN, COUP = "700000000000000099", "700000000000000002", "700000000000000098"
EVE_THERE = 666
STRANGE = {
    "discord": {
        "users": [{"id": EVE, "name": "eve"}],
        "guilds": [{"id": DEN, "name": "Eve's den", "owner": EVE, "roles": [{"id": COUP, "name": "Coup"}]}],
    }
}
TABLES = [
    "community",
    "person",
    "place",
    "plan",
    "request",
    "customer",
    "telegram_chat",
    "identity",
    "team",
    "audit",
    "notice",
]


async def rows(w: World) -> dict[str, int]:
    """How many rows strangers could add to."""
    app = w.service.app
    assert app is not None
    database = app.store._database  # type: ignore[attr-defined]
    found = {}
    async with database.transaction() as tx:
        for table in TABLES:
            row = await tx.fetch_one(f"SELECT COUNT(*) AS n FROM {table}")
            found[table] = row["n"]
    return found


async def invited(w: World) -> None:
    """Eve adds the public bot to her own server."""
    await w.play.post("seed", STRANGE)


async def waits(w: World) -> None:
    """The bot has noticed that it is somewhere it was not asked to be."""
    app = w.service.app
    assert app is not None
    known = app.unclaimed

    async def met() -> bool:
        return known.waiting > 0

    assert await eventually(met)


async def claims(w: World, guild: str, user: str, code: str) -> Received:
    form = await w.play.command(guild, user, "claim")
    return await w.play.submit(guild, user, form, code=code)


async def in_guild(w: World, guild: str) -> bool:
    members = (await w.play.get(f"discord/guilds/{guild}"))["members"]
    return any(member["id"] == str(w.sandbox.discord.world.bot.id) for member in members)


async def test_a_strangers_server_gets_nothing_and_costs_no_row_and_nothing_at_stripe(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await invited(w)
        before = await rows(w)
        tried: list[tuple[str, dict[str, object]]] = [
            ("plan create", {"name": "X", "price": "5", "period": "every_months", "role": COUP}),
            ("invoice create", {"member": MIA, "amount": "4999.00", "what": "Chess club"}),
            ("settings", {}),
            ("member", {"member": MIA}),
            ("plans", {}),
            ("subscribe", {"plan": "Pro"}),
            ("connect", {}),
            ("help", {}),
        ]
        for command, options in tried:
            heard = await w.play.command(DEN, EVE, command, **options)
            assert "doesn't serve this" in heard.text, (command, heard.text)
        assert await rows(w) == before
        assert await w.play.stripe("product") == []
        assert await w.play.stripe("customer") == []


async def test_a_server_that_nobody_claims_is_left_after_a_quarter_of_an_hour_with_one_sentence(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await invited(w)
        await waits(w)
        await w.play.advance("10m")
        await w.service.clock_caught_up(w.sandbox.clock.offset)
        assert await in_guild(w, DEN)
        await w.play.advance("6m")

        async def left() -> bool:
            return not await in_guild(w, DEN)

        assert await eventually(left)
        state = await w.play.get(f"discord/guilds/{DEN}")
        said = [message["text"] for channel in state["messages"].values() for message in channel]
        assert [text for text in said if "This bot doesn't serve this server or chat" in text] == said
        assert len(said) == 1
        assert await in_guild(w, GUILD)


async def test_a_code_has_a_server_served_once_and_makes_its_owner(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await invited(w)
        code = await new_claim(w.settings)
        assert "This code doesn't work" in (await claims(w, DEN, EVE, "AAAA-BBBB-CCCC-DDDD")).text
        assert "I now serve" in (await claims(w, DEN, EVE, code.lower())).text
        made = await w.play.command(
            DEN, EVE, "plan create", name="X", price="5", currency="usd", period="every_months", role=COUP
        )
        assert "X is ready" in made.text.replace("*", "")
        await w.play.advance("1h")
        await w.service.clock_caught_up(w.sandbox.clock.offset)
        await w.quiet()
        assert await in_guild(w, DEN)
        third = {"id": "700000000000000003", "name": "Third", "owner": EVE}
        await w.play.post("seed", {"discord": {"guilds": [third]}})
        assert "has already been used" in (await claims(w, third["id"], EVE, code)).text


async def test_whoever_claims_a_server_reads_so_in_the_answer_alone_and_again_when_they_ask_again(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as w:
        await invited(w)
        told = await claims(w, DEN, EVE, await new_claim(w.settings))
        assert "You are its owner" in told.text
        await w.restart()
        assert "and you are one of its owners" in (await w.play.command(DEN, EVE, "claim")).text
        await w.quiet()
        assert not [one for one in await w.play.direct_messages(DEN, EVE) if "I now serve" in one.text]


async def test_a_claimed_server_is_served_after_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await invited(w)
        await claims(w, DEN, EVE, await new_claim(w.settings))
        await w.restart()
        assert "settings" in (await w.play.command(DEN, EVE, "settings")).text.lower()


def strange_chats(count: int) -> dict[str, Any]:
    """Groups of Eve's, whose titles come first in any list."""
    groups = [{"id": -1009000000000 - n, "title": f"!{n:03}", "owner": EVE_THERE, "bot": False} for n in range(count)]
    users = [*CHATS["users"], {"id": EVE_THERE, "username": "eve", "started": True}]
    return {"users": users, "chats": [*CHATS["chats"], *groups]}


async def test_two_hundred_strange_groups_take_nothing_from_the_shop(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=strange_chats(205)) as club:
        await club.makes_plan()
        before = await rows(club.world)
        for n in range(205):
            await club.world.play.telegram.bot(-1009000000000 - n, "promote", by=EVE_THERE)
            if n % 50 == 0:
                await club.world.play.telegram.message(EVE_THERE, "/plans", chat=-1009000000000 - n, wait=0)
        shown = await club.writes(BEN_THERE, "/plans")
        assert "Pro" in shown.all
        assert "!0" not in shown.all
        assert await rows(club.world) == before


async def test_nobody_sees_the_name_of_a_community_they_are_not_in(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=strange_chats(1)) as club:
        await club.makes_plan()
        for text in ("/plans", "/subscribe Pro", "/start", "/help", "/paysupport"):
            heard = await club.writes(EVE_THERE, text)
            assert "Salon" not in heard.all, text
            assert "Salon" not in "".join(heard.buttons), text


async def test_a_code_typed_in_private_counts_for_the_chat_its_account_adds_the_bot_to(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=strange_chats(2)) as club:
        play = club.world.play.telegram
        assert "guestlist claim" in (await club.writes(OLGA, "/claim")).text
        code = await new_claim(club.world.settings)
        assert "The code is yours" in (await club.writes(OLGA, f"/claim {code}")).text
        assert "already been used" in (await club.writes(EVE_THERE, f"/claim {code}")).text
        await play.member(-1009000000001, OLGA, "add")
        await play.member(-1009000000001, OLGA, "promote")
        await play.bot(-1009000000001, "promote", by=OLGA)
        await club.reads(OLGA, "You are its owner")
        await club.world.quiet()
        assert sum("I now serve" in text for text in await club.heard(OLGA)) == 1
        assert (await rows(club.world))["team"] == 1


async def test_whoever_holds_a_code_reads_in_their_language_what_it_did(tmp_path: Path) -> None:
    seed = strange_chats(1)
    users = [{**one, "language_code": "de"} if one["id"] == EVE_THERE else one for one in seed["users"]]
    async with salon(tmp_path, seed={**seed, "users": users}) as club:
        await club.writes(EVE_THERE, f"/claim {await new_claim(club.world.settings)}")
        await club.world.play.telegram.bot(-1009000000000, "promote", by=EVE_THERE)
        await club.reads(EVE_THERE, "!000. Du bist Inhaber")


async def test_a_code_typed_after_the_bot_was_added_counts_for_that_chat(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=strange_chats(1)) as club:
        await club.world.play.telegram.bot(-1009000000000, "promote", by=EVE_THERE)
        await club.reads(EVE_THERE, "which I don't serve yet")
        code = await new_claim(club.world.settings)

        async def claimed() -> bool:
            return "I now serve" in (await club.writes(EVE_THERE, f"/claim {code}")).text

        assert await eventually(claimed, every=0.2)
        assert await claimed(), "sent again, it is answered as before"
        assert len([text for text in await club.heard(EVE_THERE) if "I now serve" in text]) == 2


async def test_a_code_typed_in_a_group_is_void(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=strange_chats(1)) as club:
        await club.world.play.telegram.bot(-1009000000000, "promote", by=EVE_THERE)
        await club.reads(EVE_THERE, "which I don't serve yet")
        code = await new_claim(club.world.settings)
        await club.world.play.telegram.message(EVE_THERE, f"/claim {code}", chat=-1009000000000, wait=0)

        async def void() -> bool:
            return "This code doesn't work" in (await club.writes(EVE_THERE, f"/claim {code}")).text

        assert await eventually(void, every=0.5)


async def test_a_telegram_chat_that_nobody_claims_is_left(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=strange_chats(1)) as club:
        await club.world.play.telegram.bot(-1009000000000, "promote", by=EVE_THERE)
        await club.reads(EVE_THERE, "which I don't serve yet")
        await waits(club.world)
        await club.world.advance("16m")

        async def left() -> bool:
            bot = (await club.chat(-1009000000000))["bot"]
            return bool(bot["status"] == "left")

        assert await eventually(left)
        said = [m["text"] for m in (await club.chat(-1009000000000))["messages"] if m["by"] == "the bot"]
        assert len(said) == 1
        assert "doesn't serve this" in said[0]


async def test_a_chat_of_which_another_process_hears_is_left_by_the_one_that_holds_the_door(
    tmp_path: Path, postgres_url: str
) -> None:
    chat = -1009000000000
    async with salon(tmp_path, seed=strange_chats(1), database=postgres_url) as club:
        await club.world.play.telegram.bot(chat, "promote", by=EVE_THERE)
        await waits(club.world)
        door = club.world.service.app
        assert door is not None
        door.unclaimed.forget(Place(Platform.TELEGRAM, str(chat)))  # as if Telegram's webhook had never come here
        other = await open_store(postgres_url)
        try:
            there = replace(door, store=other, platforms={}, unclaimed=Unclaimed(), wake=other.notify)
            eve = {"id": EVE_THERE, "is_bot": False, "first_name": "Eve"}
            group = {"id": chat, "type": "supergroup", "title": "!000"}
            message = {"message_id": 1, "date": 1, "from": eve, "chat": group, "text": "/plans"}
            await handling.store(there, [{"update_id": 1, "message": message}], Inbox())
            await waits(club.world)
        finally:
            await other.close()
        await club.world.advance("16m")

        async def left() -> bool:
            return bool((await club.chat(chat))["bot"]["status"] == "left")

        assert await eventually(left)
