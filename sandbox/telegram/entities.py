"""Formatted text: entities as given, as found in plain text, or as parsed from HTML (markdown.py has the others)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.telegram.errors import ApiError, bad
from sandbox.telegram.markdown import NotParsed, markdown, markdown_v2
from sandbox.telegram.params import Params
from sandbox.telegram.state import Json, User
from sandbox.telegram.utf16 import units

TEXT_MAX = 4096
TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
FOUND = (
    ("bot_command", re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")),
    ("url", re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#\w+")),
)


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text with its entities, offsets in UTF-16 units."""

    text: str
    entities: list[Json]


def found_in(text: str) -> list[Json]:
    """What Telegram marks in a plain text by itself: commands, addresses, mentions."""
    marks: list[Json] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in FOUND:
        for match in pattern.finditer(text):
            if any(begin < match.end() and match.start() < end for begin, end in taken):
                continue
            taken.append(match.span())
            marks.append({"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])})
    return sorted(marks, key=lambda mark: int(mark["offset"]))


def with_mentions(text: str, people: Iterable[User]) -> Formatted:
    """A person's text in which others are mentioned by name; a name that is not in the text is put at its end."""
    marks = []
    for person in people:
        if person.first_name not in text:
            text = f"{text} {person.first_name}"
        begin = text.index(person.first_name)
        told: Json = {"id": person.id, "is_bot": person.is_bot, "first_name": person.first_name}
        marks.append(
            {
                "type": "text_mention",
                "offset": units(text[:begin]),
                "length": units(person.first_name),
                "user": told,
            }
        )
    return Formatted(text, sorted([*found_in(text), *marks], key=lambda mark: int(mark["offset"])))


def of(params: Params) -> Formatted:
    """The text of a call with its formatting. Raises ApiError where Telegram would."""
    text, mode = params.text("text"), params.text("parse_mode").lower()
    if mode:
        parse = {"html": _html, "markdownv2": markdown_v2, "markdown": markdown}.get(mode)
        if parse is None:
            raise bad("unsupported parse_mode")
        try:
            text, marks = parse(text)
        except NotParsed as wrong:
            raise bad(f"can't parse entities: {wrong}") from None
    else:
        marks = _given(params, text)
    text, marks = _trimmed(text, marks)
    covered = [(int(m["offset"]), int(m["offset"]) + int(m["length"])) for m in marks]
    for mark in found_in(text):
        begin, end = int(mark["offset"]), int(mark["offset"]) + int(mark["length"])
        if not any(b < end and begin < e for b, e in covered):
            marks.append(mark)
    return Formatted(text, sorted(marks, key=lambda mark: (int(mark["offset"]), -int(mark["length"]))))


def checked(text: Formatted) -> Formatted:
    """The same. Raises ApiError for an empty text and one that is too long."""
    if not text.text:
        raise bad("message text is empty")
    if len(text.text) > TEXT_MAX:
        raise bad("message is too long")
    return text


def _given(params: Params, text: str) -> list[Json]:
    marks = params.json("entities") or []
    if not isinstance(marks, list):
        raise bad("can't parse entities: expected an Array of entities")
    kept = []
    for mark in marks:
        if not isinstance(mark, dict) or not all(type(mark.get(key)) is int for key in ("offset", "length")):
            raise bad("can't parse entities: expected an Object with offset and length")
        if mark["offset"] + mark["length"] > units(text):
            raise _outside()
        kept.append(dict(mark))
    return kept


def _outside() -> ApiError:
    return bad("can't parse entities: entity ends after the end of the text")


def _trimmed(text: str, marks: list[Json]) -> tuple[str, list[Json]]:
    """White space at both ends is not sent."""
    begin = units(text[: len(text) - len(text.lstrip())])
    text = text.strip()
    most = units(text)
    kept = []
    for mark in marks:
        first = max(0, int(mark["offset"]) - begin)
        last = min(most, int(mark["offset"]) + int(mark["length"]) - begin)
        if last > first:
            kept.append({**mark, "offset": first, "length": last - first})
    return text, kept


# -- HTML ---------------------------------------------------------------------------------------------
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s+[A-Za-z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*>")
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    begin: int


def _html(source: str) -> tuple[str, list[Json]]:
    """Telegram's HTML: its own tags only, each closed. Raises NotParsed."""
    out, marks, stack, at = "", [], list[_Open](), 0
    while at < len(source):
        if source[at] == "<":
            match = _TAG.match(source, at)
            where = len(source[:at].encode())
            if match is None:
                raise NotParsed(
                    f"Unclosed start tag at byte offset {where}"
                    if ">" not in source[at:]
                    else f'Unsupported start tag "{_name(source, at)}" at byte offset {where}'
                )
            tag = match[2].lower()
            if match[1]:
                marks += _closed(stack, tag, out, where)
            else:
                attributes = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(match[3])}
                if tag not in TAGS:
                    raise NotParsed(f'Unsupported start tag "{tag}" at byte offset {where}')
                if tag == "span" and attributes.get("class") != "tg-spoiler":
                    raise NotParsed(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
                stack.append(_Open(tag, attributes, units(out)))
            at = match.end()
        elif source[at] == "&" and (reference := _REFERENCE.match(source, at)):
            out += html.unescape(reference[0])
            at = reference.end()
        else:
            out += source[at]
            at += 1
    if stack:
        raise NotParsed(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    return out, marks


def _name(source: str, at: int) -> str:
    return re.split(r"[\s>]", source[at + 1 :], maxsplit=1)[0].lower()


def _closed(stack: list[_Open], tag: str, out: str, where: int) -> list[Json]:
    if not stack:
        raise NotParsed(f"Unexpected end tag at byte offset {where}")
    opened = stack.pop()
    if opened.tag != tag:
        raise NotParsed(f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{tag}>"')
    length = units(out) - opened.begin
    if not length:
        return []
    mark: Json = {"type": TAGS[tag], "offset": opened.begin, "length": length}
    if tag == "a":
        url = html.unescape(opened.attributes.get("href", ""))
        if "." not in url and ":" not in url:
            return []
        mark["url"] = url
    elif tag == "tg-emoji":
        mark["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
    elif tag == "blockquote" and "expandable" in opened.attributes:
        mark["type"] = "expandable_blockquote"
    return [mark]
