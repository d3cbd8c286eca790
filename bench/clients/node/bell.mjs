/**
 * Says when to look, for clients that have delta queries and no notifications. The bell is drivebell's subscription,
 * the same for all of them, so that only their use of delta queries differs from drivebell's.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Resource } from 'drivebell'
import { print } from './report.mjs'
import { SCALE } from './table.mjs'

/** How long after a look that failed the next one follows. */
const RETRY_MS = 5000 / SCALE

/**
 * Calls `look` after subscribing, after each notification, and once more when the hour is over: the delta query that
 * Microsoft's guidance allows once a day. If it fails, it is called again.
 */
export class Bell {
  #wakes = new Set()
  #rung = () => {}
  #begun = false

  audit() {
    this.#ring('audit')
  }

  /** An item has arrived. Reports the first one. */
  begun() {
    if (!this.#begun) print({ event: 'begun' })
    this.#begun = true
  }

  async run(look) {
    this.#listen()
    let enumerated = false
    for (;;) {
      if (this.#wakes.size === 0) await new Promise((resolve) => (this.#rung = resolve))
      const wakes = this.#wakes
      this.#wakes = new Set()
      try {
        await look()
      } catch (error) {
        print({ event: 'failed', detail: String(error).slice(0, 200) })
        await sleep(RETRY_MS)
        for (const wake of wakes) this.#wakes.add(wake)
        continue
      }
      if (!enumerated) print({ event: 'enumerated' })
      enumerated = true
      if (wakes.has('audit')) print({ event: 'audited' })
    }
  }

  async #listen() {
    const client = new Client({
      credential: process.env.GRAPH_TOKEN,
      baseUrl: process.env.GRAPH_URL,
      retryMin: 1000 / SCALE,
      retryMax: 60_000 / SCALE,
      renewBefore: 120_000 / SCALE,
    })
    const sub = await client.subscribe(Resource.myDrive())
    this.#ring('start')
    for await (const { kind } of sub) this.#ring(kind)
  }

  #ring(wake) {
    this.#wakes.add(wake)
    this.#rung()
  }
}
