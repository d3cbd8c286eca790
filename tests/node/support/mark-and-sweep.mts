/** The rule that the documentation of `ChangeBatch` gives to whoever keeps a copy. */
import assert from 'node:assert/strict'
import type { ChangeBatch } from 'drivebell'

/** What a copy of a drive knows of an item, and the snapshot that brought it last. */
export interface Row {
  name: string | undefined
  parent: string | undefined
  size: number | undefined
  mark: string | undefined
}

export function take(rows: Map<string, Row>, { items, snapshot }: ChangeBatch): void {
  for (const item of items) {
    assert.equal(item.type, 'driveItem')
    const { id, name, parentId: parent, size, deleted } = item
    if (deleted) rows.delete(id)
    else rows.set(id, { name, parent, size, mark: snapshot })
  }
}

export function sweep(rows: Map<string, Row>, { caughtUp, snapshot }: ChangeBatch): void {
  if (!caughtUp || snapshot === undefined) return
  for (const [id, { mark }] of rows) if ((mark ?? '') < snapshot) rows.delete(id)
}
