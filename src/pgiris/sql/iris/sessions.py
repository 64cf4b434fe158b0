"""Transactions, locks, privileges and options (document keys RSQL_starttransaction, RSQL_lock, RSQL_grant …)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.lexer import Kind
from pgiris.sql.iris.routines import Routines
from pgiris.sql.iris.words import RESERVED

_COMMIT_MODES: Final = frozenset({"IMPLICIT", "EXPLICIT", "NONE"})
_ISOLATION: Final = frozenset({"UNCOMMITTED", "COMMITTED", "VERIFIED"})
_OBJECT_PRIVILEGES: Final = frozenset(
    {"%ALTER", "ALL", "DELETE", "EXECUTE", "INSERT", "REFERENCES", "SELECT", "UPDATE", "USE"}
)
_COLUMN_PRIVILEGES: Final = frozenset({"SELECT", "INSERT", "UPDATE", "REFERENCES"})
_SECURABLES: Final = frozenset(
    {"TABLE", "VIEW", "SCHEMA", "CUBE", "PROCEDURE", "FUNCTION", "METHOD", "QUERY", "AGGREGATE", "MODEL"}
)


class Sessions(Routines):
    """Everything about a session and its rights."""

    # -- transactions

    def start_transaction(self) -> exp.Expr:
        self.expect("START", "TRANSACTION")
        modes, commit_mode = self._transaction_modes()
        return exp.Transaction(modes=modes, commit_mode=commit_mode)

    def set_transaction(self) -> exp.Expr:
        self.expect("SET", "TRANSACTION")
        modes, commit_mode = self._transaction_modes()
        if not modes and not commit_mode:
            self.fail_expected("transaction mode")
        return nodes.command("SET TRANSACTION", modes=modes, commit_mode=commit_mode)

    def _transaction_modes(self) -> tuple[list[str], str | None]:
        """Either a commit mode, or an isolation level and an access mode (-91, -92, -96)."""
        if self.accept("%COMMITMODE"):
            return [], self.expect_any(_COMMIT_MODES)
        level: str | None = None
        access: str | None = None
        more = True
        while more:
            if self.accept("ISOLATION", "LEVEL"):
                if level is not None:
                    self.fail(-91, "the isolation level is given twice")
                level = self._isolation_level()
            elif self.at("READ"):
                self.advance()
                if access is not None:
                    self.fail(-91, "the access mode is given twice")
                access = "READ " + self.expect_any(frozenset({"ONLY", "WRITE"}))
            else:
                break
            more = self.accept(",") or self.at("ISOLATION", "READ")
        if access == "READ WRITE" and level not in (None, "READ COMMITTED"):
            self.fail(-92, f"{level} is not allowed with READ WRITE")
        modes = [f"ISOLATION LEVEL {level}"] if level else []
        return modes + ([access] if access else []), None

    def _isolation_level(self) -> str:
        if self.at("SERIALIZABLE", "REPEATABLE"):
            self.fail(-96, f"isolation level {self.token.word} is not supported")
        self.expect("READ")
        return "READ " + self.expect_any(_ISOLATION)

    def commit(self) -> exp.Expr:
        self.expect("COMMIT")
        self.accept("WORK")
        return exp.Commit()

    def rollback(self) -> exp.Expr:
        self.expect("ROLLBACK")
        self.accept("WORK")
        if not self.accept("TO"):
            return exp.Rollback()
        self.expect("SAVEPOINT")
        return exp.Rollback(savepoint=self._savepoint_name())

    def savepoint(self) -> exp.Expr:
        self.expect("SAVEPOINT")
        return nodes.command("SAVEPOINT", savepoint=self._savepoint_name())

    def _savepoint_name(self) -> exp.Identifier:
        token = self.token
        if token.kind is Kind.END or (token.kind is Kind.NAME and token.word in RESERVED):
            self.fail(-301, "a savepoint name is expected")
        name = self.identifier()
        if name.name.upper().startswith("SYS"):
            self.fail(-302, "savepoint names that begin with SYS are reserved")
        return name

    # -- locks

    def lock_table(self) -> exp.Expr:
        unlock = self.advance().word == "UNLOCK"
        self.accept("TABLE")
        table = self.table_name()
        self.expect("IN")
        mode = self.expect_any(frozenset({"SHARE", "EXCLUSIVE"}))
        self.expect("MODE")
        if unlock:
            return nodes.command("UNLOCK TABLE", table=table, mode=mode, immediate=self.accept("IMMEDIATE"))
        wait = self.integer() if self.accept("WAIT") else None
        return nodes.command("LOCK TABLE", table=table, mode=mode, wait=wait)

    # -- privileges

    def grant(self) -> exp.Expr:
        return self._grant_or_revoke("GRANT", "TO")

    def revoke(self) -> exp.Expr:
        return self._grant_or_revoke("REVOKE", "FROM")

    def _grant_or_revoke(self, verb: str, direction: str) -> exp.Expr:
        self.expect(verb)
        node: exp.Expr = exp.Grant() if verb == "GRANT" else exp.Revoke()
        option = verb == "REVOKE" and self.accept("GRANT", "OPTION", "FOR")
        privileges = self._privileges()
        node.set("privileges", privileges)
        if self.accept("ON"):
            self._securables(node, privileges)
        elif any(privilege.this.name in _OBJECT_PRIVILEGES for privilege in privileges):
            self.fail_expected("ON")
        self.expect(direction)
        node.set("principals", self._grantees())
        if verb == "GRANT" and self.accept("WITH"):
            self.expect_any(frozenset({"GRANT", "ADMIN"}))
            self.expect("OPTION")
            option = True
        if verb == "REVOKE":
            word = self.accept_any(frozenset({"CASCADE", "RESTRICT"}))
            if word == "CASCADE":
                node.set("cascade", True)
            if self.accept("AS"):
                node.set("grantor", self.identifier())
        node.set("grant_option", option)
        return node

    def _privileges(self) -> list[exp.Expr]:
        privileges: list[exp.Expr] = []
        while True:
            privileges.append(self._privilege())
            if not self.accept(","):
                break
        names = [privilege.this.name for privilege in privileges]
        if len(set(names)) < len(names):
            self.fail(-1, "a privilege is given twice")
        return privileges

    def _privilege(self) -> exp.Expr:
        if self.accept("*"):
            return exp.GrantPrivilege(this=exp.Var(this="ALL"))
        word = self.token.word
        if word in _OBJECT_PRIVILEGES:
            self.advance()
            if word == "ALL":
                self.accept("PRIVILEGES")
        elif self.token.kind is Kind.NAME and word.startswith("%"):
            self.advance()
        elif not self.at_identifier():
            self.fail_expected("an action", -60)
        else:
            return exp.GrantPrivilege(this=exp.Var(this=self.identifier().name))
        node = exp.GrantPrivilege(this=exp.Var(this=word))
        if word in _COLUMN_PRIVILEGES and self.at("("):
            node.set("expressions", self.identifiers())
        return node

    def _securables(self, node: exp.Expr, privileges: list[exp.Expr]) -> None:
        if any(privilege.this.name not in _OBJECT_PRIVILEGES for privilege in privileges):
            self.fail(-1, "privileges of several kinds cannot be combined")
        kind = self.accept_any(_SECURABLES) or ("ML CONFIGURATION" if self.accept("ML", "CONFIGURATION") else "TABLE")
        node.set("kind", kind)
        securables: list[exp.Expr] = []
        while True:
            if self.accept("*"):
                securables.append(exp.Star())
            elif kind == "SCHEMA":
                securables.append(exp.Table(db=self.identifier()))
            else:
                securables.append(self.table_name())
            if not self.accept(","):
                break
        node.set("securable", securables)

    def _grantees(self) -> list[exp.Expr]:
        grantees: list[exp.Expr] = []
        while True:
            name = exp.Identifier(this="*", quoted=False) if self.accept("*") else self._grantee()
            grantees.append(exp.GrantPrincipal(this=name))
            if not self.accept(","):
                return grantees

    def _grantee(self) -> exp.Identifier:
        if self.at("PUBLIC"):
            self.advance()
            return exp.Identifier(this="_PUBLIC", quoted=False)
        return self.identifier()

    def check_privilege(self) -> exp.Expr:
        self.expect("%CHECKPRIV")
        option = self.accept("GRANT", "OPTION", "FOR") or self.accept("ADMIN", "OPTION", "FOR")
        holder = exp.Grant(privileges=self._privileges())
        if self.accept("ON"):
            self._securables(holder, holder.args["privileges"])
        return nodes.command(
            "%CHECKPRIV",
            privileges=holder.args["privileges"],
            kind=holder.args.get("kind"),
            securable=holder.args.get("securable"),
            grant_option=option,
        )

    # -- options

    def set_option(self) -> exp.Expr:
        self.expect("SET")
        if self.at("TRANSACTION"):
            self.fail_expected("OPTION")
        self.expect("OPTION")
        name = self.advance()
        if name.kind is not Kind.NAME:
            self.fail(-1, f"option name expected, {name.text[:40]} found")
        words = name.word
        if self.accept("/"):
            # The options AM/PM and their like.
            words += "/" + self.advance().word
        self.expect("=")
        return nodes.command("SET OPTION", option=exp.Var(this=words), value=self._option_setting())

    def _option_setting(self) -> exp.Expr:
        if self.at_string():
            return self.string()
        if self.at_number() or self.at("-"):
            return self.signed_number()
        if self.at("TRUE", "FALSE"):
            return exp.Var(this=self.advance().word)
        return exp.Var(this=self.identifier().name)

    def use_database(self) -> exp.Expr:
        self.expect("USE")
        self.accept("DATABASE")
        return exp.Use(this=self.identifier())
