# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_drivebell_fleet_global_optspecs
    string join \n config= nats= name= log= json worker= h/help V/version
end

function __fish_drivebell_fleet_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_drivebell_fleet_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_drivebell_fleet_using_subcommand
    set -l cmd (__fish_drivebell_fleet_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -l worker -d 'The name of this worker instead of that of the configuration or of the machine' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -s V -l version -d 'Print version'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "run" -d 'Run a worker, until it is told to stop'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "add" -d 'Add a drive, which a running fleet follows within moments'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "remove" -d 'Remove drives, which a running fleet stops to follow within moments'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "list" -d 'List the drives of the fleet'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "import" -d 'Add many drives from a file'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "status" -d 'Show what the workers and the drives are doing'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "drain" -d 'Let a worker hand its drives over to the others, and end'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "budget" -d 'Show or set what a tenant allows, over all workers together'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "check" -d 'Check the configuration, and print what is in force'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "completions" -d 'Print the script with which a shell completes commands and options'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand run" -l worker -d 'The name of this worker instead of that of the configuration or of the machine' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand run" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand run" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand run" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand run" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand run" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l user -d 'Whose token is used: what the token service knows as a user' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l key -d 'The name of the drive in the fleet, and in the subjects of its changes; it follows from the user and the resource by default' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l since -d 'Where to begin: `start` publishes all items and then the changes, `now` only the changes, and anything else is a FILE with a checkpoint of drivebell' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l label -d 'A name for logs and events, of up to 64 characters' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l tenant -d 'Whose limits count, if that is not what follows the @ of the user' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand remove" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand remove" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand remove" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand remove" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand remove" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand remove" -s h -l help -d 'Print help'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand list" -l tenant -d 'Only drives of this tenant' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand list" -l user -d 'Only drives of this user' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand list" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand list" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand list" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand list" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand list" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand list" -s h -l help -d 'Print help'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand import" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand import" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand import" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand import" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand import" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand status" -l wait -d 'How long to wait for answers, as in 2s' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand status" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand status" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand status" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand status" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand status" -l drives -d 'Show every drive, and not only those with problems'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand status" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand drain" -l wait -d 'How long to wait for it, as in 5m' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand drain" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand drain" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand drain" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand drain" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand drain" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand drain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l units -d 'Resource units a minute; a delta query costs one or two' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l endpoint-calls -d 'Requests for endpoints a second; it may be less than 1' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l user-requests -d 'Requests of each user in five minutes' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l reset -d 'Forget what was set, so that the default counts again'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand budget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand check" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand check" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand check" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand check" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand check" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand completions" -l config -d 'The configuration; without one, every setting has its default' -r -F
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand completions" -l nats -d 'The servers of NATS instead of those of the configuration, with commas between' -r -f
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand completions" -l name -d 'The name of the fleet instead of that of the configuration' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand completions" -l log -d 'What to log to stderr instead of what the configuration says: error, warn, info, debug, trace or off, or levels of parts as in info,drivebell::changes=debug' -r
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand completions" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "run" -d 'Run a worker, until it is told to stop'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "add" -d 'Add a drive, which a running fleet follows within moments'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "remove" -d 'Remove drives, which a running fleet stops to follow within moments'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "list" -d 'List the drives of the fleet'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "import" -d 'Add many drives from a file'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "status" -d 'Show what the workers and the drives are doing'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "drain" -d 'Let a worker hand its drives over to the others, and end'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "budget" -d 'Show or set what a tenant allows, over all workers together'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "check" -d 'Check the configuration, and print what is in force'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "completions" -d 'Print the script with which a shell completes commands and options'
complete -c drivebell-fleet -n "__fish_drivebell_fleet_using_subcommand help; and not __fish_seen_subcommand_from run add remove list import status drain budget check completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
