"""JSON as nobody should write it: trees mutated at random, with duplicate keys, and texts that no tree has."""

import json
import random
from dataclasses import dataclass
from typing import Any

KEYS = ("id", "object", "customer", "created", "livemode", "account", "data", "metadata")

Tree = Any
"""Dicts, lists, texts, numbers, booleans, None; also `Raw` and `Doubled`."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A piece of text that stands in the JSON as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Doubled:
    """An object with a key twice: `first` before, and the other fields after."""

    key: str
    first: Tree
    fields: dict[str, Tree]


def written(tree: Tree) -> str:
    """The tree's text."""
    if isinstance(tree, Raw):
        return tree.text
    if isinstance(tree, Doubled):
        fields = [(tree.key, tree.first), *tree.fields.items()]
        return "{" + ", ".join(f"{json.dumps(key)}: {written(value)}" for key, value in fields) + "}"
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(written, tree)) + "]"
    return json.dumps(tree, ensure_ascii=False)


def hostile(chance: random.Random, texts: list[str]) -> Tree:
    """A value that is hardly ever expected. `texts`: real ones to put in the wrong place, such as ids."""
    depth = chance.choice((10, 200, 1_000, 5_000, 100_000))
    return chance.choice(
        (
            None,
            True,
            False,
            0,
            -1,
            0.5,
            2**31,
            2**53 + 1,
            2**63,
            2**64,
            -(2**63) - 1,
            10**30,
            Raw("1" + "0" * 400),
            Raw("1e400"),
            Raw("-0"),
            Raw("NaN"),
            Raw("Infinity"),
            Raw(r'"\u0000"'),
            Raw(r'"cus_\u0000x"'),
            Raw(r'"\ud800"'),
            Raw(r'"\udfff\ud800"'),
            Raw('"\x00"'),
            Raw('"\x1f"'),
            Raw(r'"\x"'),
            Raw("[" * depth + "]" * depth),
            Raw('{"a":' * depth + "1" + "}" * depth),
            Raw("["),
            Raw("'single'"),
            [],
            {},
            [[]],
            [None, 1, "x"],
            {"id": None},
            {"id": {"id": "cus_x"}},
            {"": ""},
            "",
            " ",
            "x" * 300,
            "x" * 100_000,
            "😀" * 40,
            "‮drawkcab",
            "ﷺ\u2028\u200b",
            "' OR 1=1 --",
            "../../v1/customers",
            "?limit=1#",
            "%00",
            "@everyone <@&1> **b** <script>",
            "2025-13-45T99:99:99Z",
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00+23:59",
            chance.choice(texts),
        )
    )


def places(tree: Tree) -> list[tuple[Any, Any]]:
    """Every (container, key) of a tree, outermost first."""
    found: list[tuple[Any, Any]] = []
    todo = [tree]
    while todo:
        node = todo.pop(0)
        inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in inner:
            found.append((node, key))
            todo.append(value)
    return found


def mutated(tree: Tree, chance: random.Random, texts: list[str]) -> Tree:
    """The tree (changed in place) with one to four things wrong with it; those near the top are preferred."""
    for _ in range(chance.randint(1, 4)):
        found = places(tree)
        if not found:
            return hostile(chance, texts)
        node, key = found[min(int(chance.expovariate(6 / len(found))), len(found) - 1)]
        match chance.randrange(6):
            case 0 if isinstance(node, dict):
                del node[key]
            case 1:
                node[key] = [node[key]] if chance.random() < 0.5 else {"id": node[key]}
            case 2:
                other, place = chance.choice(found)
                node[key] = other[place] if not isinstance(other[place], dict | list) else None
            case 3 if isinstance(node, dict):
                node[chance.choice(KEYS)] = hostile(chance, texts)
            case _:
                node[key] = hostile(chance, texts)
    if chance.random() < 0.1 and isinstance(tree, dict) and tree:
        return Doubled(chance.choice(list(tree)), hostile(chance, texts), tree)
    return tree
