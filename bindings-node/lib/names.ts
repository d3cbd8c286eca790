// Written by `make generate` from the core's declarations; do not edit.

/**
 * A national cloud of Microsoft Graph, with its own base URL.
 *
 * Microsoft does not document whether the Socket.IO endpoint is served outside the global cloud.
 */
export const Cloud = {
  /** `https://graph.microsoft.com`, the default. */
  Global: 'global',
  /** US Government L4: `https://graph.microsoft.us`. */
  UsGovL4: 'us-gov-l4',
  /** US Government L5 (DoD): `https://dod-graph.microsoft.us`. */
  UsGovL5: 'us-gov-l5',
  /** China, operated by 21Vianet: `https://microsoftgraph.chinacloudapi.cn`. */
  China: 'china',
} as const

/** A name of Cloud. */
export type Cloud = (typeof Cloud)[keyof typeof Cloud]

/**
 * A version of Graph's REST API.
 *
 * - `v1.0`: The stable version, the default.
 * - `beta`: Everything of `beta` may change at any time.
 */
export type ApiVersion = 'v1.0' | 'beta'
