// Buttons for the faults that programs meet most, a field for any other, and those that are active.

import { call } from './api.js'
import { attempt, button, byId, element, say } from './elements.js'

const HOUR = 3600

const PRESETS = [
  ['Cut connections', 'programs reconnect', { action: 'reset', on: 'socket', when: 'now' }],
  ['Refuse connections', 'the upgrade fails with 502', { action: { answer: { status: 502 } }, on: 'socket' }],
  ['Go silent', 'sockets stay open, and nothing arrives', { action: 'silence', on: 'socket' }],
  ['Hold everything', 'a network that delivers nothing', { action: 'hold' }],
  ['Graph is down', '503 for every request', { action: { answer: { status: 503 } }, on: 'graph' }],
  ['Throttle', '429, retry after 15 s', { action: { answer: { status: 429, retryAfter: 15 } }, on: 'graph' }],
  ['Refuse the user', '403 for every request', { action: { answer: { status: 403 } }, on: 'graph' }],
  ['Slow responses', 'each takes 2 s longer', { action: { delay: { ms: 2000 } }, on: 'graph' }],
  ['Expire a delta token', '410 for the next query', { action: { answer: { status: 410 } }, on: 'delta', times: 1 }],
  ['Sign-in is down', '503 of the identity service', { action: { answer: { status: 503 } }, on: 'identity' }],
]

export class Faults {
  #shown = ''

  constructor() {
    const presets = PRESETS.map(([name, hint, fault]) =>
      preset(name, hint, () => set(JSON.stringify({ ...fault }), name)),
    )
    const hour = preset('An hour passes', 'URLs and tokens expire', async () => {
      await call('POST', 'advance', { seconds: HOUR })
      say('An hour has passed for what was issued')
    })
    byId('presets').append(...presets, hour)
    byId('release-all').onclick = () => attempt(() => call('DELETE', 'faults'))
    byId('any-fault').onsubmit = (event) => {
      event.preventDefault()
      const fault = byId('fault').value.trim()
      attempt(async () => {
        await set(fault, fault)
        byId('fault').value = ''
      })
    }
  }

  /** Shows those that still act. */
  show(faults) {
    const active = faults.filter(({ done }) => !done)
    const shown = JSON.stringify(active)
    if (shown === this.#shown) return
    this.#shown = shown
    const focused = document.activeElement?.dataset.key
    byId('release-all').hidden = active.length === 0
    const entries = active.map(({ id, fault, acted }) => {
      const text = describe(fault)
      const release = button('Release', () => attempt(() => call('DELETE', `faults/${id}`)), {
        ariaLabel: `Release ${text}`,
        dataset: { key: `fault ${id}` },
      })
      const count = element('span', { className: 'hint', textContent: `acted ${acted}×` })
      return element('li', {}, element('code', { className: 'grow', textContent: text }), count, release)
    })
    byId('faults').replaceChildren(...entries)
    if (focused?.startsWith('fault ')) byId('faults').querySelector(`[data-key="${focused}"]`)?.focus()
  }
}

function preset(name, hint, run) {
  const made = button('', () => attempt(run), {})
  made.append(name, element('small', { textContent: hint }))
  return made
}

async function set(fault, name) {
  const { acted } = await call('POST', 'faults', {}, fault)
  say(`${name}: acted on ${acted} so far`)
}

/** In the shorthand of the command line, as far as it goes. */
function describe({ action, ...rest }) {
  const [name, fields] = typeof action === 'string' ? [action, {}] : Object.entries(action)[0]
  const usual = { on: 'all', when: 'always', skip: 0, afterBytes: 0 }
  const parts = Object.entries({ ...fields, ...rest }).filter(([key, value]) => usual[key] !== value)
  const texts = parts.map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
  return [name, ...texts].join(' ')
}
