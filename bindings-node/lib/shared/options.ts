// Written by `make generate` from core/src/options; do not edit.
import type { ChangesAllOptions } from '../changes/options'

/** The options of {@link Client.changesShared}: these, and those of {@link Client.changesAll}. */
export interface SharedOptions extends ChangesAllOptions {
  /**
   * The name of this process, in logs and in the store: up to 48 letters, digits, `-` and `_`. Each
   * start adds something random to it. Default: `worker`.
   */
  worker?: string | undefined
  /**
   * How long a process may be silent before the others take its drives. At least a tenth of a
   * second. Default: 8 000.
   */
  leaseTime?: number | undefined
  /** How much this process takes compared with the others. Default: 100. */
  capacity?: number | undefined
  /**
   * After what time a drive that Graph or its credential has refused is tried again. Default: 300
   * 000.
   */
  refusedRetry?: number | undefined
}
