// The first module of each entry. It says so before an older Node fails at syntax or functions that it lacks.
const OLDEST = 20

const major = Number.parseInt(process.versions.node, 10)
if (major < OLDEST) {
  const message = `drivebell needs Node >= ${OLDEST}, and this is Node ${process.versions.node}: install a newer one from https://nodejs.org`
  throw Object.assign(new Error(message), { code: 'ERR_DRIVEBELL_NODE_VERSION' })
}

export {}
