"""The tour: the main job told in plain words, each step with evidence read back from the sandbox."""

import asyncio
import time

import aiohttp
from rich.console import Console
from rich.markup import escape

from sandbox.narrator import Narrator, NotAsItShouldBe
from sandbox.play import PATIENCE_SECONDS, Json, NotTaken, Play, eventually
from sandbox.received import Received
from sandbox.scene import CHAT, GUILD, MIA, MIA_THERE, Scene

GOOD_CARD, FAILING_CARD = "4242424242424242", "4000000000000341"
SECONDS_MAX = 170.0
"""The story ends within this, whatever hangs. It takes half a minute; a busy machine takes its time."""


class Tour:
    """Tells the story on a console against a sandbox and a running service."""

    def __init__(self, play: Play, console: Console) -> None:
        self._play = play
        self._tell = Narrator(console)
        self._scene = Scene(play, self._tell)

    async def run(self, ready_url: str) -> bool:
        """Play it all once the service says it is ready. True when every piece of evidence was what it should be."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await self._service_is_ready(ready_url)
                await self._story()
        except TimeoutError:
            self._tell.failed(f"the story was not over after {SECONDS_MAX:.0f} seconds")
            return False
        except (NotAsItShouldBe, KeyError, NotTaken, aiohttp.ClientError) as error:
            self._tell.failed(str(error.args[0]) if isinstance(error, KeyError) else str(error))
            return False
        self._tell.ended(time.monotonic() - began)
        return True

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

        if not await eventually(ready):
            raise NotAsItShouldBe(f"the service is not ready: {told}")

    # -- the story -----------------------------------------------------------------------------------
    async def _story(self) -> None:
        await self._seed()
        await self._connect()
        await self._plan()
        await self._first_payment(await self._subscribe())
        await self._link()
        await self._renewal_fails()
        await self._grace_runs_out()
        await self._pays_again()
        await self._logs()

    async def _seed(self) -> None:
        self._tell.step(
            "A book club on Discord, with a chat on Telegram",
            "Ada runs the server Riverside Book Club and the Telegram group Reading room. Mia is in the server, "
            "without any role, and not in the group. The bot's own role is above Members, so it may give that "
            "one; in the group it is an admin who may invite and ban.",
        )
        await self._scene.seed()
        await self._evidence_of_access(role=False, inside=False)

    async def _connect(self) -> None:
        self._tell.step("Ada makes one community of both", "An admin has to agree on each side.")
        await self._scene.connect()

    async def _plan(self) -> None:
        self._tell.step("Ada creates a plan that includes a role and the chat")
        await self._scene.create_plan()
        await self._tell.evidence("Prices at Stripe", self._prices, self._one_price)

    async def _subscribe(self) -> str:
        self._tell.step("Mia subscribes, on Discord")
        self._tell.typed("mia", "/subscribe plan:Pro")
        heard = self._tell.heard(await self._play.command(GUILD, MIA, "subscribe", plan="Pro"))
        link = _link(heard, "/checkout/")
        status, page = await self._play.open(link)
        if status != 200 or "9.99" not in page:
            raise NotAsItShouldBe(f"the checkout page answered {status} and does not show the price")
        return link

    async def _first_payment(self, link: str) -> None:
        self._tell.step(
            "She pays on the checkout page",
            "With the card 4242 4242 4242 4242. Stripe sends its signed webhooks; the service stores each before it "
            "answers, asks Stripe what is true now, and makes the role right.",
        )
        await self._play.pay(link, GOOD_CARD)
        await self._tell.evidence("Her invoices at Stripe", self._invoices, lambda: self._billed("paid"))
        await self._evidence_of_access(role=True, inside=False)

    async def _link(self) -> None:
        self._tell.step(
            "Her Telegram account is hers too",
            "The code is read on one side and used on the other: that is how Guestlist knows that both are Mia.",
        )
        self._tell.typed("mia", "/link")
        heard = self._tell.heard(await self._play.command(GUILD, MIA, "link"))
        self._tell.presses("mia", "Open Telegram")
        payload = _link(heard, "?start=").partition("?start=")[2]
        asked = self._tell.heard(await self._play.telegram.start(MIA_THERE, payload, wait=PATIENCE_SECONDS))
        self._tell.presses("mia, on Telegram", "Yes, both are me")
        self._tell.heard(await self._play.telegram.click(MIA_THERE, asked, "Yes", wait=PATIENCE_SECONDS))
        self._tell.presses("mia, on Discord", "Yes, link us")
        question = await self._asked_privately("typed your code")
        self._tell.heard(await self._play.click(GUILD, MIA, question, "Yes, link us"))
        await self._comes_in(invitations=1)
        await self._evidence_of_access(role=True, inside=True)

    async def _renewal_fails(self) -> None:
        self._tell.step(
            "A month later the card fails",
            "In the billing portal Mia has put in a card that is declined (4000 0000 0000 0341). A month passes at "
            "once, with all that happens in between: the renewal's draft, its hour, the refused payment.",
        )
        heard = await self._play.command(GUILD, MIA, "membership")
        portal = await self._play.click(GUILD, MIA, heard, "payment")
        await self._play.change_card(_link(portal, "/portal/"), FAILING_CARD)
        await self._play.advance("1mo 2h")
        await self._tell.evidence("Her invoices at Stripe", self._invoices, lambda: self._billed("paid", "open"))
        await self._tell.evidence("Her subscription at Stripe", self._subscription, lambda: self._stands("past_due"))
        await self._tell.evidence("Guestlist writes to her privately", self._last_message, self._told_with_link)
        self._tell.say("The grace of 3 days runs:")
        await self._evidence_of_access(role=True, inside=True)

    async def _grace_runs_out(self) -> None:
        self._tell.step(
            "The grace runs out: out of both",
            "Three more days pass and nothing is paid. No webhook says so: time alone does.",
        )
        await self._play.advance("3d")
        await self._evidence_of_access(role=False, inside=False)

    async def _pays_again(self) -> None:
        self._tell.step(
            "She pays, and is back in both", "Mia opens the link of that message and pays with a good card."
        )
        messages = await self._play.direct_messages(GUILD, MIA)
        await self._play.pay(next(_link(heard, "/invoice/") for heard in reversed(messages) if _asks(heard)), GOOD_CARD)
        await self._tell.evidence("Her invoices at Stripe", self._invoices, lambda: self._billed("paid", "paid"))
        await self._tell.evidence("Her subscription at Stripe", self._subscription, lambda: self._stands("active"))
        await self._comes_in(invitations=2)
        await self._evidence_of_access(role=True, inside=True)

    async def _asked_privately(self, words: str) -> Received:
        """Guestlist's private message with these words; it comes by itself."""
        found: list[Received] = []

        async def look() -> bool:
            messages = await self._play.direct_messages(GUILD, MIA)
            found[:] = [heard for heard in messages if words in heard.text]
            return bool(found)

        if await eventually(look):
            return found[-1]
        raise NotAsItShouldBe(f"no private message says {words}")

    async def _comes_in(self, *, invitations: int) -> None:
        """She gets the link of the group once more, and asks to come in by it."""

        async def invited() -> bool:
            return len(await self._invitations()) >= invitations

        await eventually(invited)
        heard = self._tell.heard((await self._invitations())[-1])
        self._tell.presses("mia, on Telegram", next(iter(heard.buttons)))
        joined = await self._play.telegram.join(MIA_THERE, _link(heard, "t.me/+"))
        if joined.status != "member":
            raise NotAsItShouldBe(f"her request to join ended as {joined.status}")

    async def _invitations(self) -> list[Received]:
        told = await self._play.telegram.private_messages(MIA_THERE)
        return [heard for heard in told if any("t.me/+" in url for url in heard.buttons.values())]

    async def _logs(self) -> None:
        self._tell.step("What the platforms wrote down")
        await self._tell.evidence("Discord's log of her roles", self._role_log, self._given_taken_given)
        await self._tell.evidence("Telegram's log of the group", self._chat_log, self._in_out_in)
        for entry in await self._changes():
            day = time.strftime("%d %b", time.gmtime(entry["at"]))
            verb = "given" if entry["action"] == "role_add" else "taken"
            text = f"{day}  {entry['role_name']} {verb}: {entry['reason']}"
            self._tell.say(f"[dim]{escape(text)}[/]", "    ", "            ")

    # -- evidence ------------------------------------------------------------------------------------
    async def _evidence_of_access(self, *, role: bool, inside: bool) -> None:
        """Her role on Discord, and whether she is in the group on Telegram."""

        async def has_role() -> bool:
            return ("Members" in await self._play.roles(GUILD, MIA)) is role

        async def is_inside() -> bool:
            return ("mia" in await self._people()) is inside

        await self._tell.evidence("Mia's roles on Discord", self._roles, has_role)
        await self._tell.evidence("Who is in the Telegram group", self._people, is_inside)

    async def _roles(self) -> str:
        return ", ".join(sorted(await self._play.roles(GUILD, MIA))) or "none"

    async def _people(self) -> str:
        members = (await self._play.telegram.chat(CHAT))["members"]
        return ", ".join(sorted(str(member["name"]) for member in members if not member["bot"]))

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

    async def _changes(self) -> list[Json]:
        state = await self._play.get(f"discord/guilds/{GUILD}")
        return [entry for entry in state["log"] if entry["action"] in ("role_add", "role_remove") and entry["changed"]]

    async def _role_log(self) -> str:
        return ", ".join("given" if entry["action"] == "role_add" else "taken" for entry in await self._changes())

    async def _given_taken_given(self) -> bool:
        return await self._role_log() == "given, taken, given"

    async def _chat_log(self) -> str:
        log = (await self._play.telegram.chat(CHAT))["log"]
        told = {"approve": "let in", "ban": "put out", "unban": "free to come back"}
        return ", ".join(told[entry["action"]] for entry in log if entry["action"] in told)

    async def _in_out_in(self) -> bool:
        return await self._chat_log() == "let in, put out, free to come back, let in"


def _money(amount: int, row: Json) -> str:
    """An amount of a currency with cents, as the tour's one is."""
    return f"{amount // 100}.{amount % 100:02} {row['currency'].upper()}"


def _link(heard: Received, to: str) -> str:
    """The address behind a button of a message. Raises NotAsItShouldBe when there is none."""
    for url in heard.buttons.values():
        if to in url:
            return url
    raise NotAsItShouldBe(f"no button leads to {to}: {heard.text}")


def _asks(heard: Received) -> bool:
    return any("/invoice/" in url for url in heard.buttons.values())
