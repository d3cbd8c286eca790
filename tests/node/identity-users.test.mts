/** The credentials of `@azure/identity` with which a user signs in, under faults. */
import { describe } from 'node:test'
import { OF_USERS } from './support/azure-identity.mjs'
import { sessionsWith } from './support/identity-sessions.mjs'

describe('@azure/identity', { concurrency: true }, () => {
  for (const [name, make] of Object.entries(OF_USERS)) sessionsWith(name, make)
})
