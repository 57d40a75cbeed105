"""Holds objects of the sandbox against Stripe's published specification, where that is at hand."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "shared" / "tools" / "wire_check.py"


@cache
def _checker() -> tuple[Any, Any]:
    spec = importlib.util.spec_from_file_location("wire_check", TOOLS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, module.OpenApi(module.SPECS / "stripe.openapi.json")


def need_specification() -> None:
    """Skip, and say so, where the specification is not beside the checkout."""
    if not TOOLS.exists():
        pytest.skip("Stripe's specification is not at hand (../shared/tools/wire_check.py): objects are not compared")


def faults(obj: dict[str, Any]) -> list[str]:
    """What the specification finds wrong with an object, by its `object` kind."""
    module, api = _checker()
    kind = obj["object"]
    name = f"deleted_{kind}" if obj.get("deleted") else kind
    schema = api.doc["components"]["schemas"].get(name)
    if schema is None:
        return [f"{name} is no object of the specification"]
    found: list[str] = api.check(schema, obj, name, True, module.STRIPE_EXTRA_RESPONSE)
    return found


def event_faults(event: dict[str, Any]) -> list[str]:
    """What is wrong with an event or with the object in it."""
    inner = event["data"]["object"]
    return [f"{event['type']}: {fault}" for fault in [*faults(event), *faults(inner)]]
