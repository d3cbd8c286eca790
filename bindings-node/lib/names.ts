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

/**
 * What a `Resource` is, and so what the items of its delta query are.
 *
 * - `drive`: A drive, whose items are files and folders: `DriveItem`s.
 * - `list`: A list, whose items are rows: `ListItem`s.
 */
export type ResourceKind = 'drive' | 'list'

/**
 * The current state of a session. The events that report it may still be waiting to be read.
 *
 * - `acquiring`: Asking Graph for an endpoint; not live.
 * - `signing_in`: Waiting until a person has signed in; not live.
 * - `opening`: Connecting to the notification server; not live.
 * - `backoff`: Waiting before the next attempt; not live.
 * - `live`: Connected: the server has acknowledged the namespace, and sends notifications.
 * - `renewing`: Live, while a second connection on a new endpoint is in preparation.
 * - `closed`: Closed by the consumer, or ended by an error.
 */
export type SubscriptionState = 'acquiring' | 'signing_in' | 'opening' | 'backoff' | 'live' | 'renewing' | 'closed'

/**
 * Why there is a `Notification`.
 *
 * - `changed`: The service has announced a change.
 * - `resync`: Changes may have gone unannounced, or their announcement was not readable:
 *   query the resource for changes.
 */
export type NotificationKind = 'changed' | 'resync'

/**
 * A change of the session behind a subscription.
 *
 * - `connected`: The server has acknowledged the namespace: notifications arrive from now
 *   on.
 * - `disconnected`: The connection has ended. The service does not announce what changes
 *   from now on; a notification of kind `resync` follows the next connection.
 * - `signing_in`: A person is asked to sign in, and the session waits for that. The event
 *   comes once for each sign-in; another one follows when it is over: the session connects,
 *   or the attempt fails.
 * - `renewed`: A new endpoint has replaced the one that was about to expire, without a gap.
 * - `unavailable`: An attempt to connect or to renew has failed. Another one follows.
 * - `query_failed`: A delta query has failed. Another attempt follows. Only `changes` emits
 *   it.
 * - `push_refused`: Graph serves the delta query, but no notifications: the stream polls,
 *   and subscribes again later. Only `changes` emits it, once until push has worked again.
 * - `ended`: A member of a `SubscriptionSet` has ended; the others continue. Or a stream of
 *   `changes` has. A single `Subscription` ends with an error of its stream instead.
 */
export type LifecycleKind =
  | 'connected'
  | 'disconnected'
  | 'signing_in'
  | 'renewed'
  | 'unavailable'
  | 'query_failed'
  | 'push_refused'
  | 'ended'

/**
 * Why a live connection ended.
 *
 * - `namespace_disconnect`: The server disconnected the client from the namespace (Socket.IO
 *   packet `41`).
 * - `engine_close`: The server closed the Engine.IO session (packet `1`).
 * - `websocket_close`: The server sent a WebSocket close frame.
 * - `connection_closed`: The TCP or TLS stream ended without a WebSocket close frame.
 * - `connection_reset`: The TCP connection was reset, or failed in another way.
 * - `heartbeat_timeout`: Nothing arrived for `pingInterval + pingTimeout`, or the server no
 *   longer accepts our packets.
 * - `server_disconnect`: The service announced the end with the event `server_disconnect`.
 * - `endpoint_expired`: The endpoint expired before a new one could replace it.
 * - `deaf`: A delta query found a change that was minutes old, and that no notification had
 *   announced although the connection counted as live. Only `changes` notices.
 * - `protocol_error`: The server sent something that the protocol does not allow, or a
 *   message over the size limit.
 */
export type DisconnectReason =
  | 'namespace_disconnect'
  | 'engine_close'
  | 'websocket_close'
  | 'connection_closed'
  | 'connection_reset'
  | 'heartbeat_timeout'
  | 'server_disconnect'
  | 'endpoint_expired'
  | 'deaf'
  | 'protocol_error'

/**
 * Why there was no connection, or why it ended without an answer.
 *
 * - `host_not_found`: The name of the host has no address.
 * - `connection_refused`: Nothing listens at the address and port, or a firewall refuses.
 * - `connection_reset`: The other side, or something in between, reset the connection.
 * - `connection_closed`: The connection ended before the answer was complete.
 * - `host_unreachable`: There is no way to the host.
 * - `network_unreachable`: There is no way to the network of the host, or this machine has
 *   no network.
 * - `timed_out`: Nobody answered in time.
 * - `permission_denied`: The system does not permit the connection.
 * - `too_many_open_files`: This process has too many open files and connections.
 * - `proxy_refused`: The proxy answered, and did not connect to the host.
 * - `certificate_expired`: The certificate has expired, or this machine's clock is wrong.
 * - `certificate_not_yet_valid`: The certificate is not valid yet, or this machine's clock
 *   is wrong.
 * - `certificate_wrong_name`: The certificate is for another name.
 * - `certificate_self_signed`: The certificate is self-signed, and not trusted.
 * - `certificate_self_signed_in_chain`: The server sent the certificate of its authority
 *   too, which is not trusted.
 * - `certificate_unknown_issuer`: The authority that issued the certificate is not known.
 * - `certificate_bad_signature`: The named authority did not sign the certificate.
 * - `certificate_revoked`: The certificate was revoked.
 * - `certificate_invalid`: The certificate is not valid for another reason.
 * - `tls_failed`: TLS failed for another reason: for instance, the server speaks only TLS
 *   1.1, or no TLS.
 * - `other`: Another error of the system; the message has it.
 */
