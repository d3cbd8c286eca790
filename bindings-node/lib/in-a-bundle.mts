// In a bundle of ES modules, esbuild replaces the `require` that the package needs by a function that throws.
// Its error does not say which package it is, nor what to do.
try {
  require('node:module')
} catch (cause) {
  // Without a bundle there is no `require` here, nor with a bundler that needs none.
  if (!(cause instanceof ReferenceError)) {
    throw new Error(
      'drivebell is in a bundle that lacks `require`: keep drivebell external there (esbuild: --external:drivebell): ' +
        'https://drivebell.github.io/drivebell/bundlers/',
      { cause },
    )
  }
}
