"""What a person got to read from the bot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """A reply that a person got: its text, its buttons by label (a URL, or a custom id), and where it stands."""

    text: str
    buttons: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None
    modal: Json | None = None

    def button(self, label: str) -> str:
        """The address or custom id of the button whose label contains `label`. Raises KeyError, naming the others."""
        for name, target in self.buttons.items():
            if label.lower() in name.lower():
                return target
        raise KeyError(f"no button {label!r} among {list(self.buttons)} under: {self.text}")
