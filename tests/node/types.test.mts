import assert from 'node:assert/strict'
import { type EventEmitter, on, once } from 'node:events'
import { it } from 'node:test'
import type { TokenCredential } from '@azure/core-auth'
import type {
  Change,
  ChangeKind,
  Changes,
  ChangesEvent,
  ChangesRoundMessage,
  ChangesSet,
  ChangesState,
  Checkpoint,
  CheckpointStore,
  Client,
  ClientOptions,
  Connected,
  Credential,
  Disconnected,
  DisconnectReason,
  DrivebellError,
  Endpoint,
  GraphRequestMessage,
  ListItem,
  MemberChange,
  Mirror,
  MirrorSet,
  MirrorStats,
  NetworkFailure,
  Ownership,
  Payload,
  PushRefused,
  QueryFailed,
  Renewed,
  SessionMessage,
  SharedRefusal,
  SigningIn,
  StorageCode,
  Subscription,
  SubscriptionEvent,
  SubscriptionSet,
  SubscriptionState,
  SubscriptionStats,
  Unavailable,
} from 'drivebell'
import {
  ChangeBatch,
  Cloud,
  DriveItem,
  Lifecycle,
  MemberBatch,
  MemoryStore,
  Notification,
  Resource,
  type SharedBatch,
  SignInRequired,
} from 'drivebell'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const proof: { [name: string]: true } = {}

/** The part of msal-node's `AuthenticationResult` that matters, as msal-node declares it. */
interface MsalResult {
  authority: string
  accessToken: string
  expiresOn: Date | null
  refreshOn?: Date
}

/** Never called: the test is that it compiles. */
export async function usesChanges(changes: Changes, all: ChangesSet): Promise<void> {
  const state: ChangesState = changes.state
  for await (const event of changes.events()) {
    if (event.type === 'push_refused') event.error.retryable satisfies boolean
    if (event.type === 'disconnected') event.reason satisfies string
  }
  for await (const batch of all) {
    batch.client satisfies Client
    if (batch.error) {
      batch.error satisfies DrivebellError
      continue
    }
    batch satisfies ChangeBatch
    batch.checkpoint satisfies string
  }
  all.events() satisfies AsyncIterable<ChangesEvent>
  all.state(changes.resource, { client: all.members()[0]?.client }) satisfies typeof state | undefined
}

/** Never called: the test is that it compiles. */
export function seesWhatHappens(client: Client, changes: Changes, error: DrivebellError): void {
  proof.reason = true satisfies Equal<typeof error.reason, DisconnectReason | NetworkFailure | undefined>
  proof.host = true satisfies Equal<typeof error.host, string | undefined>
  proof.port = true satisfies Equal<typeof error.port, number | undefined>
  proof.label = true satisfies Equal<typeof error.label, string | undefined>
  client.withCredential('token', { label: 'kim' }).label satisfies string | undefined
  // @ts-expect-error an option that there is not
  client.withCredential('token', { name: 'kim' })
  changes.ready() satisfies Promise<void>
  const message = {} as SessionMessage | GraphRequestMessage | ChangesRoundMessage
  message.time satisfies number
  if ('duration' in message) message.duration satisfies number
  if ('event' in message && message.event === 'connected') message.resource satisfies string
}

/** Never called: the test is that it compiles. */
export async function usesMirrors(
  client: Client,
  mirror: Mirror,
  all: MirrorSet,
  error: DrivebellError,
): Promise<void> {
  for await (const change of mirror) {
    proof.change = true satisfies Equal<typeof change, Change>
    proof.kind = true satisfies Equal<typeof change.kind, ChangeKind>
    change.item satisfies DriveItem
    // @ts-expect-error the fields of a change are read-only
    change.path = ''
  }
  for await (const changes of mirror.batches()) changes satisfies readonly Change[]
  for await (const change of all) {
    if (change.error) change.error satisfies DrivebellError
    else proof.member = true satisfies Equal<typeof change, MemberChange>
  }
  for await (const batch of all.batches()) if (!batch.error) batch.changes satisfies readonly MemberChange[]
  mirror.get('/a') satisfies DriveItem | undefined
  mirror.get({ id: 'a' }) satisfies DriveItem | undefined
  for (const [path, item] of mirror.walk()) [path, item] satisfies [string, DriveItem]
  proof.mirrorStats = true satisfies Equal<ReturnType<typeof mirror.stats>, MirrorStats>
  proof.page = true satisfies Equal<typeof error.helpUrl, string>
  proof.storage = true satisfies Equal<typeof error.storageCode, StorageCode | undefined>
  client.mirror(mirror.resource, 'a.db', { kinds: ['created', 'deleted'], initial: 'silent', pollInterval: 7 })
  client.mirrorAll([mirror.resource], new URL('file:///a.db'), { signal: AbortSignal.timeout(7) })
  // @ts-expect-error there is no such kind
  client.mirror(mirror.resource, 'a.db', { kinds: ['changed'] })
  // @ts-expect-error the file knows where to begin
  client.mirror(mirror.resource, 'a.db', { since: 'start' })
}

