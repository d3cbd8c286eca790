"""Finds the paths of items in the table that sqlite3_fill.py has filled."""

import os
import sqlite3

from paths import time_paths

db = sqlite3.connect(os.environ["FILE"])

# Setup:
PATH = """
WITH RECURSIVE above (parent, path) AS (
    SELECT parent, '/' || name FROM item WHERE id = ?
    UNION ALL
    SELECT item.parent, '/' || item.name || above.path
    FROM above JOIN item ON item.id = above.parent WHERE item.parent IS NOT NULL
)
SELECT path FROM above ORDER BY length(path) DESC LIMIT 1
"""


def path(item_id: str) -> str | None:
    found: tuple[str] | None = db.execute(PATH, (item_id,)).fetchone()
    return found and found[0]


# End of setup.
time_paths(path)
