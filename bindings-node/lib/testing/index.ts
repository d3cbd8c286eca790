/**
 * Tests of programs that use drivebell, against a simulator of Microsoft's service, with node:test, vitest,
 * jest, or none of them.
 *
 * `npm install --save-dev drivebell-simulator` installs the simulator.
 *
 * @module drivebell/testing
 */

import '../runtime/node-version'

export type { Fault, FaultAction, FaultFields, FaultSelection, FaultTarget } from './fault'
export type { Item, SentEvent, Session, SimulatedRequest } from './records'
export { Simulator, type SimulatorOptions, startSimulator } from './simulator'
export { SimulatorError } from './simulator-error'
