"""Every command and button on Telegram as every kind of person, in groups and in private, whichever community a button
or the chosen chat names: nobody gains or learns what is not theirs. The table of people and chats is the oracle's own.

Updates are put into what `getUpdates` answers, as Telegram words them: who is in no chat may comment in it still, and
presses buttons that were never shown to them.
"""

import itertools
import logging
import random
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.commands import allowance
from bot.commands.catalog import COMMANDS
from bot.commands.model import Action, Command, Option, OptionKind
from bot.platforms.telegram.markup import data_of, start_payload
from payments.core.community import Place, Platform
from payments.core.rights import Rank
from sandbox.telegram.listeners import HANDLED_SECONDS_MAX
from tests.crash.ledger import reading
from tests.crash.stage import UNLIMITED
from tests.e2e.telegram import SALON, Salon, salon
from tests.fuzz.commands import BOUNDLESS, NUMBERS, TEXTS
from tests.fuzz.oracle import (
    BUTTONS,
    IDS,
    Act,
    Payer,
    Watch,
    enrolled,
    needs,
    payer,
    planted,
    pressed,
    read_in,
    restless,
)
from tests.fuzz.telegram import hurried
from tests.fuzz.webhooks import Faults, Outcome

OLGA, MIA, BEN, TOM, OONA, MAX, SUE, MOD, GUS, HAL, RITA, RON, EVE, FAY = range(301, 315)
RIVALS, DEN, PRIVATE = -1002, -1009, 0
PAYS = {"mia": SALON, "ron": RIVALS}
"""Who pays, and where."""

OWNERS = {SALON: OLGA, RIVALS: RITA}
"""Of chats. Everyone else who is in a chat has the rank that an owner gave them there, and nobody else has one: Mod is
an admin of the Salon; Gus, a manager, has left it, and Hal, an owner, is banned. Both are in its team still."""

NAMES = {
    OLGA: "olga",
    MIA: "mia",
    BEN: "ben",
    TOM: "tom",
    OONA: "oona",
    MAX: "max",
    SUE: "sue",
    MOD: "mod",
    GUS: "gus",
    HAL: "hal",
    RITA: "rita",
    RON: "ron",
    EVE: "eve",
    FAY: "fay",
}
TEAM = ((OONA, Rank.OWNER), (MAX, Rank.MANAGER), (SUE, Rank.SUPPORT), (GUS, Rank.MANAGER), (HAL, Rank.OWNER))
INSIDE: Mapping[int, Sequence[int]] = {
    SALON: (OLGA, OONA, MAX, SUE, MOD, MIA, BEN),
    RIVALS: (RITA, RON, MOD),
    DEN: (EVE,),
}
PEOPLE: Mapping[int, Sequence[int]] = {
    SALON: (*INSIDE[SALON], GUS, TOM, RITA),
    RIVALS: (*INSIDE[RIVALS], OLGA, MIA, TOM),
    DEN: (EVE, MOD),
    PRIVATE: (*NAMES, GUS, HAL, GUS, HAL),
}
"""Who acts where: those who are in no group may write in it where it is a channel's comments."""

TITLES = {SALON: "Salon", RIVALS: "Rivals United", DEN: "Eve's den"}
OPEN_SECRETS, SECRETS = ("Rivals United", "Zanzibar"), ("rita", "ron")
"""What whoever has the number of the rivals' chat may read; and what only those who are in it may."""

ALOUD = ("answered you in private", "can't write to you first", "posting anonymously here")
"""All that is said in a group."""

SEED: dict[str, Any] = {
    "users": [
        {"id": user, "username": name, "first_name": name.title(), "started": True} for user, name in NAMES.items()
    ],
    "chats": [
        {"id": SALON, "title": TITLES[SALON], "owner": "olga", "members": ["oona", "max", "sue", "mod", "ben", "gus"]},
        {"id": RIVALS, "title": TITLES[RIVALS], "owner": "rita", "members": ["mod"]},
        {"id": DEN, "title": TITLES[DEN], "owner": "eve", "members": ["mod"]},
    ],
    **UNLIMITED,
}


