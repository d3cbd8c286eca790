
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'drivebell-fleet' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'drivebell-fleet'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'drivebell-fleet' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--worker', '--worker', [CompletionResultType]::ParameterName, 'The name of this worker instead of that of the configuration or of the machine')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a worker, until it is told to stop')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a drive, which a running fleet follows within moments')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove drives, which a running fleet stops to follow within moments')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the drives of the fleet')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Add many drives from a file')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what the workers and the drives are doing')
            [CompletionResult]::new('drain', 'drain', [CompletionResultType]::ParameterValue, 'Let a worker hand its drives over to the others, and end')
            [CompletionResult]::new('budget', 'budget', [CompletionResultType]::ParameterValue, 'Show or set what a tenant allows, over all workers together')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check the configuration, and print what is in force')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the script with which a shell completes commands and options')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'drivebell-fleet;run' {
            [CompletionResult]::new('--worker', '--worker', [CompletionResultType]::ParameterName, 'The name of this worker instead of that of the configuration or of the machine')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell-fleet;add' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Whose token is used: what the token service knows as a user')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The name of the drive in the fleet, and in the subjects of its changes; it follows from the user and the resource by default')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Where to begin: `start` publishes all items and then the changes, `now` only the changes, and anything else is a FILE with a checkpoint of drivebell')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'A name for logs and events, of up to 64 characters')
            [CompletionResult]::new('--tenant', '--tenant', [CompletionResultType]::ParameterName, 'Whose limits count, if that is not what follows the @ of the user')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell-fleet;remove' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'drivebell-fleet;list' {
            [CompletionResult]::new('--tenant', '--tenant', [CompletionResultType]::ParameterName, 'Only drives of this tenant')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Only drives of this user')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'drivebell-fleet;import' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell-fleet;status' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'How long to wait for answers, as in 2s')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--drives', '--drives', [CompletionResultType]::ParameterName, 'Show every drive, and not only those with problems')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell-fleet;drain' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'How long to wait for it, as in 5m')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell-fleet;budget' {
            [CompletionResult]::new('--units', '--units', [CompletionResultType]::ParameterName, 'Resource units a minute; a delta query costs one or two')
            [CompletionResult]::new('--endpoint-calls', '--endpoint-calls', [CompletionResultType]::ParameterName, 'Requests for endpoints a second; it may be less than 1')
            [CompletionResult]::new('--user-requests', '--user-requests', [CompletionResultType]::ParameterName, 'Requests of each user in five minutes')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--reset', '--reset', [CompletionResultType]::ParameterName, 'Forget what was set, so that the default counts again')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell-fleet;check' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell-fleet;completions' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; without one, every setting has its default')
            [CompletionResult]::new('--nats', '--nats', [CompletionResultType]::ParameterName, 'The servers of NATS instead of those of the configuration, with commas between')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the fleet instead of that of the configuration')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell-fleet;help' {
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a worker, until it is told to stop')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a drive, which a running fleet follows within moments')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove drives, which a running fleet stops to follow within moments')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the drives of the fleet')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Add many drives from a file')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what the workers and the drives are doing')
            [CompletionResult]::new('drain', 'drain', [CompletionResultType]::ParameterValue, 'Let a worker hand its drives over to the others, and end')
            [CompletionResult]::new('budget', 'budget', [CompletionResultType]::ParameterValue, 'Show or set what a tenant allows, over all workers together')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check the configuration, and print what is in force')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the script with which a shell completes commands and options')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'drivebell-fleet;help;run' {
            break
        }
        'drivebell-fleet;help;add' {
            break
        }
        'drivebell-fleet;help;remove' {
            break
        }
        'drivebell-fleet;help;list' {
            break
        }
        'drivebell-fleet;help;import' {
            break
        }
        'drivebell-fleet;help;status' {
            break
        }
        'drivebell-fleet;help;drain' {
            break
        }
        'drivebell-fleet;help;budget' {
            break
        }
        'drivebell-fleet;help;check' {
            break
        }
        'drivebell-fleet;help;completions' {
            break
        }
        'drivebell-fleet;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
