"""Triggers in LANGUAGE SQL: what makes SQLite call for them, and their firing (RSQL_createtrigger; sql.md 10.4).

SQLite has one trigger for each table, time and event. It hands the row to ``iris_row`` and calls ``iris_fire``, which
runs the IRIS triggers in their ORDER. A failure ends the whole statement, with SQLCODE -130 to -135.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import errors, parsing
from pgiris.standin.dictionary import Table, Trigger
from pgiris.standin.iristypes import IrisType

if TYPE_CHECKING:
    from pgiris.standin.compiler.changes import Change
    from pgiris.standin.compiler.ir import Context
    from pgiris.standin.process import Process

TIMES: Final = ("BEFORE", "AFTER")
EVENTS: Final = ("INSERT", "UPDATE", "DELETE")
FAILURES: Final = {
    ("BEFORE", "INSERT"): -130, ("AFTER", "INSERT"): -131, ("BEFORE", "UPDATE"): -132,
    ("AFTER", "UPDATE"): -133, ("BEFORE", "DELETE"): -134, ("AFTER", "DELETE"): -135,
}  # fmt: skip
MAX_FIRING: Final = 20
"""Triggers that may fire each other; each takes a part of the C stack."""

CHUNK: Final = 100
"""Columns handed over at once: SQLite bounds the arguments of a function."""

Run = Callable[[], object]
Program = tuple["Run | None", list[Run]]
"""The condition of a trigger, and its statements."""


def level_of(trigger: Trigger) -> str:
    """ROW or STATEMENT; ROW_AND_OBJECT is the former, since rows change through SQL only."""
    return "STATEMENT" if trigger.for_each == "STATEMENT" else "ROW"


# -- SQLite's side


def name_of(table: Table, time: str, event: str) -> str:
    return f"u{table.id}_{time[0]}{event[0]}".lower()


def dropped(table: Table) -> list[str]:
    """The statements that take a table's triggers away."""
    return [f"DROP TRIGGER IF EXISTS {name_of(table, time, event)}" for time in TIMES for event in EVENTS]


def created(table: Table, triggers: Sequence[Trigger]) -> list[str]:
    """The statements that make SQLite call for the row triggers of a table."""
    wanted = {(t.timing, event) for t in triggers if level_of(t) == "ROW" for event in t.events}
    return [sqlite_trigger(table, time, event) for time in TIMES for event in EVENTS if (time, event) in wanted]


def sqlite_trigger(table: Table, time: str, event: str) -> str:
    steps = []
    for prefix in ("OLD", "NEW"):
        if (prefix, event) in (("OLD", "INSERT"), ("NEW", "DELETE")):
            continue
        cells = [f"{prefix}.{c.sql}" if stored(c) else "NULL" for c in table.columns]
        for start in range(0, len(cells), CHUNK):
            steps.append(f"SELECT iris_row('{prefix}', {', '.join(cells[start : start + CHUNK])})")
    steps.append(f"SELECT iris_fire({table.id}, '{time}', '{event}')")
    body = "; ".join(steps)
    return f"CREATE TRIGGER {name_of(table, time, event)} {time} {event} ON {table.sql} BEGIN {body}; END"


def stored(column: Any) -> bool:
    """Whether a column has a place in the store: a calculated one has none."""
    return not (column.calculated and column.computed)


# -- firing


@dataclass
class Frame:
    """A trigger at work: the row's values, by number of the column, and the variables that its body sets."""

    old: dict[int, object] = field(default_factory=dict)
    new: dict[int, object] = field(default_factory=dict)
    variables: dict[str, object] = field(default_factory=dict)


