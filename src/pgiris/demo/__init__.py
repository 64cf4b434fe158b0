"""The demo data: what a new user finds in schema ``public`` on first start.

::

    flowers     Fisher's iris measurements
    shop        customers, products, orders and their items, made up
    documents   short texts with embeddings computed from them
    tables      the CREATE TABLE statements and what goes into each
    client      a PostgreSQL client inside the process
    load        loads them once, through the client
"""
