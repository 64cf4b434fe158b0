"""What the server tells of itself. Now logs (``log``); the room must not know SQL text beyond what it is handed."""
