"""Does for SQLite what its ALTER TABLE can't: makes the table again without a constraint, or with another key.

A migration says it once, in the words of PostgreSQL, which runs them as they are:

    ALTER TABLE price DROP CONSTRAINT price_unit_check, ALTER COLUMN count DROP NOT NULL
    ALTER TABLE price DROP CONSTRAINT price_pkey, ADD PRIMARY KEY (shop, id), ADD CONSTRAINT some CHECK (count > 0)

Constraints without a name of their own go by the one that PostgreSQL gives them: after their table and column, or of
a CHECK over several columns, after the table and with a number.
"""

# ruff: noqa: S608 - statements are put together from our own migrations and the schema that they made

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from storage.database import Tx

COPY = "rebuilt_rows"
"""Where a table's rows are while the table is made again; gone before the commit."""

_GROUP = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"  # three deep is enough for our schema
_ALTER = re.compile(r"ALTER TABLE (\w+)\s+(.*)", re.DOTALL)
_ACTION = re.compile(
    rf"DROP CONSTRAINT (?P<dropped>\w+)|ADD (?P<added>(?:CONSTRAINT \w+ )?(?:PRIMARY KEY|CHECK) {_GROUP})|"
    r"ALTER COLUMN (?P<nullable>\w+) DROP NOT NULL",
    re.DOTALL,
)
_OF_TABLE = re.compile(rf"(?:CONSTRAINT (\w+) )?((?:CHECK|PRIMARY KEY|UNIQUE) ({_GROUP})|FOREIGN KEY\b.*)", re.DOTALL)
_OF_COLUMN = re.compile(rf"\s*\b(?:(CHECK) {_GROUP}|(PRIMARY KEY)|(UNIQUE))")


@dataclass(frozen=True, slots=True)
class Alteration:
    """What is changed about a table: constraints that go, constraints that come, columns that may be empty."""

    table: str
    dropped: frozenset[str]
    added: tuple[str, ...]
    nullable: frozenset[str]


def alteration_in(statement: str) -> Alteration | None:
    """None: SQLite runs this statement by itself."""
    altered = _ALTER.fullmatch(statement)
    actions = [_ACTION.fullmatch(action) for action in split(altered[2])] if altered else []
    if altered is None or not any(actions):
        return None
    if not all(actions):
        raise ValueError(f"a table is made again by a statement of its own: {statement}")

    def found(what: str) -> tuple[str, ...]:
        return tuple(action[what] for action in actions if action and action[what])

    return Alteration(altered[1], frozenset(found("dropped")), found("added"), frozenset(found("nullable")))


async def rebuild(tx: Tx, change: Alteration) -> None:
    """Make a table again, with its rows, indexes and triggers, in a transaction that enforces no foreign keys.

    The rows step aside into a copy and no table is renamed, as that may rewrite what others say about the table.
    """
    stored = await tx.fetch(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY rowid", change.table
    )
    [made] = [str(row["sql"]) for row in stored if row["type"] == "table"]
    await tx.execute(f"CREATE TABLE {COPY} AS SELECT * FROM {change.table}")
    await tx.execute(f"DROP TABLE {change.table}")
    await tx.execute(altered(made, change))
    await tx.execute(f"INSERT INTO {change.table} SELECT * FROM {COPY}")
    await tx.execute(f"DROP TABLE {COPY}")
    for row in stored:
        if row["type"] in ("index", "trigger"):
            await tx.execute(str(row["sql"]))


def altered(made: str, change: Alteration) -> str:
    """The statement that makes a table, changed. Raises `ValueError` if the table has nothing of that name."""
    head, body, tail = _taken_apart(made)
    gone, parts = set[str](), list[str]()
    for part, constraints in _constraints(change.table, split(body)):
        names = {name for name, _ in constraints}
        gone |= names & change.dropped
        parts += _kept(part, constraints, change)
    columns = {part.partition(" ")[0] for part in parts}
    if unknown := (change.dropped - gone) | (change.nullable - columns):
        raise ValueError(f"the table {change.table} has no {', '.join(sorted(unknown))}")
    return f"{head}{', '.join([*parts, *change.added])}{tail}"


def constraints_of(table: str, made: str) -> dict[str, str]:
    """The CHECKs and keys of a table, by PostgreSQL's names."""
    parts = _constraints(table, split(_taken_apart(made)[1]))
    return {name: text for _, constraints in parts for name, text in constraints}


def _kept(part: str, constraints: Sequence[tuple[str, str]], change: Alteration) -> Iterator[str]:
    if _OF_TABLE.fullmatch(part):
        if not any(name in change.dropped for name, _ in constraints):
            # By name from now on: what PostgreSQL numbers, it doesn't number again.
            yield "".join(f"CONSTRAINT {name} {text}" for name, text in constraints) or part
        return
    for name, text in constraints:
        part = part.replace(text, "", 1) if name in change.dropped else part
    yield part.replace(" NOT NULL", "", 1) if part.partition(" ")[0] in change.nullable else part


def _constraints(table: str, parts: Sequence[str]) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Each column or constraint of a table, with the names and the texts of the CHECKs and keys in it."""
    checks = 0
    for part in parts:
        if (of_table := _OF_TABLE.fullmatch(part)) is None:
            yield part, [(_name(table, part.partition(" ")[0], found), found[0]) for found in _OF_COLUMN.finditer(part)]
        elif of_table[3] is None:  # a foreign key
            yield part, ()
        elif of_table[2].startswith("CHECK"):
            yield part, [(of_table[1] or f"{table}_check{checks or ''}", of_table[2])]
            checks += 1
        else:
            columns = "_".join(split(of_table[3][1:-1]))
            name = f"{table}_pkey" if of_table[2].startswith("PRIMARY") else f"{table}_{columns}_key"
            yield part, [(of_table[1] or name, of_table[2])]


def _name(table: str, column: str, found: re.Match[str]) -> str:
    if found[2]:
        return f"{table}_pkey"
    return f"{table}_{column}_{'check' if found[1] else 'key'}"


def _taken_apart(made: str) -> tuple[str, str, str]:
    start, end = made.index("(") + 1, made.rindex(")")
    return made[:start], made[start:end], made[end:]


def split(text: str) -> list[str]:
    """The parts between the commas that are in no parentheses and no literal."""
    parts, depth = [""], 0
    for piece in re.findall(r"'[^']*'|[(),]|[^'(),]+", text):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]
