/** The credential of the command `az`, under faults. One case after the other, because a process has one `az`. */
import { describe } from 'node:test'
import { azureCli } from './support/azure-identity.mjs'
import { sessionsWith } from './support/identity-sessions.mjs'

describe('@azure/identity', () => {
  sessionsWith('AzureCliCredential', azureCli)
})
