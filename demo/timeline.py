"""The hidden way: what the service has in its database, as lines that a visitor understands. It only reads.

SQLite's own counter (`PRAGMA data_version`) says whether anything changed, so a quiet service costs one cheap question.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from demo import timeline_text
from sandbox.page.backstage import Line

Row = Mapping[str, Any]
ROWS_MAX = 120
"""So many of the newest rows of a kind are looked at."""
LINES_MAX = 250
BUSY_SECONDS = 1.0
RANKS = {"webhook": 0, "stripe": 1, "decision": 2, "effect": 3, "notice": 4}
"""What is of one moment stands in the order in which it follows."""

EVENTS = "SELECT id, type, stripe_customer_id, created_at, state FROM event ORDER BY rowid DESC LIMIT ?"
REQUESTS = (
    "SELECT r.id, r.kind, r.state, r.created_at, COALESCE(r.person_id, c.person_id, k.payer_id) AS person_id "
    "FROM request r LEFT JOIN customer c ON c.id = r.subject_id LEFT JOIN checkout k ON k.id = r.subject_id "
    "ORDER BY r.rowid DESC LIMIT ?"
)
PUT_OFF = (
    "SELECT id, person_id, mark_seq, marked_at, attempts, last_error FROM customer "
    "WHERE settled_seq < mark_seq AND attempts > 0 AND marked_at IS NOT NULL ORDER BY marked_at DESC LIMIT ?"
)
PUT_OFF_ID = "put-off:"
LEDGER = (
    "SELECT l.*, p.name AS plan, e.reason, e.access_until, COALESCE(e.beneficiary_id, c.person_id) AS person_id "
    "FROM ledger l JOIN customer c ON c.id = l.customer_id LEFT JOIN plan p ON p.id = l.plan_id "
    "LEFT JOIN entitlement e ON e.source = l.source AND e.source_id = l.source_id "
    "ORDER BY l.rowid DESC LIMIT ?"
)
AUDIT = (
    "SELECT a.id, a.at, a.person_id, a.action, a.actor, t.name AS target, t.platform, x.reason, "
    "e.access_until FROM audit a LEFT JOIN target t ON t.id = a.target_id "
    "LEFT JOIN access x ON x.person_id = a.person_id AND x.target_id = a.target_id "
    "LEFT JOIN entitlement e ON e.id = x.entitlement_id ORDER BY a.rowid DESC LIMIT ?"
)
EFFECTS = (
    "SELECT w.person_id, w.target_id, w.state, w.attempts, w.last_error, a.wanted, a.wanted_at, a.held_before, "
    "t.platform, t.kind, t.name AS target, EXISTS (SELECT 1 FROM audit u WHERE u.person_id = w.person_id "
    "AND u.target_id = w.target_id AND u.action = 'revoked' AND u.at >= a.wanted_at) AS taken, "
    "EXISTS (SELECT 1 FROM identity i WHERE i.person_id = w.person_id AND i.platform = t.platform) AS linked, "
    "a.wanted = 0 AND a.applied = 1 AND w.breaker_passed = 0 AND c.breaker_tripped_at IS NOT NULL AS held "
    "FROM effect w JOIN target t ON t.id = w.target_id JOIN community c ON c.id = t.community_id "
    "JOIN access a ON a.person_id = w.person_id AND a.target_id = w.target_id "
    "ORDER BY a.wanted_at DESC, t.platform DESC, t.name DESC LIMIT ?"
)
NOTICES = "SELECT key, person_id, kind, params, state, created_at FROM notice ORDER BY rowid DESC LIMIT ?"


class Timeline:
    """Reads one service's SQLite file. `lines` are those of the last reading, oldest first."""

    def __init__(self, database: Path) -> None:
        self.lines: Sequence[Line] = ()
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._turn = threading.Lock()
        self._book: dict[str, Line] = {}

    def read(self) -> None:
        """Looks at what changed; nothing when there is no database yet. Raises sqlite3.Error.

        Each reading may be in another thread.
        """
        with self._turn:
            self._read()

    def _read(self) -> None:
        if self._connection is None:
            if not self._database.is_file():
                return
            self._connection = sqlite3.connect(
                f"file:{self._database}?mode=ro", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
            )
            self._connection.isolation_level = None
            self._connection.row_factory = sqlite3.Row
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return
        with _snapshot(self._connection) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'telegram_kick'").fetchone() is None:
                return  # the tables are being made
            self._take(_Reading(connection))
        self._version = version

    def close(self) -> None:
        """Lets go of the file, once a reading that is under way has ended."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _take(self, reading: "_Reading") -> None:
        fresh = {line.id: line for line in reading.lines()}
        for line_id, line in fresh.items():
            # A decision is told as it was made: its reason may be another by now.
            if line.state != "decided" or line_id not in self._book:
                self._book[line_id] = line
        for line in list(self._book.values()):
            if line.id in fresh:
                continue
            if line.step == "effect" and line.state not in ("done", "replaced"):
                self._book[line.id] = replace(line, state="replaced", reason="Something newer was decided.")
            elif line.id.startswith(PUT_OFF_ID) and line.state == "waiting":
                self._book[line.id] = replace(line, state="done", reason="Stripe has answered: it is decided.")
        ordered = sorted(self._book.values(), key=lambda line: (line.at, RANKS[line.step]))[-LINES_MAX:]
        self._book = {line.id: line for line in ordered}
        self.lines = ordered


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One moment of the database, so that a decision is never seen without its effects."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")


class _Reading:
    """All lines of one moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._persons = {row["id"]: row["merged_into"] for row in self._all("SELECT id, merged_into FROM person")}
        names = self._all("SELECT person_id, name FROM identity ORDER BY platform DESC")
        self._names = {row["person_id"]: row["name"] for row in names}
        self._customers: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        for row in self._all("SELECT person_id, stripe_id FROM customer WHERE stripe_id IS NOT NULL ORDER BY rowid"):
            self._customers[row["stripe_id"]] = row["person_id"]
            self._keys[self._meant(row["person_id"])] = row["stripe_id"]

    def lines(self) -> Iterable[Line]:
        """Of every kind."""
        yield from map(self._event, self._newest(EVENTS))
        yield from map(self._put_off, self._newest(PUT_OFF))
        yield from map(self._request, self._newest(REQUESTS))
        yield from self._decisions()
        yield from map(self._effect, self._newest(EFFECTS))
        yield from map(self._notice, self._newest(NOTICES))

    def _all(self, sql: str, *values: object) -> list[Row]:
        return [dict(row) for row in self._connection.execute(sql, values)]

    def _newest(self, sql: str) -> list[Row]:
        """The newest rows, oldest first."""
        return self._all(sql, ROWS_MAX)[::-1]

    # -- whose it is -----------------------------------------------------------------------------------
    def _meant(self, person_id: str) -> str:
        return self._persons.get(person_id) or person_id

    def _line(
        self,
        line_id: str,
        at: int,
        step: str,
        text: str,
        state: str,
        person_id: str | None,
        reason: str | None,
        gist: str | None = None,
    ) -> Line:
        """A line of a person; `at` in milliseconds."""
        meant = None if person_id is None else self._meant(person_id)
        who = None if meant is None else self._names.get(meant)
        purchase = None if meant is None else self._keys.get(meant, meant)
        return Line(line_id, at / 1000, step, text, state, who, reason, purchase, gist)

    # -- one kind each ---------------------------------------------------------------------------------
    def _event(self, row: Row) -> Line:
        state, reason = timeline_text.EVENT_STATES.get(row["state"], (row["state"], None))
        person_id = self._customers.get(row["stripe_customer_id"])
        return self._line(f"evt:{row['id']}", row["created_at"], "webhook", row["type"], state, person_id, reason)

    def _put_off(self, row: Row) -> Line:
        reason = timeline_text.put_off(row["last_error"], row["attempts"])
        line_id, at = f"{PUT_OFF_ID}{row['id']}:{row['mark_seq']}", row["marked_at"]
        return self._line(line_id, at, "decision", timeline_text.UNDECIDED, "waiting", row["person_id"], reason)

    def _request(self, row: Row) -> Line:
        state, reason = timeline_text.REQUEST_STATES.get(row["state"], (row["state"], None))
        text = timeline_text.REQUESTS.get(row["kind"], str(row["kind"]).replace("_", " ").capitalize())
        at, person_id = row["created_at"], row["person_id"]
        line_id = f"request:{row['id']}"
        return self._line(line_id, at, "stripe", f"{text} at Stripe", state, person_id, reason, row["kind"])

    def _decisions(self) -> Iterable[Line]:
        """One line a commit: what changed in what is sold, and what it opens or closes for the person."""
        commits: dict[tuple[str, int], tuple[list[Row], list[Row]]] = {}
        for row in self._newest(LEDGER):
            commits.setdefault((row["person_id"], row["recorded_at"]), ([], []))[0].append(row)
        for row in self._newest(AUDIT):
            if row["action"] in ("wanted", "unwanted"):
                commits.setdefault((row["person_id"], row["at"]), ([], []))[1].append(row)
            elif row["action"] in timeline_text.DEEDS:
                text = timeline_text.DEEDS[row["action"]] + (f" ({row['target']})" if row["target"] else "")
                person_id = row["person_id"] or (row["actor"] if row["actor"] in self._names else None)
                line_id, at = f"deed:{row['id']}", row["at"]
                yield self._line(line_id, at, "decision", text, "decided", person_id, None, row["action"])
        for (person_id, at), (sold, flips) in commits.items():
            flips.sort(key=lambda row: (row["platform"], row["target"]))
            changed = timeline_text.opened(
                [row["target"] for row in flips if row["action"] == "wanted"],
                [row["target"] for row in flips if row["action"] == "unwanted"],
            )
            grounds = flips or [row for row in sold if row["reason"] is not None]
            why = timeline_text.standing(grounds[-1]["reason"], grounds[-1]["access_until"]) if grounds else None
            text = "; ".join(timeline_text.sold(row) for row in sold) or changed[:1].upper() + changed[1:]
            reason = f"{why} So it {changed}." if sold and changed else why
            gist = ", ".join(filter(None, (*map(timeline_text.turned, sold), changed))) or None
            yield self._line(f"decision:{person_id}:{at}", at, "decision", text, "decided", person_id, reason, gist)

    def _effect(self, row: Row) -> Line:
        state, reason = timeline_text.outcome(row)
        line_id = f"effect:{row['person_id']}:{row['target_id']}:{row['wanted_at']}"
        at, person_id = row["wanted_at"], row["person_id"]
        return self._line(
            line_id, at, "effect", timeline_text.errand(row), state, person_id, reason, timeline_text.short(row)
        )

    def _notice(self, row: Row) -> Line:
        state, reason = timeline_text.NOTICE_STATES.get(row["state"], (row["state"], None))
        text = timeline_text.message(row["kind"], json.loads(row["params"]).get("only"))
        at, person_id = row["created_at"], row["person_id"]
        return self._line(f"notice:{row['key']}", at, "notice", text, state, person_id, reason)