export type NetworkFailure =
  | 'host_not_found'
  | 'connection_refused'
  | 'connection_reset'
  | 'connection_closed'
  | 'host_unreachable'
  | 'network_unreachable'
  | 'timed_out'
  | 'permission_denied'
  | 'too_many_open_files'
  | 'proxy_refused'
  | 'certificate_expired'
  | 'certificate_not_yet_valid'
  | 'certificate_wrong_name'
  | 'certificate_self_signed'
  | 'certificate_self_signed_in_chain'
  | 'certificate_unknown_issuer'
  | 'certificate_bad_signature'
  | 'certificate_revoked'
  | 'certificate_invalid'
  | 'tls_failed'
  | 'other'

/**
 * The kind of failure of an `Error`. Its names are stable.
 *
 * - `authentication`: There is no usable token: Graph responded with 401, or the credential
 *   failed. If the error is retryable, the credential failed in a way that may pass.
 * - `access_denied`: Graph responded with 403: the token lacks a permission, or this API
 *   refuses its kind.
 * - `not_found`: Graph responded with 404: there is no such drive, list, site, group or
 *   user.
 * - `throttled`: Graph is throttling this client: 429, or 503 with `Retry-After`.
 * - `graph`: Graph responded with any other error; see the status and Graph's code.
 * - `connection_failed`: No connection could be made, or the connection ended.
 * - `timeout`: A step took longer than its option allows.
 * - `protocol`: The server sent something that its protocol does not allow.
 * - `state`: The object cannot serve this call in its state: it is closed, or it has a
 *   consumer already.
 * - `storage`: The file of a mirror cannot be used: the code says why, for instance
 *   `disk_full`.
 * - `invalid_argument`: An argument of the call is invalid; the error has its name.
 */
export type ErrorKind =
  | 'authentication'
  | 'access_denied'
  | 'not_found'
  | 'throttled'
  | 'graph'
  | 'connection_failed'
  | 'timeout'
  | 'protocol'
  | 'state'
  | 'storage'
  | 'invalid_argument'

/**
 * What caused a delta query.
 *
 * - `start`: The stream started.
 * - `hint`: A notification announced a change.
 * - `resync`: Notifications may have been lost.
 * - `poll`: The subscription was not live.
 * - `safety`: No query ran for a day (`safety_interval`).
 * - `lag`: An earlier query may have missed announced changes, because delta lags behind
 *   notifications.
 * - `renewal`: The endpoint was replaced: the old one may have hidden changes.
 * - `audit`: Everything is enumerated again, to find what Graph lost (`audit_interval`).
 */
export type Trigger = 'start' | 'hint' | 'resync' | 'poll' | 'safety' | 'lag' | 'renewal' | 'audit'

/**
 * What a stream of changes does at present.
 *
 * - `starting`: It has not got its first page yet.
 * - `enumerating`: It enumerates everything.
 * - `live`: It has caught up, and notifications tell it when to query.
 * - `polling`: It has caught up, and queries regularly, because no notifications arrive.
 * - `away`: Graph cannot be reached, or its delta query fails. It tries again.
 * - `signing_in`: It waits until a person has signed in.
 * - `closed`: It has ended.
 */
export type ChangesState = 'starting' | 'enumerating' | 'live' | 'polling' | 'away' | 'signing_in' | 'closed'

/**
 * Whether a stream of changes uses a subscription.
 *
 * - `auto`: Subscribe. Where Graph refuses subscriptions alone, as it does to application
 *   permissions, poll, and try again now and then.
 * - `required`: Subscribe. A refusal ends the stream.
 * - `off`: Only poll, and follow the hints that the program passes on.
 */
export type PushMode = 'auto' | 'required' | 'off'

/**
 * What happened to an item of a mirrored drive.
 *
 * - `created`: It is new, or was moved into what is watched.
 * - `modified`: Its content or its metadata changed.
 * - `renamed`: It has another name, in the same folder.
 * - `moved`: It is in another folder, perhaps with another name.
 * - `deleted`: It is gone, or was moved out of what is watched.
 */
export type ChangeKind = 'created' | 'modified' | 'renamed' | 'moved' | 'deleted'

