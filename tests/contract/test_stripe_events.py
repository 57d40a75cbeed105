"""The README asks for just those events that something follows from."""

import re
from fnmatch import fnmatch
from pathlib import Path

from payments.providers.stripe.events import PARTS, THIN

README = (Path(__file__).parents[2] / "README.md").read_text()
ASKED = re.findall(r"`([a-z_]+(?:\.[a-z_*]+)+)`", README.partition("these events")[2].partition("Copy the signing")[0])


def test_every_event_that_is_read_is_asked_for_and_no_other() -> None:
    read = {type_ for type_ in PARTS if not type_.startswith(THIN)}
    assert {type_ for type_ in read if not any(fnmatch(type_, asked) for asked in ASKED)} == set()
    assert [asked for asked in ASKED if not any(fnmatch(type_, asked) for type_ in read)] == []
