"""People who type and press at random what Discord would not let them, and what must be true of it afterwards."""

import asyncio
import logging
import random
import time
from collections import Counter
from pathlib import Path

from bot.commands import allowance
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.model import Command, Option, OptionKind
from payments.core.community import Platform
from sandbox.play import NotTaken, Received
from tests.crash.ledger import WRONG, counted, reading
from tests.e2e.forged import press, typed
from tests.e2e.world import ADA, BEN, EXTRA, GUILD, MEMBERS, MIA, World, world
from tests.fuzz.webhooks import Faults, Outcome

AT_ONCE = 4
BOUNDLESS = 10**6
"""A few people do here in a minute what thousands do: with one person's allowance each they would reach nothing."""

ACTION_LENGTH_MAX = 80
"""No button of ours is longer."""

FAULT = "Something went wrong"
TEXTS = (
    "",
    " ",
    "x",
    "x" * 200,
    "x" * 6_000,
    "-1",
    "0",
    "0.5",
    "9.99",
    "9,99",
    "1e12",
    "1000000000000",
    "9" * 400,
    "٣٤",
    "½",
    "NaN",
    "∞",
    "usd",
    "USD",
    "jpy",
    "zzz",
    "💶" * 30,
    "Pro",
    "pro",
    "P\0o",
    "@everyone",
    "<@&700000000000000021>",
    "**b** ||s|| [x](http://e.example)",
    "`/plan create`",
    "‮gnol",
    "a\nb\r\nc",
    "' OR 1=1 --",
    "{plan}",
    "%s%n",
    "../..",
    "31.02.2026",
    "2026-12-31",
    "0000-00-00",
    "99999-01-01",
    "mia@example.org",
)
NUMBERS = (-(2**53), -1, 0, 1, 2, 7, 365, 10**6, 2**31, 2**53)
IDS = " UNION ".join(f"SELECT id FROM {table}" for table in ("plan", "person", "target", "request"))

MAY_BE = ("effects not done", "what is wanted and not so", "dead notices", "prices not on sale")
"""What may be so when admins make plans of roles that can't be given."""


class Person:
    """Types and presses by chance."""

    def __init__(self, chance: random.Random, ids: list[str]) -> None:
        self._chance = chance
        self._ids = ids

    async def acts(self, w: World) -> tuple[str, list[Received]]:
        """Do something; what it was, and what was answered."""
        chance = self._chance
        if chance.random() < 0.4:
            user = chance.choice((MIA, BEN, ADA))
            action = self._action()
            private = chance.random() < 0.2
            times = chance.choice((1, 1, 2))
            return f"{user} presses {action!r}", await asyncio.gather(
                *(press(w, user, action, private=private) for _ in range(times))
            )
        command = chance.choice([one for one in COMMANDS if Platform.DISCORD in one.platforms])
        # Only an admin's account may reach what only admins are offered.
        user = ADA if command.admin else chance.choice((MIA, BEN, ADA))
        options = self._options(command)
        private = chance.random() < 0.1
        if private:
            options = {name: value for name, value in options.items() if value not in (GUILD, MEMBERS, EXTRA)}
        try:
            return f"{user}: /{command.name} {options}", [await typed(w, user, command.name, options, private=private)]
        except NotTaken:  # what nobody could type at all: a role in private
            return f"{user}: /{command.name}", []

    def _action(self) -> str:
        chance = self._chance
        name = chance.choice([*(action.name for action in ACTIONS), "of_last_year", ""])
        words = (*self._ids, *TEXTS[:10], "sub_x", "pln_x", "req_x")
        given = [chance.choice(words) for _ in range(chance.randint(0, 3))]
        return ":".join([name, *given])[:ACTION_LENGTH_MAX]

    def _options(self, command: Command) -> dict[str, object]:
        return {
            option.name: self._value(option)
            for option in command.options
            if Platform.DISCORD in option.platforms
            if option.required or self._chance.random() < 0.4
        }

    def _value(self, option: Option) -> object:
        chance = self._chance
        match option.kind:
            case OptionKind.INTEGER:
                return chance.choice(NUMBERS)
            case OptionKind.BOOLEAN:
                return chance.random() < 0.5
            case OptionKind.MEMBER:
                return chance.choice((MIA, BEN, ADA))
            case OptionKind.ROLE:
                return chance.choice((MEMBERS, EXTRA, GUILD))
            case OptionKind.CHOICE if chance.random() < 0.7:
                return chance.choice(option.choices).value
            case _:
                return chance.choice((*TEXTS, *self._ids))


async def fuzz_commands(seed: str, number: int, url: str, folder: Path) -> Outcome:
    """So many things typed and pressed by chance, a few at once, on the database at `url`; then look at everything."""
    outcome, faults, began = Outcome(), Faults(), time.monotonic()
    logging.getLogger().addHandler(faults)
    kept, allowance.AT_ONCE = allowance.AT_ONCE, BOUNDLESS
    try:
        async with world(folder, database=url) as w:
            await w.plan()
            await w.member_buys()
            mine = await w.subscription()
            async with reading(url) as reader:
                ids = [row[0] for row in await reader.rows(IDS)]
                person = Person(random.Random(seed), ids)
                left = iter(range(number))

                async def act_on() -> None:
                    for _ in left:
                        _weigh(outcome, *await person.acts(w))

                await asyncio.gather(*(act_on() for _ in range(AT_ONCE)))
                await w.quiet()
                questions = {name: sql for name, sql in WRONG.items() if name not in MAY_BE}
                outcome.wrong += [*await counted(reader, questions), *await reader.broken()]
            if await _changed(w, str(mine["id"])):
                outcome.wrong.append("somebody has changed Mia's subscription")
    finally:
        allowance.AT_ONCE = kept
        logging.getLogger().removeHandler(faults)
    outcome.wrong += [f"the log tells of a fault: {told}" for told in faults.found]
    outcome.seconds = time.monotonic() - began
    return outcome


def _weigh(outcome: Outcome, what: str, answers: list[Received]) -> None:
    outcome.answers["could not be typed"] += not answers
    for heard in answers:
        answered = bool(heard.text or heard.modal) and FAULT not in heard.text
        outcome.answers["answered" if answered else "not answered"] += 1
        if not answered:
            outcome.wrong.append(f"{what[:300]} was answered {heard.text!r}")


async def _changed(w: World, subscription: str) -> bool:
    """Nobody knew its id, so nobody could cancel it; and one person has one subscription of one plan."""
    found = await w.play.stripe("subscription")
    same = Counter(one["metadata"]["guestlist_plan"] for one in found)
    return found[0]["id"] != subscription or found[0]["cancel_at"] is not None or max(same.values()) > 1
