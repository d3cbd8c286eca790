/** Where things are: on this machine, on the site, and on GitHub. */
import { fileURLToPath } from 'node:url'

export const ORIGIN = 'https://drivebell.github.io'
export const BASE = '/drivebell/'
export const GITHUB = 'https://github.com/drivebell/drivebell'
/** Files as they are, such as images. */
export const RAW = 'https://raw.githubusercontent.com/drivebell/drivebell'

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url))
export const SITE = fileURLToPath(new URL('../', import.meta.url))
/** What is written by hand for the site alone. */
export const OWN_PAGES = `${SITE}content`
/** What Starlight reads. Written by `pages.mjs`, never by hand. */
export const CONTENT = `${SITE}src/content/docs`
