"""Every command and button on Discord as every kind of person, in every server and in private: nobody gains or learns
what is not theirs. The table of people and places is the oracle's own (`oracle` has that of commands and things)."""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.commands import allowance
from bot.commands.catalog import COMMANDS
from bot.commands.model import Action, Command
from payments.core.community import Place, Platform
from payments.core.rights import Rank
from sandbox.play import NotTaken, Received
from sandbox.refused import Refused
from tests.crash.ledger import reading
from tests.e2e.forged import press, typed
from tests.e2e.world import ADA, BEN, GUILD, MEMBERS, MIA, World, world
from tests.fuzz.commands import ACTION_LENGTH_MAX, BOUNDLESS, Person
from tests.fuzz.oracle import (
    ANYWHERE,
    BUTTONS,
    IDS,
    Act,
    Watch,
    enrolled,
    needs,
    payer,
    planted,
    pressed,
    read_in,
    restless,
)
from tests.fuzz.webhooks import Faults, Outcome

OONA, MAX, SUE, MOD, EVE, RITA, RON, GUS, HAL = (f"7000000000000001{n:02}" for n in range(9))
RIVALS, DEN, VIP = "700000000000000201", "700000000000000202", "700000000000000221"
SECRETS = ("Rivals United", "Zanzibar", "rita", "ron")
"""What only people of the rivals' server may read."""

OWNERS = {GUILD: ADA, RIVALS: RITA}
"""Of servers. Everyone else has the rank that an owner gave them there, whatever Discord lets them do, and nobody has
one in private."""

PRIVATE = "private"
PEOPLE: Mapping[str, Sequence[str]] = {
    GUILD: (ADA, OONA, MAX, SUE, MOD, MIA, BEN),
    RIVALS: (RITA, RON, MOD),
    DEN: (EVE,),
    PRIVATE: (GUS, HAL, GUS, HAL, ADA, OONA, MAX, SUE, MOD, MIA, RITA, RON, EVE),
}
"""Gus, a manager, has left the server, and Hal, an owner, is banned: both are in the team still."""

TEAM = ((OONA, Rank.OWNER), (MAX, Rank.MANAGER), (SUE, Rank.SUPPORT), (GUS, Rank.MANAGER), (HAL, Rank.OWNER))
NAMES = {OONA: "oona", MAX: "max", SUE: "sue", MOD: "mod", EVE: "eve", RITA: "rita", RON: "ron", GUS: "gus", HAL: "hal"}

SEED = {
    "discord": {
        "users": [{"id": user, "name": name} for user, name in NAMES.items()],
        "guilds": [
            {
                "id": RIVALS,
                "name": "Rivals United",
                "owner": RITA,
                "roles": [{"id": VIP, "name": "Zanzibar"}, {"name": "Mods", "permissions": ["manage_guild"]}],
                "members": [{"id": RON}, {"id": MOD, "roles": ["Mods"]}],
            },
            {"id": DEN, "name": "Eve's den", "owner": EVE},
        ],
    }
}
"""The world has Ada's server already; those who join it come after."""


class Crowd:
    """Does one thing after the other, by chance."""

    def __init__(self, w: World, watch: Watch, chance: random.Random, ids: Sequence[str]) -> None:
        self._w = w
        self._watch = watch
        self._chance = chance
        self._ids = ids
        self._typist = Person(chance, list(ids))

    async def act(self) -> tuple[Act, Received | None]:
        """One act and its answer; None where Discord itself lets nobody do that."""
        chance = self._chance
        server = chance.choice((GUILD, GUILD, GUILD, GUILD, RIVALS, RIVALS, DEN, PRIVATE))
        user = chance.choice(PEOPLE[server])
        try:
            if chance.random() < 0.4:
                return await self._presses(user, server, chance.choice(BUTTONS))
            commands = [one for one in COMMANDS if Platform.DISCORD in one.platforms]
            return await self._types(user, server, chance.choice(commands))
        except (NotTaken, Refused):
            return Act(user, server, "what could not be typed", Rank.NONE, Rank.NONE), None

    async def _presses(self, user: str, server: str, action: Action) -> tuple[Act, Received]:
        custom_id = pressed(self._chance, action.name, self._ids)[:ACTION_LENGTH_MAX]
        act = self._act(user, server, f"presses {custom_id!r}", action.name)
        return act, await press(self._w, user, custom_id, **_where(server))

    async def _types(self, user: str, server: str, command: Command) -> tuple[Act, Received]:
        options = self._good(command, server) if self._chance.random() < 0.7 else self._typist._options(command)
        local = {MIA: self._chance.choice(PEOPLE[server]), BEN: PEOPLE[server][0], ADA: PEOPLE[server][-1]}
        if server != GUILD:
            options = {name: local.get(str(value), value) for name, value in options.items() if "role" not in name}
        act = self._act(user, server, f"types /{command.name} {options}", command.name)
        return act, await typed(self._w, user, command.name, options, **_where(server))

    def _act(self, user: str, server: str, what: str, name: str) -> Act:
        """By the oracle's tables."""
        rank = Rank.OWNER if OWNERS.get(server) == user else self._watch.team.get((server, user), Rank.NONE)
        return Act(user, server, what, rank, needs(name), heard=server != DEN or name in ANYWHERE)

    def _good(self, command: Command, server: str) -> dict[str, object]:
        """Options with which it would do something, if it may."""
        chance, number = self._chance, self._chance.randint(1, 10**9)
        role = {"role": MEMBERS} if server == GUILD else {"role": VIP}
        good: dict[str, dict[str, object]] = {
            "plan create": {"name": f"P{number}", "price": "5", "currency": "usd", "period": "every_months", **role},
            "plan edit": {"plan": "Pro", "price": f"{chance.randint(1, 99)}", "currency": "usd"},
            "plan archive": {"plan": f"P{number}"},
            "plan price_add": {"plan": "Pro", "price": "50", "currency": "usd", "period": "every_years"},
            "plan price_end": {"plan": "Pro"},
            "plan prices": {"plan": "Pro"},
            "invoice create": {"member": MIA, "amount": "5", "what": "Cake", "currency": "usd"},
            "member": {"member": chance.choice((MIA, BEN)), **({"give": "Pro", "days": 3} if number % 2 else {})},
            "settings": {"grace_days": chance.randint(0, 9)},
            "subscribe": {"plan": "Pro"},
        }
        return good.get(command.name, {})


