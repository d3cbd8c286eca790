/**
 * The rows that a program keeps of a drive, for `make drift`. The driver writes `rows` to stdin and gets all rows,
 * and `audit` once, when the hour is over.
 */
import { createInterface } from 'node:readline'
import { print } from './report.mjs'

/** How many simulated seconds a second is. */
export const SCALE = Number(process.env.SCALE)

/** Name, parent and eTag of each item, by id. `audit` is called when the driver asks for it. */
export class Table {
  #rows = new Map()
  #marks = new Map()
  #changed = {}

  constructor(audit = () => {}) {
    const lines = createInterface({ input: process.stdin })
    lines.on('line', (line) => (line === 'audit' ? audit() : this.#report()))
    lines.on('close', () => process.exit(0))
  }

  put({ id, name, parent, eTag }, { trigger = '', mark = '' } = {}) {
    const row = [name, parent ?? null, eTag]
    this.#count(trigger, JSON.stringify(this.#rows.get(id)) !== JSON.stringify(row))
    this.#rows.set(id, row)
    this.#marks.set(id, mark)
  }

  remove(id, trigger = '') {
    this.#marks.delete(id)
    this.#count(trigger, this.#rows.delete(id))
  }

  /** Removes the rows with an older mark. */
  sweep(mark, trigger) {
    for (const [id, its] of this.#marks) if (its < mark) this.remove(id, trigger)
  }

  #count(trigger, changed) {
    this.#changed[trigger] = (this.#changed[trigger] ?? 0) + (changed ? 1 : 0)
  }

  #report() {
    const rows = [...this.#rows].map(([id, row]) => [id, ...row])
    print({ event: 'rows', rows, changed: this.#changed })
  }
}
