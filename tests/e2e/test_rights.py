"""Small chat rights open nothing that touches money, and no rank opens what its holder could not hand out (SH2)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app.owner_commands import new_claim
from bot.app.platform_host import tidy_up
from payments.flows.rights import role_givers
from sandbox.play import Received, eventually
from tests.e2e.telegram import BEN as BEN_THERE
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, SALON, TOM, Salon, salon
from tests.e2e.telegram import SEED as CHATS
from tests.e2e.test_strangers import claims, rows
from tests.e2e.world import ADA, BEN, EXTRA, GUILD, MEMBERS, MIA, SEED, World, world

MAX, EVE, SUE = "700000000000000014", "700000000000000099", "700000000000000015"
MODS, BOSS, HIGH, STAFF, SELLER = (f"70000000000000003{n}" for n in range(5))
DEN = "700000000000000002"

ROLES = [
    {"id": MEMBERS, "name": "Members", "position": 1},
    {"id": EXTRA, "name": "Extra", "position": 2},
    {"id": SELLER, "name": "Seller", "position": 3, "permissions": ["manage_roles"]},
    {"id": MODS, "name": "Mods", "position": 4, "permissions": ["manage_guild"]},
    {"id": BOSS, "name": "Boss", "position": 5, "permissions": ["administrator"]},
    {"id": HIGH, "name": "High", "position": 6},
    {"id": STAFF, "name": "Staff", "position": 7},
]


def club(*max_roles: str, **more: Any) -> dict[str, Any]:
    """Ada's server with Max, who holds these roles, and Sue."""
    members = [{"id": ADA}, {"id": MIA}, {"id": BEN}, {"id": MAX, "roles": list(max_roles)}]
    members.append({"id": SUE, "roles": [MODS]})
    guild = {"id": GUILD, "name": "Riverside Book Club", "owner": ADA, "roles": ROLES, "members": members, **more}
    return {"discord": {"users": [{"id": MAX, "name": "max"}, {"id": SUE, "name": "sue"}], "guilds": [guild]}}


@asynccontextmanager
async def riverside(tmp_path: Path, *max_roles: str, **more: Any) -> AsyncIterator[World]:
    async with world(tmp_path) as w:
        await w.stop_service()
        await w.play.post("seed", club(*max_roles, **more))
        await w.start_service()
        yield w


async def says(w: World, who: str, command: str, **options: object) -> str:
    return (await w.play.command(GUILD, who, command, **options)).text.replace("*", "")


def plan(name: str, role: str) -> dict[str, object]:
    return {"name": name, "price": "5", "currency": "usd", "period": "every_months", "role": role}


async def made(w: World) -> tuple[int, ...]:
    """What there is at Stripe."""
    return tuple([len(await w.play.stripe(kind)) for kind in ("product", "price", "customer", "invoice")])


async def test_manage_server_alone_makes_nothing(tmp_path: Path) -> None:
    everything = {"user": MAX, "allow": ["administrator", "manage_guild", "manage_roles"]}
    general = {"name": "general", "overwrites": [everything]}
    async with riverside(tmp_path, MODS, SELLER, channels=[general]) as w:
        await w.plan()
        before, there = await rows(w), await made(w)
        tried: list[tuple[str, dict[str, object]]] = [
            ("plan create", plan("Coup", BOSS)),
            ("plan create", plan("Low", EXTRA)),
            ("plan edit", {"plan": "Pro", "price": "0.50"}),
            ("plan list", {}),
            ("plan archive", {"plan": "Pro"}),
            ("member", {"member": MIA}),
            ("member", {"member": MAX, "give": "Pro"}),
            ("invoice create", {"member": MIA, "amount": "500", "what": "Chess"}),
            ("breaker", {}),
            ("connect", {}),
            ("settings", {"contact_me": True}),
            ("team", {"member": MAX, "rank": "owner"}),
        ]
        for command, options in tried:
            assert "for the community's team" in await says(w, MAX, command, **options), (command, options)
        assert await rows(w) == before
        assert await made(w) == there
        assert await w.roles(MAX) == {"Mods", "Seller"}


