"""Telegram's updates, made of real ones and chance: the n-th of a seed is always the same."""

import copy
import gzip
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fuzz.json_text import mutated, written
from tests.fuzz.stripe_inputs import EITHER, MIB, REFUSED, Input, texts_of

PATH = "/webhooks/telegram"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST = 2_000_000_000
"""Numbers of our updates begin far above the sandbox's."""

COMMANDS = ("/start", "/plans", "/subscribe", "/membership", "/link", "/invoices", "/help", "/plan create", "/member")
WORDS = (
    "Pro",
    "name:Pro price:-1",
    "price:1e9 period:every_months",
    "@mia",
    "ABCD-EFGH",
    "x" * 5_000,
    "💶",
    "\0",
    "*b*",
)


class Updates:
    """Makes requests out of `updates` (as the sandbox sent them), with `secret`."""

    def __init__(self, seed: str, updates: Sequence[Mapping[str, Any]], secret: str) -> None:
        self._seed = seed
        self._updates = updates
        self._secret = secret
        self._texts = sorted({text for update in updates for text in texts_of(update)})

    def body(self, number: int) -> dict[str, Any] | None:
        """An update with something wrong, as an answer to `getUpdates` could hold it; None where it is no JSON."""
        chance = random.Random(f"{self._seed}:{number}")
        try:
            made = json.loads(written(self._changed(chance, number)))
        except (ValueError, RecursionError):
            return None
        return made if isinstance(made, dict) else None

    def __getitem__(self, number: int) -> Input:
        chance = random.Random(f"{self._seed}:{number}")
        right = {HEADER: self._secret, "Content-Type": "application/json"}
        body = written(self._changed(chance, number)).encode("utf-8", "surrogatepass")
        event_id = f"{FIRST + number}"
        match chance.randrange(20):
            case 0:
                wrong = chance.choice((None, "", "x", self._secret[:-1], self._secret + "x", "é", "t=1,v1=2"))
                headers = {key: value for key, value in right.items() if key != HEADER}
                headers |= {} if wrong is None else {HEADER: wrong}
                return Input("bad secret", body, frozenset({403}), headers, path=PATH, event_id=event_id)
            case 1:
                headers = right | {"Content-Type": chance.choice(("text/plain", "", "é", "application/jsonx"))}
                return Input("content type", body, REFUSED, headers, path=PATH, event_id=event_id)
            case 2:
                method = chance.choice(("GET", "PUT", "DELETE", "HEAD"))
                refused = frozenset({405})
                return Input(f"method {method}", body, refused, right, method=method, path=PATH, event_id=event_id)
            case 3:
                noise = chance.choice((b"", b"[]", b"null", b"\xff", b'{"update_id": "1"}', chance.randbytes(300)))
                return Input("noise", noise, REFUSED, right, path=PATH)
            case 4:
                encoded = chance.choice((body, gzip.compress(body)))
                headers = right | {"Content-Encoding": "gzip"}
                return Input("encoded", encoded, EITHER, headers, path=PATH)
            case 5:
                large = json.dumps({"update_id": FIRST + number, "padding": "x" * 2 * MIB}).encode()
                refused = frozenset({413})
                return Input(
                    "too big", large, refused, right, path=PATH, chunked=chance.random() < 0.5, event_id=event_id
                )
            case _:
                answers = EITHER if len(body) <= MIB else frozenset({413})
                return Input("changed", body, answers, right, path=PATH)

    def _changed(self, chance: random.Random, number: int) -> Any:
        update = copy.deepcopy(dict(chance.choice(self._updates)))
        update["update_id"] = FIRST + number
        if isinstance(update.get("message"), dict) and chance.random() < 0.5:
            update["message"]["text"] = f"{chance.choice(COMMANDS)} {chance.choice((*WORDS, *self._texts))}"
        return update if chance.random() < 0.2 else mutated(update, chance, self._texts)
