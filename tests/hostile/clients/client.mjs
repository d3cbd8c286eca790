// The same as client.py, in Node: client.mjs MODE BASE_URL SECONDS [OPTION=VALUE ...]
import { Client, Resource } from 'drivebell'

const [mode, baseUrl, seconds, ...given] = process.argv.slice(2)
const camelCase = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
const options = Object.fromEntries(
  given.map((option) => {
    const [name, value] = option.split('=')
    if (name === 'ca_bundle') return ['caBundle', value]
    const milliseconds = value === 'inf' ? Infinity : Number(value) * 1000
    return [camelCase(name), milliseconds]
  }),
)
const mine = Resource.myDrive()
const client = new Client({ credential: 'the-token-of-the-tests', baseUrl, ...options })
const told = (error) => console.log(`${error.code ?? error.name}: ${error.message}`.slice(0, 2000))

const modes = {
  async endpoint() {
    const { additionalData } = await client.endpoint(mine)
    console.log('ok', additionalData && 'more')
  },
  async subscribe() {
    const sub = await client.subscribe(mine, { waitLive: false })
    for await (const event of sub.events()) {
      if (event.error) told(event.error)
      else console.log(event.type === 'notification' ? event.kind : (event.message ?? event.type))
    }
  },
  async stalled() {
    await client.subscribe(mine)
    await new Promise(() => {})
  },
  async changes() {
    for await (const batch of client.changes(mine, { since: 'start' })) {
      console.log('batch', batch.items.length, batch.items[0]?.raw && batch.items[0].id)
    }
  },
}

const timer = setTimeout(async () => {
  console.log('still running')
  await client.close()
  process.exit()
}, Number(seconds) * 1000)
try {
  await modes[mode]()
} catch (error) {
  told(error)
}
clearTimeout(timer)
await client.close()