async def test_a_manager_sells_and_gives_only_what_stands_below_him(tmp_path: Path) -> None:
    async with riverside(tmp_path, MODS, SELLER) as w:
        await w.plan()
        await w.ada("team", member=MAX, rank="manager")
        there = await made(w)
        assert "Only the server's owner" in await says(w, MAX, "plan create", **plan("Coup", BOSS))
        assert "Only the server's owner" in await says(w, MAX, "plan create", **plan("Coup", BOSS))
        assert "couldn't give High" in await says(w, MAX, "plan create", **plan("Up", HIGH))
        assert "couldn't give High" in await says(w, MAX, "plan edit", plan="Pro", add_role=HIGH)
        assert "Administrator" in await says(w, MAX, "plan create", **{**plan("Coup", EXTRA), "role3": BOSS})
        assert await made(w) == there
        # From two roles: Manage Roles by one, the place by the other.
        assert "Low is ready" in await says(w, MAX, "plan create", **plan("Low", EXTRA))
        assert "Members now get Extra" in await says(w, MAX, "plan edit", plan="Pro", add_role=EXTRA)


async def test_a_comp_of_a_plan_that_opens_more_is_given_by_the_owner_alone(tmp_path: Path) -> None:
    async with riverside(tmp_path, MODS, SELLER) as w:
        for _ in range(2):
            heard = await w.ada("plan create", **plan("Coup", BOSS))
        assert "Coup is ready" in heard.text.replace("*", "")
        await w.ada("plan create", **plan("Up", HIGH))
        for rank in ("support", "manager"):
            await w.ada("team", member=MAX, rank=rank)
            for _ in range(2):
                assert "Only the server's owner" in await says(w, MAX, "member", member=MAX, give="Coup")
            assert "couldn't give High" in await says(w, MAX, "member", member=MAX, give="Up", days=1)
        assert "Only the server's owner" in await says(w, MAX, "plan edit", plan="Coup", trial_days=30)
        await w.quiet()
        assert await w.roles(MAX) == {"Mods", "Seller"}
        assert "within 10 minutes" in await says(w, ADA, "member", member=MIA, give="Coup")
        assert "free for" in await says(w, ADA, "member", member=MIA, give="Coup")
        await w.holds("Boss")


async def test_a_support_member_sees_and_touches_no_amount(tmp_path: Path) -> None:
    async with riverside(tmp_path, MODS) as w:
        await w.plan()
        await w.member_buys()
        await w.ada("invoice create", member=MIA, amount="77.00", what="Coaching")
        await w.quiet()
        await w.ada("team", member=SUE, rank="support")
        there = await made(w)
        shown = await says(w, SUE, "member", member=MIA)
        assert "✅ Pro: In." in shown
        assert not re.search(r"\b77\b", shown), "a time may have these digits"
        assert "9.99" not in shown
        for command, options in (
            ("invoice create", {"member": MIA, "amount": "500", "what": "Chess"}),
            ("plan edit", {"plan": "Pro", "price": "0.50"}),
            ("plan create", plan("X", EXTRA)),
            ("plan list", {}),
            ("settings", {}),
            ("breaker", {}),
        ):
            assert "Only managers and owners" in await says(w, SUE, command, **options), command
        for command in ("team", "connect"):
            assert "Only an owner" in await says(w, SUE, command)
        assert await made(w) == there


async def test_a_role_joins_the_team_only_while_administrators_alone_hand_it_out(tmp_path: Path) -> None:
    async with riverside(tmp_path, MODS, SELLER, STAFF) as w:
        assert "through Seller" in await says(w, ADA, "team", role=HIGH, rank="manager")
        assert "Staff is now on the team: manager" in await says(w, ADA, "team", role=STAFF, rank="manager")
        assert "There are no plans yet" in await says(w, MAX, "plan list")
        raised = [{**role, "position": 8 if role["id"] == HIGH else role["position"]} for role in ROLES]
        await w.play.post("seed", club(MODS, SELLER, STAFF, roles=raised))
        assert w.service.app is not None
        await tidy_up(w.service.app)
        assert "for the community's team" in await says(w, MAX, "plan list")
        await w.told(ADA, "doesn't count on the team")


