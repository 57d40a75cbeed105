"""What messages are made of: their parameters, and the names that all of them have."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.texts.formats import money
from bot.texts.languages import Safe
from bot.texts.say import say
from payments.ports.chat import Message

Params = Mapping[str, Any]  # JSON from the notice's row
Renderer = Callable[[str, Params], Message]


def about(params: Params) -> dict[str, str]:
    """What most texts are about."""
    return {"plan": str(params["plan"]), "community": str(params["community"])}


def platform_text(locale: str, params: Params) -> Safe:
    """The platform that is named."""
    return say(locale, f"platform.{params['platform']}")


def member_text(locale: str, params: Params, nobody: str) -> str:
    """The member that the contact reads of; who has no account there is somebody."""
    return str(params["member"]) if params["member"] is not None else say(locale, nobody)


def billed(locale: str, params: Params) -> dict[str, str]:
    """What a bill is about."""
    return {"amount": money(locale, params["amount"], params["currency"]), "what": str(params["what"])}
