"""Starts services fast: one process that has everything imported, and forks a service for each line on its input.

A service is a real process of its own that runs `guestlist run`, and may be killed at any moment.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from bot import __main__ as guestlist
from bot.platforms.telegram import chat_events
from bot.web import operations
from tests.soak.broken import BROKEN


def main() -> None:
    """A line of JSON in, `{"environ", "cwd", "log", "broken"}`; the child's process id out."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed is gone at once, without being waited for
    child = 0
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_live(asked))
        print(child, flush=True)
    if child:  # who asked for it has ended, perhaps by force: nobody else would end it
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _live(asked: dict[str, Any]) -> int:
    """The child: its own output, environment and folder; then the service."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for theirs, ours in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(theirs, ours)
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["cwd"])
    if asked["broken"] is not None:
        BROKEN[asked["broken"]]()
    chat_events.KNOCKS = (
        10**6
    )  # business time flies here: who asks once a month would be left waiting, as one who floods is
    operations.KEPT_SECONDS = 0.0  # the script decides by what it reads there: it must be of now
    return guestlist.main(["run"])


if __name__ == "__main__":
    main()