/** Never called: the test is that it compiles. */
export function uses(client: Client, sub: Subscription, endpoint: Endpoint, azure: TokenCredential): ClientOptions[] {
  sub.on('notification', (note) => {
    proof.handler = true satisfies Equal<typeof note, Notification>
  })
  sub.on('connected', (event) => {
    proof.connected = true satisfies Equal<typeof event, Connected>
  })
  sub.once('disconnected', async (event) => {
    proof.disconnected = true satisfies Equal<typeof event, Disconnected>
  })
  sub.on('signing_in', (event) => {
    proof.signingIn = true satisfies Equal<typeof event, SigningIn>
  })
  sub.on('renewed', (event) => {
    proof.renewed = true satisfies Equal<typeof event, Renewed>
  })
  sub.on('unavailable', (event) => {
    proof.unavailable = true satisfies Equal<typeof event, Unavailable>
  })
  proof.state = true satisfies Equal<typeof sub.state, SubscriptionState>
  proof.stats = true satisfies Equal<ReturnType<typeof sub.stats>, SubscriptionStats>
  void client.subscribe(sub.resource, { waitLive: false })
  proof.signIn = true satisfies Equal<ReturnType<typeof client.signIn>, Promise<void>>
  void client.signIn({ signal: AbortSignal.timeout(7) })
  // @ts-expect-error an endpoint has nothing to wait for
  void client.endpoint(sub.resource, { waitLive: false })
  sub.on('close', () => {}).on('error', (error: Error) => error.message)
  // @ts-expect-error there is no such event
  sub.on('notifications', () => {})
  // @ts-expect-error a handler is a function
  sub.on('notification', 7)
  // @ts-expect-error the fields of an endpoint are read-only
  endpoint.notificationUrl = ''
  // @ts-expect-error a Resource is required
  void client.subscribe('/me/drive')
  // @ts-expect-error there is no such option
  void client.subscribe(sub.resource, { abort: 7 })
  const credential: Credential = azure
  return [
    { credential },
    { credential: 'token', cloud: Cloud.UsGovL4, baseUrl: process.env.GRAPH_URL },
    { credential: ({ scopes, refresh }) => `${scopes.length}${refresh}`, cloud: 'china' },
    { credential: async () => 'token' },
    { credential: async () => ({ token: 'token', expiresOnTimestamp: 7 }), startTimeout: Number.POSITIVE_INFINITY },
    {
      credential: ({ scopes, signal, claims }) =>
        azure.getToken(scopes, { abortSignal: signal, ...(claims && { claims }) }),
    },
    {
      credential: async ({ signingIn }) => {
        signingIn()
        return null
      },
    },
    { credential: () => Promise.reject(new SignInRequired('run login', { cause: 7 })) },
    { credential: async (): Promise<MsalResult | null> => null },
    { credential: () => ({ access_token: 'token', token_type: 'Bearer', expires_in: '3600' }) },
    { credential: () => ({ error: 'invalid_grant', error_description: 'expired' }) },
    // @ts-expect-error msal-node counts no seconds
    { credential: () => ({ accessToken: 'token', expiresOn: 7 }) },
    // @ts-expect-error a token is required
    { credential: () => ({ expiresOnTimestamp: 7 }) },
    // @ts-expect-error a credential is required
    {},
    // @ts-expect-error there is no such cloud
    { credential: 'x', cloud: 'moon' },
    // @ts-expect-error there is no such option
    { credential: 'x', timeout: 7 },
  ]
}

export async function iterates(sub: Subscription): Promise<void> {
  for await (const note of sub) {
    proof.note = true satisfies Equal<typeof note, Notification>
    proof.payload = true satisfies Equal<typeof note.payload, Payload | undefined>
  }
  for await (const event of sub.events()) {
    proof.event = true satisfies Equal<typeof event, SubscriptionEvent>
    if (event.type === 'disconnected') {
      proof.narrowed = true satisfies Equal<typeof event, Disconnected>
    } else if (event.type === 'unavailable') {
      proof.error = true satisfies Equal<typeof event.error, DrivebellError>
    }
  }
}

