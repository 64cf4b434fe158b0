"""``python -m pgiris`` is ``pgiris``."""

from __future__ import annotations

from pgiris.cli import main

if __name__ == "__main__":
    main()