async def test_a_role_of_the_team_is_looked_at_whenever_the_servers_roles_change(tmp_path: Path) -> None:
    async with riverside(tmp_path, STAFF, MODS) as w:
        assert "now on the team: manager" in (await w.ada("team", role=STAFF, rank="manager")).text

        app = w.service.app
        assert app is not None

        def suspended(expected: int) -> Callable[[], Awaitable[bool]]:
            async def seen() -> bool:
                async with app.store.transaction() as tx:
                    return [e.suspended_at is not None for e in await tx.team.roles()] == [bool(expected)]

            return seen

        assert await suspended(0)()
        bot = {"guild": GUILD, "action": "create", "name": "Levels", "permissions": ["manage_roles"]}
        made = (await w.play.post("discord/role", bot))["role"]["id"]
        await w.play.post("discord/role", {"guild": GUILD, "action": "move", "role": made, "position": 9})
        assert await eventually(suspended(1))
        await w.play.post("discord/role", {"guild": GUILD, "action": "delete", "role": made})
        assert await eventually(suspended(0))
        assert "no plans yet" in await says(w, MAX, "plan list")


async def test_eve_of_another_server_learns_and_bills_nothing(tmp_path: Path) -> None:
    async with riverside(tmp_path) as w:
        await w.plan()
        await w.member_buys()
        await w.ada("invoice create", member=MIA, amount="5.00", what="Coaching")
        await w.quiet()
        strange = {"id": DEN, "name": "Eve's den", "owner": EVE}
        await w.play.post("seed", {"discord": {"users": [{"id": EVE, "name": "eve"}], "guilds": [strange]}})
        assert "I now serve" in (await claims(w, DEN, EVE, await new_claim(w.settings))).text
        before, there = await rows(w), await made(w)

        async def asks(command: str, **options: object) -> Received:
            return await w.play.command(DEN, EVE, command, **options)

        for who in (MIA, BEN):  # one has bought, the other was never met
            looked = await asks("member", member=who)
            billed = await asks("invoice create", member=who, amount="500", what="Chess club yearly fee")
            assert looked.text == billed.text
            assert "I can only look up, bill or give" in looked.text
        assert await rows(w) == before
        assert await made(w) == there


def seeded(*rights: str) -> dict[str, Any]:
    users = [*CHATS["users"], {"id": 305, "username": "tmod", "started": True}]
    return {"users": users, "chats": [{**CHATS["chats"][0], "members": ["ben", "tmod", "tom"]}]}


TMOD = 305


async def promoted(club: Salon, user: int) -> None:
    """An admin of the chat with every right that there is."""
    await club.world.play.post("telegram/member", {"chat": SALON, "user": user, "action": "promote"})


async def test_a_telegram_admin_with_every_right_opens_nothing(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=seeded()) as club:
        await club.makes_plan()
        await promoted(club, TMOD)
        before, there = await rows(club.world), await made(club.world)
        for text in (
            "/plan edit plan:Pro price:0.50",
            f"/member {TMOD} give:Pro",
            f"/invoice create member:{TOM} amount:500 what:Chess",
            "/breaker",
            "/connect",
            "/team",
            "/settings contact_me:yes",
        ):
            heard = await club.writes(TMOD, text)
            assert "for the community's team" in heard.all, text
        after = await rows(club.world)
        assert {**after, "person": 0, "identity": 0} == {**before, "person": 0, "identity": 0}
        assert await made(club.world) == there


async def test_who_was_put_out_of_the_chat_has_no_rank_there_whatever_the_team_says(tmp_path: Path) -> None:
    async with salon(tmp_path) as club:
        await club.makes_plan()
        for rank in ("manager", "owner"):
            await club.writes(OLGA, f"/team_set member:{BEN_THERE} rank:{rank}")
        await club.came_by_the_link(BEN_THERE)
        assert "Pro" in (await club.writes(BEN_THERE, "/plan list")).all
        await club.world.play.telegram.member(SALON, BEN_THERE, "remove")
        await club.is_out(BEN_THERE)

        async def turned_away() -> bool:
            return "community's team" in (await club.writes(BEN_THERE, "/plan list")).all

        assert await eventually(turned_away)
        for text in (
            "/plan edit plan:Pro price:0.50",
            "/settings contact_me:yes",
            f"/invoice create member:{OLGA} amount:500 what:Fee",
            "/audit",
            "/team",
        ):
            assert "community's team" in (await club.writes(BEN_THERE, text)).all, text


