"""A small program that writes until it is killed, and says on its output what has been committed.

Started as ``python killed.py DIRECTORY WRITER``. Each transaction puts two rows with the same number into two tables.
"""

from __future__ import annotations

import sys

from pgiris.standin import Instance


def main() -> None:
    with Instance(sys.argv[1]) as instance:
        process = instance.process()
        process.lock_timeout = 60
        number = int(sys.argv[2])
        while True:
            process.execute("START TRANSACTION")
            process.execute("INSERT INTO one (n, filler) VALUES (?, ?)", (number, "x" * 500))
            process.execute("INSERT INTO two (n) VALUES (?)", (number,))
            process.execute("COMMIT")
            print(number, flush=True)
            number += 1


if __name__ == "__main__":
    main()
