"""The tour: the main job told in plain words, each step with evidence read back from the sandbox."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

import aiohttp
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from sandbox.play import Heard, Json, Play, Refused, eventually

GUILD, ADA, MIA = "700000000000000001", "700000000000000011", "700000000000000012"
ROLE = "700000000000000021"
GOOD_CARD, FAILING_CARD = "4242424242424242", "4000000000000341"
SECONDS_MAX = 45.0
"""The story ends within this, whatever hangs: with the service's start and end, within a minute."""
WIDTH_MAX = 100


class NotAsItShouldBe(Exception):
    """A piece of evidence is not what it should be; the tour ends there."""


class Tour:
    """Tells the story on a console against a sandbox and a running service."""

    def __init__(self, play: Play, console: Console) -> None:
        self._play = play
        self._console = console
        self._step = 0

    async def run(self, ready_url: str) -> bool:
        """Play it all once the service says it is ready. True when every piece of evidence was what it should be."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await self._service_is_ready(ready_url)
                await self._story()
        except TimeoutError:
            return self._failed(f"the story was not over after {SECONDS_MAX:.0f} seconds")
        except (NotAsItShouldBe, KeyError, Refused, aiohttp.ClientError) as error:
            return self._failed(str(error.args[0]) if isinstance(error, KeyError) else str(error))
        self._console.print()
        self._say(
            f"[bold green]Every piece of evidence is what it should be.[/] ({time.monotonic() - began:.0f} s)", ""
        )
        return True

    def _failed(self, why: str) -> bool:
        self._console.print()
        self._say(f"[bold red]Not as it should be:[/] {escape(why)}", "")
        return False

    # -- the story -----------------------------------------------------------------------------------
    async def _story(self) -> None:
        await self._seed()
        await self._plan()
        link = await self._subscribe()
        await self._first_payment(link)
        await self._renewal_fails()
        await self._grace_runs_out()
        await self._pays_again()

    async def _seed(self) -> None:
        self._tell(
            "A book club on Discord",
            "Ada runs the server «Riverside Book Club». Mia is in it, without any role. The bot's own role "
            "stands above «Members», so it may give that one.",
        )
        await self._play.post("seed", SEED)
        await self._evidence("Mia's roles", self._roles, lambda: self._has(False))

    async def _plan(self) -> None:
        self._tell("Ada makes a plan, in the chat")
        self._type("ada", "/plan create name:Pro price:9.99 currency:usd period:every month role:@Members")
        options = {"name": "Pro", "price": "9.99", "currency": "usd", "period": "every_months", "role": ROLE}
        self._hear(await self._play.command(GUILD, ADA, "plan create", **options))
        await self._evidence("Prices at Stripe", self._prices, self._one_price)

    async def _subscribe(self) -> str:
        self._tell("Mia subscribes, in the chat")
        self._type("mia", "/subscribe plan:Pro")
        heard = self._hear(await self._play.command(GUILD, MIA, "subscribe", plan="Pro"))
        link = _link(heard, "/checkout/")
        status, page = await self._play.open(link)
        if status != 200 or "9.99" not in page:
            raise NotAsItShouldBe(f"the checkout page answered {status} and does not show the price")
        return link

    async def _first_payment(self, link: str) -> None:
        self._tell(
            "She pays on the checkout page",
            "With the card 4242 4242 4242 4242. Stripe sends its signed webhooks; the service stores each before it "
            "answers, asks Stripe what is true now, and makes the role right.",
        )
        await self._play.pay(link, GOOD_CARD)
        await self._evidence("Her invoices at Stripe", self._invoices, lambda: self._billed("paid"))
        await self._evidence("Mia's roles", self._roles, lambda: self._has(True))

    async def _renewal_fails(self) -> None:
        self._tell(
            "A month later the card fails",
            "In the billing portal Mia has put in a card that is declined (4000 0000 0000 0341). 31 days pass at once, "
            "with all that happens in between: the renewal's draft, its hour, the refused payment.",
        )
        heard = await self._play.command(GUILD, MIA, "membership")
        portal = await self._play.click(GUILD, MIA, heard, "payment")
        await self._play.change_card(_link(portal, "/portal/"), FAILING_CARD)
        await self._play.advance("31d")
        await self._evidence("Her invoices at Stripe", self._invoices, lambda: self._billed("paid", "open"))
        await self._evidence("Her subscription at Stripe", self._subscription, lambda: self._stands("past_due"))
        await self._evidence("Guestlist writes to her privately", self._last_message, self._told_with_link)
        await self._evidence("Mia's roles, while the grace of 3 days runs", self._roles, lambda: self._has(True))

    async def _grace_runs_out(self) -> None:
        self._tell(
            "The grace runs out", "Three more days pass and nothing is paid. No webhook says so: time alone does."
        )
        await self._play.advance("3d")
        await self._evidence("Mia's roles", self._roles, lambda: self._has(False))

    async def _pays_again(self) -> None:
        self._tell("She pays, and it is back", "Mia opens the link of that message and pays with a good card.")
        messages = await self._play.direct_messages(GUILD, MIA)
        await self._play.pay(next(_link(heard, "/invoice/") for heard in reversed(messages) if _asks(heard)), GOOD_CARD)
        await self._evidence("Her invoices at Stripe", self._invoices, lambda: self._billed("paid", "paid"))
        await self._evidence("Her subscription at Stripe", self._subscription, lambda: self._stands("active"))
        await self._evidence("Mia's roles", self._roles, lambda: self._has(True))
        await self._evidence("Discord's log of her roles", self._changes, self._given_taken_given)
        for entry in await self._log():
            day = time.strftime("%d %b", time.gmtime(entry["at"]))
            verb = "given" if entry["action"] == "role_add" else "taken"
            text = f"{day}  {entry['role_name']} {verb}: «{entry['reason']}»"
            self._say(f"[dim]{escape(text)}[/]", "    ", "            ")

    async def _service_is_ready(self, url: str) -> None:
        told = "no answer"

        async def ready() -> bool:
            nonlocal told
            try:
                status, told = await self._play.open(url)
            except aiohttp.ClientError as error:
                told = str(error)
                return False
            return status == 200

        if not await eventually(ready, seconds=15):
            raise NotAsItShouldBe(f"the service is not ready: {told}")

    # -- evidence ------------------------------------------------------------------------------------
    async def _roles(self) -> str:
        return ", ".join(sorted(await self._play.roles(GUILD, MIA))) or "none"

    async def _has(self, held: bool) -> bool:
        return ("Members" in await self._play.roles(GUILD, MIA)) is held

    async def _prices(self) -> str:
        rows = await self._play.stripe("price")
        return ", ".join(f"{_money(row['unit_amount'], row)} every {row['recurring']['interval']}" for row in rows)

    async def _one_price(self) -> bool:
        return await self._prices() == "9.99 USD every month"

    async def _invoices(self) -> str:
        rows = await self._play.stripe("invoice")
        return ", ".join(
            f"{(row['number'] or 'draft')[-5:].strip('-')}: {_money(row['total'], row)} {row['status']}" for row in rows
        )

    async def _billed(self, *states: str) -> bool:
        """So many invoices over the price, in these states; what is paid was paid in full."""
        rows = await self._play.stripe("invoice")
        paid = [999 if state == "paid" else 0 for state in states]
        return [(row["status"], row["total"], row["amount_paid"]) for row in rows] == [
            (state, 999, amount) for state, amount in zip(states, paid, strict=True)
        ]

    async def _subscription(self) -> str:
        return ", ".join(row["status"] for row in await self._play.stripe("subscription"))

    async def _stands(self, status: str) -> bool:
        return await self._subscription() == status

    async def _last_message(self) -> str:
        messages = await self._play.direct_messages(GUILD, MIA)
        return " ".join([messages[-1].text, *(f"[ {label} ]" for label in messages[-1].buttons)]) if messages else ""

    async def _told_with_link(self) -> bool:
        return any(_asks(heard) for heard in await self._play.direct_messages(GUILD, MIA))

    async def _log(self) -> list[Json]:
        state = await self._play.get(f"discord/guilds/{GUILD}")
        return [entry for entry in state["log"] if entry["action"] in ("role_add", "role_remove") and entry["changed"]]

    async def _changes(self) -> str:
        return ", ".join("given" if entry["action"] == "role_add" else "taken" for entry in await self._log())

    async def _given_taken_given(self) -> bool:
        return await self._changes() == "given, taken, given"

    # -- telling -------------------------------------------------------------------------------------
    def _tell(self, title: str, text: str = "") -> None:
        self._step += 1
        self._console.print()
        self._say(f"[bold cyan]{self._step}. {escape(title)}[/]", "", "   ")
        if text:
            self._say(escape(text))

    def _type(self, who: str, command: str) -> None:
        self._say(f"[magenta]{who}[/] > {escape(command)}", rest="        ")

    def _hear(self, heard: Heard) -> Heard:
        if not heard.text:
            raise NotAsItShouldBe("no reply came within 5 seconds")
        for line in filter(None, heard.text.splitlines()):
            self._say(_plain(line), "  │ ", "  │ ")
        if heard.buttons:
            self._say(" ".join(f"[reverse]{escape(f'[ {label} ]')}[/]" for label in heard.buttons), "  │ ", "  │ ")
        return heard

    async def _evidence(
        self, what: str, show: Callable[[], Awaitable[str]], holds: Callable[[], Awaitable[bool]]
    ) -> None:
        """Waits until it holds (bounded), shows it as the sandbox has it, and ends the tour when it does not."""
        good = await eventually(holds)
        shown = await show() or "none"
        mark = "[green]✓[/]" if good else "[red]✗[/]"
        self._say(f"{mark} {escape(what)}: [bold]{_plain(shown)}[/]", "  ", "    ")
        if not good:
            raise NotAsItShouldBe(f"{what}: {shown}")

    def _say(self, markup: str, first: str = "  ", rest: str = "  ") -> None:
        """One paragraph, wrapped within the margin; nothing trails at the ends of lines."""
        width = min(self._console.width, WIDTH_MAX) - max(len(first), len(rest))
        for number, line in enumerate(Text.from_markup(markup).wrap(self._console, width)):
            line.rstrip()
            self._console.print(Text.assemble(rest if number else first, line), soft_wrap=True)


def _plain(text: str) -> str:
    """What Discord shows in bold is bold here; backquotes are for Discord only."""
    return re.sub(r"\*\*(.+?)\*\*", r"[bold]\1[/]", escape(text)).replace("`", "")


def _money(amount: int, row: Json) -> str:
    """An amount of a currency with cents, as the tour's one is."""
    return f"{amount // 100}.{amount % 100:02} {row['currency'].upper()}"


def _link(heard: Heard, to: str) -> str:
    """The address behind a button of a message. Raises NotAsItShouldBe when there is none."""
    for url in heard.buttons.values():
        if to in url:
            return url
    raise NotAsItShouldBe(f"no button leads to {to}: {heard.text}")


def _asks(heard: Heard) -> bool:
    return any("/invoice/" in url for url in heard.buttons.values())


SEED: Json = {
    "discord": {
        "users": [{"id": ADA, "name": "ada"}, {"id": MIA, "name": "mia"}],
        "guilds": [
            {
                "id": GUILD,
                "name": "Riverside Book Club",
                "owner": ADA,
                "roles": [{"id": ROLE, "name": "Members", "position": 1}],
                "members": [{"id": ADA}, {"id": MIA}],
            }
        ],
    }
}
