// Links this package, its simulator and the identity libraries, so that the tests import them by their
// names, and deletes the compiled tests.
import { mkdir, rm, symlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const links = {
  drivebell: path('..'),
  '@azure': path('../node_modules/@azure'),
  'drivebell-simulator': path('../../simulator/npm'),
}

await rm(path('../../tests/node/build'), { recursive: true, force: true })
await mkdir(path('../../tests/node/node_modules'), { recursive: true })
for (const [name, target] of Object.entries(links)) {
  const link = path(`../../tests/node/node_modules/${name}`)
  await rm(link, { force: true })
  // A junction needs no privilege on Windows; other systems ignore the type.
  await symlink(target, link, 'junction')
}
