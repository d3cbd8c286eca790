/**
 * Random lives of a drive and of a program that keeps a copy of it, through whatever the service does: at the end
 * the copy is what a model of the drive says, item for item.
 *
 * A failure tells the seed of its sequence, and DRIVEBELL_MODEL_SEED=7 runs that one alone. The sequence is then
 * the same; what overtakes what between two processes is not.
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type Client, Resource } from 'drivebell'
import { DriveLife } from './support/drive-life.mjs'
import { clientOf } from './support/drivebell.mjs'
import { Follower } from './support/follower.mjs'
import type { State } from './support/model-drive.mjs'
import { Random } from './support/random.mjs'
import { Simulator } from './support/simulator.mjs'

/** On each of the services below. */
const SEQUENCES = 25
const PATIENCE = 20_000

const SERVICES: Record<string, string[]> = {
  'whose pages are short': ['--page-size', '3'],
  'that shows some items twice, in pages with empty ones between': [
    '--page-size',
    '7',
    '--delta-empty-pages',
    '--delta-duplicates',
  ],
  'that shows changes late': ['--page-size', '5', '--delta-lag', '100', '--delta-links', 'mixed'],
  'that is personal, and announces everything twice': ['--page-size', '4', '--drive-type', 'personal', '--duplicate'],
}

const told = { batches: 0, restarts: 0, enumerations: 0, deletions: 0 }

describe('a copy of a drive', { concurrency: true }, () => {
  const alone = Number(process.env.DRIVEBELL_MODEL_SEED ?? 0)
  let seed = 0
  for (const [name, options] of Object.entries(SERVICES)) {
    const seeds = Array.from({ length: SEQUENCES }, () => ++seed).filter((each) => alone === 0 || each === alone)
    it(`is the drive, on a service ${name}`, { timeout: 120_000 }, async () => {
      const drives = seeds.flatMap((each) => ['--drive', `d${each}`])
      const heartbeat = ['--ping-interval', '500', '--ping-timeout', '500']
      await using simulator = await Simulator.start('simulator', ...options, ...drives, ...heartbeat)
      await using client = clientOf(simulator)
      for (const each of seeds) await live(simulator, client, each)
    })
  }

  after(() => {
    if (alone !== 0) return
    // What is to be shown did happen, and often.
    const { batches, restarts, enumerations, deletions } = told
    assert.ok(batches > 500 && restarts > 50 && enumerations > 20 && deletions > 50, JSON.stringify(told))
  })
})

async function live(simulator: Simulator, client: Client, seed: number): Promise<void> {
  const random = new Random(seed)
  const drive = await DriveLife.begin(simulator, `d${seed}`, random)
  for (let before = random.below(12); before > 0; before -= 1) await drive.change()
  const follower = new Follower(client, Resource.drive(`d${seed}`), random)
  try {
    for (let steps = 10 + random.below(30); steps > 0; steps -= 1) {
      const kind = random.below(100)
      if (kind < 50) await drive.change()
      else if (kind < 60) await drive.fault()
      else if (kind < 64) await drive.loseTrack()
      else if (kind < 74) await follower.restart()
      else while ((await follower.take(random.below(60))) && !random.oneIn(3));
    }
    await drive.release()
    await drive.upload()
    const deadline = Date.now() + PATIENCE
    while (differences(drive, follower).length > 0 && Date.now() < deadline) await follower.take(1_000)
    assert.deepEqual(differences(drive, follower), [], `seed ${seed}`)
  } catch (error) {
    throw new Error(`DRIVEBELL_MODEL_SEED=${seed}: ${error instanceof Error ? error.message : error}`, { cause: error })
  } finally {
    for (const name of ['batches', 'restarts', 'enumerations', 'deletions'] as const) told[name] += follower.told[name]
    await follower.close()
  }
}

/** Where the copy is not the drive: by id, what is copied and what is to be. */
function differences(drive: DriveLife, follower: Follower): [id: string, copied: State, wanted: State | undefined][] {
  const states = drive.model.states()
  const ids = new Set([...states.keys(), ...follower.rows.keys()])
  return [...ids]
    .map((id): [string, State, State | undefined] => [id, copied(follower, id), states.get(id)])
    .filter(([, ours, theirs]) => JSON.stringify(ours) !== JSON.stringify(theirs))
}

function copied(follower: Follower, id: string): State {
  const row = follower.rows.get(id)
  if (row === undefined) return { deleted: true }
  const { name, parent, size } = row
  return { deleted: false, name: name as string, parent, size: size as number }
}