/**
 * How a mirror found out that an item is gone, although no deletion was reported.
 *
 * - `audit`: A full enumeration that the stream makes by itself (`audit_interval`).
 * - `resync`: The full enumeration after Graph had lost track (HTTP 410).
 * - `name`: Another item has its name, in the same folder.
 */
export type FoundBy = 'audit' | 'resync' | 'name'

/**
 * What a new mirror says of the items that exist already.
 *
 * - `created`: Each comes as a change of kind `created`.
 * - `silent`: Nothing: only what changes afterwards comes.
 */
export type Initial = 'created' | 'silent'

/**
 * What is wrong with the file of a mirror.
 *
 * - `disk_full`: It cannot grow.
 * - `read_only`: It, or its folder, cannot be written to.
 * - `not_a_mirror`: It is of another program.
 * - `newer_version`: A newer drivebell has written it.
 * - `other_drive`: It mirrors another drive.
 * - `locked`: Another process uses it.
 * - `damaged`: It cannot be read.
 * - `inaccessible`: It cannot be opened for another reason: for instance, its folder does
 *   not exist.
 */
export type StorageCode =
  | 'disk_full'
  | 'read_only'
  | 'not_a_mirror'
  | 'newer_version'
  | 'other_drive'
  | 'locked'
  | 'damaged'
  | 'inaccessible'

/** What values that are made by hand are checked against. @internal */
export const NAMES = {
  ApiVersion: ['v1.0', 'beta'],
  ResourceKind: ['drive', 'list'],
  SubscriptionState: ['acquiring', 'signing_in', 'opening', 'backoff', 'live', 'renewing', 'closed'],
  NotificationKind: ['changed', 'resync'],
  LifecycleKind: [
    'connected',
    'disconnected',
    'signing_in',
    'renewed',
    'unavailable',
    'query_failed',
    'push_refused',
    'ended',
  ],
  DisconnectReason: [
    'namespace_disconnect',
    'engine_close',
    'websocket_close',
    'connection_closed',
    'connection_reset',
    'heartbeat_timeout',
    'server_disconnect',
    'endpoint_expired',
    'deaf',
    'protocol_error',
  ],
  NetworkFailure: [
    'host_not_found',
    'connection_refused',
    'connection_reset',
    'connection_closed',
    'host_unreachable',
    'network_unreachable',
    'timed_out',
    'permission_denied',
    'too_many_open_files',
    'proxy_refused',
    'certificate_expired',
    'certificate_not_yet_valid',
    'certificate_wrong_name',
    'certificate_self_signed',
    'certificate_self_signed_in_chain',
    'certificate_unknown_issuer',
    'certificate_bad_signature',
    'certificate_revoked',
    'certificate_invalid',
    'tls_failed',
    'other',
  ],
  ErrorKind: [
    'authentication',
    'access_denied',
    'not_found',
    'throttled',
    'graph',
    'connection_failed',
    'timeout',
    'protocol',
    'state',
    'storage',
    'invalid_argument',
  ],
  Trigger: ['start', 'hint', 'resync', 'poll', 'safety', 'lag', 'renewal', 'audit'],
  ChangesState: ['starting', 'enumerating', 'live', 'polling', 'away', 'signing_in', 'closed'],
  PushMode: ['auto', 'required', 'off'],
  ChangeKind: ['created', 'modified', 'renamed', 'moved', 'deleted'],
  FoundBy: ['audit', 'resync', 'name'],
  Initial: ['created', 'silent'],
  StorageCode: [
    'disk_full',
    'read_only',
    'not_a_mirror',
    'newer_version',
    'other_drive',
    'locked',
    'damaged',
    'inaccessible',
  ],
} as const

/** The pages about the kinds of errors, and about an addon that cannot be loaded. @internal */
export const HELP_URLS = {
  authentication: 'https://drivebell.github.io/drivebell/errors/authentication/',
  access_denied: 'https://drivebell.github.io/drivebell/errors/access-denied/',
  not_found: 'https://drivebell.github.io/drivebell/errors/not-found/',
  throttled: 'https://drivebell.github.io/drivebell/errors/throttled/',
  graph: 'https://drivebell.github.io/drivebell/errors/graph/',
  connection_failed: 'https://drivebell.github.io/drivebell/errors/connection-failed/',
  timeout: 'https://drivebell.github.io/drivebell/errors/timeout/',
  protocol: 'https://drivebell.github.io/drivebell/errors/protocol/',
  state: 'https://drivebell.github.io/drivebell/errors/state/',
  storage: 'https://drivebell.github.io/drivebell/errors/storage/',
  invalid_argument: 'https://drivebell.github.io/drivebell/errors/invalid-argument/',
  internal: 'https://drivebell.github.io/drivebell/errors/internal/',
  addon: 'https://drivebell.github.io/drivebell/errors/addon/',
} as const
