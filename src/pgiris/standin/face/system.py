"""``iris.system`` and ``iris._SYSTEM``: the %SYSTEM classes that a server needs (embedded.md 1.3, 3, 4, 5)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

from pgiris.errors import IrisError
from pgiris.standin import security
from pgiris.standin.face import status
from pgiris.standin.face.bridge import IrisObject, IrisRuntimeError, Oref, method, put, reads
from pgiris.standin.face.context import Context, select_mode
from pgiris.standin.face.result import Result
from pgiris.standin.face.statement import Statement

PACKAGED: Final = frozenset(
    {
        "DocDB", "Encryption", "Error", "Event", "Monitor", "Process", "SQL", "SYS", "Security", "Semaphore", "Status",
        "Util", "Version",
    }
)  # fmt: skip
"""What ``iris.system`` has; any other class is reached through ``iris._SYSTEM``."""

OPTIONS: Final = {
    "AutoCommit": ("0", "1", "2"),
    "IsolationMode": ("0", "1", "3"),
    "SelectMode": ("0", "1", "2"),
    "ProcessLockTimeout": (),
    "IdentityInsert": ("0", "1"),
    "LockThreshold": (),
    "DelimitedIdentifiers": ("0", "1"),
    "DefaultTimePrecision": (),
    "ClientMaxIdleTime": (),
    "TCPKeepAlive": (),
    "AutoParallel": ("0", "1"),
    "DefaultSchema": None,
}
"""Options of SetOption that are known, with their values: () is any number, None any text (C:%SYSTEM.SQL.Util)."""


class SystemClass(IrisObject):
    """A %SYSTEM class."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.thread)
        self.context = context

    @property
    def process(self) -> Any:
        return self.context.process


class ProcessClass(SystemClass):
    """%SYSTEM.Process."""

    class_name = "%SYSTEM.Process"

    def named(self, pid: object) -> Any:
        """The process of that $JOB, this one for ``''``; None when there is none."""
        return self.process if pid in ("", None) else self.process.instance.find(int(str(pid)))

    @method("SetNamespace")
    def set_namespace(self, name: str) -> str:
        """Go to a namespace; its name. <NAMESPACE> when there is none."""
        known = {n.upper(): n for n in self.process.instance.settings.namespaces}
        if str(name).upper() not in known:
            raise IrisRuntimeError(f"<NAMESPACE> {name}")
        self.process.namespace = known[str(name).upper()]
        self.process.forget_prepared()
        return str(self.process.namespace)

    @method("NameSpace")
    def namespace(self, pid: object = "") -> str:
        found = self.named(pid)
        return str(found.namespace) if found is not None else ""

    @method("UserName")
    def user_name(self, pid: object = "") -> str:
        found = self.named(pid)
        return str(found.user) if found is not None else ""

    @method("IsGhost")
    def is_ghost(self, pid: object) -> int:
        return 0

    @method("Terminate")
    def terminate(self, pid: object = "", exit_status: int = 1) -> int:
        """End a process: 1, or -3 when it is no process of the instance."""
        found = self.named(pid)
        if found is None:
            return -3
        found.terminate()
        return 1


class SqlClass(SystemClass):
    """%SYSTEM.SQL."""

    class_name = "%SYSTEM.SQL"

    @method("CancelQuery")
    def cancel_query(self, pid: object = "", statement_id: object = "", timeout: int = 10) -> int | str:
        """CANCEL QUERY; the statement's failure as a status. The stand-in does not look at the statement id."""
        number = str(pid)
        if not number.isascii() or not number.isdigit():
            return status.error(5001, f"no process {number!r}")
        try:
            self.process.execute(f"CANCEL QUERY {number}")
        except IrisError as failure:
            return status.of_sql(failure)
        return status.OK

    @method("Prepare")
    def prepare(self, text: str, mode: object = "", dialect: object = "", object_mode: object = 0) -> Statement:
        """A prepared %SQL.Statement; raises on failure."""
        statement = Statement(self.context, mode, "", dialect)
        try:
            statement.prepare(text)
        except IrisError as failure:
            status.check_status(status.of_sql(failure))
        return statement

    @method("Execute")
    def execute(self, text: str, mode: object = "", dialect: object = "", object_mode: object = 0) -> Result:
        """Run a statement without parameters."""
        return self.prepare(text, mode, dialect, object_mode).run(())

    @reads("Util")
    def util(self) -> IrisObject:
        return UtilClass(self.context)


