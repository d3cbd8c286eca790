/** The simulator is not installed, does not start, or refuses what it was asked to do. */
export class SimulatorError extends Error {
  readonly code = 'ERR_DRIVEBELL_SIMULATOR'
  /** The HTTP status of the refusal. */
  declare readonly status?: number

  /** @internal */
  constructor(message: string, options?: ErrorOptions & { status?: number | undefined }) {
    super(message, options)
    if (options?.status !== undefined) this.status = options.status
  }

  static {
    Object.defineProperty(SimulatorError.prototype, 'name', { value: 'SimulatorError', configurable: true })
  }
}
