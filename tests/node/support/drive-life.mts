/** A drive's random life on the simulator, over its HTTP routes alone, with the model of what it must look like. */
import { ModelDrive } from './model-drive.mjs'
import type { Random } from './random.mjs'
import { type Simulator, TOKEN } from './simulator.mjs'

/** What passes by itself, once or a few times. */
const FAULTS: object[] = [
  { action: { answer: { status: 503 } }, on: 'delta', times: 2 },
  { action: { answer: { status: 500 } }, on: 'delta', times: 1 },
  { action: { answer: { status: 503 } }, on: 'endpoint', times: 1 },
  { action: { answer: { status: 502 } }, on: 'socket', times: 1 },
  { action: { delay: { ms: 30 } }, on: 'delta', times: 3 },
  { action: 'reset', on: 'delta', times: 1 },
  { action: 'cut', on: 'delta', afterBytes: 300, times: 1 },
  { action: 'disconnect', on: 'socket', when: 'now' },
  { action: 'engineClose', on: 'socket', when: 'now' },
  { action: { close: { code: 1011 } }, on: 'socket', when: 'now' },
  { action: 'reset', on: 'socket', when: 'now' },
  { action: 'silence', on: 'socket', when: 'now' },
  { action: { text: { text: '42/notifications,["notification","{"]' } }, on: 'socket', when: 'now' },
  { action: { serverDisconnect: { code: 503, message: 'moving' } }, on: 'socket', when: 'now' },
]

const LOST_TRACK = ['resyncChangesApplyDifferences', 'resyncChangesUploadDifferences', 'resyncRequired']

export class DriveLife {
  readonly #simulator: Simulator
  readonly #random: Random
  readonly #faults: number[] = []
  readonly #id: string
  readonly model: ModelDrive
  #names = 0

  private constructor(simulator: Simulator, id: string, random: Random, root: string) {
    this.#simulator = simulator
    this.#id = id
    this.#random = random
    this.model = new ModelDrive(root)
  }

  static async begin(simulator: Simulator, id: string, random: Random): Promise<DriveLife> {
    const { id: root } = (await graph(simulator, id, 'GET', '/root')) as { id: string }
    return new DriveLife(simulator, id, random, root)
  }

  /** One change, of any sort that there is something for. */
  async change(): Promise<void> {
    const random = this.#random
    const file = random.pick(this.model.files())
    const item = random.pick([...this.model.files(), ...this.model.folders()].filter((id) => id !== this.model.root))
    const kind = random.below(10)
    if (kind >= 8 && item !== undefined) await this.#delete(item)
    else if (kind >= 6 && item !== undefined) await this.#move(item)
    else if (kind >= 5 && file !== undefined) await this.#replace(file)
    else if (kind >= 3) await this.#makeFolder()
    else await this.upload()
  }

  async upload(): Promise<void> {
    const [parent, name, size] = [this.#folder(), this.#name('.txt'), this.#random.below(50)]
    const id = await this.#put(`${this.model.path(parent)}/${name}`, size)
    this.model.add(id, name, parent, size)
  }

  /** Something that a consumer has to live through. */
  async fault(): Promise<void> {
    await this.#set(this.#random.pick(FAULTS) as object)
  }

  /** Graph loses track, once: three times in a row would be the end, and rightly. */
  async loseTrack(): Promise<void> {
    await this.release()
    const code = this.#random.pick(LOST_TRACK)
    await this.#set({ action: { answer: { status: 410, code } }, on: 'delta', times: 1 })
  }

  /** Everything is well again. */
  async release(): Promise<void> {
    for (const id of this.#faults.splice(0)) await this.#simulator.release(id)
  }

  async #set(fault: object): Promise<void> {
    this.#faults.push((await this.#simulator.setFault({ ...fault, drive: this.#id })).id)
  }

  async #makeFolder(): Promise<void> {
    const [parent, name] = [this.#folder(), this.#name('')]
    const id = await this.#created('POST', `/items/${parent}/children`, JSON.stringify({ name, folder: {} }))
    this.model.add(id, name, parent)
  }

  async #replace(id: string): Promise<void> {
    const size = this.#random.below(50)
    await this.#put(this.model.path(id), size)
    this.model.replace(id, size)
  }

  async #move(id: string): Promise<void> {
    const parent = this.#random.pick(
      this.model.folders().filter((folder) => !this.model.isWithin(folder, id)),
    ) as string
    const name = this.#name('')
    await this.#graph('PATCH', `/items/${id}`, JSON.stringify({ name, parentReference: { id: parent } }))
    this.model.move(id, name, parent)
  }

  async #delete(id: string): Promise<void> {
    await this.#graph('DELETE', `/items/${id}`)
    this.model.delete(id)
  }

  #put(path: string, size: number): Promise<string> {
    return this.#created('PUT', `/root:${encodeURI(path)}:/content`, 'x'.repeat(size))
  }

  #folder(): string {
    return this.#random.pick(this.model.folders()) as string
  }

  /** Each once, and some that have to be written in another way in JSON or in a URL. */
  #name(suffix: string): string {
    this.#names += 1
    return `${this.#random.pick(['item', 'zwölf', 'a b', "it's"])}-${this.#names}${suffix}`
  }

  async #created(method: string, path: string, body: string): Promise<string> {
    return ((await this.#graph(method, path, body)) as { id: string }).id
  }

  #graph(method: string, path: string, body?: string): Promise<unknown> {
    return graph(this.#simulator, this.#id, method, path, body)
  }
}

async function graph(simulator: Simulator, drive: string, method: string, path: string, body?: string) {
  const response = await fetch(`${simulator.baseUrl}/v1.0/drives/${drive}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
