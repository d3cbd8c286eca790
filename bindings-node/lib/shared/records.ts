import { typeName } from '../check'
import type { NativeCheckpoint, NativeOwnership, NativeQuestion } from '../runtime/addon'
import type { Checkpoint, Ownership, Revision } from './checkpoint-store'

/** A problem with what a store returned; its message contains nothing of a checkpoint. @internal */
export class WrongAnswer extends TypeError {
  readonly #brand = true

  /** Unlike `instanceof`, it runs no code of the value. */
  static is(value: unknown): value is WrongAnswer {
    return typeof value === 'object' && value !== null && #brand in value
  }
}

type Call = NativeQuestion['name']

/** The records of ownership that a call returned. @internal */
export function readOwnership(call: Call, returned: unknown): NativeOwnership[] {
  return recordsOf(call, returned).map((record) => ({
    partition: text(call, record, 'partition'),
    owner: text(call, record, 'owner'),
    epoch: whole(call, record, 'epoch'),
    weight: whole(call, record, 'weight'),
    revision: revisionOf(call, record),
  }))
}

/** The checkpoints that a call returned. @internal */
export function readCheckpoints(call: Call, returned: unknown): NativeCheckpoint[] {
  return recordsOf(call, returned).map((record) => checkpointOf(call, record))
}

/** The checkpoint that an update returned: one, or none. @internal */
export function readWritten(call: Call, returned: unknown): NativeCheckpoint[] {
  if (returned === null || returned === undefined) return []
  if (typeof returned !== 'object' || Array.isArray(returned)) {
    throw new WrongAnswer(`${call}() returned ${typeName(returned)}, not the checkpoint, nor null`)
  }
  return [checkpointOf(call, returned as Record<string, unknown>)]
}

function checkpointOf(call: Call, record: Record<string, unknown>): NativeCheckpoint {
  return {
    partition: text(call, record, 'partition'),
    drive: text(call, record, 'drive'),
    checkpoint: text(call, record, 'checkpoint'),
    epoch: whole(call, record, 'epoch'),
    sequence: whole(call, record, 'sequence'),
    memo: text(call, record, 'memo'),
    revision: revisionOf(call, record),
  }
}

function recordsOf(call: Call, returned: unknown): Record<string, unknown>[] {
  if (typeof returned !== 'object' || returned === null || !(Symbol.iterator in returned)) {
    throw new WrongAnswer(`${call}() returned ${typeName(returned)}, not an array of records`)
  }
  const records = [...(returned as Iterable<unknown>)]
  for (const record of records) {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      throw new WrongAnswer(`${call}() returned a record that is ${typeName(record)}, not an object`)
    }
  }
  return records as Record<string, unknown>[]
}

function text(call: Call, record: Record<string, unknown>, field: string): string {
  const value = record[field]
  if (typeof value !== 'string') throw wrongField(call, field, 'a string', value)
  return value
}

/** Databases give large numbers as bigints. */
function whole(call: Call, record: Record<string, unknown>, field: string): number {
  const value = record[field]
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw wrongField(call, field, 'a whole number from 0', value)
  }
  return number
}

function wrongField(call: Call, field: string, wanted: string, value: unknown): WrongAnswer {
  const found = typeof value === 'number' ? value : typeName(value)
  return new WrongAnswer(`${call}() returned a record whose ${field} is ${found}, not ${wanted}`)
}

/** Native code keeps revisions as texts. The first letter says what the store had. */
function revisionOf(call: Call, record: Record<string, unknown>): string {
  const { revision } = record
  switch (typeof revision) {
    case 'string':
      return `s${revision}`
    case 'bigint':
      return `b${revision}`
    case 'number':
      if (Number.isSafeInteger(revision)) return `n${revision}`
      break
  }
  throw wrongField(call, 'revision', 'a string, a whole number or a bigint', revision)
}

function asGiven(revision: string | undefined): Revision | undefined {
  if (revision === undefined) return undefined
  const rest = revision.slice(1)
  switch (revision[0]) {
    case 'b':
      return BigInt(rest)
    case 'n':
      return Number(rest)
    default:
      return rest
  }
}

/** A record as the store has made it. @internal */
export function ownershipFor(record: NativeOwnership): Ownership {
  return { ...record, revision: asGiven(record.revision) }
}

/** A checkpoint as the store has made it. @internal */
export function checkpointFor(record: NativeCheckpoint): Checkpoint {
  return { ...record, revision: asGiven(record.revision) }
}
