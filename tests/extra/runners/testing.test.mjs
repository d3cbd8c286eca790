// drivebell/testing under vitest, in a program that fakes time and mocks the network.
import { Resource } from 'drivebell'
import { startSimulator } from 'drivebell/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let simulator
beforeEach(async () => {
  simulator = await startSimulator()
})
afterEach(async () => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  await simulator.close()
})

test('a file is noticed, with fake timers and without fetch', async () => {
  vi.useFakeTimers()
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no network')))
  const client = simulator.client()
  const sub = await client.subscribe(Resource.myDrive())
  await simulator.waitConnected()
  await simulator.upload('/report.txt', 'content')
  for await (const note of sub) {
    expect(note.kind).toBe('changed')
    break
  }
  await simulator.advance(3_600_000)
  for await (const note of sub) {
    expect(note.kind).toBe('resync')
    break
  }
  await client.close()
})

test('errors have their classes', async () => {
  await expect(simulator.upload('/')).rejects.toMatchObject({ code: 'ERR_DRIVEBELL_SIMULATOR' })
  await expect(simulator.fault('explode')).rejects.toMatchObject({ argument: 'action' })
})
