"""How a story is told on a console: steps in plain words, what people type and hear, and evidence for each claim."""

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from sandbox.play import eventually
from sandbox.received import Received

WIDTH_MAX = 100
H = TypeVar("H", bound=Received)


class NotAsItShouldBe(Exception):
    """A piece of evidence is not what it should be; the story ends there."""


class Narrator:
    """Writes to a console, and counts the steps."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._step = 0

    def step(self, title: str, text: str = "") -> None:
        """What happens next."""
        self._step += 1
        self._console.print()
        self.say(f"[bold cyan]{self._step}. {escape(title)}[/]", "", "   ")
        if text:
            self.say(escape(text))

    def typed(self, who: str, command: str) -> None:
        """Somebody types something in a chat."""
        self.say(f"[magenta]{who}[/] > {escape(command)}", rest="        ")

    def presses(self, who: str, label: str) -> None:
        """Somebody presses a button."""
        self.say(f"[magenta]{who}[/] presses [reverse]{escape(f'[ {label} ]')}[/]", rest="        ")

    def heard(self, heard: H) -> H:
        """What was answered. Raises NotAsItShouldBe when nothing was."""
        if not heard.text:
            raise NotAsItShouldBe("no reply came within 5 seconds")
        for line in filter(None, heard.text.splitlines()):
            self.say(_plain(line), "  │ ", "  │ ")
        if heard.buttons:
            self.say(" ".join(f"[reverse]{escape(f'[ {label} ]')}[/]" for label in heard.buttons), "  │ ", "  │ ")
        return heard

    async def evidence(
        self, what: str, show: Callable[[], Awaitable[str]], holds: Callable[[], Awaitable[bool]]
    ) -> None:
        """Waits until it holds (bounded), shows it as the sandbox has it. Raises NotAsItShouldBe when it does not."""
        good = await eventually(holds)
        shown = await show() or "none"
        mark = "[green]✓[/]" if good else "[red]✗[/]"
        self.say(f"{mark} {escape(what)}: [bold]{_plain(shown)}[/]", "  ", "    ")
        if not good:
            raise NotAsItShouldBe(f"{what}: {shown}")

    def ended(self, seconds: float) -> None:
        """All went as it should."""
        self._console.print()
        self.say(f"[bold green]Every piece of evidence is what it should be.[/] ({seconds:.0f} s)", "")

    def failed(self, why: str) -> None:
        """It ends here."""
        self._console.print()
        self.say(f"[bold red]Not as it should be:[/] {escape(why)}", "")

    def say(self, markup: str, first: str = "  ", rest: str = "  ") -> None:
        """One paragraph, wrapped within the margin; nothing trails at the ends of lines."""
        width = min(self._console.width, WIDTH_MAX) - max(len(first), len(rest))
        for number, line in enumerate(Text.from_markup(markup).wrap(self._console, width)):
            line.rstrip()
            self._console.print(Text.assemble(rest if number else first, line), soft_wrap=True)


def _plain(text: str) -> str:
    """What chats show in bold is bold here; backquotes and backslashes are for them only."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"[bold]\1[/]", escape(text))
    return bold.replace("`", "")
