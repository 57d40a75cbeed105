"""A community's colour and icon, and that what is written on them can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.branding import (
    CONTRAST_MIN,
    DARK_CARD,
    LIGHT_CARD,
    contrast,
    initials,
    ink_on,
    parse_color,
    parse_icon,
    readable,
)

COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("#3b5bdb", "#3b5bdb"), (" 3B5BDB ", "#3b5bdb"), ("#fff", "#ffffff"), ("#ffff", None), ("red", None), ("", None)],
)
def test_a_colour_is_what_style_sheets_call_one(typed: str, stored: str | None) -> None:
    assert parse_color(typed) == stored


@pytest.mark.parametrize("icon", ["📚", "❤️", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "1️⃣", "RB", "é", "9"])
def test_an_icon_is_an_emoji_or_one_or_two_letters(icon: str) -> None:
    assert parse_icon(f" {icon} ") == icon


@pytest.mark.parametrize("typed", ["", "  ", "ABC", "<b>", "12#", "\u202e", "\u200d", "a\nb", "📚" * 13, "**"])
def test_anything_else_is_no_icon(typed: str) -> None:
    assert parse_icon(typed) is None


@pytest.mark.parametrize(
    ("name", "letters"), [("Riverside Book Club", "RB"), ("club", "C"), ("«Über uns»", "ÜU"), ("!!", "•")]
)
def test_without_an_icon_the_initials_stand_there(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@given(COLORS)
def test_on_every_colour_there_is_an_ink_that_can_be_read(color: str) -> None:
    assert contrast(ink_on(color), color) >= CONTRAST_MIN


@given(COLORS, st.sampled_from([LIGHT_CARD, DARK_CARD]))
def test_every_colour_is_made_readable_and_left_alone_where_it_is(color: str, ground: str) -> None:
    shown = readable(color, ground)
    assert contrast(shown, ground) >= CONTRAST_MIN
    if contrast(color, ground) >= CONTRAST_MIN:
        assert shown == color
