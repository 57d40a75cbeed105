"""Every example of docs/sandbox.md is sent, in the order of the document, to a sandbox with its bots on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import discord
import stripe
import telegram
from discord import app_commands

from sandbox.control import Control
from sandbox.server import Sandbox
from sandbox.stripe.pages import TEST_ACCOUNTS, TEST_CARDS
from tests.sandbox import telegram_bot
from tests.sandbox.conftest import connect
from tests.sandbox.discord_bot import Bot, eventually, online, pointed_at

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


@dataclass(frozen=True)
class Example:
    """One documented request, and the keys of the answer that stands under it (none where there is none)."""

    method: str
    path: str
    body: Any
    answered: frozenset[str]


REQUEST = re.compile(r"(?:curl -X )?(GET|POST|DELETE) +(?:localhost:8090)?(/sandbox\S*)")


def examples() -> Iterator[Example]:
    """The requests of the indented blocks. What follows one, up to the next request or to prose, is its answer."""
    blocks = re.sub(r"^(?! {4}|$).*$", "\f", TEXT, flags=re.MULTILINE)
    found = list(REQUEST.finditer(blocks))
    for match, following in zip(found, [*found[1:], None], strict=True):
        rest = blocks[match.end() : following.start() if following else None]
        body = None
        if match[1] == "POST":
            begin = rest.index("{")
            body, end = json.JSONDecoder().raw_decode(rest[begin:])
            rest = rest[begin + end :]
        answer = rest.partition("\n\n")[2].partition("\f")[0]
        yield Example(match[1], match[2], body, frozenset(re.findall(r'"(\w+)":', answer)))


def keys(value: Any) -> set[str]:
    """Every key anywhere in an answer."""
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    return {key for item in value for key in keys(item)} if isinstance(value, list) else set()


class Choice(discord.ui.View):
    """A button and a select, named as the document names them."""

    @discord.ui.button(label="Pay", custom_id="cancel")
    async def button(self, interaction: discord.Interaction, _: discord.ui.Button[Choice]) -> None:
        await interaction.response.send_message("pressed", ephemeral=True)

    @discord.ui.select(custom_id="plan", options=[discord.SelectOption(label="Pro", value="pro")])
    async def select(self, interaction: discord.Interaction, _: discord.ui.Select[Choice]) -> None:
        await interaction.response.send_message("chosen", ephemeral=True)


class Form(discord.ui.Modal, title="Your e-mail"):
    """The form of the document."""

    email: discord.ui.TextInput[Form] = discord.ui.TextInput(label="E-mail", custom_id="email")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("thank you", ephemeral=True)


def documented_bot() -> Bot:
    """It has the commands that the document's people type."""
    bot = Bot()
    plan = app_commands.Group(name="plan", description="Plans")

    @plan.command(name="create", description="Makes one")
    async def create(interaction: discord.Interaction, name: str, price: int, role: discord.Role) -> None:
        buyer = await interaction.guild.fetch_member(101) if interaction.guild else None
        if buyer is not None:
            await buyer.send(f"{name} can be had for {price}: {role.name}.")
        view = discord.ui.View().add_item(discord.ui.Button(label="Pay", url="https://shop.example"))
        await interaction.response.send_message(f"{name} is ready.", view=view, ephemeral=True)

    @bot.tree.command(name="subscribe", description="Subscribes")
    async def subscribe(interaction: discord.Interaction, plan: str) -> None:
        await interaction.response.send_message(plan, view=Choice(), ephemeral=True)

    @subscribe.autocomplete("plan")
    async def offer(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name="Pro", value="pro")] if "pro".startswith(typed) else []

    @bot.tree.command(name="email", description="Asks")
    async def email(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form(custom_id="email"))

    bot.tree.add_command(plan)
    return bot


async def documented_telegram_bot(update: telegram.Update) -> None:
    """It answers as the document's bot does; whoever asks to join and is called mia comes in."""
    buttons = [
        telegram.InlineKeyboardButton("Pro", callback_data="plan:pro"),
        telegram.InlineKeyboardButton("Pay", url="https://shop.example"),
    ]
    if update.message is not None and (update.message.text or "").startswith("/"):
        markup = telegram.InlineKeyboardMarkup([buttons])
        await update.message.reply_text("Pro can be had for 5.", reply_markup=markup)
    if update.callback_query is not None:
        await update.callback_query.answer("Noted.")
        await update.callback_query.edit_message_text("Pro it is.")
    asked = update.chat_join_request
    if asked is not None and asked.from_user.username == "mia":
        await asked.get_bot().send_message(asked.user_chat_id, "Welcome.")
        await asked.approve()


