"""The process dies at its n-th port call, in every chapter of the story, and the story ends as if it had not.

One place an engine stands here, of each kind of port; `make crash` runs them all.
"""

import pytest

from tests.crash.bomb import Place, When
from tests.crash.forks import Forks
from tests.crash.runs import run
from tests.storage_fixtures import PostgresServer

PLACES = {"sqlite": Place(4, When.AFTER, "database"), "postgres": Place(1, When.AFTER, "stripe")}


@pytest.fixture(params=PLACES)
def server(request: pytest.FixtureRequest) -> PostgresServer | None:
    """PostgreSQL's server, or None for SQLite: the test runs on both."""
    found: PostgresServer | None = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    return found


async def test_the_story_survives_the_death_of_the_process(server: PostgresServer | None) -> None:
    place = PLACES["sqlite" if server is None else "postgres"]
    async with Forks.running() as forks:
        one = await run(forks, server, place)
    assert not one.harm, one.told()
    assert len(one.deaths) >= 5, "the bomb must have gone off in most chapters"
    assert all(f" {place.of}" in death.call for death in one.deaths), one.deaths
