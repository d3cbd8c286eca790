// What the programs print: one JSON line for each thing that they are told.

/** Says that the program was told of `what`. `detail` is for the reader of the raw results. */
export function tell(what, detail = '') {
  process.stdout.write(`${JSON.stringify({ told: what, detail: String(detail) })}\n`)
}

/** Ends the program with its stdin, so that it never outlives whoever started it. */
export function endWithStdin() {
  process.stdin.on('end', () => process.exit()).resume()
}
