// Makes the tarballs of the simulator for npm, from what is built:
//
//   node pack.mjs main OUTDIR                      drivebell-simulator itself, the same everywhere
//   node pack.mjs platform TRIPLE PROGRAM OUTDIR   @drivebell/simulator-<platform>, with this program
//
// It prints the path of the tarball.
import { run } from '../../bindings-node/scripts/packages.mjs'

await run(
  {
    folder: 'simulator/npm',
    readme: 'simulator/README.md',
    notices: 'simulator/THIRD-PARTY-NOTICES',
    bill: 'simulator/npm/drivebell-simulator.cdx.json',
    packageName: (platform) => `@drivebell/simulator-${platform}`,
    part: 'The program',
    file: ({ os }) => (os === 'win32' ? 'drivebell-simulator.exe' : 'drivebell-simulator'),
    isAddon: false,
  },
  process.argv.slice(2),
)
