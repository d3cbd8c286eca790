// Questions to the person.

import { byId } from './elements.js'

/** Asks for a text. Resolves to undefined if the person cancels. */
export function ask(title, accept, value) {
  return open(title, '', accept, value)
}

/** Asks for consent. */
export async function confirmed(title, text, accept) {
  return (await open(title, text, accept)) !== undefined
}

function open(title, text, accept, value) {
  const dialog = byId('dialog')
  const input = byId('dialog-value')
  byId('dialog-title').textContent = title
  byId('dialog-text').textContent = text
  byId('dialog-text').hidden = text === ''
  byId('dialog-accept').textContent = accept
  input.hidden = value === undefined
  input.value = value ?? ''
  input.setAttribute('aria-label', title)
  return new Promise((resolve) => {
    let answer
    dialog.onclose = () => resolve(answer)
    byId('dialog-cancel').onclick = () => dialog.close()
    dialog.querySelector('form').onsubmit = (event) => {
      event.preventDefault()
      answer = input.value
      dialog.close()
    }
    dialog.showModal()
    if (value === undefined) return byId('dialog-accept').focus()
    input.focus()
    // The name without its extension.
    const dot = value.lastIndexOf('.')
    input.setSelectionRange(0, dot > 0 ? dot : value.length)
  })
}
