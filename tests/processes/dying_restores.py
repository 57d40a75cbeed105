"""Restores that are killed: `python -m tests.processes.dying_restores FOLDER`, with a `template` of both files in it.

The first dies before the first thing it does to a file, the second before the second, and so on, each on a copy of its
own, until one comes through. The copies' names are printed.
"""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import NoReturn

from storage.files.restore import restore

DOING = ("open", "os.link", "os.remove", "os.rename", "sqlite3.connect")
STEPS_MAX = 200


def _restore(folder: Path, step: int) -> NoReturn:
    left = step

    def look(event: str, _: object) -> None:
        nonlocal left
        left -= event in DOING
        if left == 0:
            left = -1  # the kill itself is looked at, too
            os.kill(os.getpid(), signal.SIGKILL)

    os.chdir(folder)
    sys.addaudithook(look)
    restore(Path("backup.db"), Path("guestlist.db"), livemode=False)
    os._exit(0)


def main(home: Path) -> int:
    """0 once a restore came through."""
    for step in range(1, STEPS_MAX):
        folder = home / str(step)
        shutil.copytree(home / "template", folder)
        child = os.fork()
        if child == 0:
            _restore(folder, step)
        print(folder.name, flush=True)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
