"""What a guided dialogue shows: a question, what was filled in so far, what more could be set. Pure."""

from collections.abc import Sequence

from bot.commands.model import Command, Option, OptionKind
from bot.platforms.telegram import dialogue, option_parser
from bot.platforms.telegram.dialogue import Filling
from bot.texts import CATALOGS, DEFAULT, Worded, label, language, lines, say
from payments.ports.chat import ActionButton, Button, Message

PAGE = 10
DATA_BYTES_MAX = 64

Offered = Sequence[tuple[str, str]]
"""What may be chosen by a button: label and value."""


def question(filling: Filling, option: Option, offered: Offered, locale: str, refused: str | None) -> Message:
    """Asks for one option; `refused`: why the answer before was not taken."""
    room = DATA_BYTES_MAX - len(dialogue.touch(filling, "v").encode())
    found = [(text, value) for text, value in offered if len(value.encode()) <= room]  # the others can be typed
    shown = found[filling.page * PAGE : (filling.page + 1) * PAGE]
    buttons: list[Button] = [ActionButton(text, dialogue.touch(filling, "v", value)) for text, value in shown]
    if len(found) > (filling.page + 1) * PAGE:
        buttons.append(_button(filling, locale, "button.page", "p", str(filling.page + 1)))
    elif filling.page:
        buttons.append(_button(filling, locale, "button.page_first", "p", "0"))
    if not option.required and (option.skip or option.needed is None):
        buttons.append(_button(filling, locale, "button.skip", "k"))
    if filling.more or filling.trail or filling.branch is not None:
        buttons.append(_button(filling, locale, "button.back", "b"))
    buttons.append(_button(filling, locale, "button.cancel_dialogue", "x"))
    asked = say(locale, "dialogue.ask", question=asks(option, filling, locale))
    return Message(lines(refused or "", asked, _hint(locale, option, bool(found))), tuple(buttons))


def asks(option: Option, filling: Filling, locale: str) -> str:
    """An option's question in everyday words; what the option is about where there is none."""
    if filling.branch is not None:
        return worded(option.ways[filling.branch].asks, locale)
    name = option.description.key.partition(".")[2] if isinstance(option.description, Worded) else option.name
    keys = (f"ask.{name}.{filling.values.get('period')}", f"ask.{name}")
    return next((say(locale, key) for key in keys if key in CATALOGS[DEFAULT]), worded(option.description, locale))


def summary(command: Command, filling: Filling, locale: str, refused: str | None, preview: str) -> Message:
    """Everything that is filled in, to be done or changed; `preview`: what would be made, as the command says it."""
    buttons: list[Button] = [_button(filling, locale, "button.go", "g")]
    if any(not option.required for option in option_parser.options_of(command)):
        buttons.append(_button(filling, locale, "button.more_settings", "m"))
    if filling.trail:
        buttons.append(_button(filling, locale, "button.back", "b"))
    buttons.append(_button(filling, locale, "button.cancel_dialogue", "x"))
    title = say(locale, "dialogue.summary", command=worded(command.description, locale))
    return Message(
        lines(refused or "", title, *([preview] if preview else _given(command, filling, locale))), tuple(buttons)
    )


def settings(command: Command, filling: Filling, locale: str) -> Message:
    """Everything that could be set, those that have a value already too."""
    buttons: list[Button] = [
        ActionButton(
            label(locale, f"label.{option.name}"),
            dialogue.touch(filling, "o", option.name),
        )
        for option in option_parser.options_of(command)
    ]
    buttons.append(_button(filling, locale, "button.back", "s"))
    return Message(lines(say(locale, "dialogue.more"), *_given(command, filling, locale)), tuple(buttons))


def yes_or_no(locale: str) -> Offered:
    """The two answers."""
    return [(label(locale, "button.yes"), "yes"), (label(locale, "button.no"), "no")]


def worded(text: str, locale: str) -> str:
    """A registered text in the reader's language."""
    return text.others.get(language(locale), text) if isinstance(text, Worded) else text


def _button(filling: Filling, locale: str, key: str, verb: str, argument: str = "") -> ActionButton:
    return ActionButton(label(locale, key), dialogue.touch(filling, verb, argument))


def _given(command: Command, filling: Filling, locale: str) -> list[str]:
    """What is filled in, a line each."""
    values = dialogue.values_of(filling)
    found: list[str] = []
    for option in option_parser.options_of(command):
        if option.name in values:
            value = filling.labels.get(option.name) or option_parser.shown(
                option, values[option.name], language(locale)
            )
            found.append(say(locale, "dialogue.given", option=say(locale, f"label.{option.name}"), value=value))
    return found


def _hint(locale: str, option: Option, offered: bool) -> str:
    """How a question is answered."""
    match option.kind:
        case OptionKind.MEMBER:
            return say(locale, "dialogue.hint.member")
        case OptionKind.INTEGER if option.minimum is not None and option.maximum is not None:
            return say(locale, "dialogue.hint.number", low=option.minimum, high=option.maximum)
        case _:
            return say(locale, "dialogue.hint.choose" if offered else "dialogue.hint.type")