export async function changes(client: Client, sub: Subscription, checkpoint: string): Promise<void> {
  // @ts-expect-error `since` is required
  client.changes(sub.resource, {})
  client.changes(sub.resource, { since: 'now', safetyInterval: Number.POSITIVE_INFINITY })
  for await (const batch of client.changes(sub.resource, { since: checkpoint })) {
    proof.batch = true satisfies Equal<typeof batch, ChangeBatch>
    for (const item of batch.items) {
      proof.item = true satisfies Equal<typeof item, DriveItem | ListItem>
      if (item.type === 'driveItem') proof.parent = true satisfies Equal<typeof item.parentId, string | undefined>
    }
  }
}

/** A program's store may return plain values, or promises. */
export const store: CheckpointStore = {
  listOwnership: async () => new Set<Ownership>(),
  claimOwnership: async (claims) => claims.map((claim) => ({ ...claim, revision: 7n })),
  listCheckpoints: async () => [],
  updateCheckpoint: async () => null,
}

/** As it comes without annotations. */
const plain = {
  listOwnership: () => [{ partition: 'p', owner: '', epoch: 1, weight: 1, revision: 'etag' }],
  claimOwnership: (claims: Ownership[]) => claims,
  listCheckpoints: (partitions: string[]) =>
    partitions.map((partition) => ({
      partition,
      drive: '',
      checkpoint: '',
      epoch: 1,
      sequence: 0,
      memo: '',
      revision: 1,
    })),
  updateCheckpoint: (checkpoint: Checkpoint) => (checkpoint.revision === undefined ? checkpoint : undefined),
}

/** Never called: the test is that it compiles. */
export async function tellsItemsByResource(client: Client, either: Resource, list: Resource<'list'>): Promise<void> {
  const options = { since: 'start' }
  for await (const { items } of client.changes(Resource.myDrive(), options)) {
    proof.driveItems = true satisfies Equal<typeof items, readonly DriveItem[]>
  }
  for await (const { items } of client.changes(list, options)) {
    proof.listItems = true satisfies Equal<typeof items, readonly ListItem[]>
  }
  for await (const { items } of client.changes(either, options)) {
    proof.eitherItems = true satisfies Equal<typeof items, readonly (DriveItem | ListItem)[]>
  }
  const drives = client.changesAll([Resource.drive('a'), Resource.siteDrive('b')], options)
  for await (const batch of drives) {
    if (!batch.error) proof.drives = true satisfies Equal<(typeof batch)['items'], readonly DriveItem[]>
  }
  drives.add(Resource.userDrive('c'), { since: 'now' })
  // @ts-expect-error these are drives
  drives.add(list, { since: 'now' })
  const mixed = client.changesAll(new Map<Resource, string>([[list, 'now']]))
  proof.mixed = true satisfies Equal<typeof mixed, ChangesSet>
  client.changesAll([], options).add(list, { since: 'now' }).add(Resource.myDrive(), { since: 'now' })
  const shared = client.changesShared([Resource.drive('a'), Resource.siteDrive('b')], new MemoryStore(), options)
  for await (const batch of shared) {
    if (batch.error) {
      proof.refusal = true satisfies Equal<typeof batch, SharedRefusal>
      proof.noEpoch = true satisfies Equal<typeof batch.epoch, undefined>
      continue
    }
    proof.shared = true satisfies Equal<typeof batch, SharedBatch<DriveItem>>
    proof.epoch = true satisfies Equal<typeof batch.epoch, number>
  }
  // @ts-expect-error these are drives
  shared.add(list, { since: 'now' })
  for (const { state, error, client: user } of shared.owned()) {
    proof.owned = true satisfies Equal<typeof state, ChangesState | 'starting' | 'refused'>
    proof.refused = true satisfies Equal<typeof error, DrivebellError | undefined>
    user satisfies Client
  }
  client.changesShared(new Map<Resource, string>([[list, 'now']]), store, {
    worker: 'one',
    leaseTime: 500,
    capacity: 1,
  })
  client.changesShared([list], plain, { since: 'now' })
  // @ts-expect-error it lacks calls
  client.changesShared([list], { listOwnership: () => [] }, { since: 'now' })
  // @ts-expect-error nobody is there to say how long
  client.changesShared([list], store, { since: 'now', leaseTime: '8 s' })
  proof.mirrored = true satisfies Equal<ReturnType<typeof client.mirror>['resource'], Resource<'drive'>>
  client.mirror(either, 'a.db')
  // @ts-expect-error a list has no tree
  client.mirror(list, 'a.db')
  client.mirrorAll([Resource.myDrive(), either], 'a.db').add(Resource.myDrive())
  // @ts-expect-error a list has no tree
  client.mirrorAll([list], 'a.db')
  proof.kind = true satisfies Equal<typeof list.kind, 'list'>
  void client.subscribe(list)
  // @ts-expect-error a list is no drive
  list satisfies Resource<'drive'>
  proof.parsed = true satisfies Equal<ReturnType<typeof Resource.parse>, Resource>
}

