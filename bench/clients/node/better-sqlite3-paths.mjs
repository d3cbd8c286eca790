// Finds the paths of items in the table that better-sqlite3-fill.mjs has filled.
import Database from 'better-sqlite3'
import { timePaths } from './paths.mjs'

const db = new Database(process.env.FILE)

// Setup:
const find = db
  .prepare(`
WITH RECURSIVE above (parent, path) AS (
  SELECT parent, '/' || name FROM item WHERE id = ?
  UNION ALL
  SELECT item.parent, '/' || item.name || above.path
  FROM above JOIN item ON item.id = above.parent WHERE item.parent IS NOT NULL
)
SELECT path FROM above ORDER BY length(path) DESC LIMIT 1`)
  .pluck()

const path = (id) => find.get(id)
// End of setup.

timePaths(path)