async def test_olga_fills_in_a_rank_by_dialogue_and_in_one_line(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=seeded()) as club:
        asked = await club.writes(OLGA, "/team_set")
        assert "somebody who is here" in asked.text
        ranks = await club.writes(OLGA, str(TMOD))
        told = await club.presses(OLGA, ranks, next(label for label in ranks.buttons if label.startswith("support")))
        assert "tmod is now on the team: support" in told.text
        assert "Reading" not in (await club.writes(TMOD, "/member 302")).text
        assert "now on the team: manager" in (await club.writes(OLGA, f"/team member:{TMOD} rank:manager")).text
        shown = await club.writes(OLGA, "/team")
        gone = await club.presses(OLGA, shown, next(label for label in shown.buttons if label.startswith("Remove")))
        assert "no longer on the team" in gone.text


async def test_a_manager_of_a_chat_who_may_not_invite_sells_nothing(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=seeded()) as club:
        await club.writes(OLGA, f"/team member:{TMOD} rank:manager")
        refused = await club.writes(TMOD, "/plan create name:X price:5 currency:usd period:every_months")
        refused = await club.presses(TMOD, refused, "Do it") if "Do it" in refused.buttons else refused
        assert "couldn't give Salon" in refused.all.replace("*", "")
        await promoted(club, TMOD)
        done = await club.writes(TMOD, "/plan create name:X price:5 currency:usd period:every_months")
        assert "X is ready" in done.all


async def test_who_is_not_in_the_chat_is_no_one_to_look_up_whether_known_or_not(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=seeded()) as club:
        await club.makes_plan()
        known = await club.writes(OLGA, f"/member {MIA_THERE}")
        unknown = await club.writes(OLGA, "/member 99887766")
        assert known.text == unknown.text
        assert "I can only look up" in known.text
        known = await club.writes(OLGA, "/member @mia")
        unknown = await club.writes(OLGA, "/member @nobodyever")
        assert known.text.replace("mia", "") == unknown.text.replace("nobodyever", "")


async def test_who_has_paid_and_is_not_in_yet_is_looked_up_by_name(tmp_path: Path) -> None:
    async with salon(tmp_path, seed=seeded()) as club:
        await club.makes_plan()
        await club.buys(MIA_THERE)
        for typed in ("@mia", str(MIA_THERE)):
            assert "Mia in Salon" in (await club.writes(OLGA, f"/member {typed}")).text


def with_onboarding(*roles: str) -> dict[str, Any]:
    """The server, whose newcomers may pick these roles; Mia, who sees the commands on Discord, has picked."""
    there: Any = SEED["discord"]
    (guild,) = there["guilds"]
    mods = {"id": MODS, "name": "Mods", "position": 3, "permissions": ["manage_guild"]}
    members = [{"id": ADA}, {"id": MIA, "roles": [*roles, "Mods"]}, {"id": BEN}]
    question = {"title": "What are you here for?", "answers": [{"title": "Helping", "roles": list(roles)}]}
    return {
        "discord": {
            "guilds": [{**guild, "roles": [*guild["roles"], mods], "members": members, "onboarding": [question]}]
        }
    }


async def test_whoever_picks_the_teams_role_in_onboarding_gains_nothing_by_it(w: World) -> None:
    await w.plan()
    assert "now on the team: manager" in (await w.ada("team", role=EXTRA, rank="manager")).text
    await w.play.post("seed", with_onboarding("Extra"))
    app = w.service.app
    assert app is not None
    assert await role_givers.look_at_roles(app) == 1
    assert "Extra" in await w.roles()
    assert "Pro" not in (await w.mia("plan list")).text
    refused = await w.ada("team", role=EXTRA, rank="manager")
    assert "members can get it by themselves" in refused.text
    assert "Onboarding" in refused.text
