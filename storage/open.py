"""Opens a database by its address, on the engine that the address names."""

from storage.database import Database
from storage.engines.postgres import open_postgres
from storage.engines.sqlite import open_sqlite


async def open_database(url: str) -> Database:
    """Open ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``postgresql://...``.

    Raises `StoreUnavailable` when it can't be opened, `DatabaseRefused`, and `ValueError` for any other address.
    """
    if url.startswith("sqlite:///"):
        return await open_sqlite(url)
    if url.startswith(("postgresql://", "postgres://")):
        return await open_postgres(url)
    raise ValueError("the database's address must start with sqlite:/// or postgresql://")