class Crowd:
    """Does one thing after the other, by chance. Remembers which chat each chose to talk about in private."""

    def __init__(self, club: Salon, watch: Watch, chance: random.Random, ids: Sequence[str]) -> None:
        self._watch = watch
        self._telegram = club.world.sandbox.telegram
        self._chance = chance
        self._ids = ids
        self._about: dict[int, int] = {}
        self._numbers = itertools.count(10**6)

    async def act(self) -> tuple[Act, int, str, list[str]]:
        """One act: the chat that it is about, what the bot said to who did it, and what it said aloud in a group."""
        chance = self._chance
        chat = chance.choice((SALON, SALON, SALON, RIVALS, RIVALS, DEN, PRIVATE, PRIVATE, PRIVATE, PRIVATE))
        user = chance.choice(PEOPLE[chat])
        if chat == PRIVATE and user != FAY:
            await self._choose(user, chance.choice((SALON, SALON, SALON, RIVALS)))
        if chance.random() < 0.4:
            return await self._presses(user, chat, chance.choice(BUTTONS))
        commands = [one for one in COMMANDS if Platform.TELEGRAM in one.platforms and one.name != "start"]
        return await self._types(user, chat, chance.choice(commands))

    async def _choose(self, user: int, about: int) -> None:
        """By the address under which a chat invites people; whoever has its number may open that.

        For somebody the chat has banned, it is the address of no chat, so what they chose before stays chosen.
        """
        if self._about.get(user) != about:
            if (user, about) != (HAL, SALON):
                self._about[user] = about
            await self._update(user, user, "message", self._message(user, user, f"/start {start_payload(about)}"))

    async def _types(self, user: int, chat: int, command: Command) -> tuple[Act, int, str, list[str]]:
        about = chat if chat != PRIVATE else self._about.get(user, PRIVATE)
        good = self._chance.random() < 0.7
        options = self._good(command, about) if good else self._options(command)
        word = command.name.replace(" ", self._chance.choice((" ", "_")))
        text = " ".join([f"/{word}", *(f"{name}:{value}" for name, value in options.items())])
        act = self._act(user, chat, about, f"writes {text!r}", needs(command.name))
        return act, about, *await self._update(user, chat, "message", self._message(user, chat or user, text))

    async def _presses(self, user: int, chat: int, action: Action) -> tuple[Act, int, str, list[str]]:
        called = pressed(self._chance, action.name, self._ids)[:60]
        named = self._chance.choice((None, None, SALON, RIVALS))
        data = data_of(called, named)
        about = chat or self._about.get(user, PRIVATE)
        if data != called:
            assert named is not None
            about = named
        act = self._act(user, chat, about, f"presses {called!r} of {named}", needs(action.name))
        query = {
            "id": f"{next(self._numbers)}",
            "from": self._person(user),
            "message": self._message(user, chat or user, "buttons"),
            "chat_instance": "1",
            "data": data,
        }
        return act, about, *await self._update(user, chat, "callback_query", query)

    def _act(self, user: int, chat: int, about: int, what: str, needed: Rank) -> Act:
        where = f"{TITLES.get(chat, 'private')} about {TITLES.get(about, 'nothing')}"
        rank = Rank.OWNER if OWNERS.get(about) == user else Rank.NONE
        if user in INSIDE.get(about, ()):
            rank = max(rank, self._watch.team.get((f"{about}", f"{user}"), Rank.NONE))
        return Act(NAMES[user], where, what, rank, needed, heard=chat != DEN)

    # -- what Telegram tells -----------------------------------------------------------------------------------------
    async def _update(self, user: int, chat: int, kind: str, body: Mapping[str, Any]) -> tuple[str, list[str]]:
        with self._telegram.ears.listening(user, chat or user) as listener:
            assert self._telegram.updates.add(kind, dict(body))
            await listener.until_quiet(HANDLED_SECONDS_MAX)
            said = list(listener.said.values())
        private = [f"{one.text} {one.inline_keyboard or ''}" for one in said if one.chat.id == user]
        return "\n".join(private), [one.text for one in said if one.chat.id != user]

    def _person(self, user: int) -> dict[str, Any]:
        return {"id": user, "is_bot": False, "first_name": NAMES[user].title(), "username": NAMES[user]}

    def _message(self, user: int, chat: int, text: str) -> dict[str, Any]:
        group = {"id": chat, "type": "supergroup", "title": TITLES.get(chat, "")}
        return {
            "message_id": next(self._numbers),
            "date": 1,
            "chat": group if chat < 0 else {"id": user, "type": "private", "first_name": NAMES[user].title()},
            "from": self._person(user),
            "text": text,
        }

    # -- what people fill in -----------------------------------------------------------------------------------------
    def _options(self, command: Command) -> dict[str, object]:
        return {
            option.name: self._value(option)
            for option in command.options
            if Platform.TELEGRAM in option.platforms and (option.required or self._chance.random() < 0.4)
        }

    def _value(self, option: Option) -> object:
        match option.kind:
            case OptionKind.INTEGER:
                return self._chance.choice(NUMBERS)
            case OptionKind.BOOLEAN:
                return self._chance.choice(("yes", "no"))
            case OptionKind.MEMBER:
                return self._member()
            case OptionKind.CHOICE if option.choices and self._chance.random() < 0.7:
                return self._chance.choice(option.choices).value
            case _:
                return self._chance.choice([*(text for text in TEXTS if len(text) < 200), *self._ids])

    def _member(self) -> object:
        """Anybody, by number or name, of the other community and banned ones too."""
        user = self._chance.choice(list(NAMES))
        return self._chance.choice((user, f"@{NAMES[user]}"))

    def _good(self, command: Command, about: int) -> dict[str, object]:
        """Options with which it would do something, if it may."""
        chance, number = self._chance, self._chance.randint(1, 10**9)
        plan = "Zanzibar" if about == RIVALS else "Pro"
        here = RON if about == RIVALS else chance.choice((MIA, BEN))
        good: dict[str, dict[str, object]] = {
            "plan create": {"name": f"P{number}", "price": "5", "currency": "usd", "period": "every_months"},
            "plan edit": {"plan": plan, "price": f"{chance.randint(1, 99)}", "currency": "usd"},
            "plan archive": {"plan": f"P{number}"},
            "plan price_add": {"plan": plan, "price": "50", "currency": "usd", "period": "every_years"},
            "plan price_end": {"plan": plan},
            "plan prices": {"plan": plan},
            "invoice create": {"member": here, "amount": "5", "what": "Cake", "currency": "usd"},
            "member": {"member": here, **({"give": plan, "days": 3} if number % 2 else {})},
            "settings": {"grace_days": chance.randint(0, 9)},
            "subscribe": {"plan": plan},
            "team_set": {"member": TOM, "rank": "owner"},
        }
        return good.get(command.name, {})


