// The drive as a tree: only open folders are loaded.

import { call } from './api.js'
import { ask, confirmed } from './dialog.js'
import { attempt, button, byId, element, icon, say } from './elements.js'

/** As many as a person can look through. */
const MAX_SHOWN = 500

export class Tree {
  #drive
  #sequence
  #open = new Set()
  #loading = Promise.resolve()

  constructor() {
    const panel = byId('drive-panel')
    acceptDrops(panel, panel, (files) => this.#upload(files, ''))
    byId('upload').onclick = () => this.#chooseFiles('')
    byId('new-folder').onclick = () => this.#createFolder('')
  }

  /** Shows a drive as it is after this many changes. */
  show(drive, sequence) {
    if (drive === this.#drive && sequence === this.#sequence) return
    if (drive !== this.#drive) this.#open.clear()
    this.#drive = drive
    this.#sequence = sequence
    // One after the other, so that the last state is shown last.
    this.#loading = this.#loading.then(() => attempt(() => this.#load()))
  }

  async #load() {
    const focused = document.activeElement?.dataset.key
    const fresh = await this.#items('')
    byId('empty').hidden = fresh.length > 0
    byId('tree').replaceChildren(...fresh)
    if (focused === undefined) return
    const again = [...document.querySelectorAll('[data-key]')].find((found) => found.dataset.key === focused)
    again?.focus()
  }

  async #items(path) {
    const children = await call('GET', 'children', { drive: this.#drive, path })
    const sorted = children.toSorted((a, b) => b.folder - a.folder || a.name.localeCompare(b.name))
    const shown = await Promise.all(sorted.slice(0, MAX_SHOWN).map((item) => this.#item(item)))
    const more = sorted.length - shown.length
    if (more > 0) shown.push(element('li', { className: 'hint', textContent: `and ${more} more` }))
    return shown
  }

  async #item(item) {
    const isOpen = item.folder && this.#open.has(item.id)
    const label = item.folder
      ? button('', () => this.#toggle(item.id), { className: 'name', ariaExpanded: `${isOpen}` })
      : element('span', { className: 'name' })
    if (item.folder) label.append(icon('chevron'))
    label.dataset.key = item.id
    label.append(icon(item.folder ? 'folder' : 'file'), element('span', { textContent: item.name, title: item.path }))
    const row = element('div', { className: 'row' }, label)
    if (!item.folder) row.append(element('span', { className: 'size', textContent: sizeOf(item.size) }))
    row.append(this.#actions(item))
    const entry = element('li', {}, row)
    if (item.folder) acceptDrops(row, row, (files) => this.#upload(files, item.path))
    if (isOpen) entry.append(element('ul', { ariaLabel: item.name }, ...(await this.#items(item.path))))
    return entry
  }

  #actions(item) {
    const action = (text, run, className = '') => {
      const made = button(text, run, { className, ariaLabel: `${text} ${item.name}` })
      made.dataset.key = `${text} ${item.id}`
      return made
    }
    const inside = item.folder
      ? [
          action('Upload', () => this.#chooseFiles(item.path)),
          action('New folder', () => this.#createFolder(item.path)),
        ]
      : []
    return element(
      'span',
      { className: 'actions' },
      ...inside,
      action('Rename', () => this.#rename(item)),
      action('Delete', () => this.#delete(item), 'danger'),
    )
  }

  #toggle(id) {
    if (!this.#open.delete(id)) this.#open.add(id)
    this.#loading = this.#loading.then(() => attempt(() => this.#load()))
  }

  #chooseFiles(path) {
    const input = byId('files')
    input.value = ''
    input.onchange = () => this.#upload(input.files, path)
    input.click()
  }

  async #upload(files, path) {
    for (const file of files) {
      const target = `${path}/${file.name}`
      const item = await attempt(() => call('PUT', 'files', { drive: this.#drive, path: target }, file))
      if (item) say(`Uploaded ${item.path}`)
    }
    this.#openAt(path)
  }

  async #createFolder(path) {
    const name = await ask('New folder', 'Create', 'New folder')
    if (name === undefined) return
    await attempt(() => call('POST', 'folders', { drive: this.#drive, path: `${path}/${name}` }))
    this.#openAt(path)
  }

  async #rename(item) {
    const name = await ask('Rename', 'Rename', item.name)
    if (name === undefined || name === item.name) return
    const to = item.path.slice(0, item.path.length - item.name.length) + name
    await attempt(() => call('PATCH', 'items', { drive: this.#drive, path: item.path, to }))
  }

  async #delete(item) {
    const text = item.folder ? `${item.path}, with everything in it` : item.path
    if (!(await confirmed('Delete?', text, 'Delete'))) return
    await attempt(() => call('DELETE', 'items', { drive: this.#drive, path: item.path }))
  }

  /** Opens the folder at a path, to show what has come into it. */
  async #openAt(path) {
    if (path === '') return
    const parent = path.slice(0, path.lastIndexOf('/'))
    const siblings = await call('GET', 'children', { drive: this.#drive, path: parent })
    const folder = siblings.find((item) => item.path === path)
    if (folder && !this.#open.has(folder.id)) this.#toggle(folder.id)
  }
}

function sizeOf(bytes) {
  const units = ['B', 'KB', 'MB', 'GB']
  let [size, unit] = [bytes, 0]
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1]
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`
}

function acceptDrops(target, marked, upload) {
  target.addEventListener('dragover', (event) => {
    event.preventDefault()
    event.stopPropagation()
    marked.classList.add('drop')
  })
  target.addEventListener('dragleave', () => marked.classList.remove('drop'))
  target.addEventListener('drop', (event) => {
    event.preventDefault()
    event.stopPropagation()
    marked.classList.remove('drop')
    if (event.dataTransfer.files.length > 0) upload(event.dataTransfer.files)
  })
}
