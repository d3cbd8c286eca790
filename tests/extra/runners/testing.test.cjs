// drivebell/testing under jest, which loads modules anew for each file and has its own globals.
const { Resource, DrivebellError } = require('drivebell')
const { SimulatorError, startSimulator } = require('drivebell/testing')

let simulator
beforeEach(async () => {
  simulator = await startSimulator()
})
afterEach(async () => {
  jest.useRealTimers()
  await simulator.close()
})

test('a file is noticed, with fake timers', async () => {
  jest.useFakeTimers()
  const client = simulator.client()
  const sub = await client.subscribe(Resource.myDrive())
  await simulator.waitConnected()
  await simulator.upload('/report.txt', Buffer.from('content'))
  for await (const note of sub) {
    expect(note.kind).toBe('changed')
    break
  }
  await client.close()
})

test('errors have their classes', async () => {
  await expect(simulator.upload('/')).rejects.toBeInstanceOf(SimulatorError)
  await expect(simulator.fault('explode')).rejects.toBeInstanceOf(DrivebellError)
})
