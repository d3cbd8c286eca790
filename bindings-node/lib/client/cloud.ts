/**
 * The national clouds of Microsoft Graph.
 *
 * Microsoft does not document whether clouds other than the global one serve notifications.
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

/** The name of a national cloud. */
export type Cloud = (typeof Cloud)[keyof typeof Cloud]