def _where(server: str) -> dict[str, Any]:
    return {"private": True} if server == PRIVATE else {"server": server}


async def fuzz_rights(seed: str, number: int, url: str, folder: Path) -> Outcome:
    """So many acts, one after the other, on the database at `url`."""
    outcome, faults, began = Outcome(), Faults(), time.monotonic()
    logging.getLogger().addHandler(faults)
    kept, allowance.AT_ONCE = allowance.AT_ONCE, BOUNDLESS
    try:
        async with world(folder, database=url, GUESTLIST_DISCORD__SERVERS=f"{GUILD},{RIVALS}") as w:
            await _set_up(w)
            async with reading(url) as reader:
                watch = Watch(w, reader, [payer(w, MIA)])
                await watch.begin()
                crowd = Crowd(w, watch, random.Random(seed), [row[0] for row in await reader.rows(IDS)])
                for _ in range(number):
                    act, heard = await crowd.act()
                    told = None if heard is None else heard.text
                    await watch.weigh(outcome, act, told)
                    if not act.allowed and heard is not None and (heard.modal or not told):
                        outcome.wrong.append(f"{act}: was not turned away")
                    if _is_elsewhere(act) and (leaked := read_in(told or "", SECRETS)):
                        outcome.wrong.append(f"{act}: read {leaked} of another community in {told!r}")
            outcome.wrong += await restless(w)
    finally:
        allowance.AT_ONCE = kept
        logging.getLogger().removeHandler(faults)
    outcome.wrong += [f"the log tells of a fault: {told}" for told in faults.found]
    outcome.seconds = time.monotonic() - began
    return outcome


def _is_elsewhere(act: Act) -> bool:
    """Whether what the rivals have is none of somebody's business here."""
    return act.where in (GUILD, DEN) or (act.where == PRIVATE and act.user not in PEOPLE[RIVALS])


async def _set_up(w: World) -> None:
    """Two shops beside each other, a team in the one (two of it are there no more), and a stranger's server."""
    await w.play.post("seed", SEED)
    for user in (OONA, MAX, SUE, MOD, GUS, HAL):
        await w.play.post("discord/member", {"guild": GUILD, "user": user, "action": "join"})
    made = await w.play.post(
        "discord/role", {"guild": GUILD, "action": "create", "name": "Mods", "permissions": ["manage_guild"]}
    )
    assert made
    for user in (OONA, MAX, SUE, MOD):
        await w.play.post("discord/role", {"guild": GUILD, "role": "Mods", "user": user, "action": "give"})
    await w.plan()
    await w.member_buys()
    options = {"name": "Zanzibar", "price": "7", "currency": "usd", "period": "every_months", "role": VIP}
    rival = await w.play.command(RIVALS, RITA, "plan create", **options)
    assert "Zanzibar" in rival.text, rival.text
    app = w.service.app
    assert app is not None
    await enrolled(app, Place(Platform.DISCORD, GUILD), TEAM)
    await planted(app, Place(Platform.DISCORD, GUILD))
    await w.play.post("discord/member", {"guild": GUILD, "user": GUS, "action": "leave"})
    await w.play.post("discord/member", {"guild": GUILD, "user": HAL, "action": "ban"})
