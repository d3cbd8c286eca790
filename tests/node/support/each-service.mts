import { describe } from 'node:test'
import { SERVICES } from './services.mjs'
import { Simulator } from './simulator.mjs'

/** Starts the service that the cases are for. */
export type Start = (...options: string[]) => Promise<Simulator>

/** A suite for each service: a case that passes on ours only is a misreading that the client shares with it. */
export function eachService(name: string, cases: (start: Start) => void): void {
  for (const service of SERVICES) {
    describe(`${name}, on ${service}`, () => cases((...options) => Simulator.start(service, ...options)))
  }
}
