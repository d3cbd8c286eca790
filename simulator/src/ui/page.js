// The page of `drivebell-simulator --ui`: it looks at the simulator twice a second.

import { call } from './api.js'
import { attempt, byId, element, say } from './elements.js'
import { Faults } from './faults.js'
import { Tree } from './tree.js'

/** Milliseconds. */
const PAUSE = 500
const MAX_NOTIFICATIONS = 200
/** The drive behind /me/drive. */
const MY_DRIVE = 'b!me'

const tree = new Tree()
const faults = new Faults()
/** Of the last notification that is shown. */
let last = 0
/** Notifications by session. */
const sent = new Map()

byId('address').textContent = location.origin
byId('notify').onclick = () =>
  attempt(async () => {
    const { connected } = await call('POST', 'notify', { drive: byId('drive').value })
    say(`Notified ${plural(connected, 'session')} of ${byId('drive').value}`)
  })
byId('drive').onchange = look
addEventListener('edited', look)

let looking = Promise.resolve()

/** One look after the other: each begins where the last one ended. */
function look() {
  looking = looking.then(lookOnce)
  return looking
}

async function lookOnce() {
  try {
    show(await call('GET', 'ui/state', { after: last }))
  } catch {
    pill('the simulator has ended', 'bad')
  }
}

function show({ now, drives, sessions, events, faults: set }) {
  showDrives(drives)
  const drive = drives.find(({ id }) => id === byId('drive').value)
  if (drive) tree.show(drive.id, drive.sequence)
  showNotifications(events)
  showSessions(sessions, now)
  faults.show(set)
  pill(plural(sessions.length, 'session'), sessions.length > 0 ? 'good' : '')
}

function showDrives(drives) {
  const select = byId('drive')
  if (select.length === drives.length) return
  const shown = select.value || MY_DRIVE
  select.replaceChildren(...drives.map(({ id }) => element('option', { value: id, textContent: id })))
  if (drives.some(({ id }) => id === shown)) select.value = shown
}

function showSessions(sessions, now) {
  byId('no-sessions').hidden = sessions.length > 0
  const entries = sessions.map((session) => {
    const expires = session.expiresAtMicros - now
    const texts = [
      `connected ${span(now - session.joinedAtMicros)}`,
      plural(sent.get(session.socket) ?? 0, 'notification'),
      expires > 0 ? `URL expires in ${span(expires)}` : 'URL has expired',
    ]
    return element(
      'li',
      {},
      element('strong', { textContent: session.drive }),
      element('span', { className: 'id', textContent: session.socket, title: session.subscriptionId }),
      element('span', { className: 'hint', textContent: texts.join(' · ') }),
    )
  })
  byId('sessions').replaceChildren(...entries)
}

function showNotifications(events) {
  const list = byId('notifications')
  for (const event of events) {
    const at = new Date(event.emittedAtMicros / 1000)
    const time = element('time', {
      textContent: at.toLocaleTimeString([], { hour12: false }),
      dateTime: at.toISOString(),
    })
    const drive = element('span', { className: 'grow', textContent: event.drive })
    const session = element('span', { className: 'id', textContent: event.socket, title: event.subscriptionId })
    list.prepend(element('li', {}, time, drive, session))
    sent.set(event.socket, (sent.get(event.socket) ?? 0) + 1)
    last = event.sequence
  }
  while (list.children.length > MAX_NOTIFICATIONS) list.lastChild.remove()
  byId('no-notifications').hidden = list.children.length > 0
  byId('count').textContent = last > 0 ? `${last} so far` : ''
}

function plural(count, word) {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function span(micros) {
  const seconds = Math.max(0, Math.round(micros / 1e6))
  if (seconds < 60) return `${seconds} s`
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

function pill(text, className) {
  const live = byId('live')
  live.className = `pill ${className}`
  // Otherwise screen readers would hear it again.
  if (live.textContent !== text) live.textContent = text
}

for (;;) {
  if (!document.hidden) await look()
  await new Promise((resolve) => setTimeout(resolve, PAUSE))
}
