"""The tour: the main job told in plain words, each step with evidence read back from the sandbox."""

import time
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.markup import escape

from sandbox.play import Heard, Json, Play, eventually

GUILD, ADA, MIA = "700000000000000001", "700000000000000011", "700000000000000012"
ROLE = "700000000000000021"
GOOD_CARD, FAILING_CARD = "4242424242424242", "4000000000000341"


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
            await self._service_is_ready(ready_url)
            await self._seed()
            await self._plan()
            link = await self._subscribe()
            await self._first_payment(link)
            await self._renewal_fails()
            await self._grace_runs_out()
            await self._pays_again()
        except (NotAsItShouldBe, KeyError) as error:
            self._console.print(f"\n[bold red]Not as it should be:[/] {escape(str(error))}")
            return False
        self._console.print(
            f"\n[bold green]Every piece of evidence is what it should be.[/] ({time.monotonic() - began:.0f} s)"
        )
        return True

    # -- the story -----------------------------------------------------------------------------------
    async def _seed(self) -> None:
        self._tell(
            "A book club on Discord",
            "Ada runs the server «Riverside Book Club». Mia is in it, without any role. The bot's own role "
            "stands above «Members», so it may give that one.",
        )
        await self._play.post("seed", SEED)
        await self._evidence("Mia's roles now", self._roles, lambda: self._has(False))

    async def _plan(self) -> None:
        self._tell("Ada makes a plan, in the chat", "/plan create name:Pro price:9.99 currency:usd role:@Members")
        options = {"name": "Pro", "price": "9.99", "currency": "usd", "period": "every_months", "role": ROLE}
        self._hear("Guestlist", await self._play.command(GUILD, ADA, "plan create", **options))
        await self._evidence("Prices at Stripe", self._prices, self._one_price)

    async def _subscribe(self) -> str:
        self._tell("Mia subscribes, in the chat", "/subscribe plan:Pro")
        heard = self._hear("Guestlist", await self._play.command(GUILD, MIA, "subscribe", plan="Pro"))
        link = next((url for url in heard.buttons.values() if "/checkout/" in url), None)
        if link is None:
            raise NotAsItShouldBe("the reply has no link to a checkout page")
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
        await self._evidence("Mia's roles now", self._roles, lambda: self._has(True))
        await self._evidence("Her invoices at Stripe", self._invoices, lambda: self._last_invoice_is("paid"))

    async def _renewal_fails(self) -> None:
        self._tell(
            "A month later the card fails",
            "In the billing portal Mia has put in a card that is declined (4000 0000 0000 0341). 31 days pass at once, "
            "with all that happens in between: the renewal's draft, its hour, the refused payment.",
        )
        heard = await self._play.command(GUILD, MIA, "membership")
        portal = await self._play.click(GUILD, MIA, heard, "payment")
        await self._play.change_card(next(iter(portal.buttons.values())), FAILING_CARD)
        await self._play.advance("31d")
        await self._evidence("Her invoices at Stripe", self._invoices, lambda: self._last_invoice_is("open"))
        await self._evidence("Guestlist writes to her privately", self._last_message, self._told_with_link)
        await self._evidence("Mia's roles now: the grace of 3 days runs", self._roles, lambda: self._has(True))

    async def _grace_runs_out(self) -> None:
        self._tell(
            "The grace runs out", "Three more days pass and nothing is paid. No webhook says so: time alone does."
        )
        await self._play.advance("3d")
        await self._evidence("Mia's roles now", self._roles, lambda: self._has(False))

    async def _pays_again(self) -> None:
        self._tell("She pays, and it is back", "Mia opens the link of that message and pays with a good card.")
        messages = await self._play.direct_messages(GUILD, MIA)
        link = next(url for heard in reversed(messages) for url in heard.buttons.values() if "/invoice/" in url)
        await self._play.pay(link, GOOD_CARD)
        await self._evidence("Her invoices at Stripe", self._invoices, lambda: self._last_invoice_is("paid"))
        await self._evidence("Mia's roles now", self._roles, lambda: self._has(True))
        state = await self._play.get(f"discord/guilds/{GUILD}")
        self._console.print("  [dim]The server's log of role changes:[/]")
        for entry in state["log"]:
            day = time.strftime("%d %b", time.gmtime(entry["at"]))
            verb = "given to" if entry["action"] == "role_add" else "taken from"
            told = f"{day}: {entry['role_name']} {verb} {entry['user_name']}, «{entry['reason']}»"
            self._console.print(f"    [dim]{escape(told)}[/]")

    async def _service_is_ready(self, url: str) -> None:
        async def ready() -> bool:
            return (await self._play.open(url))[0] == 200

        if not await eventually(ready, seconds=15):
            raise NotAsItShouldBe(f"the service is not ready: {(await self._play.open(url))[1]}")

    # -- evidence ------------------------------------------------------------------------------------
    async def _roles(self) -> str:
        return ", ".join(sorted(await self._play.roles(GUILD, MIA))) or "none"

    async def _has(self, held: bool) -> bool:
        return ("Members" in await self._play.roles(GUILD, MIA)) is held

    async def _prices(self) -> str:
        return ", ".join(_price(item) for item in await self._play.stripe("price")) or "none"

    async def _one_price(self) -> bool:
        prices = await self._play.stripe("price")
        return [(p["unit_amount"], p["currency"], p["recurring"]["interval"]) for p in prices] == [
            (999, "usd", "month")
        ]

    async def _invoices(self) -> str:
        rows = await self._play.stripe("invoice")
        return ", ".join(f"{row['number'] or 'draft'} {row['status']}" for row in rows) or "none"

    async def _last_invoice_is(self, status: str) -> bool:
        rows = await self._play.stripe("invoice")
        return bool(rows) and rows[-1]["status"] == status

    async def _last_message(self) -> str:
        messages = await self._play.direct_messages(GUILD, MIA)
        return messages[-1].text if messages else "nothing"

    async def _told_with_link(self) -> bool:
        messages = await self._play.direct_messages(GUILD, MIA)
        return any("/invoice/" in url for heard in messages for url in heard.buttons.values())

    # -- telling -------------------------------------------------------------------------------------
    def _tell(self, title: str, text: str) -> None:
        self._step += 1
        self._console.print(f"\n[bold cyan]{self._step}. {escape(title)}[/]\n  {escape(text)}")

    def _hear(self, who: str, heard: Heard) -> Heard:
        if not heard.text:
            raise NotAsItShouldBe("no reply came within 5 seconds")
        for line in heard.text.splitlines():
            self._console.print(f"  [magenta]{who}[/] │ {escape(line)}")
        return heard

    async def _evidence(
        self, what: str, show: Callable[[], Awaitable[str]], holds: Callable[[], Awaitable[bool]]
    ) -> None:
        """Waits until it holds (bounded), shows it as the sandbox has it, and ends the tour when it does not."""
        good = await eventually(holds)
        shown = await show()
        self._console.print(f"  {'[green]✓[/]' if good else '[red]✗[/]'} {escape(what)}: [bold]{escape(shown)}[/]")
        if not good:
            raise NotAsItShouldBe(f"{what}: {shown}")


def _price(item: Json) -> str:
    return f"{item['unit_amount']} {item['currency']} every {item['recurring']['interval']}"


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
