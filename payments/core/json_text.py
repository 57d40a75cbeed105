"""JSON text as others send it, made such that every reader of ours can take it."""

import re

_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair, as it should be
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"  # half of one
    r"|\\."  # another escape; an escaped backslash is none for what follows
)
REPLACEMENT = "\\ufffd"


def whole(text: str) -> str:
    """The text of some JSON, with each escaped half of a surrogate pair as U+FFFD.

    Half a pair is allowed in JSON and is no text: who cuts a name in the middle of an emoji makes one.
    """
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _ESCAPE.sub(lambda found: REPLACEMENT if found[1] else found[0], text)
