interface Watch {
  readonly actions: Set<() => void>
  readonly listener: () => void
}

/**
 * Each signal gets one listener, which all calls and subscriptions share: Node warns of a memory leak
 * at more than ten.
 */
const watches = new WeakMap<AbortSignal, Watch>()

/** Calls `action` when the signal aborts. The returned function cancels that. @internal */
export function onAbort(signal: AbortSignal | undefined, action: () => void): () => void {
  if (!signal) return () => {}
  const watch = watches.get(signal) ?? begin(signal)
  watch.actions.add(action)
  return () => {
    watch.actions.delete(action)
    if (watch.actions.size === 0) end(signal, watch)
  }
}

function begin(signal: AbortSignal): Watch {
  const actions = new Set<() => void>()
  const watch = {
    actions,
    listener: () => {
      end(signal, watch)
      for (const action of actions) action()
    },
  }
  watches.set(signal, watch)
  signal.addEventListener('abort', watch.listener)
  return watch
}

function end(signal: AbortSignal, watch: Watch): void {
  signal.removeEventListener('abort', watch.listener)
  if (watches.get(signal) === watch) watches.delete(signal)
}
