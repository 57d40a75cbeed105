"""Every line of the log channel tells what it is about, in every language."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.texts import render, say
from payments.core.ids import PersonId
from payments.core.log_facts import COUNTED_ONLY, Contest, LogKind
from payments.ports.stores import Notice

AT = 1_767_225_600_000  # 2026-01-01

PRO: dict[str, Any] = {"member": "Mia", "plan": "Pro", "amount": 999, "currency": "eur", "source": "subscription"}
OPEN: list[dict[str, Any]] = [{"what": "breaker"}, {"what": "alarm", "code": "no_access", "name": "Club"}]
OPEN += [{"what": "not_sold", "name": "Pro"}, {"what": "more", "n": 2}]
LOG_LINES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    (LogKind.JOINED, PRO, ("Mia", "Pro", "9")),
    (LogKind.JOINED, {**PRO, "trial": 1}, ("Mia", "Pro")),
    (LogKind.JOINED, {**PRO, "amount": None, "source": "comp"}, ("Mia", "Pro")),
    (LogKind.JOINED, {**PRO, "amount": None, "member": None}, ("Pro",)),
    (LogKind.RETURNED, PRO, ("Mia", "Pro")),
    (LogKind.LEFT, {**PRO, "reason": "refunded"}, ("Mia", "Pro", "(")),
    (LogKind.LEFT, {**PRO, "reason": "unheard of"}, ("Mia", "Pro")),
    (LogKind.FAILED, {**PRO, "until": AT}, ("Mia", "Pro", "99", "2026")),
    *[(LogKind.FAILED, {**PRO, "until": None, "inside": has}, ("Mia", "Pro", "99")) for has in (True, False)],
    (LogKind.RECOVERED, PRO, ("Mia", "Pro", "99")),
    (LogKind.REFUND_FAILED, PRO, ("Mia", "Pro", "99")),
    (LogKind.REFUNDED, PRO, ("Mia", "Pro", "99")),
    *[(LogKind.DISPUTED, {**PRO, "contest": contest}, ("Mia", "Pro", "99")) for contest in Contest],
    (LogKind.LEFT_OUT, {"n": 7}, ("7",)),
    (
        LogKind.DIGEST,
        {
            "log_joined": 3,
            "log_disputed": 1,
            "in": [[999, "eur"], [500, "jpy"]],
            "back": [],
            "not_back": [[7, "usd"]],
            "open": OPEN,
            "from": AT,
        },
        ("3", "500", "`/breaker`", "Club", "Pro", "2"),
    ),
]


@pytest.mark.parametrize(("kind", "params", "words"), LOG_LINES)
@pytest.mark.parametrize("locale", ["en-US", "de"])
def test_every_line_of_a_log_tells_what_it_is_about(
    locale: str, kind: str, params: dict[str, Any], words: tuple[str, ...]
) -> None:
    told = render(Notice("key", PersonId("prs_1"), kind, json.dumps(params), AT), locale).text
    assert told != say(locale, "notice.unknown")
    assert "{" not in told
    assert all(word in told for word in words), told


def test_every_kind_of_line_is_tried() -> None:
    assert {kind for kind, _, _ in LOG_LINES} == set(LogKind) - COUNTED_ONLY
