"""Messages and forms as Discord takes them."""

import hashlib
from dataclasses import dataclass

import discord

from bot.commands.model import Form
from payments.ports.chat import ActionButton, Button, LinkButton, Message

PREFIX = "gl:"
"""What marks a button or form as ours: it works on messages of an earlier process, since nothing is remembered."""

CONTENT_MAX = 2000
EMBED_MAX = 4096
LABEL_MAX = 80
URL_MAX = 512
"""Discord's limit for a button's address; Stripe's checkout links can be longer, and stand in the text then."""

BUTTONS_MAX = 25
TITLE_MAX = 45
PLACEHOLDER_MAX = 100

NO_MENTIONS = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class Shown:
    """A message in Discord's words. What is too long for the content stands in an embed."""

    content: str
    embeds: list[discord.Embed]
    view: discord.ui.View | None


def shown(message: Message) -> Shown:
    """Our markup is a part of Discord's, so the text stays; buttons become a view that nobody waits for."""
    long_links = [b for b in message.buttons if isinstance(b, LinkButton) and len(b.url) > URL_MAX]
    links = "".join(f"\n[{_label(b)}](<{b.url}>)" for b in long_links)
    view = _view([b for b in message.buttons if b not in long_links])
    if len(message.text) + len(links) <= CONTENT_MAX:
        return Shown(message.text + links, [], view)
    return Shown("", [discord.Embed(description=_cut(message.text, EMBED_MAX - len(links)) + links)], view)


def _view(buttons: list[Button]) -> discord.ui.View | None:
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in buttons[:BUTTONS_MAX]:
        view.add_item(_button(button))
    view.stop()  # presses arrive as raw interactions: discord.py need not remember every message we ever sent
    return view


def _button(button: Button) -> discord.ui.Button[discord.ui.View]:
    match button:
        case LinkButton(url=url):
            return discord.ui.Button(style=discord.ButtonStyle.link, label=_label(button), url=url)
        case ActionButton(action=action, danger=danger, quiet=quiet):
            calm = discord.ButtonStyle.secondary if quiet else discord.ButtonStyle.primary
            style = discord.ButtonStyle.danger if danger else calm
            return discord.ui.Button(style=style, label=_label(button), custom_id=PREFIX + action)


def _label(button: Button) -> str:
    return _cut(button.label, LABEL_MAX)


def modal(form: Form) -> discord.ui.Modal:
    """A form; it comes back as an interaction with its fields by their keys."""
    made = discord.ui.Modal(title=_cut(form.title, TITLE_MAX), custom_id=PREFIX + form.action)
    for item in form.fields:
        made.add_item(
            discord.ui.TextInput(
                label=_cut(item.label, TITLE_MAX),
                custom_id=item.key,
                placeholder=_cut(item.placeholder, PLACEHOLDER_MAX) or None,
                required=item.required,
                max_length=item.max_length,
            )
        )
    made.stop()  # as with buttons: nothing to remember
    return made


def nonce(user_id: str, message: Message) -> str:
    """Discord sends one message for a nonce in the last minutes: a repeat after a cut connection is no second one."""
    return hashlib.sha256(f"{user_id}\n{message!r}".encode()).hexdigest()[:24]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
