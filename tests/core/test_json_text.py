"""JSON with halves of surrogate pairs in it."""

import json

import pytest

from payments.core.json_text import whole


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("plain", "plain"),
        ("\U0001f600", "\U0001f600"),
        ("\ud83d", "\ufffd"),
        ("a\ude00\ud83db", "a\ufffd\ufffdb"),
        ("\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        ("\\ud83d", "\\ud83d"),
        ("\\\ud83d", "\\\ufffd"),
        ("\\\\ud83d", "\\\\ud83d"),
        ('\u00e9\n"\ud83d"', '\u00e9\n"\ufffd"'),
    ],
)
def test_half_a_pair_is_replaced_and_nothing_else_is_touched(sent: str, kept: str) -> None:
    assert json.loads(whole(json.dumps({sent: [sent]}))) == {kept: [kept]}


def test_letters_of_either_case_are_halves_too() -> None:
    assert json.loads(whole(r'"\uD83D \uDe00 \ud83d\uDE00"')) == "\ufffd \ufffd \U0001f600"
