/**
 * Makes a page of the site from a document, and prints it. Takes the document's path as its argument, and
 * the text from stdin.
 */
import { readFileSync } from 'node:fs'
import { toPage } from '../../../docs/site/scripts/page.mjs'
import { sources } from '../../../docs/site/scripts/sources.mjs'

const { page } = toPage(process.argv[2], readFileSync(0, 'utf8'), sources())
process.stdout.write(page)
