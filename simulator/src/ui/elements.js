// Making elements. Texts are always text: names of items come from anywhere.

export const byId = (id) => document.getElementById(id)

/** An element with properties, `data-` attributes by `dataset`, and children. */
export function element(name, { dataset = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties)
  Object.assign(made.dataset, dataset)
  made.append(...children)
  return made
}

export function button(text, onclick, properties = {}) {
  return element('button', { type: 'button', textContent: text, onclick, ...properties })
}

/** One of the icons in the page's template. */
export function icon(name) {
  return byId('icons').content.querySelector(`.${name}`).cloneNode(true)
}

let hiding

/** Tells the person what happened. */
export function say(text, isBad = false) {
  const message = byId('message')
  message.textContent = text
  message.classList.toggle('bad', isBad)
  message.hidden = false
  clearTimeout(hiding)
  hiding = setTimeout(
    () => {
      message.hidden = true
    },
    isBad ? 8000 : 3000,
  )
}

/** Runs what a person asked for, and tells what went wrong. */
export async function attempt(action) {
  try {
    return await action()
  } catch (error) {
    say(error.message, true)
    return undefined
  }
}