async def fuzz_rights_on_telegram(seed: str, number: int, url: str, folder: Path) -> Outcome:
    """So many acts, one after the other, on the database at `url`."""
    outcome, faults, began = Outcome(), Faults(), time.monotonic()
    logging.getLogger().addHandler(faults)
    kept, allowance.AT_ONCE = allowance.AT_ONCE, BOUNDLESS
    try:
        async with salon(folder, seed=SEED, database=url) as club, reading(url) as reader:
            payers = await _set_up(club)
            watch = Watch(club.world, reader, payers)
            await watch.begin()
            crowd = Crowd(club, watch, random.Random(seed), [row[0] for row in await reader.rows(IDS)])
            for _ in range(number):
                act, about, told, aloud = await crowd.act()
                await watch.weigh(outcome, act, told)
                if act.heard and not told:
                    outcome.wrong.append(f"{act}: was not answered")
                outcome.wrong += _learned(club, payers, act, about, told)
                outcome.wrong += [f"{act}: {said!r} in the group" for said in aloud if read_in(said, ALOUD) == []]
            outcome.wrong += await restless(club.world)
    finally:
        allowance.AT_ONCE = kept
        logging.getLogger().removeHandler(faults)
    outcome.wrong += [f"the log tells of a fault: {told}" for told in faults.found]
    outcome.seconds = time.monotonic() - began
    return outcome


async def _set_up(club: Salon) -> list[Payer]:
    """Two shops beside each other with a member each, and a team in the one; two of that team are there no more."""
    hurried(club)
    w = club.world
    for user, chat, plan in ((OLGA, SALON, "Pro"), (RITA, RIVALS, "Zanzibar")):
        await club.came_by_the_link(user, chat)
        made = await club.writes(user, f"/plan create name:{plan} price:9.99 currency:usd period:every_months")
        assert f"{plan} is ready" in made.text, made
    payers = []
    for user, chat, plan in ((MIA, SALON, "Pro"), (RON, RIVALS, "Zanzibar")):
        await club.came_by_the_link(user, chat)
        await club.joins(user, await club.buys(user, plan))
        await club.comes_in(user, chat)
        payers.append(payer(w, NAMES[user]))
    app = w.service.app
    assert app is not None
    await enrolled(app, Place(Platform.TELEGRAM, f"{SALON}"), [(f"{user}", rank) for user, rank in TEAM])
    await planted(app, Place(Platform.TELEGRAM, f"{SALON}"))
    await w.play.telegram.member(SALON, MOD, "promote")
    await w.play.telegram.leave(GUS, SALON)
    await w.play.telegram.member(SALON, HAL, "ban")
    await w.quiet()
    return payers


def _learned(club: Salon, payers: Collection[Payer], act: Act, about: int, told: str) -> list[str]:
    """What somebody was told that is none of their business: of the rivals, or of who pays."""
    rival = act.user in {NAMES[user] for user in INSIDE[RIVALS]}
    words: Sequence[str] = () if rival else SECRETS if about == RIVALS else (*SECRETS, *OPEN_SECRETS)
    others = [one for one in payers if act.user != one.user and not (act.rank and PAYS[one.user] == about)]
    theirs = [id_ for one in others for id_ in one.kept(club.world)]
    return [f"{act}: read {word!r} in {told!r}" for word in read_in(told, [*words, *theirs]) if word not in act.what]