class Reader:
    """Does what the document says, and puts real ids where it has "…"."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession, client: stripe.StripeClient) -> None:
        self.sandbox = sandbox
        self.session = session
        self.client = client
        self.telegram = telegram_bot.connect(sandbox.url)
        self.paid = ""

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        async with self.session.request(method, self.sandbox.url + path, json=body) as answer:
            told = await answer.json()
            assert 200 <= answer.status < 300, (method, path, body, told)
            return told

    async def filled(self, example: Example) -> Any:
        body = example.body
        if not isinstance(body, dict):
            return body
        if example.path.startswith("/sandbox/telegram/"):
            return await self.filled_telegram(example, body)
        if body.get("message") == "1441…":
            command = {"guild": "1", "user": body["user"], "name": "subscribe", "options": {"plan": "pro"}}
            (reply,) = (await self.send("POST", "/sandbox/discord/command", command))["replies"]
            return body | {"message": reply["message"]}
        if example.path.endswith("/modal"):
            await self.send("POST", "/sandbox/discord/command", {"guild": "1", "user": body["user"], "name": "email"})
        for key, make in (
            ("session", self.checkout),
            ("subscription", self.subscription),
            ("invoice", self.invoice),
            ("link", self.payment_link),
        ):
            if str(body.get(key, "")).endswith("…"):
                return body | {key: await make(example)}
        return body

    async def filled_telegram(self, example: Example, body: dict[str, Any]) -> Any:
        if "message" in body:
            told = await self.send("POST", "/sandbox/telegram/message", {"user": body["user"], "text": "/plans"})
            return body | {"message": told["replies"][0]["message"]}
        if str(body.get("link", "")).endswith("…"):
            return body | {"link": await self.link(None if example.path.endswith("/join") else "olga")}
        if example.path.endswith("/request"):
            asked = {"user": body["user"], "link": await self.link(by="olga"), "wait": 0}
            assert (await self.send("POST", "/sandbox/telegram/join", asked))["status"] == "pending"
        return body

    async def link(self, by: str | None = None) -> str:
        """An invite link that asks for approval, of the bot's or of somebody else's."""
        if by is None:
            made = await self.telegram.create_chat_invite_link(-1001, creates_join_request=True)
            return made.invite_link
        wanted = {"chat": "Chess club", "action": "create", "by": by, "creates_join_request": True}
        link: str = (await self.send("POST", "/sandbox/telegram/link", wanted))["link"]
        return link

    async def checkout(self, _: Example) -> str:
        session = await self.client.v1.checkout.sessions.create_async(
            {
                "mode": "payment",
                "success_url": "https://shop.example/paid",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Pro"}},
                    }
                ],
            }
        )
        return session.id

    async def customer(self) -> str:
        made = await self.client.v1.customers.create_async(
            {
                "email": "mia@example.org",
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
            }
        )
        return made.id

    async def price(self) -> str:
        made = await self.client.v1.prices.create_async(
            {
                "currency": "usd",
                "unit_amount": 900,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Pro"},
            }
        )
        return made.id

    async def payment_link(self, _: Example) -> str:
        lines: Any = [{"price": await self.price(), "quantity": 1}]
        return (await self.client.v1.payment_links.create_async({"line_items": lines})).id

    async def subscription(self, _: Example) -> str:
        made = await self.client.v1.subscriptions.create_async(
            {"customer": await self.customer(), "items": [{"price": await self.price()}]}
        )
        return made.id

    async def invoice(self, example: Example) -> str:
        """An open one to pay; else a paid one, the same until its dispute has ended."""
        if self.paid and example.path.endswith("/dispute"):
            return self.paid
        made = await self.client.v1.invoices.create_async({"customer": await self.customer(), "currency": "usd"})
        await self.client.v1.invoice_items.create_async(
            {"customer": str(made.customer), "invoice": made.id, "amount": 900, "currency": "usd"}
        )
        await self.client.v1.invoices.finalize_invoice_async(made.id)
        if not example.path.endswith("/pay"):
            await self.client.v1.invoices.pay_async(made.id)
            self.paid = made.id if example.path.endswith("/dispute") else ""
        return made.id

    async def connected(self) -> bool:
        return bool((await self.send("GET", "/sandbox/discord/gateway"))["connected"])


async def test_every_example_of_the_document_works_as_it_stands() -> None:
    http = stripe.AIOHTTPClient()
    async with Sandbox.running() as sandbox, aiohttp.ClientSession() as session:
        reader = Reader(sandbox, session, connect(sandbox.url, http=http))
        seed, *others = examples()
        assert seed.path == "/sandbox/seed"
        await reader.send(seed.method, seed.path, seed.body)
        with pointed_at(sandbox.url):
            async with online(documented_bot()), telegram_bot.polling(reader.telegram) as heard:
                heard.handlers.append(documented_telegram_bot)
                for example in others:
                    answer = await reader.send(example.method, example.path, await reader.filled(example))
                    assert "error" not in answer, (example, answer)
                    assert example.answered <= keys(answer), (example.path, example.answered - keys(answer))
                    if example.path.endswith("/gateway") and example.body != {"action": "refuse"}:
                        await eventually(reader.connected)
    await http.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


def test_the_document_has_an_example_of_every_control() -> None:
    shown = {(one.method, re.sub(r"\?.*", "", one.path)) for one in examples()}
    for route in Control(Sandbox()).routes():
        if "{tail" in route.path:
            continue
        pattern = re.sub(r"\{\w+\}", r"[^/]+", route.path)
        assert any(method == route.method and re.fullmatch(pattern, path) for method, path in shown), route


def test_the_document_tells_of_every_card_and_account_on_the_pages() -> None:
    accounts = [account for offered in TEST_ACCOUNTS.values() for account in offered]
    assert [one.number for one in (*TEST_CARDS, *accounts) if f"`{one.number}`" not in TEXT] == []
