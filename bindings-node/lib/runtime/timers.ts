import * as timers from 'node:timers'

/**
 * Node's own functions, as they are when this package is loaded. A test's fake timers replace them later,
 * and would keep every event from its handler.
 *
 * @internal
 */
export const { clearTimeout, setImmediate, setTimeout } = timers

/** @internal */
export const nextTick: (callback: () => void) => void = process.nextTick.bind(process)
