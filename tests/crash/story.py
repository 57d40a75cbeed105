"""The story that must survive: a plan is made, bought, not paid, paid, cancelled, refunded; an invoice is written.

It is told on both platforms: a Discord server and a Telegram chat become one community, and two accounts one person;
one of them is replaced, takes back what it pays, and is linked again; a server and a chat are claimed. A database in a
file is copied while a purchase is made.

It has chapters. Each ends with everything quiet and looked at, so the next one begins from what is right; therefore the
process may die in every chapter of one run, each time at the chapter's n-th call.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.play_telegram import Said
from sandbox.received import Received
from sandbox.scene import ADA_THERE, BEN_THERE, CHAT, MIA_THERE
from tests.crash.copying import copies
from tests.crash.ledger import WRONG, counted
from tests.crash.stage import Harmed, Stage
from tests.e2e.world import ADA, BEN, FAILS_LATER, GOOD, GUILD, MEMBERS, MIA, answered, checkout_link

MADE = ("customer", "product", "price", "checkout.session", "subscription", "invoice", "invoiceitem")
"""What we have Stripe make. No two of a kind may carry the id of one row of ours."""
CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")
CLAIMED = (
    "SELECT t.subject_id, p.external_id FROM place p JOIN community c ON c.id = p.community_id "
    "JOIN team t ON t.community_id = c.id JOIN person k ON k.id = c.contact_id "
    "JOIN identity i ON i.person_id = COALESCE(k.merged_into, k.id) AND i.user_id = t.subject_id "
    "JOIN audit a ON a.community_id = c.id AND a.action = 'place_claimed' "
    "WHERE t.rank = 'owner' AND p.served = 1 ORDER BY p.external_id DESC"
)
"""Who is owner and contact of which place by a claim that stands in the audit: a row for each, not two for one."""

LOOKS_MAX = 3

DEN, ANNEX = "700000000000000002", -1002000000002
BENS = {
    "discord": {"guilds": [{"id": DEN, "name": "Ben's den", "owner": BEN}]},
    "telegram": {"chats": [{"id": ANNEX, "title": "Ben's annex", "owner": BEN_THERE, "bot": False}]},
}
"""What Ben has of his own."""

FAULT = re.compile(r"\b(ERROR|CRITICAL|Traceback)\b")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the story, and what must be so after it."""

    name: str
    play: Callable[[], Awaitable[None]]
    so: Mapping[str, object]


