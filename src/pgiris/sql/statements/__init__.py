"""One module per family of statements: each turns a parsed statement into a ``Plan``."""
