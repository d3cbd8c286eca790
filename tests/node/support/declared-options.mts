import { readFileSync } from 'node:fs'

/** An option as docs/options.md lists it, which is generated from its declaration. */
export interface Option {
  readonly name: string
  /** What its values are. */
  readonly value: string
  readonly zeroHasAMeaning: boolean
}

const page = readFileSync(new URL('../../../../docs/options.md', import.meta.url), 'utf8')

function optionsOf(title: string): Option[] {
  const section = page.split('\n## ').find((part) => part.startsWith(`${title}\n`)) ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  if (rows.length === 0) throw new Error(`docs/options.md has no ${title}`)
  return rows.map((row) => {
    const [names = '', value = '', , meaning = ''] = row.split(' | ')
    return { name: nameOf(names), value, zeroHasAMeaning: meaning.includes(' Zero: ') }
  })
}

/** The last of the names in this cell: the one in Node, if there are two. */
function nameOf(cell: string): string {
  return cell.split('`').at(-2) ?? ''
}

export const CLIENT_OPTIONS = optionsOf('Options of a client')
export const CHANGES_OPTIONS = optionsOf('Options of `changes`')

/** The names of the options whose values are of this kind. */
export function namesOf(options: readonly Option[], value: string, zeroHasAMeaning?: boolean): string[] {
  const chosen = options.filter(
    (option) => option.value === value && (zeroHasAMeaning === undefined || option.zeroHasAMeaning === zeroHasAMeaning),
  )
  return chosen.map(({ name }) => name)
}
