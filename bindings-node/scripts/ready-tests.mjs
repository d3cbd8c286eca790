// Lets the tests import this package by its name, as its users do, and forgets those compiled before.
import { mkdir, rm, symlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const link = path('../../tests/node/node_modules/drivebell')

await rm(path('../../tests/node/build'), { recursive: true, force: true })
await mkdir(path('../../tests/node/node_modules'), { recursive: true })
await rm(link, { force: true })
// A junction, which Windows lets everybody make; elsewhere the word is ignored.
await symlink(path('..'), link, 'junction')
