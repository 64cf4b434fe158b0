"""A small program: an operating-system process with the stand-in open, that does what it is told line by line.

Started as ``python program.py DIRECTORY [TIMEOUT]``. A question is a line of JSON, ``[name, sql, parameters]``: the
emulated process of that name runs the statement. The answer is a line too: ``{"rows": ...}`` or ``{"sqlcode": ...}``.
``[name, null, "attribute"]`` tells an attribute of the emulated process.
"""

from __future__ import annotations

import json
import sys

from pgiris.errors import IrisError
from pgiris.standin import Instance, InstanceSettings, Process


def main() -> None:
    timeout = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    with Instance(sys.argv[1], InstanceSettings(lock_timeout=timeout)) as instance:
        processes: dict[str, Process] = {}
        for line in sys.stdin:
            name, sql, given = json.loads(line)
            print(json.dumps(answer(instance, processes, name, sql, given), default=str), flush=True)


def answer(
    instance: Instance, processes: dict[str, Process], name: str, sql: str | None, given: object
) -> dict[str, object]:
    if name not in processes:
        user, _, namespace = name.partition("@")
        processes[name] = instance.process(user or "_SYSTEM", namespace or "USER")
    process = processes[name]
    if sql is None:
        return {"value": getattr(process, str(given))}
    try:
        result = process.execute(sql, list(given))  # type: ignore[call-overload]
        return {"rows": result.fetchall(), "count": result.row_count, "id": result.row_id}
    except IrisError as error:
        return {"sqlcode": error.sqlcode, "message": error.message}


if __name__ == "__main__":
    main()
