import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { read } from './inspect'

/** Answers of a server that is overloaded or out of order. 408 and 429 are below 500. */
const isOutage = (status: number) => status >= 500 || status === 408 || status === 429

const current = new AsyncLocalStorage<Exchange>()

/**
 * How the last HTTP request of a call ended. `@azure/identity` forgets why it could not renew a token: it
 * throws the same error for a service that refused and for one that did not answer.
 *
 * @internal
 */
export class Exchange {
  static #isWatching = false

  /** Whether there was a request. */
  hasRequests = false

  /** Why the last request has no answer, or none that says anything about the request. */
  outage: string | undefined

  /** Runs `call`, and observes the requests that it makes by `node:http`. */
  observe<T>(call: () => T): T {
    Exchange.#watch()
    return current.run(this, call)
  }

  /** Once for all calls, because each subscriber costs something in every request of the process. */
  static #watch(): void {
    if (Exchange.#isWatching) return
    Exchange.#isWatching = true
    const on = (event: string, outageOf: (message: unknown) => string | undefined) => {
      subscribe(`http.client.${event}`, (message) => {
        const exchange = current.getStore()
        if (!exchange) return
        exchange.hasRequests = true
        exchange.outage = outageOf(message)
      })
    }
    for (const begin of ['request.created', 'request.start']) on(begin, () => 'the identity service does not answer')
    on('request.error', (message) => String(read(read(message, 'error'), 'message')))
    on('response.finish', (message) => {
      const status = Number(read(read(message, 'response'), 'statusCode'))
      return isOutage(status) ? `the identity service answered HTTP ${status}` : undefined
    })
  }
}
