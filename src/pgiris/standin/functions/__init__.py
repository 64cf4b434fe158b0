"""What the functions of IRIS SQL compute: plain Python functions, and the table that gives them to SQLite."""
