"""The process dies at its n-th port call, in every chapter of the story, and the story ends as if it had not.

A few n stand here, spread over the kinds of calls; `make crash` runs them all.
"""

import pytest

from tests.crash.bomb import When
from tests.crash.forks import Forks
from tests.crash.runs import run
from tests.storage_fixtures import PostgresServer

PLACES = {"sqlite": [(4, When.AFTER), (12, When.BEFORE)], "postgres": [(9, When.AFTER)]}


@pytest.fixture(params=PLACES)
def server(request: pytest.FixtureRequest) -> PostgresServer | None:
    """PostgreSQL's server, or None for SQLite: the test runs on both."""
    found: PostgresServer | None = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    return found


async def test_the_story_survives_the_death_of_the_process(server: PostgresServer | None) -> None:
    kinds: set[str] = set()
    async with Forks.running() as forks:
        for at, when in PLACES["sqlite" if server is None else "postgres"]:
            one = await run(forks, server, at, when)
            assert not one.harm, one.told()
            assert len(one.deaths) >= 5, "the bomb must have gone off in most chapters"
            kinds |= {death.call.split()[2].split(".")[0].rstrip(":") for death in one.deaths}
    assert {"database", "stripe"} <= kinds, kinds
