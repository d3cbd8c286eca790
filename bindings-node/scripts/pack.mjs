// Makes the tarballs of drivebell for npm, from what is built:
//
//   node pack.mjs main OUTDIR                    drivebell itself, the same everywhere
//   node pack.mjs platform TRIPLE ADDON OUTDIR   @drivebell/<platform>, with this addon
//
// It prints the path of the tarball. `npm run build` must have made `dist/` and the types of the addon.
import { run } from './packages.mjs'

await run(
  {
    folder: 'bindings-node',
    readme: 'bindings-node/README.md',
    notices: 'THIRD-PARTY-NOTICES',
    bill: 'bindings-node/drivebell.cdx.json',
    packageName: (platform) => `@drivebell/${platform}`,
    part: 'The native addon',
    file: ({ name }) => `drivebell.${name}.node`,
    isAddon: true,
  },
  process.argv.slice(2),
)
