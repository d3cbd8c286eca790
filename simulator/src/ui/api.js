// Requests to the control API of the simulator that serves this page.

/** Returns the JSON of the response; throws with the simulator's reason. The window hears `edited` after an edit. */
export async function call(method, route, query = {}, body = undefined) {
  const response = await fetch(`/_simulator/${route}?${new URLSearchParams(query)}`, { method, body })
  const text = await response.text()
  if (!response.ok) throw new Error(reason(text) ?? `HTTP ${response.status}`)
  if (method !== 'GET') dispatchEvent(new Event('edited'))
  return text === '' ? undefined : JSON.parse(text)
}

function reason(text) {
  try {
    return JSON.parse(text).error
  } catch {
    return text || undefined
  }
}
