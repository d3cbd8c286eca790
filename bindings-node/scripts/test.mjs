// Runs tests, as many files at once as there are processors. Node would leave one of them idle, and most tests wait.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const options = ['--test', '--test-timeout=120000', `--test-concurrency=${availableParallelism()}`]
const { status } = spawnSync(process.execPath, [...options, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(status ?? 1)
