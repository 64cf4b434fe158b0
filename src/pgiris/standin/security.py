"""Users, roles and privileges (RSQL_grant, RSQL_checkpriv). Users that nobody created have all rights."""

from __future__ import annotations

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.standin import systems
from pgiris.standin.compiler import names
from pgiris.standin.dictionary import Entry, Grant, Principal, Relation, Routine
from pgiris.standin.process import Process
from pgiris.standin.result import StatementResult

ADMIN = frozenset(
    {
        "%CREATE_TABLE", "%ALTER_TABLE", "%DROP_TABLE", "%CREATE_VIEW", "%ALTER_VIEW", "%DROP_VIEW", "%CREATE_FUNCTION",
        "%CREATE_METHOD", "%CREATE_PROCEDURE", "%CREATE_QUERY", "%CREATE_TRIGGER", "%DROP_FUNCTION", "%DROP_METHOD",
        "%DROP_PROCEDURE", "%DROP_QUERY", "%DROP_TRIGGER", "%CREATE_ROLE", "%DROP_ANY_ROLE", "%CREATE_USER",
        "%ALTER_USER", "%DROP_USER", "%GRANT_ANY_ROLE", "%NOCHECK", "%NOINDEX", "%NOLOCK", "%NOTRIGGER", "%NOJOURN",
        "%BUILD_INDEX", "%CANCEL_QUERY", "%MANAGE_FOREIGN_SERVER", "%USE_EMBEDDING", "%DB_OBJECT_DEFINITION",
        "%CREATE_SCHEMA", "%DROP_SCHEMA", "%CREATE_AGGREGATE", "%DROP_AGGREGATE",
    }
)  # fmt: skip
"""Administrative privileges."""

DEFINITION = frozenset(
    p for p in ADMIN if p.startswith(("%CREATE_", "%ALTER_", "%DROP_")) and "ROLE" not in p and "USER" not in p
)
PREDEFINED = frozenset({"_system", "superuser", "admin", "%all", "_public", "unknownuser", "cspsystem", "_ensemble"})
PREDEFINED_ROLES = frozenset({"%all", "%developer", "%operator", "%manager", "%sql", "%db_user", "%db_%default"})


def restricted(process: Process) -> Principal | None:
    """The user as created by CREATE USER, unless it holds %All; None means that it may do everything."""
    user = process.dictionary.principal(process.user, "USER")
    if user is None or user.name.lower() in PREDEFINED or "%all" in holdings(process, user):
        return None
    return user


def holdings(process: Process, user: Principal) -> set[str]:
    """The user and all its roles, in lower case; ``_public`` counts for everyone."""
    found = {user.name.lower(), "_public", "*"}
    pending = list(user.roles)
    while pending:
        role = pending.pop().lower()
        if role in found:
            continue
        found.add(role)
        entry = process.dictionary.principal(role, "ROLE")
        pending += list(entry.roles) if entry is not None else []
    return found


def granted(process: Process, user: Principal, privilege: str, targets: set[str]) -> list[Grant]:
    """The grants that give a privilege on one of the targets."""
    who = holdings(process, user)
    wanted = {privilege, "ALL"}
    return [
        g for g in process.dictionary.grants()
        if g.name.lower() in who and g.privilege in wanted and g.target in targets
    ]  # fmt: skip


def targets_of(relation: Relation | Routine) -> set[str]:
    return {str(relation.id), f"schema:{relation.schema.lower()}", "*"}


def allowed(process: Process, action: str, relation: Relation, columns: tuple[str, ...] = ()) -> bool:
    """Whether the user has a privilege on a table or view, or on all the columns named."""
    user = restricted(process)
    if user is None or relation.owner.lower() in (user.name.lower(), "_public"):
        return True
    grants = granted(process, user, action, targets_of(relation))
    if any(not g.columns for g in grants):
        return True
    covered = {c.lower() for g in grants for c in g.columns}
    return bool(columns) and {c.lower() for c in columns} <= covered


def check(process: Process, action: str, relation: Relation, columns: tuple[str, ...]) -> None:
    """SQLCODE -99 when the user lacks a privilege."""
    if not allowed(process, action, relation, columns):
        raise IrisError(
            -99,
            f"Privilege violation: User {process.user} is not privileged for {action} on {relation.qualified}",
        )


def admin(process: Process, privilege: str) -> None:
    """SQLCODE -99 when the user lacks an administrative privilege."""
    user = restricted(process)
    if user is None:
        return
    wanted = {privilege} | ({"%DB_OBJECT_DEFINITION"} if privilege in DEFINITION else set())
    who = holdings(process, user)
    if not any(g.name.lower() in who and g.privilege in wanted and g.target == "" for g in process.dictionary.grants()):
        raise IrisError(-99, f"Privilege violation: User {process.user} lacks {privilege}")


def sees(process: Process, relation: Relation) -> bool:
    """Whether the catalog shows a relation: the user has some privilege on it."""
    user = restricted(process)
    if user is None or relation.owner.lower() in (user.name.lower(), "_public"):
        return True
    who = holdings(process, user)
    targets = targets_of(relation)
    return any(g.name.lower() in who and g.target in targets for g in process.dictionary.grants())


def grantee(process: Process, name: str) -> str:
    """A known user or role; SQLCODE -118."""
    folded = name.lower()
    if folded in PREDEFINED or folded in PREDEFINED_ROLES or name == "*":
        return name
    entry = process.dictionary.principal(name)
    if entry is None:
        raise IrisError(-118, f"Unknown or non-unique User or Role '{name}'")
    return entry.name


