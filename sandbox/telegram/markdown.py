"""MarkdownV2 and the older Markdown, as strict as Telegram's own parser about what must be escaped."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.telegram.state import Json
from sandbox.telegram.utf16 import units

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
NAMES = {
    "__": ("underline", "Underline"),
    "_": ("italic", "Italic"),
    "*": ("bold", "Bold"),
    "~": ("strikethrough", "Strikethrough"),
    "||": ("spoiler", "Spoiler"),
    "```": ("pre", "Pre"),
    "`": ("code", "Code"),
    "[": ("text_link", "TextUrl"),
    "![": ("custom_emoji", "CustomEmoji"),
}
VERBATIM = frozenset(("```", "`"))
OPENERS = ("```", "||", "__", "![", "_", "*", "~", "`", "[")


class NotParsed(Exception):
    """The text can't be parsed; the message is Telegram's."""


@dataclass(slots=True)
class _Reader:
    source: str
    at: int = 0
    out: str = ""
    marks: list[Json] = field(default_factory=list)
    stack: list[tuple[str, int, int]] = field(default_factory=list)
    quote: int | None = None

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            self._step()
        if self.stack:
            mark, _, where = self.stack[-1]
            raise NotParsed(f"Can't find end of {NAMES[mark][1]} entity at byte offset {where}")
        self._end_quote()
        return self.out, sorted(self.marks, key=lambda mark: (int(mark["offset"]), -int(mark["length"])))

    def _step(self) -> None:
        char = self.source[self.at]
        if char == "\\" and self.at + 1 < len(self.source) and ord(self.source[self.at + 1]) < 127:
            self.out += self.source[self.at + 1]
            self.at += 2
            return
        if self._line_start() and not self._verbatim() and self._quoted():
            return
        if char not in RESERVED or (self._verbatim() and char != "`"):
            self.out += char
            self.at += 1
            return
        opened = self.stack[-1][0] if self.stack else None
        if opened in ("[", "![") and char == "]":
            self._end_link()
        elif opened is not None and opened not in ("[", "![") and self._closes(opened):
            self._end(opened)
            self.at += len(opened)
        elif not self._verbatim() and (mark := self._opens()) is not None:
            self.stack.append((mark, units(self.out), len(self.source[: self.at].encode())))
            self.at += len(mark)
            if mark == "```":
                self._skip_language()
        elif self._verbatim():
            self.out += char
            self.at += 1
        else:
            raise NotParsed(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def _closes(self, opened: str) -> bool:
        """`_` does not close where `__` stands: that is an underline's."""
        if not self.source.startswith(opened, self.at):
            return False
        return opened != "_" or not self.source.startswith("__", self.at)

    def _opens(self) -> str | None:
        inside = {mark for mark, _, _ in self.stack}
        for mark in OPENERS:
            if self.source.startswith(mark, self.at):
                return mark if mark not in inside else None
        return None

    def _verbatim(self) -> bool:
        return bool(self.stack) and self.stack[-1][0] in VERBATIM

    def _end(self, opened: str, **more: str) -> None:
        _, begin, _ = self.stack.pop()
        length = units(self.out) - begin
        if length:
            self.marks.append({"type": NAMES[opened][0], "offset": begin, "length": length, **more})

    def _end_link(self) -> None:
        mark, _, where = self.stack[-1]
        self.at += 1
        if not self.source.startswith("(", self.at):
            raise NotParsed(f"Character '{mark[-1]}' is reserved and must be escaped with the preceding '\\'")
        url, self.at = "", self.at + 1
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "\\" and self.at + 1 < len(self.source):
                self.at += 1
            url += self.source[self.at]
            self.at += 1
        if self.at >= len(self.source):
            raise NotParsed(f"Can't find end of a URL at byte offset {where}")
        self.at += 1
        if mark == "![":
            self._end(mark, custom_emoji_id=url.removeprefix("tg://emoji?id="))
        elif "." in url or ":" in url:
            self._end(mark, url=url)
        else:
            self.stack.pop()

    def _skip_language(self) -> None:
        line = self.source[self.at :].split("\n", 1)
        if len(line) == 2 and line[0].isidentifier():
            self.at += len(line[0]) + 1
        elif self.source.startswith("\n", self.at):
            self.at += 1

    # -- quotations -----------------------------------------------------------------------------------
    def _line_start(self) -> bool:
        return self.at == 0 or self.source[self.at - 1] == "\n"

    def _quoted(self) -> bool:
        """At the start of a line: whether a quotation's sign stood there, and is passed over."""
        for sign in ("**>", ">"):
            if self.source.startswith(sign, self.at):
                if self.quote is None:
                    self.quote = units(self.out)
                self.at += len(sign)
                return True
        self._end_quote()
        return False

    def _end_quote(self) -> None:
        if self.quote is not None:
            length = units(self.out.rstrip("\n")) - self.quote
            if length > 0:
                self.marks.append({"type": "blockquote", "offset": self.quote, "length": length})
            self.quote = None


def markdown_v2(source: str) -> tuple[str, list[Json]]:
    """Text and entities of MarkdownV2. Raises NotParsed with Telegram's sentence."""
    return _Reader(source).read()


def markdown(source: str) -> tuple[str, list[Json]]:
    """Text and entities of the older Markdown: no nesting, few signs. Raises NotParsed."""
    out, marks, at = "", [], 0
    while at < len(source):
        char = source[at]
        if char == "\\" and source[at + 1 : at + 2] in ("_", "*", "`", "["):
            out += source[at + 1]
            at += 2
            continue
        sign = "```" if source.startswith("```", at) else char
        if sign not in ("_", "*", "`", "```", "["):
            out += char
            at += 1
            continue
        close = "]" if sign == "[" else sign
        end = source.find(close, at + len(sign))
        if end < 0:
            where = len(source[:at].encode())
            raise NotParsed(f"Can't find end of the entity starting at byte offset {where}")
        inner = source[at + len(sign) : end]
        mark: Json = {"type": NAMES[sign][0], "offset": units(out), "length": units(inner)}
        at = end + len(close)
        if sign == "[":
            stop = source.find(")", at) if source.startswith("(", at) else -1
            if stop < 0:
                out += f"[{inner}]"
                continue
            mark["url"] = source[at + 1 : stop]
            at = stop + 1
        out += inner
        if inner:
            marks.append(mark)
    return out, marks
