import type { Subscription, SubscriptionEvent } from 'drivebell'
import { within } from './deadline.mjs'
import type { Simulator } from './simulator.mjs'

/** An event in one word. */
export type Word = Exclude<SubscriptionEvent['type'], 'notification'> | 'changed' | 'resync'

function wordOf(event: SubscriptionEvent): Word {
  return event.type === 'notification' ? event.kind : event.type
}

/** The events up to and including the first `last`, in order. */
export async function eventsUntil(sub: Subscription, last: Word): Promise<SubscriptionEvent[]> {
  const events: SubscriptionEvent[] = []
  const reading = (async () => {
    for await (const event of sub.events()) {
      events.push(event)
      if (wordOf(event) === last) return
    }
    throw new Error(`the subscription ended without ${last}`)
  })()
  try {
    await within(reading, last)
  } catch (error) {
    throw new Error(`no ${last} after ${events.map(wordOf)}: ${error}`, { cause: error })
  }
  return events
}

/** One word for each event. Consecutive `unavailable` count as one. */
export function wordsOf(events: readonly SubscriptionEvent[]): Word[] {
  const words = events.map(wordOf)
  return words.filter((word, index) => word !== 'unavailable' || words[index - 1] !== word)
}

/** Sends a notification, and returns the words up to it. Everything sent earlier arrives before it. */
export async function wordsUntilChange(sub: Subscription, simulator: Simulator): Promise<Word[]> {
  await simulator.notify()
  return wordsOf(await eventsUntil(sub, 'changed'))
}

/** The one event of this type. */
export function only<T extends SubscriptionEvent['type']>(events: readonly SubscriptionEvent[], type: T) {
  const found = events.filter((event): event is Extract<SubscriptionEvent, { type: T }> => event.type === type)
  const [event] = found
  if (event === undefined || found.length > 1) throw new Error(`${found.length} of ${type}`)
  return event
}