class UtilClass(SystemClass):
    """%SYSTEM.SQL.Util: settings of the process. They stay until somebody sets them again."""

    class_name = "%SYSTEM.SQL.Util"

    @method("SetOption")
    def set_option(self, name: str, value: object, old: object = None) -> int | str:
        """Set an option; the old value goes to `old`."""
        folded = {option.lower(): option for option in OPTIONS}.get(str(name).lower())
        if folded is None:
            return status.error(5001, f"Unknown option '{name}'")
        text, allowed = str(value), OPTIONS[folded]
        if allowed is not None and (text not in allowed if allowed else not (text.isascii() and text.isdigit())):
            return status.error(5001, f"Illegal value '{text}' of option '{name}'")
        put(old, self.get_option(folded))
        if folded == "SelectMode":
            self.process.select_mode = select_mode(text, 0)
        else:
            self.process.set_option(folded, text)
        return status.OK

    @method("GetOption")
    def get_option(self, name: str) -> object:
        found = str(self.process.get_option(str(name)))
        return int(found) if found.isascii() and found.isdigit() else found


class SecurityClass(SystemClass):
    """%SYSTEM.Security."""

    class_name = "%SYSTEM.Security"

    @method("Login")
    def login(self, user: str, password: str | None = None) -> int:
        """1: the process is that user from now on, there is no way back; 0: it is who it was."""
        process = self.process
        if password is None and security.restricted(process) is not None:
            return 0
        name = known_user(self.context, str(user))
        if not name or (password is not None and not right_password(self.context, name, str(password))):
            return 0
        process.user = name
        process.forget_prepared()
        return 1

    @method("Check")
    def check(self, resource: str, permission: str = "") -> int | str:
        """Who holds %All may do everything; other users hold no resource in the stand-in."""
        allowed = security.restricted(self.process) is None
        if permission:
            return int(allowed)
        return "READ,WRITE,USE" if allowed else ""


def known_user(context: Context, user: str) -> str:
    """The user's name as it was made; ``''`` for nobody."""
    found = context.process.dictionary.principal(user, "USER")
    if found is not None:
        return found.name
    return user if user.lower() in context.passwords else ""


def right_password(context: Context, user: str, password: str) -> bool:
    """Compares with the salted hash that CREATE USER kept, or with the password of a predefined user."""
    found = context.process.dictionary.principal(user, "USER")
    if found is None:
        return hmac.compare_digest(context.passwords[user.lower()].encode(), password.encode())
    salt, _, wanted = found.password.partition(":")
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), 10_000).hex()
    return bool(wanted) and hmac.compare_digest(made, wanted)


class StatusClass(SystemClass):
    """%SYSTEM.Status: codes 83 and 5001 are for errors of one's own."""

    class_name = "%SYSTEM.Status"

    @method("OK")
    def ok(self) -> int:
        return status.OK

    @method("Error")
    def error(self, code: int, text: str = "") -> str:
        return status.error(int(code), str(text))


class Packages:
    """``iris.system`` or ``iris._SYSTEM``: the classes of %SYSTEM by their last name."""

    def __init__(self, context: Context, names: frozenset[str] | None = None) -> None:
        self._context = context
        self._names = names

    def __getattr__(self, name: str) -> Oref:
        if self._names is not None and name not in self._names:
            raise AttributeError(f"iris.system has no {name}")
        self._context.thread.check()
        return Oref(self._context.cls(f"%SYSTEM.{name}"))