class Firing:
    """The triggers of a process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.frames: list[Frame] = []
        self._cells: dict[str, list[object]] = {"OLD": [], "NEW": []}
        self._change: Change | None = None
        self._programs: dict[int, tuple[int, Trigger, Program]] = {}

    @contextmanager
    def statement(self, change: Change) -> Iterator[None]:
        """A statement that changes rows, with its statement triggers around it. If it fails, all that it and the
        triggers did is undone; one inside a trigger leaves that to the statement that fired the trigger."""
        outer, self._change = self._change, change
        connection = self.process.connection
        if outer is None:
            connection.execute("SAVEPOINT guarded")
        try:
            self._whole("BEFORE", change)
            yield
            self._whole("AFTER", change)
        except BaseException:
            if outer is None:
                connection.execute("ROLLBACK TO guarded")
            raise
        finally:
            self._change = outer
            if outer is None:
                connection.execute("RELEASE guarded")
                self._cells = {"OLD": [], "NEW": []}

    def take(self, which: str, *cells: object) -> None:
        """``iris_row``: a part of the row for which ``iris_fire`` is called next."""
        self._cells[which].extend(cells)

    def row(self, table_id: int, time: str, event: str) -> None:
        """``iris_fire``: the row triggers of a table."""
        cells, self._cells = self._cells, {"OLD": [], "NEW": []}
        if self._change is None or self._silent():
            return
        table = self.process.dictionary.table(table_id)
        numbers = [column.number for column in table.columns]
        frame = Frame(dict(zip(numbers, cells["OLD"])), dict(zip(numbers, cells["NEW"])))
        changed = {n for n in numbers if frame.old.get(n) != frame.new.get(n)} if event == "UPDATE" else set()
        if changed and all(table.by_number(n).computed is not None for n in changed):
            return
        for trigger in self._due(table, time, event, "ROW"):
            if self._concerns(trigger, table, changed):
                self._run(trigger, table, event, frame)

    def _silent(self) -> bool:
        return self._change is not None and "%NOTRIGGER" in self._change.modifiers

    def _whole(self, time: str, change: Change) -> None:
        if self._silent():
            return
        for event in ("INSERT", "UPDATE") if change.upsert else (change.kind,):
            for trigger in self._due(change.table, time, event, "STATEMENT"):
                if self._concerns(trigger, change.table, set()):
                    self._run(trigger, change.table, event, Frame())

    def _due(self, table: Table, time: str, event: str, level: str) -> list[Trigger]:
        """The triggers to fire, by their ORDER; those with the same one in the order they were made."""
        found = self.process.dictionary.triggers(table.id)
        due = [t for t in found if t.timing == time and event in t.events and level_of(t) == level]
        return sorted(due, key=lambda t: (t.order, t.id))

    def _concerns(self, trigger: Trigger, table: Table, changed: set[int]) -> bool:
        """UPDATE OF: whether the statement sets one of the columns; where a key's action does, whether one changed."""
        if not trigger.columns:
            return True
        named = {name.lower() for name in trigger.columns}
        if self._change is not None and self._change.table.id == table.id:
            return bool(named & self._change.assigned)
        return bool(named & {table.by_number(n).name.lower() for n in changed})

    def _run(self, trigger: Trigger, table: Table, event: str, frame: Frame) -> None:
        process = self.process
        if len(self.frames) >= MAX_FIRING:
            raise IrisError(-400, "Fatal error occurred <FRAMESTACK> triggers fire each other without end")
        kept = process.last_rowid, process.last_identity
        self.frames.append(Frame(frame.old, frame.new))
        try:
            condition, steps = self._program(trigger, table)
            if condition is None or condition():
                for step in steps:
                    step()
        except Exception as error:
            failed = errors.as_iris(error, process.dictionary, event)
            if failed.sqlcode == -456:
                raise failed from error
            code = FAILURES[trigger.timing, event]
            text = f"Trigger {trigger.schema}.{trigger.name} failed: {failed}"
            raise IrisError(code, text[:1000]) from error
        finally:
            self.frames.pop()
            process.last_rowid, process.last_identity = kept

    def _program(self, trigger: Trigger, table: Table) -> Program:
        """The compiled trigger; it is compiled again when the dictionary or the select mode has changed."""
        version = self.process.dictionary.version * 3 + self.process.select_mode
        found = self._programs.get(trigger.id)
        if found is None or found[0] != version or found[1] is not trigger:
            found = (version, trigger, compiled(self, trigger, table))
            self._programs[trigger.id] = found
        return found[2]


def compiled(firing: Firing, trigger: Trigger, table: Table) -> Program:
    """A trigger's condition and its statements."""
    work = Compiler(firing, trigger, table)
    condition = work.condition(trigger.when) if trigger.when else None
    return condition, [work.statement(text) for text in trigger.body]


