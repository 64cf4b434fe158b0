"""Procedures, functions, queries and triggers (document keys RSQL_createprocedure, RSQL_createtrigger …)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.lexer import Kind
from pgiris.sql.iris.objects import Objects

ROUTINES: Final = frozenset({"PROCEDURE", "FUNCTION", "METHOD", "QUERY", "AGGREGATE"})
_MODES: Final = frozenset({"IN", "OUT", "INOUT", "OUTPUT", "INPUT"})
_LANGUAGES: Final = frozenset({"SQL", "OBJECTSCRIPT", "COS", "PYTHON", "JAVA", "DOTNET"})
_SELECT_MODES: Final = frozenset({"LOGICAL", "ODBC", "DISPLAY", "RUNTIME", "TEXT", "FDBMS"})
_AGGREGATE_STEPS: Final = ("INITIALIZE", "ITERATE", "FINALIZE", "MERGE")
_BODY_STARTS: Final = frozenset({"BEGIN", "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "CALL", "SET", "RETURN"})
MAX_BODY: Final = 500
"""Statements of one SQL body."""


class Routines(Objects):
    """Routines and triggers: SQL bodies are parsed, others kept as text."""

    _in_body = False

    @abstractmethod
    def body_statement(self) -> exp.Expr:
        """One statement of an SQL body."""

    def create_routine(self, kind: str, *, replace: bool) -> exp.Expr:
        name = self.table_name()
        routine = exp.UserDefinedFunction(this=name, expressions=self._parameters(kind), wrapped=True)
        node = exp.Create(kind=kind, this=routine, replace=replace)
        if kind == "AGGREGATE":
            return self._aggregate_definition(node)
        language = self._characteristics(node)
        self._routine_body(node, language)
        return node

    def _parameters(self, kind: str) -> list[exp.Expr]:
        self.expect("(")
        parameters: list[exp.Expr] = []
        while not self.at(")"):
            parameters.append(self._parameter(kind))
            if not self.accept(","):
                break
        self.expect(")")
        return parameters

    def _parameter(self, kind: str) -> exp.Expr:
        mode = "IN"
        if self.token.word in _MODES:
            mode = {"OUTPUT": "OUT", "INPUT": "IN"}.get(self.token.word, self.token.word)
            self.advance()
        if self.accept(":"):
            # The host-variable form of a parameter's name.
            mode = mode or "IN"
        name = self.identifier() if not self.at_type() or self.peek().kind is Kind.NAME else None
        if name is None and kind != "AGGREGATE":
            name = self.identifier()
        parameter = exp.ColumnDef(this=name, kind=self.column_type() if not self.at(",", ")", "DEFAULT") else None)
        parameter.set("mode", mode)
        if self.accept("DEFAULT") or self.accept("="):
            parameter.set("default", self.default_value())
        return parameter

    def _characteristics(self, node: exp.Create) -> str | None:
        """Characteristics in any order, each once (-44); the language, if one is named."""
        language: str | None = None
        seen: list[str] = []
        while True:
            before = self.token.word
            if self.accept("LANGUAGE"):
                language = self.expect_any(_LANGUAGES)
            elif self.accept("RETURNS"):
                node.set("returns", self.column_type())
            elif self.accept("FOR"):
                node.set("for_class", self.class_name())
            elif not self._plain_characteristic(node):
                return language
            if before in seen:
                self.fail(-44, f"characteristic {before} is given twice")
            seen.append(before)

    def _plain_characteristic(self, node: exp.Create) -> bool:
        text: str | None = None
        if self.accept("SELECTMODE"):
            text = f"SELECTMODE {self.expect_any(_SELECT_MODES)}"
        elif self.accept("DYNAMIC", "RESULT", "SETS") or self.accept("RESULT", "SETS") or self.accept("RESULTSETS"):
            text = f"RESULT SETS {self.integer().name}" if self.at_number() else "RESULT SETS"
        elif self.accept("FINAL"):
            text = f"FINAL {self.accept_any(frozenset({'TRUE', 'FALSE'})) or 'TRUE'}"
        elif self.at("PRIVATE", "PROCEDURE", "DETERMINISTIC"):
            text = self.advance().word
        elif self.accept("SPECIFIC"):
            text = f"SPECIFIC {self.table_name().name}"
        if text is None:
            return False
        node.append("characteristics", text)
        return True

    def _routine_body(self, node: exp.Expr, language: str | None) -> None:
        if self.accept("EXTERNAL"):
            self.accept("NAME")
            node.set("language", language or "OBJECTSCRIPT")
            node.set("external", self.string() if self.at_string() else self.table_name())
            return
        if self.at("{"):
            node.set("language", "OBJECTSCRIPT" if language in (None, "COS", "SQL") else language)
            node.set("code", self.code_block(to_end=True))
            return
        if language not in (None, "SQL"):
            self.fail_expected("{")
        if self.token.kind is Kind.NAME and self.token.word not in _BODY_STARTS:
            self.fail(-47, f"invalid routine characteristic {self.token.text[:40]}")
        node.set("language", "SQL")
        node.set("body", self._sql_body())

    def _sql_body(self) -> list[exp.Expr]:
        self._in_body = True
        self.enter()
        statements: list[exp.Expr] = []
        if self.accept("BEGIN"):
            self.accept("ATOMIC")
            while not self.accept("END"):
                if len(statements) >= MAX_BODY:
                    self.fail(-400, f"more than {MAX_BODY} statements in one body")
                statements.append(self.body_statement())
                if not self.accept(";") and not self.at("END"):
                    self.fail_expected(";")
        else:
            statements.append(self.body_statement())
        self.leave()
        self._in_body = False
        return statements

    def _aggregate_definition(self, node: exp.Create) -> exp.Expr:
        if self.accept("RETURNS"):
            node.set("returns", self.column_type())
        for step in _AGGREGATE_STEPS:
            if self.accept(step):
                self.expect("WITH")
                node.set(step.lower(), self.table_name())
            elif step == "ITERATE":
                self.fail_expected(step)
        return node

    # -- triggers

    def create_trigger(self, *, replace: bool) -> exp.Expr:
        node = exp.Create(kind="TRIGGER", this=self.table_name(), replace=replace)
        node.set("timing", self.expect_any(frozenset({"BEFORE", "AFTER"})))
        events = self._events()
        node.set("events", events)
        if self.accept("ORDER"):
            node.set("order", self.integer())
        self.expect("ON")
        node.set("table", self.table_name())
        if self.accept("REFERENCING"):
            node.set("referencing", self._referencing(events))
        if self.accept("FOR", "EACH"):
            node.set("for_each", self.expect_any(frozenset({"ROW", "ROW_AND_OBJECT", "STATEMENT"})))
        if self.accept("WHEN"):
            self.expect("(")
            node.set("when", self.trigger_condition())
            self.expect(")")
        language = self.expect_any(_LANGUAGES) if self.accept("LANGUAGE") else None
        self._check_language(node, language)
        self._routine_body(node, language)
        return node

    def trigger_condition(self) -> exp.Expr:
        """The condition of WHEN."""
        return self.condition()

    def _events(self) -> list[exp.Expr]:
        events: list[exp.Expr] = []
        while True:
            event = exp.TriggerEvent(this=self.expect_any(frozenset({"INSERT", "UPDATE", "DELETE"})))
            if event.this == "UPDATE" and self.accept("OF"):
                event.set("columns", self._event_columns())
                if events:
                    self.fail(-1, "UPDATE OF cannot be one of several events")
                return [event]
            events.append(event)
            if not self.accept(",") and not self.accept("/"):
                break
        if len({event.this for event in events}) < len(events):
            self.fail(-1, "an event is given twice")
        return events

    def _event_columns(self) -> list[exp.Expr]:
        columns: list[exp.Expr] = [self.identifier()]
        while self.accept(","):
            columns.append(self.identifier())
        if len({column.name.upper() for column in columns}) < len(columns):
            self.fail(-58, "a column is named twice in UPDATE OF")
        return columns

    def _referencing(self, events: list[exp.Expr]) -> exp.Expr:
        node = exp.TriggerReferencing()
        names = {event.this for event in events}
        while self.at("OLD", "NEW"):
            age = self.advance().word
            self.accept("ROW")
            self.accept("AS")
            if (age == "OLD" and "INSERT" in names) or (age == "NEW" and "DELETE" in names):
                self.fail(-48, f"REFERENCING {age} does not fit the trigger's event")
            node.set(age.lower(), self.identifier())
        if not node.args:
            self.fail_expected("OLD or NEW")
        return node

    def _check_language(self, node: exp.Create, language: str | None) -> None:
        if language in (None, "SQL") and not self.at("{"):
            return
        if node.args.get("referencing") is not None:
            self.fail(-49, "REFERENCING is for triggers in LANGUAGE SQL")
        if node.args.get("when") is not None:
            self.fail(-57, "WHEN is for triggers in LANGUAGE SQL")
        if any(event.args.get("columns") for event in node.args["events"]):
            self.fail(-50, "UPDATE OF is for triggers in LANGUAGE SQL")

    # -- calls

    def call(self) -> exp.Expr:
        """``CALL p(…)``, ``? = CALL p(…)``, and both in braces."""
        braces = self.accept("{")
        result = False
        if self.at("?", ":"):
            self.term()
            self.expect("=")
            result = True
        self.expect("CALL")
        name = self.table_name()
        self.expect("(")
        arguments = [] if self.at(")") else self.scalars()
        self.expect(")")
        if braces:
            self.expect("}")
        routine = nodes.user_function(name.this, name.args.get("db"), arguments)
        return nodes.command("CALL", routine=routine, result=result)
