/** Many drives in one file, by `client.mirrorAll`. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { type Client, type MemberChange, type MemberEnd, type MirrorOptions, type MirrorSet, Resource } from 'drivebell'
import { eventOf, IDLE } from './support/changes.mjs'
import { until, within } from './support/deadline.mjs'
import { brief, DRIVE, nextOf, Scratch, start, take } from './support/drive-mirror.mjs'
import { clientOf, failure, thrownBy } from './support/drivebell.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

const ALEX = { token: 'token-of-alex', drive: 'b!alex' }
const KIM = { token: 'token-of-kim', drive: 'b!kim' }
const USERS = [ALEX, KIM].flatMap(({ token, drive }) => ['--user', `${token}=${drive}`])
const TEAM = Resource.drive('b!team')
const GONE = Resource.drive('b!gone')

type Changes = AsyncIterator<MemberChange | MemberEnd, undefined>

function setOf(
  client: Client,
  scratch: Scratch,
  resources: Iterable<Resource>,
  options: MirrorOptions = {},
): MirrorSet {
  return client.mirrorAll(resources, scratch.file(), { ...IDLE, ...options })
}

function changesOf(set: MirrorSet): Changes {
  return set[Symbol.asyncIterator]()
}

async function nextChange(changes: Changes): Promise<MemberChange> {
  const change = await nextOf(changes)
  if (change.error) throw change.error
  return change
}

async function uploadTo(simulator: Simulator, drive: string, name: string, content = 'content'): Promise<void> {
  const url = `${simulator.baseUrl}/v1.0/drives/${drive}/root:/${name}:/content`
  const response = await fetch(url, { method: 'PUT', headers: { authorization: `Bearer ${TOKEN}` }, body: content })
  assert.ok(response.ok, `${response.status}`)
}

it('mirrorAll names the resource and the client, and counts each drive by itself', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await uploadTo(simulator, 'b!me', 'mine.txt')
  await uploadTo(simulator, 'b!team', 'ours.txt')
  await using client = clientOf(simulator)
  const set = setOf(client, scratch, [DRIVE, TEAM])
  const changes = changesOf(set)
  const first = [await nextChange(changes), await nextChange(changes)]
  assert.deepEqual(new Set(first.map(({ path }) => path)), new Set(['/mine.txt', '/ours.txt']))
  for (const { path, resource, client: whose, error, sequence } of first) {
    assert.deepEqual(
      [resource, whose === client, error, sequence],
      [path === '/mine.txt' ? DRIVE : TEAM, true, undefined, 1],
    )
  }
  await set.ready()
  await uploadTo(simulator, 'b!team', 'ours.txt', 'changed')
  const change = await nextChange(changes)
  assert.deepEqual([brief(change), change.resource, change.sequence], ['modified /ours.txt', TEAM, 2])
  const { client: none, error, ...fields } = JSON.parse(JSON.stringify(change))
  assert.deepEqual(
    [none, error, fields.resource, fields.item.name],
    [undefined, undefined, '/drives/b!team/root', 'ours.txt'],
  )
  assert.match(inspect(change), /^MemberChange \{\n {2}kind: 'modified',/)

  const tree = set.tree(TEAM)
  assert.deepEqual([tree.get('/OURS.txt')?.size, set.tree(DRIVE).get('/ours.txt')], [7, undefined])
  assert.deepEqual(
    [...tree.walk()].map(([path]) => path),
    ['/ours.txt'],
  )
  assert.deepEqual([tree.stats().rows, tree.stats().sequence], [2, 2])
  const { rows, changes: counts } = set.stats(TEAM)
  assert.deepEqual([rows, counts.items], [2, 4])
  assert.deepEqual(
    tree.children('/').map(({ name }) => name),
    ['ours.txt'],
  )
  assert.equal(tree.path(tree.get('/ours.txt')?.id as string), '/ours.txt')
})

it('members of mirrorAll come and go, and lose nothing', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  const set = setOf(client, scratch, [])
  const changes = changesOf(set)
  assert.deepEqual([set.size, set.members()], [0, []])
  await uploadTo(simulator, 'b!me', 'mine.txt')
  const waiting = nextChange(changes)
  set.add(DRIVE).add(Resource.myDrive())
  assert.equal((await waiting).path, '/mine.txt')
  set.add(TEAM)
  await within(set.ready(TEAM), 'ready')
  assert.deepEqual([set.size, set.members().length], [2, 2])
  await until(() => set.state(TEAM) === 'live' && set.state(DRIVE) === 'live', 'live')
  // Three changes wait when the member is removed. They come when it is added again.
  for (const name of ['1.txt', '2.txt', '3.txt']) await uploadTo(simulator, 'b!me', name)
  await until(() => set.stats(DRIVE).outbox === 4, 'the changes')
  assert.equal((await nextChange(changes)).path, '/1.txt')
  assert.deepEqual([set.remove(DRIVE), set.remove(DRIVE)], [true, false])
  assert.deepEqual([set.size, set.state(DRIVE)], [1, undefined])
  for (const call of [() => set.stats(DRIVE), () => set.tree(DRIVE), () => set.hint(DRIVE)]) {
    assert.equal(thrownBy(call).code, 'ERR_DRIVEBELL_STATE')
  }
  assert.equal((await failure(set.ready(DRIVE))).code, 'ERR_DRIVEBELL_STATE')
  await uploadTo(simulator, 'b!team', 'ours.txt')
  assert.equal((await nextChange(changes)).path, '/ours.txt')
  await uploadTo(simulator, 'b!me', '4.txt')
  set.add(DRIVE)
  const rest = []
  while (rest.length < 4) rest.push(await nextChange(changes))
  assert.deepEqual(
    rest.map((change) => `${change.sequence} ${brief(change)}`),
    ['2 created /1.txt', '3 created /2.txt', '4 created /3.txt', '5 created /4.txt'],
  )
})

it('a member that is removed in the middle of many changes goes on there when it is added again', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=1000', '--page-size', '1000')
  await using client = clientOf(simulator)
  const set = setOf(client, scratch, [DRIVE])
  const changes = changesOf(set)
  while ((await nextChange(changes)).sequence !== 400);
  assert.equal(set.remove(DRIVE), true)
  set.add(TEAM)
  await within(set.ready(TEAM), 'ready')
  for (let sequence = 1; sequence <= 3; sequence += 1) {
    await uploadTo(simulator, 'b!team', `${sequence}.txt`)
    const change = await nextChange(changes)
    assert.deepEqual([change.resource, change.sequence], [TEAM, sequence])
  }
  assert.equal(set.tree(TEAM).stats().acknowledged, 2)
  set.add(DRIVE)
  let last = await nextChange(changes)
  assert.equal(last.sequence, 400)
  while (last.sequence < 1000) {
    const change = await nextChange(changes)
    assert.deepEqual([change.resource, change.sequence], [DRIVE, last.sequence + 1])
    last = change
  }
})

it('a refused member of mirrorAll ends alone, and may start again', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await uploadTo(simulator, 'b!me', 'mine.txt')
  await using client = clientOf(simulator)
  const set = setOf(client, scratch, [GONE, DRIVE])
  const changes = changesOf(set)
  const events = set.events()
  const first = await take(changes, 2)
  const end = first.find(({ error }) => error)
  assert.equal(end?.error?.code, 'ERR_DRIVEBELL_NOT_FOUND')
  assert.deepEqual([end.resource, end.client === client], [GONE, true])
  const ended = await eventOf(events, 'ended')
  assert.deepEqual([ended.resource, ended.client === client], [GONE, true])
  assert.equal((await failure(set.ready(GONE))).code, 'ERR_DRIVEBELL_NOT_FOUND')
  assert.deepEqual([set.state(GONE), set.size], ['closed', 2])
  set.add(GONE)
  assert.equal((await nextOf(changes)).error?.code, 'ERR_DRIVEBELL_NOT_FOUND')
  assert.equal(set.remove(GONE), true)
  await uploadTo(simulator, 'b!me', 'new.txt')
  assert.equal((await nextChange(changes)).path, '/new.txt')
})

it('batches of mirrorAll are of one member each', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=20', '--seed', 'b!team=30')
  await using client = clientOf(simulator)
  const set = setOf(client, scratch, [DRIVE, TEAM, GONE])
  const batches = set.batches()
  const counts = new Map<Resource, number>()
  let ends = 0
  while (ends === 0 || (counts.get(DRIVE) ?? 0) < 20 || (counts.get(TEAM) ?? 0) < 30) {
    const batch = await nextOf(batches)
    if (batch.error) {
      assert.equal(batch.resource, GONE)
      ends += 1
      continue
    }
    assert.ok(batch.client === client && batch.changes.every(({ resource }) => resource === batch.resource))
    counts.set(batch.resource, (counts.get(batch.resource) ?? 0) + batch.changes.length)
  }
  assert.deepEqual([ends, counts.get(DRIVE), counts.get(TEAM)], [1, 20, 30])
})

it('mirrorAll follows the drives of several users', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start(...USERS)
  for (const { drive } of [ALEX, KIM]) await uploadTo(simulator, drive, 'a.txt')
  await using alex = clientOf(simulator, { credential: ALEX.token })
  await using kim = alex.withCredential(KIM.token)
  const [alexs, kims] = [Resource.drive(ALEX.drive), Resource.drive(KIM.drive)]
  const set = setOf(alex, scratch, [alexs]).add(kims, { client: kim })
  const changes = changesOf(set)
  const first = [await nextChange(changes), await nextChange(changes)]
  const whose = new Map(first.map(({ resource, client }) => [resource, client]))
  assert.ok(whose.get(alexs) === alex && whose.get(kims) === kim)
  const error = thrownBy(() => set.add(alexs, { client: kim }))
  assert.deepEqual([error.code, error.argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', 'resource'])
})

it('mirrorAll goes on after a restart', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=10', '--seed', 'b!team=10')
  await using client = clientOf(simulator)
  const last = new Map<Resource, number>()
  let undone: MemberChange | undefined
  for (const count of [7, 6, 3]) {
    const set = setOf(client, scratch, [DRIVE, TEAM])
    const changes = changesOf(set)
    for (let taken = 0; taken < count; taken += 1) {
      const change = await nextChange(changes)
      const expected = (last.get(change.resource) ?? 0) + 1
      if (change.resource === undone?.resource && change.sequence === undone.sequence) {
        assert.equal(brief(change), brief(undone))
      } else assert.equal(change.sequence, expected)
      last.set(change.resource, change.sequence)
      undone = change
    }
    await set.close()
    assert.throws(() => set.add(TEAM), { code: 'ERR_DRIVEBELL_STATE' })
    assert.deepEqual(set.members(), [])
  }
})

it('mirrorAll refuses a bad argument, and names it', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  const set = setOf(client, scratch, [DRIVE])
  const cases: [argument: string, call: () => unknown][] = [
    ['resource', () => set.add('me' as never)],
    ['resource', () => set.add(Resource.driveList('b!me') as never)],
    ['resource', () => set.remove(undefined as never)],
    ['client', () => set.add(TEAM, { client: 'kim' as never })],
    ['user', () => set.add(TEAM, { user: client } as never)],
    ['options', () => set.add(TEAM, null as never)],
    ['resource', () => set.tree('me' as never)],
    ['path', () => set.tree(DRIVE).get('a')],
  ]
  for (const [argument, call] of cases) assert.equal(thrownBy(call).argument, argument, `${call}`)
  assert.equal((await failure(set.ready('me' as never))).argument, 'resource')
  assert.equal(set.size, 1)
})
