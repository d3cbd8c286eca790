interface Watch {
  readonly actions: Set<() => void>
  readonly listener: () => void
}

/**
 * One listener on each signal, however many calls and subscriptions it is for: Node takes more than
 * ten for a memory leak, and says so.
 */
const watches = new WeakMap<AbortSignal, Watch>()

/** Calls `action` when the signal aborts, unless what it gives back is called before. @internal */
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
