"""IRIS SQL trees compiled to SQLite SQL: names resolved, every expression typed, values in the stored forms."""
