"""One emulated IRIS process: its connection, transaction, user, settings, and the statements it runs."""

from __future__ import annotations

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import apsw

from pgiris.errors import IrisError
from pgiris.standin import errors, store, systems
from pgiris.standin.dictionary import Dictionary, Entry, Relation, Table, View, stored
from pgiris.standin.physical import create_table
from pgiris.standin.result import Cursor, StatementResult
from pgiris.standin.triggers import Firing

if TYPE_CHECKING:
    from pgiris.standin.counters import Counters
    from pgiris.standin.instance import Instance
    from pgiris.standin.prepared import PreparedStatement
    from pgiris.standin.shared import SharedMemory

FAILURES = (
    apsw.Error, RecursionError, MemoryError, ValueError, ArithmeticError, TypeError, LookupError, AttributeError,
    AssertionError,
)  # fmt: skip
"""What a statement may raise inside: it ends with an SQLCODE, never with the process."""


STEPS = 5000
"""Steps of SQLite's machine between two looks at whether the statement was cancelled: well under a millisecond."""


class Stale(Exception):
    """Definitions changed after the statement was compiled, while it waited to become the writer."""


class Process:
    """An IRIS process. To be used by one thread at a time; only `cancel` may come from another."""

    def __init__(self, instance: Instance, pid: int, user: str, namespace: str) -> None:
        self.instance = instance
        self.pid = pid
        self.user = user
        self.namespace = namespace
        self.default_schema = instance.settings.default_schema
        self.lock_timeout = instance.settings.lock_timeout
        self.options: dict[str, str] = {}
        self._mode = 1
        self.commit_mode = "IMPLICIT"
        self.isolation = "READ UNCOMMITTED"
        self.level = 0
        self.savepoints: list[str] = []
        self.last_identity: int | None = None
        self.last_rowid: int | None = None
        self.checking = True
        self.statement = ""
        self.statement_type = 0
        self.statement_start = 0.0
        self._cancelled = False
        self._running = 0
        self._watch = threading.Lock()
        self._seen = instance.dictionary.version
        self._closed = False
        self._written = False
        self._local: Dictionary | None = None
        self._replay: list[str] = []
        self._cache: OrderedDict[str, PreparedStatement] = OrderedDict()
        self._cursors: weakref.WeakSet[Cursor] = weakref.WeakSet()
        self._filled: dict[str, tuple[int, str]] = {}
        self._temporary: set[int] = set()
        self.firing = Firing(self)
        self.connection = store.open_connection(instance.file, instance.settings)
        self.connection.set_busy_handler(self._busy)
        # Not sqlite3_interrupt: that would also end this process's next statements while a result is open.
        self.connection.set_progress_handler(lambda: self._cancelled, STEPS)
        self._busy_since = 0.0
        store.register_process(self.connection, self)

    # -- what a session sees

    @property
    def select_mode(self) -> int:
        """0 Logical, 1 ODBC, 2 Display."""
        return self._mode

    @select_mode.setter
    def select_mode(self, mode: int) -> None:
        if mode not in (0, 1, 2):
            raise IrisError(-400, f"Fatal error occurred: invalid select mode {mode}")
        if mode != self._mode:
            self._mode = mode
            self._cache.clear()

    @property
    def dictionary(self) -> Dictionary:
        """The dictionary as this process sees it: its own uncommitted definitions included."""
        return self._local if self._local is not None else self.instance.dictionary

    def prepare(self, sql: str) -> PreparedStatement:
        """Parse and compile a statement, or find it in the cache. Raises IrisError."""
        from pgiris.standin import prepared

        self.notice()
        found = self._cache.get(sql)
        if found is not None and found.version == self.dictionary.version:
            self._cache.move_to_end(sql)
            return found
        self._alive()
        found = prepared.prepare(self, sql)
        self._cache[sql] = found
        self._cache.move_to_end(sql)
        while len(self._cache) > self.instance.settings.statement_cache_size:
            self._cache.popitem(last=False)
        return found

    def execute(self, sql: str, params: Sequence[object] = ()) -> StatementResult:
        """Run one statement. Raises IrisError."""
        return self.prepare(sql).execute(params)

    def notice(self) -> None:
        """Notice definitions that others committed; open results are read first, for they see the old ones."""
        if self._local is not None or self._running:
            return
        self.instance.refresh()
        version = self.instance.dictionary.version
        if version != self._seen:
            self._detach_cursors()
            self._seen = version

    def cancel(self) -> bool:
        """Interrupt the running statement; it ends with SQLCODE -456. False when none runs. Safe from any thread."""
        with self._watch:
            self._cancelled = self._running > 0
            return self._cancelled

    def check_cancelled(self) -> None:
        """SQLCODE -456 when the running statement was cancelled."""
        if self._cancelled:
            raise IrisError(-456, "SQL query execution interrupted by user")

    def described(self) -> dict[str, object]:
        """This process for CURRENT_STATEMENTS and CURRENT_CONNECTIONS. Safe from any thread."""
        start = self.statement_start
        return {
            "id": self.pid,
            "pid": self.pid,
            "user": self.user,
            "namespace": self.namespace,
            "type": self.statement_type,
            "level": self.level,
            "statement": self.statement[:4096],
            "start": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(start)),
            "duration": max(time.time() - start, 0.0),
        }

    def reset(self) -> None:
        """Roll back, unlock, and undo what the process set for itself."""
        self._close_cursors()
        self.rollback()
        self.instance.locks.release_all(self.pid)
        if self.default_schema != self.instance.settings.default_schema or self.options:
            self.forget_prepared()
        self.default_schema = self.instance.settings.default_schema
        self.lock_timeout = self.instance.settings.lock_timeout
        self.options.clear()
        self.commit_mode, self.isolation = "IMPLICIT", "READ UNCOMMITTED"
        self.last_identity = self.last_rowid = None
        self._drop_temporary()

    def terminate(self) -> None:
        """End the process: what it has open is rolled back."""
        if self._closed:
            return
        self._closed = True
        self.cancel()
        self._close_cursors()
        self.instance.locks.release_all(self.pid)
        self.instance.forget(self)
        self.connection.close(True)

    close = terminate

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate()

    # -- running

    def _alive(self) -> None:
        if self._closed:
            raise IrisError(-400, "Fatal error occurred <HALT> the process has ended")

    def _busy(self, count: int) -> bool:
        """SQLite waits for another writer: sleep a little, give up at the lock timeout or when cancelled."""
        if count == 0:
            self._busy_since = time.monotonic()
        if self._cancelled or time.monotonic() - self._busy_since >= self.lock_timeout:
            return False
        time.sleep(min(0.0005 * 2 ** min(count, 5), 0.01))
        return True

    def guarded(self, kind: str, run: Callable[[], Any], sql: str = "", number: int = 0) -> Any:
        """Run SQLite work as a statement that can be cancelled; failures come as IrisError."""
        self._alive()
        self.enter(sql, number)
        try:
            return run()
        except apsw.BusyError as error:
            if self._cancelled:
                raise IrisError(-456, "SQL query execution interrupted by user") from error
            raise errors.as_iris(error, self.dictionary, kind) from error
        except FAILURES as error:
            raise errors.as_iris(error, self.dictionary, kind) from error
        finally:
            self.leave()

    def enter(self, sql: str, number: int) -> None:
        """A statement, or a fetch of its rows, begins to run."""
        with self._watch:
            self._running += 1
            if self._running == 1:
                self._cancelled = False
                self.statement, self.statement_type, self.statement_start = sql, number, time.time()

    def leave(self) -> None:
        """It runs no longer, and can no longer be cancelled."""
        with self._watch:
            self._running -= 1
            if self._running == 0:
                self._cancelled = False
                self.statement = ""

    def fetching(self, now: bool, sql: str = "") -> None:
        """Rows of a result are being read: that can be cancelled too."""
        if now:
            self.enter(sql, 1)
        else:
            self.leave()

    def opened(self, cursor: Cursor) -> None:
        """Remember an open result."""
        self._cursors.add(cursor)

    def _detach_cursors(self) -> None:
        for cursor in list(self._cursors):
            cursor.detach()
        self._cursors.clear()

    def _close_cursors(self) -> None:
        for cursor in list(self._cursors):
            cursor.close()
        self._cursors.clear()

    # -- transactions

    @property
    def in_transaction(self) -> bool:
        return self.level > 0

    def start(self) -> None:
        """START TRANSACTION: no nesting, a second one changes nothing. SQLite's begins with the first write."""
        self.level = max(self.level, 1)

    def begin_write(self) -> None:
        """Become the writer of the store; waits up to the lock timeout, then SQLCODE -110."""
        if self._written:
            return
        self._detach_cursors()
        self.connection.execute("BEGIN IMMEDIATE")
        self._written = True
        for name in self.savepoints:
            self.connection.execute(f'SAVEPOINT "s_{name}"')
        known = self.dictionary.version
        self.instance.refresh()
        if self.dictionary.version != known:
            raise Stale

    def before_change(self, table: Table | None = None) -> bool:
        """Prepare for a data change; True when the change is a transaction of its own."""
        if table is not None:
            self.instance.locks.wait_writable(table.id, self.pid, self.lock_timeout, self.check_cancelled)
        if self.commit_mode == "EXPLICIT" and not self.level:
            self.level = 1
        if self.level:
            self.begin_write()
            return False
        self._detach_cursors()
        return True

    def commit(self) -> None:
        """COMMIT [WORK]: also without a transaction (RSQL_commit)."""
        shared = self.instance.shared
        if self._local is not None:
            shared.definitions_changing()
        if self._written:
            self.connection.execute("COMMIT")
        self._written = False
        if self._local is not None:
            shared.definitions_changed()
            self.instance.publish(self._local)
            self._local = None
        self._replay.clear()
        self._end()

    def rollback(self) -> None:
        """ROLLBACK [WORK]. Definitions made in the transaction stay, as in IRIS, where DDL is no part of it."""
        if self._written:
            self._close_or_keep()
            self.connection.execute("ROLLBACK")
        self._written = False
        self._local = None
        self._end()
        replay, self._replay = self._replay, []
        for sql in replay:
            self._again(sql)

    def _close_or_keep(self) -> None:
        self._detach_cursors()

    def _again(self, sql: str) -> None:
        """Make a definition again that a rollback undid; one that makes no sense without its data is dropped."""
        try:
            self.execute(sql)
        except IrisError:
            return

    def _end(self) -> None:
        self.level = 0
        self.savepoints.clear()

    def savepoint(self, name: str) -> None:
        """SAVEPOINT name: one more level, at most 255."""
        if self.level >= 255:
            raise IrisError(-400, "Fatal error occurred <TRANSACTION LEVEL>")
        if self._written:
            self.connection.execute(f'SAVEPOINT "s_{name}"')
        self.savepoints.append(name)
        self.level = max(self.level, 1) + 1

    def rollback_to(self, name: str) -> None:
        """ROLLBACK TO SAVEPOINT: the savepoint goes with it; an unknown one rolls back everything (-375)."""
        if name not in self.savepoints:
            self.rollback()
            raise IrisError(-375, f"Cannot roll back to unestablished savepoint '{name}'")
        position = len(self.savepoints) - 1 - self.savepoints[::-1].index(name)
        if self._written:
            self._detach_cursors()
            later = self.savepoints[position:]
            for other in reversed(later):
                self.connection.execute(f'ROLLBACK TO "s_{other}"')
                self.connection.execute(f'RELEASE "s_{other}"')
        self.level -= len(self.savepoints) - position
        del self.savepoints[position:]

    # -- definitions

    def define(self, sql: str, statements: Sequence[str], put: Sequence[Entry], removed: Sequence[int] = ()) -> None:
        """Change the dictionary and the store together. Outside a transaction it is committed at once."""
        alone = not self.level
        self.begin_write()
        connection = self.connection
        try:
            connection.execute("SAVEPOINT ddl")
            for statement in statements:
                connection.execute(statement)
            changed = self.dictionary.changed(put, removed)
            for identity in removed:
                connection.execute("DELETE FROM sys_object WHERE id = ?", (identity,))
            for entry in put:
                connection.execute("INSERT OR REPLACE INTO sys_object VALUES (?, ?)", (entry.id, stored(entry)))
            connection.execute("UPDATE sys_meta SET value = ? WHERE name = 'version'", (changed.version,))
            connection.execute("RELEASE ddl")
        except BaseException:
            connection.execute("ROLLBACK TO ddl")
            connection.execute("RELEASE ddl")
            if alone:
                connection.execute("ROLLBACK")
                self._written = False
            raise
        self._local = changed
        if alone:
            self.commit()
        elif sql:
            self._replay.append(sql)

    def new_id(self) -> int:
        """An id for a new object; ids are never used again."""
        self.begin_write()
        row: Any = self.connection.execute("SELECT value FROM sys_meta WHERE name = 'next_id'").fetchone()
        self.connection.execute("UPDATE sys_meta SET value = value + 1 WHERE name = 'next_id'")
        return int(row[0])

    def abandon(self) -> None:
        """A definition failed before `define`: give up a write that it began."""
        if not self.level and self._written:
            self.connection.execute("ROLLBACK")
            self._written = False

    # -- relations that are filled on demand

    def ready(self, temporary: Sequence[int], relations: Sequence[str]) -> None:
        """Make temporary tables and fill system relations that a statement uses."""
        for identity in temporary:
            if identity not in self._temporary:
                for sql in create_table(self.dictionary.table(identity)):
                    self.connection.execute(sql)
                self._temporary.add(identity)
        for key in relations:
            relation = systems.RELATIONS[key]
            stamp = (self.dictionary.version, self.user)
            if relation.live or self._filled.get(key) != stamp:
                self._fill(relation)
                self._filled[key] = stamp

    def _fill(self, relation: systems.SystemRelation) -> None:
        from pgiris.standin import prepared

        columns = ", ".join(
            f"{c.sql} COLLATE IRISUPPER" if c.type.collation == "UPPER" else c.sql for c in relation.columns
        )
        connection = self.connection
        connection.execute(f"CREATE TABLE IF NOT EXISTS temp.{relation.sql} ({columns})")
        connection.execute(f"DELETE FROM temp.{relation.sql}")
        width = len(relation.columns)
        rows = list(relation.rows(prepared.system_view(self)))
        marks = ", ".join("?" * width)
        if rows:
            connection.executemany(
                f"INSERT INTO temp.{relation.sql} VALUES ({marks})", [(*r, *(None,) * width)[:width] for r in rows]
            )

    def _drop_temporary(self) -> None:
        for identity in self._temporary:
            self.connection.execute(f"DROP TABLE IF EXISTS temp.t{identity}")
        self._temporary.clear()

    # -- functions of the process, called from SQL

    def _counters(self, table: Table) -> SharedMemory | Counters:
        """Rows of temporary tables are the process's own, and so are their counters."""
        return self.instance.private_counters if table.temporary else self.instance.counters

    def next_rowid(self, table: Table) -> int:
        """The next RowID of a table."""
        value = self._counters(table).next((table.id, 1), lambda: self._highest(table.sql, "rid"))
        self.last_rowid = self.last_identity = value
        return value

    def _highest(self, table: str, column: str) -> int:
        row: Any = self.connection.execute(f"SELECT max({column}) FROM {table}").fetchone()
        return int(row[0] or 0)

    def take_rowid(self, table_id: int, value: int | None) -> int:
        """An explicit IDENTITY value; NULL and 0 take the next. A higher one moves the counter."""
        table = self.dictionary.table(table_id)
        if not value:
            return self.next_rowid(table)
        if not isinstance(value, int):
            raise IrisError(-104, f"Field '{table.qualified}.ID' (value {str(value)[:40]!r}) failed validation")
        self._counters(table).raise_to((table_id, 1), value, lambda: self._highest(table.sql, "rid"))
        self.last_rowid = self.last_identity = value
        return value

    def take_serial(self, table_id: int, number: int, value: int | None) -> int:
        """A SERIAL or AUTO_INCREMENT value."""
        table = self.dictionary.table(table_id)
        name, column = (table_id, number), f"c{number}"
        if not value:
            value = self._counters(table).next(name, lambda: self._highest(table.sql, column))
            if table.by_number(number).serial == "AUTO":
                self.last_identity = value
            return value
        if not isinstance(value, int):
            label = f"{table.qualified}.{table.by_number(number).name}"
            raise IrisError(-104, f"Field '{label}' (value {str(value)[:40]!r}) failed validation")
        self._counters(table).raise_to(name, value, lambda: self._highest(table.sql, column))
        return value

    def default_value(self, table_id: int, number: int) -> Any:
        """A column's default, for ON DELETE SET DEFAULT."""
        from pgiris.standin import prepared

        return prepared.default_value(self, self.dictionary.table(table_id), number)

    def call_function(self, identity: int, *arguments: object) -> object:
        """A user function."""
        from pgiris.standin import routines

        return routines.call_function(self, identity, arguments)

    def run_code(self, table_id: int, number: int, *values: object) -> object:
        """A computed column."""
        from pgiris.standin import routines

        return routines.computed(self, table_id, number, *values)

    def relation_exists(self, name: str, view: bool) -> bool:
        schema, _, table = name.rpartition(".")
        found = self.dictionary.find(schema or self.default_schema, table)
        return isinstance(found, View if view else Table)

    def get_option(self, name: str) -> str:
        """%SYSTEM_SQL.Util_GetOption: settings that clients ask for."""
        folded = name.lower()
        known = {
            "isolationmode": {"READ UNCOMMITTED": "0", "READ COMMITTED": "1", "READ VERIFIED": "3"}[self.isolation],
            "autocommit": {"IMPLICIT": "1", "EXPLICIT": "2", "NONE": "0"}[self.commit_mode],
            "selectmode": str(self._mode),
            "processlocktimeout": str(int(self.lock_timeout)),
            "defaultschema": self.default_schema,
            "delimitedidentifiers": "1",
        }
        return known.get(folded, self.options.get(folded, "0"))

    def set_option(self, name: str, value: str) -> str:
        """%SYSTEM_SQL.Util_SetOption."""
        folded = name.lower()
        if folded == "isolationmode":
            self.isolation = {"1": "READ COMMITTED", "3": "READ VERIFIED"}.get(value, "READ UNCOMMITTED")
        elif folded == "autocommit":
            self.commit_mode = {"0": "NONE", "2": "EXPLICIT"}.get(value, "IMPLICIT")
        elif folded == "processlocktimeout" and value.isdigit():
            self.lock_timeout = float(value)
        elif folded == "defaultschema":
            self.default_schema = value
            self._cache.clear()
        else:
            self.options[folded] = value
        return "1"

    def forget_prepared(self) -> None:
        """A setting that statements were compiled with has changed."""
        self._cache.clear()

    def visible(self, relation: Relation) -> bool:
        """Whether the user may see a table or view in the catalog."""
        from pgiris.standin import security

        return security.sees(self, relation)
