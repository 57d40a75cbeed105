"""The statements that every table needs, built once at import from constant names."""

# Nothing here ever sees a value: names of tables and columns are literals of the calling modules, hence S608 is off.
# ruff: noqa: S608

from storage.database import marks


def columns(names: str, alias: str) -> str:
    """Column names with their table's alias."""
    return ", ".join(f"{alias}.{name}" for name in names.split(", "))


def select(table: str, names: str) -> str:
    """``SELECT names FROM table``, to be gone on with."""
    return f"SELECT {names} FROM {table}"


def insert(table: str, names: str) -> str:
    """``INSERT`` of one row, to be gone on with."""
    return f"INSERT INTO {table} ({names}) VALUES ({marks(len(names.split(', ')))})"


def upsert(table: str, names: str, key: str) -> str:
    """Insert one row, or replace everything but its key."""
    changed = [name for name in names.split(", ") if name not in key.split(", ")]
    return f"{insert(table, names)} ON CONFLICT ({key}) DO UPDATE SET " + ", ".join(
        f"{name} = excluded.{name}" for name in changed
    )


def claim(table: str, key: str, *, ready: str, order: str, skip_locked: str, answer: str, also: str = "") -> str:
    """Take work whose lease is free; values: token and until of the lease, machine time twice, those of `ready`, limit.

    ``w`` is the row of work in `ready` and `order`; `answer` names columns of it; `also` sets more of them.
    The inner query is materialized: planned as a join, its LIMIT could be run more than once.
    """
    same = " AND ".join(f"{table}.{name} = picked.{name}" for name in key.split(", "))
    return (
        f"WITH given AS (SELECT CAST(? AS TEXT) AS token, CAST(? AS BIGINT) AS until), picked AS MATERIALIZED ("
        f"SELECT {columns(key, 'w')} FROM {table} w WHERE w.next_at <= ? AND w.lease_until <= ? AND {ready} "
        f"ORDER BY {order} LIMIT ? {skip_locked}) "
        f"UPDATE {table} SET lease_token = given.token, lease_until = given.until{also} FROM picked, given "
        f"WHERE {same} RETURNING {columns(answer, table)}"
    )
