"""Runs of the story, one for each place of the bomb."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crash.bomb import Place
from tests.crash.forks import Forks
from tests.crash.stage import Death, stage
from tests.crash.story import Story
from tests.storage_fixtures import PostgresServer, empty_database

LOG_LINES = 60


@dataclass(frozen=True, slots=True)
class Run:
    """How one run went. `harm` is empty when the story ended as it should."""

    engine: str
    place: Place
    deaths: tuple[Death, ...]
    calls: dict[str, int]
    chapters: dict[str, float]
    seconds: float
    harm: str = ""
    log: str = ""

    def told(self, *, log: bool = True) -> str:
        """A line; with what is needed to see it again when something was harmed, and the log's end if `log`."""
        line = f"{self.engine} {self.place}: died {len(self.deaths)} times, {self.seconds:.1f} s"
        if self.chapters:
            slowest = max(self.chapters, key=self.chapters.__getitem__)
            line += f" ({self.chapters[slowest]:.1f} s of it in {slowest})"
        if not self.harm:
            return line
        deaths = "\n".join(f"  in {death.chapter}: {death.call}" for death in self.deaths)
        place = f"--at {self.place.at} --when {self.place.when}{self.place.of and f' --of {self.place.of}'}"
        again = f"python -m tests.crash --engine {self.engine} {place}"
        end = f"\nThe log's end:\n{self.log}" if log else ""
        return f"{line}\nHARMED {self.harm}\n{deaths}\nAgain: {again}{end}"


@asynccontextmanager
async def _database(server: PostgresServer | None, folder: Path) -> AsyncIterator[str]:
    if server is None:
        yield f"sqlite:///{folder}/guestlist.db"
        return
    async with empty_database(server) as url:
        yield url


async def run(forks: Forks, server: PostgresServer | None, place: Place, only: str | None = None) -> Run:
    """The whole story, with the bomb at this place of every chapter (`only`: of that one). `server` None: SQLite."""
    engine = "sqlite" if server is None else "postgres"
    began = time.monotonic()
    harm = ""
    with TemporaryDirectory(prefix="crash-") as home:
        folder = Path(home)
        async with _database(server, folder) as url, stage(forks, folder, url, place, only) as on:
            try:
                await Story(on).play()
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is told with how to see it again
                harm = f"in {on.chapter}: {type(error).__name__}: {error}"
            log = "\n".join(on.log.read_text().splitlines()[-LOG_LINES:]) if harm else ""
            return Run(engine, place, tuple(on.deaths), on.calls, on.seconds, time.monotonic() - began, harm, log)
