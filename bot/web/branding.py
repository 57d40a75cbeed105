"""How a community's pages look: its colour, its icon, and in which ink they can be read (WCAG 2.2, 1.4.3: 4.5 to 1)."""

import re
import unicodedata
from collections.abc import Iterator

COLOR_DEFAULT = "#3b5bdb"
DARK_INK, LIGHT_INK = "#000000", "#ffffff"
LIGHT_CARD, DARK_CARD = "#ffffff", "#1f2228"
"""What stands behind a text on the pages, by day and by night; `bot/web/pages/static/style.css` says the same."""
CONTRAST_MIN = 4.5
ICON_LETTERS_MAX = 2
ICON_POINTS_MAX = 12
"""An emoji may be a family of code points that are joined."""
_STEPS = 20
_COLOR = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_JOINER, _KEYCAP = "\u200d", "\u20e3"


def parse_color(text: str) -> str | None:
    """A colour as typed (`#3b5bdb`, `3B5BDB`, `#fff`) as `#rrggbb`; None for what is none."""
    found = _COLOR.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def parse_icon(text: str) -> str | None:
    """An emoji, or one or two letters or digits; None for anything else, since it is shown in a small disc."""
    icon = unicodedata.normalize("NFC", text.strip())
    if 0 < len(icon) <= ICON_LETTERS_MAX and icon.isalnum():
        return icon
    emoji = 0 < len(icon) <= ICON_POINTS_MAX and all(map(_of_emoji, icon))
    shown = emoji and any(unicodedata.category(char) == "So" or char == _KEYCAP for char in icon)
    return icon if shown else None


def _of_emoji(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk", "Mn", "Me") or char == _JOINER or char in "0123456789#*"


def initials(name: str) -> str:
    """What stands for a community without an icon: the first letters of its first two words."""
    letters = [word[0] for word in re.findall(r"\w+", name)]
    return "".join(letters[:ICON_LETTERS_MAX]).upper() or "•"


def ink_on(color: str) -> str:
    """The ink that is read best on a colour."""
    return max((LIGHT_INK, DARK_INK), key=lambda ink: contrast(ink, color))


def readable(color: str, ground: str) -> str:
    """The colour, or the nearest to it on the way to black or white that can be read on this ground."""
    end = "#000000" if contrast("#000000", ground) > contrast("#ffffff", ground) else "#ffffff"
    return next(mixed for mixed in _towards(color, end) if contrast(mixed, ground) >= CONTRAST_MIN)


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _towards(color: str, end: str) -> Iterator[str]:
    pairs = list(zip(_channels(color), _channels(end), strict=True))
    for step in range(_STEPS + 1):
        yield "#" + "".join(f"{round(here + (there - here) * step / _STEPS):02x}" for here, there in pairs)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(color: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
