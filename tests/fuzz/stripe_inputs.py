"""Requests to the webhook listener, made of real events and chance: the n-th of a seed is always the same."""

import copy
import gzip
import hashlib
import hmac
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.json_text import mutated, written

PATH = "/webhooks/stripe"
MIB = 1024 * 1024
REFUSED, TAKEN = frozenset({400}), frozenset({200})
EITHER = REFUSED | TAKEN


@dataclass(frozen=True, slots=True)
class Input:
    """A request, and which answers are right. `event_id`: the id that it surely has, if it is an event at all."""

    kind: str
    body: bytes
    right: frozenset[int]
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = PATH
    chunked: bool = False
    event_id: str | None = None


class Inputs:
    """Makes requests out of `events` (as the sandbox made them), signed with `secret`."""

    def __init__(self, seed: str, events: Sequence[Mapping[str, Any]], secret: str) -> None:
        self._seed = seed
        self._events = events
        self._secret = secret
        self._texts = sorted({text for event in events for text in texts_of(event)})

    def __getitem__(self, number: int) -> Input:
        chance = random.Random(f"{self._seed}:{number}")
        event = copy.deepcopy(dict(chance.choice(self._events)))
        weighed = {
            self._changed: 60,
            self._scrambled: 10,
            self._noise: 4,
            self._as_it_came: 4,
            self._badly_signed: 8,
            self._of_another_kind: 4,
            self._too_big: 1,
            self._encoded: 4,
            self._elsewhere: 5,
        }
        (make,) = chance.choices(list(weighed), list(weighed.values()))
        return make(chance, event, f"evt_fuzz_{number}")

    # -- signed --------------------------------------------------------------------------------------
    def _signed(self, body: bytes, at: int | None = None) -> dict[str, str]:
        at = int(time.time()) if at is None else at
        mark = hmac.new(self._secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={at},v1={mark}", "Content-Type": "application/json"}

    def _changed(self, chance: random.Random, event: dict[str, Any], new_id: str) -> Input:
        """An event with some of it wrong."""
        event["id"] = new_id
        if chance.random() < 0.3:
            event["type"] = chance.choice(self._events)["type"]
        tree = mutated(event, chance, self._texts)
        body = written(tree).encode("utf-8", "surrogatepass")
        kept = isinstance(tree, dict) and tree.get("id") == new_id
        right = EITHER if len(body) <= MIB else frozenset({413})
        return Input("changed", body, right, self._signed(body), event_id=new_id if kept else None)

    def _scrambled(self, chance: random.Random, event: dict[str, Any], new_id: str) -> Input:
        """An event's text with bytes changed, cut out or doubled."""
        body = bytearray(json.dumps(event | {"id": new_id}).encode())
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(body))
            match chance.randrange(4):
                case 0:
                    body[place] = chance.randrange(256)
                case 1:
                    del body[place : place + chance.randint(1, 200)]
                case 2:
                    body[place:place] = body[place : place + 100]
                case _:
                    body[place:place] = chance.choice((b"\x00", b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"}", b'"'))
            if not body:
                break
        return Input("scrambled", bytes(body), EITHER, self._signed(bytes(body)))

    def _noise(self, chance: random.Random, _event: dict[str, Any], _new_id: str) -> Input:
        body = chance.choice((b"", b"\x00", b"[]", b"null", b"{}", b"\xef\xbb\xbf{}", chance.randbytes(500)))
        return Input("noise", body, REFUSED, self._signed(body))

    def _as_it_came(self, _chance: random.Random, event: dict[str, Any], _new_id: str) -> Input:
        """A second delivery of what was delivered long ago."""
        body = json.dumps(event).encode()
        return Input("as it came", body, TAKEN, self._signed(body), event_id=event["id"])

    # -- refused before anything is read ---------------------------------------------------------------
    def _badly_signed(self, chance: random.Random, event: dict[str, Any], new_id: str) -> Input:
        body = json.dumps(event | {"id": new_id}).encode()
        good = self._signed(body)["Stripe-Signature"]
        far = int(time.time()) + chance.choice((-301, 302, -(10**6), 10**9))
        signature = chance.choice(
            (
                None,
                "",
                "t=,v1=",
                good.replace("v1=", "v0="),
                good[:-1],
                good.upper(),
                good.split(",")[0],
                good.split(",")[1],
                good[::-1],
                "t=1e9," + good.split(",")[1],
                "t=" + "9" * 400 + ",v1=x",
                good.split(",")[0] + ",v1=é",
                good.split(",")[0] + ",v1=" + "é" * 64,
                good.split(",")[0] + ",v1" * 1000,
                good.split(",")[0] + ",v1==,,=,v1=x=y",
                "t=٣," + good.split(",")[1],
                self._signed(body + b" ")["Stripe-Signature"],
                self._signed(body, far)["Stripe-Signature"],
            )
        )
        headers = {"Content-Type": "application/json"}
        if signature is not None:
            headers["Stripe-Signature"] = signature
        return Input("badly signed", body, REFUSED, headers, event_id=new_id)

    def _of_another_kind(self, chance: random.Random, event: dict[str, Any], new_id: str) -> Input:
        body = json.dumps(event | {"id": new_id}).encode()
        kind = chance.choice(("text/plain", "multipart/form-data", "", "application/jsonx", "*/*", ";", "é"))
        headers = self._signed(body) | {"Content-Type": kind}
        return Input(f"content type {kind!r}", body, REFUSED, headers, event_id=new_id)

    def _too_big(self, chance: random.Random, event: dict[str, Any], new_id: str) -> Input:
        body = json.dumps(event | {"id": new_id, "padding": "x" * (MIB + chance.randint(0, MIB))}).encode()
        chunked = chance.random() < 0.5
        return Input("too big", body, frozenset({413}), self._signed(body), chunked=chunked, event_id=new_id)

    def _encoded(self, chance: random.Random, event: dict[str, Any], new_id: str) -> Input:
        """Compressed, or said to be: refused either way, for neither Stripe nor Telegram does that."""
        body = json.dumps(event | {"id": new_id}).encode()
        encoding = chance.choice(("gzip", "deflate", "br", "identity", "x", "gzip, gzip"))
        right, sent = TAKEN if encoding == "identity" else REFUSED, body
        if encoding == "gzip" and chance.random() < 0.5:
            sent = gzip.compress(b" " * (20 * MIB) + body if chance.random() < 0.5 else body)
        headers = self._signed(body) | {"Content-Encoding": encoding}
        return Input(f"encoded {encoding}", sent, right, headers, chunked=chance.random() < 0.3)

    def _elsewhere(self, chance: random.Random, event: dict[str, Any], new_id: str) -> Input:
        body = json.dumps(event | {"id": new_id}).encode()
        method = chance.choice(("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"))
        if chance.random() < 0.6:
            return Input(f"method {method}", body, frozenset({405}), self._signed(body), method=method, event_id=new_id)
        path = chance.choice(("/webhooks/stripe/", "/webhooks", "/webhooks/stripe%00", "/static/../app.py", "/%2e%2e/"))
        return Input(f"path {path}", body, frozenset({404}), self._signed(body), path=path, event_id=new_id)


def texts_of(tree: Any) -> set[str]:
    """All short texts of a tree."""
    if isinstance(tree, str):
        return {tree} if len(tree) < 60 else set()
    inner = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else ()
    return {text for value in inner for text in texts_of(value)}