class Story:
    """Plays the chapters on a stage, and knows what must be so after each."""

    def __init__(self, stage: Stage) -> None:
        self._s = stage
        self._link = ""
        self._code = ""

    async def play(self) -> None:
        """The whole story. Raises `Harmed`."""
        await self._s.ready()
        for number, chapter in enumerate(self._chapters()):
            if number:
                await self._s.begin(chapter.name)
            await chapter.play()
            await self._look(chapter.so)
        await self._s.begin("end")
        faults = [line for line in self._s.log.read_text().splitlines() if FAULT.search(line)]
        if faults:
            raise Harmed(f"the log tells of faults: {faults}")

    def _chapters(self) -> list[Chapter]:
        """Each changes some of what is so."""
        so: Mapping[str, object] = {
            "role": False,
            "inside": False,
            "waiting": 0,
            "subscriptions": [],
            "invoices": [],
            "paid": 0,
            "products": 0,
            "ben": False,
            "claimed": [],
        }
        chapters: list[Chapter] = []

        def then(name: str, play: Callable[[], Awaitable[None]], **change: object) -> None:
            nonlocal so
            so = {**so, **change}
            chapters.append(Chapter(name, play, so))

        then("start", self._starts)
        then("code", self._makes_code)
        then("connect", self._connects)
        then("agree", self._agrees)
        then("plan", self._plan, products=1)
        then("subscribe", self._subscribes)
        then("pay", self._pays, role=True, waiting=1, subscriptions=["active"], invoices=["paid"], paid=1)
        then("link", self._links)
        then("join", self._joins, inside=True, waiting=0)
        then("claim", self._claim_places, claimed=[(BEN, DEN), (str(BEN_THERE), str(ANNEX))])
        then("replace", self._is_replaced, role=False, ben=True)
        then("undo", self._takes_it_back, role=True, ben=False, inside=False, waiting=1)
        then("again", self._is_linked_again)
        then("return", self._joins, inside=True, waiting=0)
        then("card", self._changes_card)
        then("fail", self._fails, subscriptions=["past_due"], invoices=["open", "paid"])
        then("grace", self._grace_ends, role=False, inside=False)
        then("back", self._pays_back,
             role=True, waiting=1, subscriptions=["active"], invoices=["paid", "paid"], paid=2)  # fmt: skip
        then("rejoin", self._joins, inside=True, waiting=0)
        then("cancel", self._cancels)
        then("refund", self._refunded, role=False, inside=False)
        then("bill", self._billed)
        then("email", self._gives_email, invoices=["open", "paid", "paid"])
        then("settle", self._pays_bill, invoices=["paid", "paid", "paid"], paid=3)
        then("over", self._period_ends, subscriptions=["canceled"])
        then("asks again", self._subscribes)
        then("buys again", self._buys_again, role=True, waiting=1,
             subscriptions=["canceled", "active"], invoices=["paid"] * 4, paid=4)  # fmt: skip
        then("given back", self._given_back, role=False, waiting=0)
        then("asks", self._subscribes)
        then("joins", self._buys_again, role=True, waiting=1,
             subscriptions=["canceled", "active", "active"], invoices=["paid"] * 5, paid=5)  # fmt: skip
        then("new card", self._changes_card)
        then("due", self._period_ends,
             subscriptions=["canceled", "canceled", "past_due"], invoices=["open", *["paid"] * 5])  # fmt: skip
        then("give up", self._gives_up, role=False, waiting=0,
             subscriptions=["canceled"] * 3, invoices=[*["paid"] * 5, "void"])  # fmt: skip
        return chapters

    # -- the chapters --------------------------------------------------------------------------------
    async def _starts(self) -> None:
        """On an empty database."""

    async def _makes_code(self) -> None:
        heard = await self._s.says(ADA, "connect")
        self._code = CODE.findall(heard.text)[0]

    async def _connects(self) -> None:
        await self._s.play.telegram.message(ADA_THERE, f"/connect {self._code}", chat=CHAT, wait=0)
        asked = await self._reads(ADA_THERE, "Should")
        await self._s.play.telegram.click(ADA_THERE, asked, "Yes", wait=0)
        await self._told(ADA, "to join your community")

    async def _agrees(self) -> None:
        question = await self._told(ADA, "to join your community")
        heard = await self._s.clicks(ADA, question, "Let Reading room join")
        assert "is now part of" in heard.text or "was already answered" in heard.text, heard.text

    async def _plan(self) -> None:
        options = {"name": "Pro", "price": "9.99", "currency": "usd", "period": "every_months", "role": MEMBERS}
        heard = await self._s.says(ADA, "plan create", **options, chat="Reading room")
        assert "is ready" in heard.text or "already a plan with this name" in heard.text, heard.text

    async def _subscribes(self) -> None:
        self._link = checkout_link(await self._s.says(MIA, "subscribe", plan="Pro"))

    async def _pays(self) -> None:
        copying = asyncio.create_task(copies(self._s.reader, self._s.log.parent))
        await self._s.play.pay(self._link, GOOD)
        await self._has_role(True)
        await self._told(MIA, "Welcome to")
        if wrong := await copying:
            raise Harmed("; ".join(wrong))

    async def _links(self) -> None:
        heard = await self._s.says(MIA, "link")
        payload = next(url.partition("?start=")[2] for url in heard.buttons.values() if "?start=" in url)
        await self._s.play.telegram.start(MIA_THERE, payload, wait=0)
        asked = await self._reads(MIA_THERE, "Is that you?")
        await self._s.play.telegram.click(MIA_THERE, asked, "Yes", wait=0)
        question = await self._told(MIA, "typed your code")
        heard = await self._s.clicks(MIA, question, "Yes, link us")
        assert "now linked" in heard.text or "already answered" in heard.text, heard.text
        await self._invited()

    async def _joins(self) -> None:
        invited = await self._invited()
        link = next(url for url in invited.buttons.values() if "t.me/+" in url)
        await self._s.play.telegram.join(MIA_THERE, link, wait=0)
        await self._is_inside(True)

    async def _invited(self) -> Said:
        """The link of the chat, by which she may ask to come in."""
        return await self._reads(MIA_THERE, "Ask to join", button="t.me/+")

    async def _claim_places(self) -> None:
        """Ben's own server, by a form, and then his own chat: the code in private, and the bot into the chat."""
        await self._s.play.post("seed", BENS)
        code = await self._s.claim_code()
        told = await self._s.typed(lambda: self._claims(code))
        news = "den**. You are its owner", "and you are one of its owners"
        assert any(words in told.text for words in news), told.text
        code = await self._s.claim_code()
        await self._s.play.telegram.message(BEN_THERE, f"/claim {code}", wait=0)
        await self._reads(BEN_THERE, "The code is yours")
        await self._s.play.telegram.bot(ANNEX, "promote", by=BEN_THERE)
        await self._reads(BEN_THERE, "I now serve Ben's annex. You are its owner")
        await self._reads(BEN_THERE, "I can let people into")

    async def _claims(self, code: str) -> Received:
        form = await answered(self._s.play, await self._s.play.command(DEN, BEN, "claim"), DEN)
        if form.modal is None:  # killed between the claim and its answer
            return form
        return await answered(self._s.play, await self._s.play.submit(DEN, BEN, form, code=code), DEN)

    async def _is_replaced(self) -> None:
        """Ben's account on Discord takes the place of Mia's beside hers on Telegram, with what she pays for."""
        heard = await self._s.says(BEN, "link")
        await self._s.play.telegram.message(MIA_THERE, f"/link {CODE.findall(heard.text)[0]}", wait=0)
        asked = await self._reads(MIA_THERE, "has to go")
        await self._s.play.telegram.click(MIA_THERE, asked, "Yes", wait=0)
        question = await self._told(BEN, "typed your code")
        heard = await self._s.clicks(BEN, question, "Yes, link us")
        assert "now linked" in heard.text or "already answered" in heard.text, heard.text
        await self._has_role(True, BEN)
        await self._has_role(False)

    async def _takes_it_back(self) -> None:
        await self._undoes()
        await self._has_role(True)
        await self._has_role(False, BEN)
        await self._is_inside(False)

    async def _undoes(self) -> Received:
        told = await self._told(MIA, "has replaced your")
        heard = await self._s.clicks(MIA, told, "Undo this")
        assert "this account pays for belongs to it again" in heard.text, heard.text
        return heard

    async def _is_linked_again(self) -> None:
        await self._s.clicks(MIA, await self._undoes(), "Ask to be linked again")
        asked = await self._reads(MIA_THERE, "asks to be linked to you again")
        await self._s.play.telegram.click(MIA_THERE, asked, "Yes, link us", wait=0)
        await self._told(BEN, "is linked again in your place")

    async def _changes_card(self) -> None:
        shown = await self._s.says(MIA, "membership")
        portal = await self._s.clicks(MIA, shown, "Manage payment")
        await self._s.play.change_card(portal.button("Open"), FAILS_LATER)

    async def _fails(self) -> None:
        await self._s.advance("1mo 2h")
        await self._told(MIA, "didn't go through")

    async def _grace_ends(self) -> None:
        await self._s.advance("73h")
        await self._has_role(False)
        await self._is_inside(False)

    async def _pays_back(self) -> None:
        await self._s.play.pay((await self._told(MIA, "didn't go through")).button("Pay"), GOOD)
        await self._has_role(True)

    async def _cancels(self) -> None:
        shown = await self._s.says(MIA, "membership")
        asked = await self._s.clicks(MIA, shown, "Cancel Pro")
        done = await self._s.clicks(MIA, asked, "Yes, cancel")
        assert "is cancelled" in done.text, done.text
        (subscription,) = await self._s.play.stripe("subscription")
        assert subscription["cancel_at"] is not None

    async def _refunded(self) -> None:
        charge = [one for one in await self._s.play.stripe("charge") if one["paid"]][-1]
        await self._s.play.post("stripe/refund", {"charge": charge["id"]})
        await self._has_role(False)
        await self._is_inside(False)
        await self._told(MIA, "refunded")

    async def _billed(self) -> None:
        options = {"member": BEN, "amount": "25", "what": "A signed copy", "currency": "usd"}
        await self._s.says(ADA, "invoice create", **options)
        await self._told(BEN, "Stripe needs your email address")

    async def _gives_email(self) -> None:
        asked = await self._told(BEN, "Stripe needs your email address")
        thanked = await self._s.typed(lambda: self._fills_in(asked))
        assert "on its way to you" in thanked.text or "Your address is no longer needed" in thanked.text, thanked.text
        await self._told(BEN, "A signed copy")

    async def _fills_in(self, asked: Received) -> Received:
        form = await self._s.play.click(GUILD, BEN, asked, "Give my email address")
        return await answered(self._s.play, await self._s.play.submit(GUILD, BEN, form, email="ben@example.org"))

    async def _pays_bill(self) -> None:
        (invoice,) = [one for one in await self._s.play.stripe("invoice") if one["status"] == "open"]
        await self._s.play.pay(invoice["hosted_invoice_url"], GOOD)

    async def _period_ends(self) -> None:
        await self._s.advance("1mo 2h")

    async def _buys_again(self) -> None:
        await self._s.play.pay(self._link, GOOD)
        await self._has_role(True)

    async def _given_back(self) -> None:
        """It ends with its period by itself, or it would be charged again."""
        charge = [one for one in await self._s.play.stripe("charge") if one["paid"]][-1]
        await self._s.play.post("stripe/refund", {"charge": charge["id"]})
        await self._has_role(False)
        await self._told(MIA, "nothing more is charged. You can join again")

        async def ends() -> bool:
            return bool((await self._s.play.stripe("subscription"))[-1]["cancel_at_period_end"])

        await self._s.until("the subscription ends", ends)

    async def _gives_up(self) -> None:
        """Two calls: the unpaid bill is void, and the subscription over."""
        shown = await self._s.says(MIA, "membership")
        asked = await self._s.clicks(MIA, shown, "Cancel Pro")
        done = await self._s.clicks(MIA, asked, "Yes, cancel")
        told = "has ended", "I've stored that", "has already ended"
        assert any(words in done.text for words in told), done.text
        await self._has_role(False)

    # -- what is so ----------------------------------------------------------------------------------
    async def _has_role(self, held: bool, user: str = MIA) -> None:
        async def so() -> bool:
            return ("Members" in await self._s.play.roles(GUILD, user)) is held

        await self._s.until(f"{user} {'has' if held else 'has not'} the role", so)

    async def _is_inside(self, held: bool) -> None:
        async def so() -> bool:
            return (MIA_THERE in await self._s.play.telegram.members(CHAT)) is held

        await self._s.until(f"Mia {'is' if held else 'is not'} in the chat", so)

    async def _reads(self, user: int, words: str, *, button: str = "") -> Said:
        """What somebody on Telegram was written to, the newest with these words and such a button, if any."""
        found: list[Said] = []

        async def so() -> bool:
            found[:] = [
                one
                for one in await self._s.play.telegram.private_messages(user)
                if words in one.text and (not button or any(button in target for target in one.buttons.values()))
            ]
            return bool(found)

        await self._s.until(f"{user} reads '{words}'", so)
        return found[-1]

    async def _told(self, user: str, words: str) -> Received:
        found: list[Received] = []

        async def so() -> bool:
            found[:] = [one for one in await self._s.play.direct_messages(GUILD, user) if words in one.text]
            return bool(found)

        await self._s.until(f"{user} is told '{words}'", so)
        return found[-1]

    async def _look(self, expected: Mapping[str, object]) -> None:
        """Once all is quiet, everything is as it should be. Raises `Harmed`.

        A moment after each start the places are compared, which may open an effect again between the quiet and the
        look, or within the look. Then all is looked at once more.
        """
        for _ in range(LOOKS_MAX):
            await self._s.quiet()
            wrong = await self._wrong(expected)
            if not wrong:
                return
        raise Harmed("; ".join(wrong))

    async def _wrong(self, expected: Mapping[str, object]) -> list[str]:
        """What is not as it should be, at Stripe, on the platforms and in the database."""
        stripe = self._s.sandbox.stripe.objects.by_kind
        waiting = await self._s.reader.rows("SELECT COUNT(*) FROM effect WHERE state = 'waiting'")
        chat = await self._s.play.telegram.chat(CHAT)
        inside = {one["id"] for one in chat["members"]}
        seen = {
            "role": "Members" in await self._s.play.roles(GUILD, MIA),
            "inside": MIA_THERE in inside,
            "waiting": waiting[0][0],
            "subscriptions": [one["status"] for one in stripe["subscription"].values()],
            "invoices": sorted(one["status"] for one in stripe["invoice"].values()),
            "paid": sum(one["paid"] for one in stripe["charge"].values()),
            "products": len(stripe["product"]),
            "ben": "Members" in await self._s.play.roles(GUILD, BEN),
            "claimed": [tuple(row) for row in await self._s.reader.rows(CLAIMED)],
        }
        wrong = [f"{name} is {seen[name]}, not {value}" for name, value in expected.items() if seen[name] != value]
        if chat["banned"]:
            wrong.append(f"a kick left a ban: {chat['banned']}")
        for kind in MADE:
            wrong += _doubles(kind, stripe[kind].values())
        wrong += [*await counted(self._s.reader, WRONG), *await self._s.reader.broken()]
        return wrong + await self._unequal()

    async def _unequal(self) -> list[str]:
        """What is stored of Stripe's things and is not as they are."""
        stripe = self._s.sandbox.stripe.objects.by_kind
        wrong = []
        for table, kind in (("subscription", "subscription"), ("invoice", "invoice")):
            stored = {row[0]: row[1] for row in await self._s.reader.rows(f"SELECT id, status FROM {table}")}
            real = {one["id"]: one["status"] for one in stripe[kind].values()}
            if stored != real:
                wrong.append(f"{table}s are stored as {stored}, and are {real}")
        return wrong


def _doubles(kind: str, objects: Any) -> list[str]:
    rows = Counter(one["metadata"]["guestlist_row"] for one in objects if one["metadata"].get("guestlist_row"))
    return [f"{count} of {kind} for {row}" for row, count in rows.items() if count > 1]