/** Never called: the test is that it compiles. */
export function tellsEventsByKind(event: SubscriptionEvent | ChangesEvent): void {
  switch (event.kind) {
    case 'changed':
    case 'resync':
      proof.noteByKind = true satisfies Equal<typeof event, Notification>
      return
    case 'connected':
      proof.connectedByKind = true satisfies Equal<typeof event, Connected>
      return
    case 'disconnected':
      proof.reasonByKind = true satisfies Equal<typeof event.reason, DisconnectReason>
      proof.messageByKind = true satisfies Equal<typeof event.message, string>
      proof.pageByKind = true satisfies Equal<typeof event.helpUrl, string | undefined>
      proof.retryByKind = true satisfies Equal<typeof event.retryIn, number>
      proof.pauseByKind = true satisfies Equal<typeof event.retryAfter, number | undefined>
      return
    case 'signing_in':
    case 'renewed':
      // @ts-expect-error nothing has failed
      void event.error
      return
    case 'ended':
      // @ts-expect-error no attempt follows
      void event.retryIn
      proof.endedByKind = true satisfies Equal<typeof event.error, DrivebellError>
      return
    default:
      proof.failedByKind = true satisfies Equal<typeof event, Unavailable | QueryFailed | PushRefused>
      proof.errorByKind = true satisfies Equal<typeof event.error, DrivebellError>
  }
}

/** Never called: the test is that it compiles. */
export async function emits(sub: Subscription, set: SubscriptionSet): Promise<void> {
  const [note] = await once(sub, 'notification')
  for await (const [event] of on(set, 'ended', { signal: AbortSignal.timeout(7) })) void [event, note]
  sub satisfies EventEmitter
  set satisfies NodeJS.EventEmitter
  for await (const note of set) proof.whose = true satisfies Equal<typeof note.client, Client>
  for await (const event of set.events()) event.client satisfies Client
  set.on('notification', ({ client }) => {
    proof.setNote = true satisfies Equal<typeof client, Client>
  })
  set.on('ended', ({ client, error }) => [client satisfies Client, error satisfies DrivebellError])
  // @ts-expect-error a single subscription has no such event
  sub.on('ended', () => {})
  // @ts-expect-error there is no such event
  set.once('notifications', () => {})
  // @ts-expect-error there is no such event
  sub.prependListener('notifications', () => {})
}

/** Never called: the test is that it compiles. */
export function makes(error: DrivebellError, client: Client): void {
  const drive = Resource.myDrive()
  const item = DriveItem.fromRaw({ id: '1' })
  const batch = ChangeBatch.from({ items: [item], checkpoint: 'c' })
  proof.madeBatch = true satisfies Equal<typeof batch, ChangeBatch<DriveItem>>
  const member = MemberBatch.from({ items: [item], checkpoint: 'c', resource: drive, client })
  proof.madeMember = true satisfies Equal<typeof member, MemberBatch<DriveItem>>
  const event = Lifecycle.from({ kind: 'unavailable', resource: drive, error })
  proof.madeEvent = true satisfies Equal<typeof event, Unavailable>
  Notification.from({ resource: '/me/drive', kind: 'resync', receivedAt: new Date() })
  // @ts-expect-error an error is required
  Lifecycle.from({ kind: 'ended', resource: drive })
  // @ts-expect-error a checkpoint is required
  ChangeBatch.from({ items: [item] })
  // @ts-expect-error there is no such kind
  Notification.from({ resource: drive, kind: 'connected' })
  // @ts-expect-error values are made by their makers
  new DriveItem()
  // @ts-expect-error values are made by their makers
  new ChangeBatch({ checkpoint: 'c' })
  // @ts-expect-error values are made by their makers
  new Notification()
}

export function discriminates(error: DrivebellError): number | undefined {
  return error.code === 'ERR_DRIVEBELL_THROTTLED' ? error.retryAfter : error.status
}

it('compiles', () => {
  assert.equal(typeof uses, 'function')
})
