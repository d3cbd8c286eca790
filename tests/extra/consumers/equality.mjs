// Values in the assertions of jest or of vitest, as the argument says. Prints "ok", or throws.
import { ChangeBatch, DriveItem, Lifecycle, Notification, Resource } from 'drivebell'

// One of them in a process, because they share their matchers.
const expect = process.argv[2] === 'jest' ? (await import('expect')).expect : await expectOfVitest()

async function expectOfVitest() {
  const { JestChaiExpect, JestExtend } = await import('@vitest/expect')
  const chai = await import('chai')
  chai.use(JestExtend)
  chai.use(JestChaiExpect)
  return chai.expect
}

const item = (name) => DriveItem.fromRaw({ id: '1', name })
const note = (receivedAt) => Notification.from({ resource: '/me/drive', receivedAt })
const batch = (name) => ChangeBatch.from({ items: [item(name)], checkpoint: 'c' })
const gone = (reason) => Lifecycle.from({ kind: 'disconnected', resource: '/me/drive', reason })
const pairs = [
  [Resource.drive('a'), Resource.drive('a'), Resource.drive('b')],
  [item('a'), item('a'), item('b')],
  [note(1), note(1), note(2)],
  [batch('a'), batch('a'), batch('b')],
  [gone('deaf'), gone('deaf'), gone('connection_reset')],
]

for (const [value, same, other] of pairs) {
  for (const matcher of ['toEqual', 'toStrictEqual']) {
    expect(value)[matcher](same)
    expect(value).not[matcher](other)
    // What a failing test shows must not fail itself.
    expect(() => expect(value)[matcher](other)).toThrow(/equal/i)
  }
}
expect(item('a')).toMatchObject({ name: 'a', deleted: false })
expect(batch('a').items).toContainEqual(item('a'))
console.log('ok')
