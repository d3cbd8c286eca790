import type { ChangeBatch, Changes, ChangesEvent, ChangesOptions, ChangesState } from 'drivebell'
import { until, within } from './deadline.mjs'
import { nextOf, QUICK } from './mirror.mjs'
import type { Simulator } from './simulator.mjs'

/** For a stream that queries only when it is told to. */
export const IDLE: Omit<ChangesOptions, 'since'> = { ...QUICK, lagDelays: [], overlap: 0, pollInterval: 60_000 }

type Batches = AsyncIterator<ChangeBatch, undefined>

/** Takes batches up to the first one that fulfils the condition. */
export async function batchWhere(batches: Batches, condition: (batch: ChangeBatch) => boolean): Promise<ChangeBatch> {
  for (;;) {
    const batch = await within(nextOf(batches), 'a batch')
    if (condition(batch)) return batch
  }
}

export function catchUp(batches: Batches): Promise<ChangeBatch> {
  return batchWhere(batches, ({ caughtUp }) => caughtUp)
}

/** The batch in which the item of this name comes. */
export function batchWith(batches: Batches, name: string): Promise<ChangeBatch> {
  return batchWhere(batches, ({ items }) => items.some((item) => item.name === name))
}

export async function nextEvent(events: AsyncIterator<ChangesEvent, undefined>): Promise<ChangesEvent> {
  const { done, value } = await within(events.next(), 'an event')
  if (done) throw new Error('the events have ended')
  return value
}

/** Takes events up to the first one of this type. */
export async function eventOf<T extends ChangesEvent['type']>(
  events: AsyncIterator<ChangesEvent, undefined>,
  type: T,
): Promise<Extract<ChangesEvent, { type: T }>> {
  for (;;) {
    const event = await nextEvent(events)
    if (event.type === type) return event as Extract<ChangesEvent, { type: T }>
  }
}

/** The types of all events that are left. */
export async function typesOf(events: AsyncIterable<ChangesEvent>): Promise<string[]> {
  const types: string[] = []
  for await (const { type } of events) types.push(type)
  return types
}

export function reaches(changes: Changes, state: ChangesState): Promise<void> {
  return until(() => changes.state === state, state)
}

/** Whether Graph gives notifications to the token, or takes it for an application's. */
export async function allowPush(simulator: Simulator, allowed: boolean): Promise<void> {
  await simulator.control('POST', `identity/app-only?value=${!allowed}`)
}
