// Links this package so that the tests import it by its name, and deletes the compiled tests.
import { mkdir, rm, symlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const link = path('../../tests/node/node_modules/drivebell')

await rm(path('../../tests/node/build'), { recursive: true, force: true })
await mkdir(path('../../tests/node/node_modules'), { recursive: true })
await rm(link, { force: true })
// A junction needs no privilege on Windows; other systems ignore the type.
await symlink(path('..'), link, 'junction')
