import { describe } from 'node:test'
import { SERVICES } from './services.mjs'
import { Simulator } from './simulator.mjs'

/** Starts the service under which the cases run. */
export type Start = (...options: string[]) => Promise<Simulator>

/** Runs the cases on each service. If a case passes only on our simulator, client and simulator share a mistake. */
export function eachService(name: string, cases: (start: Start) => void): void {
  for (const service of SERVICES) {
    describe(`${name}, on ${service}`, () => cases((...options) => Simulator.start(service, ...options)))
  }
}
