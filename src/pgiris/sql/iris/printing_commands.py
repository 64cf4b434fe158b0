"""IRIS SQL text of routines, triggers, transactions, privileges and services."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from pgiris.sql.iris.printing import refuse
from pgiris.sql.iris.printing_definitions import DefinitionPrinter


class CommandPrinter(DefinitionPrinter):
    """Everything but queries and data changes."""

    # -- routines

    def _create_routine(self, node: exp.Create) -> str:
        replace = "OR REPLACE " if node.args.get("replace") else ""
        routine = node.this
        parts = [f"CREATE {replace}{node.args['kind']} {self.sql(routine.this)}({self._parameters_text(routine)})"]
        if node.args.get("for_class") is not None:
            parts.append(f"FOR {self.class_text(node.args['for_class'])}")
        parts += node.args.get("characteristics") or []
        if node.args.get("returns") is not None:
            parts.append(f"RETURNS {self.sql(node.args['returns'])}")
        if node.args["kind"] == "AGGREGATE":
            for step in ("initialize", "iterate", "finalize", "merge"):
                if node.args.get(step) is not None:
                    parts.append(f"{step.upper()} WITH {self.sql(node.args[step])}")
            return " ".join(parts)
        return " ".join([*parts, self._body_text(node)])

    _create_procedure = _create_function = _create_method = _create_query = _create_aggregate = _create_routine

    def _parameters_text(self, routine: exp.Expr) -> str:
        texts: list[str] = []
        for parameter in routine.expressions:
            default = parameter.args.get("default")
            mode = parameter.args.get("mode") or "IN"
            parts = ["" if mode == "IN" else mode, self._columndef(parameter)]
            parts.append(f"DEFAULT {self.default_text(default)}" if default is not None else "")
            texts.append(" ".join(part for part in parts if part))
        return ", ".join(texts)

    def _body_text(self, node: exp.Expr) -> str:
        language = node.args["language"]
        if node.args.get("external") is not None:
            return f"LANGUAGE {language} EXTERNAL NAME {self.sql(node.args['external'])}"
        if language == "SQL":
            return f"LANGUAGE SQL BEGIN {' '.join(self.sql(item) + ';' for item in node.args['body'])} END"
        return f"LANGUAGE {language} {{{node.args['code']}}}"

    def _return(self, node: exp.Return) -> str:
        return f"RETURN {self.sql(node.this)}"

    def _create_trigger(self, node: exp.Create) -> str:
        replace = "OR REPLACE " if node.args.get("replace") else ""
        events = ", ".join(self.sql(event) for event in node.args["events"])
        parts = [f"CREATE {replace}TRIGGER {self.sql(node.this)} {node.args['timing']} {events}"]
        if node.args.get("order") is not None:
            parts.append(f"ORDER {self.sql(node.args['order'])}")
        parts.append(f"ON {self.sql(node.args['table'])}")
        referencing = node.args.get("referencing")
        if referencing is not None:
            ages = (f"{age.upper()} ROW AS {self.sql(name)}" for age, name in referencing.args.items() if name)
            parts.append(f"REFERENCING {' '.join(ages)}")
        if node.args.get("for_each"):
            parts.append(f"FOR EACH {node.args['for_each']}")
        if node.args.get("when") is not None:
            parts.append(f"WHEN ({self.sql(node.args['when'])})")
        return " ".join([*parts, self._body_text(node)])

    def _triggerevent(self, node: exp.TriggerEvent) -> str:
        columns = node.args.get("columns")
        return f"{node.this} OF {self.list_(columns)}" if columns else str(node.this)

    # -- transactions and privileges

    def _transaction(self, node: exp.Transaction) -> str:
        return self._modes_text("START TRANSACTION", node)

    def _modes_text(self, start: str, node: exp.Expr) -> str:
        if node.args.get("commit_mode"):
            return f"{start} %COMMITMODE {node.args['commit_mode']}"
        return f"{start} {', '.join(node.args.get('modes') or ())}".rstrip()

    def _commit(self, node: exp.Commit) -> str:
        return "COMMIT"

    def _rollback(self, node: exp.Rollback) -> str:
        savepoint = node.args.get("savepoint")
        return f"ROLLBACK TO SAVEPOINT {self.sql(savepoint)}" if savepoint is not None else "ROLLBACK"

    def _use(self, node: exp.Use) -> str:
        return f"USE DATABASE {self.sql(node.this)}"

    def _grant(self, node: exp.Expr) -> str:
        return self._grant_text(node, "GRANT", "TO")

    def _revoke(self, node: exp.Expr) -> str:
        return self._grant_text(node, "REVOKE", "FROM")

    def _grant_text(self, node: exp.Expr, verb: str, direction: str) -> str:
        option = node.args.get("grant_option")
        parts = [verb]
        if verb == "REVOKE" and option:
            parts.append("GRANT OPTION FOR")
        parts.append(self._privileges_text(node))
        parts.append(f"{direction} {self.list_(node.args['principals'])}")
        if verb == "GRANT" and option:
            parts.append("WITH GRANT OPTION" if node.args.get("securable") else "WITH ADMIN OPTION")
        if node.args.get("cascade"):
            parts.append("CASCADE")
        if node.args.get("grantor") is not None:
            parts.append(f"AS {self.sql(node.args['grantor'])}")
        return " ".join(parts)

    def _privileges_text(self, node: exp.Expr) -> str:
        text = self.list_(node.args["privileges"])
        securables: Any = node.args.get("securable")
        if not securables:
            return text
        kind = node.args.get("kind")
        word = "" if kind in (None, "TABLE") else f"{kind} "
        return f"{text} ON {word}{self.list_(securables if isinstance(securables, list) else [securables])}"

    def _grantprivilege(self, node: exp.GrantPrivilege) -> str:
        columns = f" ({self.list_(node.expressions)})" if node.expressions else ""
        return f"{self.sql(node.this)}{columns}"

    def _grantprincipal(self, node: exp.GrantPrincipal) -> str:
        return "*" if node.this.name == "*" else self.sql(node.this)

    # -- commands

    def _command(self, node: exp.Command) -> str:
        name = str(node.this)
        method = getattr(self, "_command_" + name.lower().replace(" ", "_").replace("%", ""), None)
        if method is None:
            server = f" FOREIGN SERVER {self.sql(node.args['server'])}" if node.args.get("server") is not None else ""
            if "text" not in node.args and name not in ("%INTRANSACTION", "%BEGTRANS"):
                raise refuse(f"command {name}")
            return f"{name}{server} {node.args.get('text') or ''}".rstrip()
        text: str = method(node)
        return text

    def _command_savepoint(self, node: exp.Command) -> str:
        return f"SAVEPOINT {self.sql(node.args['savepoint'])}"

    def _command_set_transaction(self, node: exp.Command) -> str:
        return self._modes_text("SET TRANSACTION", node)

    def _command_set_option(self, node: exp.Command) -> str:
        return f"SET OPTION {self.sql(node.args['option'])} = {self.sql(node.args['value'])}"

    def _command_set(self, node: exp.Command) -> str:
        return f"SET {self.sql(node.args['target'])} = {self.sql(node.args['value'])}"

    def _command_lock_table(self, node: exp.Command) -> str:
        wait = f" WAIT {self.sql(node.args['wait'])}" if node.args.get("wait") is not None else ""
        return f"LOCK TABLE {self.sql(node.args['table'])} IN {node.args['mode']} MODE{wait}"

    def _command_unlock_table(self, node: exp.Command) -> str:
        immediate = " IMMEDIATE" if node.args.get("immediate") else ""
        return f"UNLOCK TABLE {self.sql(node.args['table'])} IN {node.args['mode']} MODE{immediate}"

    def _command_call(self, node: exp.Command) -> str:
        return f"{'? = ' if node.args.get('result') else ''}CALL {self.sql(node.args['routine'])}"

    def _command_checkpriv(self, node: exp.Command) -> str:
        option = "GRANT OPTION FOR " if node.args.get("grant_option") else ""
        return f"%CHECKPRIV {option}{self._privileges_text(node)}"

    def _command_tune_table(self, node: exp.Command) -> str:
        parts = ["TUNE TABLE", self.sql(node.args["table"])]
        for option in node.args.get("options") or ():
            parts.append(option.this.name)
            if not isinstance(option.expression, exp.Var):
                parts.append(self.sql(option.expression))
        return " ".join(parts)

    def _command_collect_statistics(self, node: exp.Command) -> str:
        text = node.args.get("text") or ""
        return f"COLLECT STATISTICS FOR TABLE {self.list_(node.args['tables'])} {text}".rstrip()

    def _command_build_index(self, node: exp.Command) -> str:
        table = node.args.get("table")
        parts = ["BUILD INDEX"]
        if table is None:
            parts.append("FOR ALL")
        else:
            parts.append(f"FOR {'TABLE' if table.args.get('this') is not None else 'SCHEMA'} {self.sql(table)}")
        if node.args.get("indexes"):
            parts.append(f"INDEX {self.list_(node.args['indexes'])}")
        return " ".join(parts)

    def _command_cancel_query(self, node: exp.Command) -> str:
        text = f"CANCEL QUERY {self.sql(node.args['process'])}"
        if node.args.get("statement") is not None:
            text += f" IDENTIFIED BY {self.sql(node.args['statement'])}"
        return f"{text} TIMEOUT {self.sql(node.args['timeout'])}" if node.args.get("timeout") is not None else text