def securables(process: Process, tree: exp.Expr) -> list[str]:
    """The targets that a GRANT names; SQLCODE -30 for an unknown one."""
    kind = str(tree.args.get("kind") or "TABLE").upper()
    result = []
    for node in tree.args.get("securable") or []:
        name = names.identifier(node.this) if isinstance(node, exp.Table) else names.identifier(node)
        if isinstance(node, exp.Star) or name == "*":
            result.append("*")
        elif kind == "SCHEMA":
            result.append(f"schema:{name.lower()}")
        else:
            schema = names.identifier(node.args.get("db")) or process.default_schema
            if systems.find(schema, name) is not None:
                result.append(f"system:{schema}.{name}".lower())
                continue
            found = process.dictionary.find(schema, name) or process.dictionary.routine(schema, name)
            if found is None:
                raise names.missing_table(schema, name)
            result.append(str(found.id))
    return result


def principals(process: Process, tree: exp.Expr) -> list[str]:
    return [grantee(process, names.identifier(getattr(p, "this", p))) for p in tree.args.get("principals") or []]


def privileges(tree: exp.Expr) -> list[tuple[str, tuple[str, ...]]]:
    result = []
    for privilege in tree.args.get("privileges") or []:
        name = names.identifier(privilege.this) if hasattr(privilege, "this") else str(privilege)
        columns = tuple(names.identifier(c) for c in getattr(privilege, "expressions", None) or [])
        result.append(("ALL" if name.upper() in ("*", "ALL", "ALL PRIVILEGES") else name, columns))
    return result


def grant(process: Process, sql: str, tree: exp.Grant) -> StatementResult:
    """GRANT: of privileges on objects, of administrative privileges, of roles."""
    who = principals(process, tree)
    wanted = privileges(tree)
    put: list[Entry] = []
    if tree.args.get("securable"):
        targets = securables(process, tree)
        for name in who:
            for privilege, columns in wanted:
                for target in targets:
                    put.append(Grant(process.new_id(), "", name, privilege.upper(), target, columns,
                                     bool(tree.args.get("grant_option")), process.user))  # fmt: skip
    else:
        for name in who:
            for privilege, _ in wanted:
                put += system_grant(process, name, privilege, bool(tree.args.get("grant_option")))
    return recorded(process, sql, put, [], 7)


def system_grant(process: Process, name: str, privilege: str, option: bool) -> list[Entry]:
    """A role or an administrative privilege; a misspelled privilege grants nothing (SQLCODE 100)."""
    if privilege.startswith("%") and privilege.upper() in ADMIN:
        return [Grant(process.new_id(), "", name, privilege.upper(), "", (), option, process.user)]
    role = process.dictionary.principal(privilege, "ROLE")
    if role is None and privilege.lower() not in PREDEFINED_ROLES:
        if privilege.startswith("%"):
            return []
        raise IrisError(-118, f"Unknown or non-unique User or Role '{privilege}'")
    entry = process.dictionary.principal(name)
    if entry is None or privilege.lower() in (r.lower() for r in entry.roles):
        return []
    return [Principal(entry.id, "", entry.name, entry.kind, entry.password, (*entry.roles, privilege))]


def revoke(process: Process, sql: str, tree: exp.Revoke) -> StatementResult:
    """REVOKE: takes back what GRANT gave; nothing to take is SQLCODE 100."""
    who = {name.lower() for name in principals(process, tree)}
    wanted = {privilege.upper() for privilege, _ in privileges(tree)}
    targets = set(securables(process, tree)) if tree.args.get("securable") else {""}
    removed = [
        g.id for g in process.dictionary.grants()
        if g.name.lower() in who and g.target in targets and (g.privilege in wanted or "ALL" in wanted)
    ]  # fmt: skip
    put: list[Entry] = []
    for name in who:
        entry = process.dictionary.principal(name)
        if entry is not None and targets == {""}:
            kept = tuple(r for r in entry.roles if r.upper() not in wanted)
            if kept != entry.roles:
                put.append(Principal(entry.id, "", entry.name, entry.kind, entry.password, kept))
    return recorded(process, sql, put, removed, 8)


def recorded(process: Process, sql: str, put: list[Entry], removed: list[int], number: int) -> StatementResult:
    if not put and not removed:
        process.abandon()
        return StatementResult(0, "", (), number, 100)
    process.define(sql, [], put, removed)
    return StatementResult(0, "", (), number)


def check_privilege(process: Process, tree: exp.Command) -> StatementResult:
    """%CHECKPRIV: SQLCODE 0 when the user has the privilege, 100 when not."""
    wanted = privileges(tree)
    nodes = tree.args.get("securable")
    user = restricted(process)
    if nodes:
        listed = nodes if isinstance(nodes, list) else [nodes]
        holder = exp.Grant(securable=listed, kind=tree.args.get("kind") or "TABLE")
        targets = securables(process, holder)
        holds = user is None or all(granted(process, user, p.upper(), set(targets)) for p, _ in wanted)
    else:
        holds = user is None or all(
            any(
                g.name.lower() in holdings(process, user) and g.privilege == p.upper()
                for g in process.dictionary.grants()
            )
            for p, _ in wanted
        )
    return StatementResult(0, "", (), 28, 0 if holds else 100)