class Compiler:
    """Compiles the statements of one trigger."""

    def __init__(self, firing: Firing, trigger: Trigger, table: Table) -> None:
        self.firing = firing
        self.trigger = trigger
        self.table = table
        self.variables: dict[str, IrisType] = {}

    def condition(self, text: str) -> Run:
        """WHEN: what it gives is true, false or unknown."""
        from pgiris.standin.compiler import predicates
        from pgiris.standin.compiler.ir import Scope

        tree = parsing.Reader(text, lambda schema, name: True).where_part()
        context = self._context(tree)
        sql = predicates.condition(context, Scope(), tree.this)
        return self._executed(context, f"SELECT {sql}")

    def statement(self, text: str) -> Run:
        from pgiris.standin import prepared, routines
        from pgiris.standin.compiler import queries

        tree = routines.parse_body(text)
        context = self._context(tree)
        if isinstance(tree, (exp.Select, exp.SetOperation)):
            return self._executed(context, queries.query(context, tree).sql)
        if type(tree) in prepared.CHANGES:
            return self._change(context, prepared.CHANGES[type(tree)](context, tree))
        if str(tree.this) == "SET":
            return self._assignment(context, tree)
        return self._call(context, tree)

    def _context(self, tree: exp.Expr) -> Context:
        """A context that knows the row and the variables. Code of a trigger runs without checks of privileges."""
        from pgiris.standin import prepared
        from pgiris.standin.compiler.ir import Context, Expr

        session = replace(prepared.session_of(self.firing.process), check=lambda action, relation, columns: None)
        context = Context(session)
        names = {self.trigger.old.lower(): "old", self.trigger.new.lower(): "new"}
        names.pop("", None)
        for node in list(tree.find_all(exp.Column)):
            which = names.get(str(node.table).lower())
            if which is not None and not node.args.get("db"):
                key = f"{which}.{node.name.lower()}"
                context.host_expressions[key] = self._cell(context, which, node.name)
                node.replace(exp.Placeholder(this=key))
        for placeholder in list(tree.find_all(exp.Placeholder)):
            name = str(placeholder.this or "").lower()
            if name in self.variables:
                context.host_expressions[name] = Expr(context.internal(self._variable(name)), self.variables[name])
        return context

    def _cell(self, context: Context, which: str, name: str) -> Any:
        from pgiris.standin.compiler import names
        from pgiris.standin.compiler.ir import Expr

        column = self.table.column(name)
        if column is None:
            raise names.missing_field(name)
        number, frames = column.number, self.firing.frames
        if which == "old":
            return Expr(context.internal(lambda process: frames[-1].old.get(number)), column.type)
        return Expr(context.internal(lambda process: frames[-1].new.get(number)), column.type)

    def _variable(self, name: str) -> Callable[[object], object]:
        frames = self.firing.frames
        return lambda process: frames[-1].variables.get(name)

    def _executed(self, context: Context, sql: str) -> Run:
        """Runs a query; its value is the first column of its first row."""
        process = self.firing.process
        slots = bound_slots(context)
        temporary, relations = tuple(context.temporary_tables), tuple(context.system_relations)

        def run() -> object:
            process.ready(temporary, relations)
            row: Any = process.connection.execute(sql, tuple(slot(process) for slot in slots)).fetchone()
            return row[0] if row else None

        return run

    def _change(self, context: Context, change: Change) -> Run:
        from pgiris.standin.compiler import changes

        process, firing = self.firing.process, self.firing
        slots = bound_slots(context)
        temporary, relations = tuple(context.temporary_tables), tuple(context.system_relations)
        text = f"{change.sql} RETURNING rid" if change.after else change.sql

        def run() -> None:
            process.ready(temporary, relations)
            process.before_change(change.table)
            with firing.statement(change):
                rows = process.connection.execute(text, tuple(slot(process) for slot in slots)).fetchall()
                if change.after:
                    changes.check_view(process.connection, change, rows)

        return run

    def _assignment(self, context: Context, tree: exp.Expr) -> Run:
        """SET :name = value."""
        from pgiris.standin.compiler import scalars
        from pgiris.standin.compiler.ir import Scope

        value = scalars.value(context, Scope(), tree.args["value"], None)
        name = str(tree.args["target"].this).lower()
        self.variables[name] = value.type
        run, frames = self._executed(context, f"SELECT {value.sql}"), self.firing.frames

        def assign() -> None:
            frames[-1].variables[name] = run()

        return assign

    def _call(self, context: Context, tree: exp.Expr) -> Run:
        """CALL of a procedure, with values of the row as arguments."""
        from pgiris.standin import routines
        from pgiris.standin.compiler import scalars
        from pgiris.standin.compiler.ir import Scope

        process, node = self.firing.process, tree.args["routine"]
        routine = routines.find_procedure(process, node)
        kinds = [routines.parameter_type(written) for _, _, written in routine.parameters]
        values = [scalars.value(context, Scope(), a, k).sql for a, k in zip(node.expressions, kinds)]
        sql, slots = f"SELECT {', '.join(values) or 'NULL'}", bound_slots(context)

        def run() -> None:
            row: Any = process.connection.execute(sql, tuple(slot(process) for slot in slots)).fetchone()
            routines.run_procedure(process, routine, list(row)[: len(values)])

        return run


def bound_slots(context: Context) -> tuple[Callable[[Any], Any], ...]:
    """What fills the parameters; a ``?`` has nothing here."""
    if any(slot.source >= 0 for slot in context.slots):
        raise IrisError(-400, "Fatal error occurred: a parameter is not allowed in a trigger")
    return tuple(slot.binder for slot in context.slots)
