"""The published specification of Stripe, where it lies beside the project."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


def misfits(objects: list[dict[str, Any]]) -> list[str]:
    """What does not fit the specification in these objects. Skips the test, saying so, where it is not at hand."""
    checker = SHARED / "tools" / "wire_check.py"
    if not checker.exists():
        pytest.skip("the published specification is not here (../shared), so shapes are not checked")
    found = importlib.util.spec_from_file_location("wire_check", checker)
    assert found is not None
    assert found.loader is not None
    wire_check = importlib.util.module_from_spec(found)
    found.loader.exec_module(wire_check)
    api = wire_check.OpenApi(SHARED / "specs" / "stripe.openapi.json")
    problems = set()
    for obj in objects:
        name = "deleted_customer" if obj.get("deleted") else obj["object"]
        schema = api.doc["components"]["schemas"][name]
        problems |= set(api.check(schema, obj, name, True, wire_check.STRIPE_EXTRA_RESPONSE))
    return sorted(problems)


def everything(state: dict[str, Any]) -> list[dict[str, Any]]:
    """All objects of a sandbox, and the objects that its events hold."""
    kinds = {name: objects for name, objects in state.items() if name not in ("deliveries", "webhook_control")}
    objects = [obj for found in kinds.values() for obj in found]
    return [*objects, *(event["data"]["object"] for event in kinds.get("event", []))]
