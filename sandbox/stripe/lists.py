"""Lists and expansion: pages with cursors, `created` ranges, `expand[]`."""

from __future__ import annotations

import copy
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.stripe.errors import invalid, no_such
from sandbox.stripe.params import Params
from sandbox.stripe.store import Obj, State

# (object kind, field) → what the field holds when it is asked for; such fields are absent otherwise.
Includable = Callable[[State, Obj], Any]


def page(objects: Iterable[Obj], params: Params, url: str, *, begun: bool = False) -> Obj:
    """One page of `objects` (newest first), by `limit`, `starting_after`, `ending_before` and `created`.

    `begun`: they already begin behind `starting_after` (`State.behind`).
    """
    limit = params.integer("limit")
    limit = 10 if limit is None else min(max(limit, 1), 100)
    rows = iter(_created(objects, params))
    after, before = params.text("starting_after"), params.text("ending_before")
    if after is not None and before is not None:
        raise invalid("Received both starting_after and ending_before parameters. Please pass in only one.")
    if before is not None:
        newer = deque(_until(rows, before, "ending_before"), maxlen=limit + 1)
        return listed(list(newer)[-limit:], url, has_more=len(newer) > limit)
    if after is not None and not begun:
        deque(_until(rows, after, "starting_after"), maxlen=0)
    found = list(itertools.islice(rows, limit + 1))
    return listed(found[:limit], url, has_more=len(found) > limit)


def listed(rows: list[Obj], url: str, *, has_more: bool = False) -> Obj:
    """A Stripe list of exactly these rows."""
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def _created(objects: Iterable[Obj], params: Params) -> Iterable[Obj]:
    value = params.plain("created")
    if value in (None, ""):
        return objects
    if isinstance(value, str):
        exact = params.integer("created")
        return (obj for obj in objects if _moment(obj) == exact)
    bounds = params.inner("created")
    least, most = bounds.integer("gte"), bounds.integer("lte")
    above, below = bounds.integer("gt"), bounds.integer("lt")
    return (
        obj
        for obj in objects
        if (least is None or _moment(obj) >= least)
        and (most is None or _moment(obj) <= most)
        and (above is None or _moment(obj) > above)
        and (below is None or _moment(obj) < below)
    )


def _moment(obj: Obj) -> int:
    """When it was made; an invoice item calls it `date`."""
    return int(obj["created"] if "created" in obj else obj["date"])


def _until(rows: Iterator[Obj], cursor: str, param: str) -> Iterator[Obj]:
    """The rows before the one that the cursor names; that one is taken too. Raises if there is none."""
    kind = "object"
    for row in rows:
        if row["id"] == cursor:
            return
        kind = row["object"]
        yield row
    raise no_such(kind, cursor, param=param, status=400)


class Expander:
    """Answers `expand[]`: ids become their objects, includable fields appear. Works on a copy."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.includable: dict[tuple[str, str], Includable] = {}

    def include(self, kind: str, field: str, make: Includable) -> None:
        """Register a field that is there only when asked for (`invoice.payments`, `charge.refunds`, …)."""
        self.includable[kind, field] = make

    def answer(self, obj: Obj, paths: list[str]) -> Obj:
        """The object with the paths expanded, in a copy. Raises for a path that can't be."""
        if not paths:
            return obj
        result = copy.deepcopy(obj)
        for path in paths:
            parts = path.split(".")
            if len(parts) > 4:
                raise invalid(f"You cannot expand more than 4 levels of a property. Property: {path}", param="expand")
            self._expand(result, parts, path)
        return result

    def _expand(self, node: Any, parts: list[str], path: str) -> None:
        if isinstance(node, list):
            for item in node:
                self._expand(item, parts, path)
            return
        if not isinstance(node, dict) or not parts:
            return
        field, rest = parts[0], parts[1:]
        maker = self.includable.get((str(node.get("object")), field))
        if maker is not None and not isinstance(node.get(field), (dict, list)):
            node[field] = copy.deepcopy(maker(self._state, node))
        elif field not in node:
            raise invalid(
                f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead, or "
                "see https://stripe.com/docs/api#expansion for what can be expanded.",
                param="expand",
            )
        value = node[field]
        if isinstance(value, str):
            found = self._state.by_id.get(value)
            if found is None:
                raise invalid(f"This property cannot be expanded ({path}).", param="expand[]")
            node[field] = copy.deepcopy(found)
        elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            node[field] = [copy.deepcopy(self._state.by_id.get(item, item)) for item in value]
        self._expand(node[field], rest, path)
