# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_drivebell_global_optspecs
    string join \n token-file= token-command= token-timeout= cloud= base-url= proxy= ca-bundle= json v/verbose h/help V/version
end

function __fish_drivebell_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_drivebell_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_drivebell_using_subcommand
    set -l cmd (__fish_drivebell_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c drivebell -n "__fish_drivebell_needs_command" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_needs_command" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_needs_command" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_needs_command" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_needs_command" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_needs_command" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_needs_command" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_needs_command" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_needs_command" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_needs_command" -s h -l help -d 'Print help'
complete -c drivebell -n "__fish_drivebell_needs_command" -s V -l version -d 'Print version'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "watch" -d 'Print a line for each notification, and for each change of the connection'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "changes" -d 'Print the items that change'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "mirror" -d 'Keep a drive\'s tree in a file, and print what happens to which file'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "ls" -d 'List a folder of a mirror, without network'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "find" -d 'Find files and folders of a mirror by their path, without network'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "endpoint" -d 'Request a notification endpoint from Graph, and print its id, host and expiry'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "doctor" -d 'Check each step from the token to the first notification, and report where it fails'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "login" -d 'Sign in with a code, in any browser, and keep the login for the other commands'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "logout" -d 'Delete the login'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "whoami" -d 'Print the account of the login, its tenant and scopes, and when its token expires'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "completions" -d 'Print the script with which a shell completes commands and options'
complete -c drivebell -n "__fish_drivebell_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l since -d 'Where to begin: `start` prints all items and then the changes, `now` only the changes, and anything else is the FILE that stores the checkpoint' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l from -d 'Where to begin if FILE does not exist yet; without it, that is an error' -r -f -a "start\t''
now\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l page-size -d 'How many items to request at a time; Graph chooses by default' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand changes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l under -d 'Print only changes of this folder and of what is in it: a path from the drive\'s root' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l include -d 'Print only changes of paths that match this glob; may be repeated. \'*.pdf\' matches a name in any folder, a glob with a slash the whole path: \'/Reports/**/*.pdf\'' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l exclude -d 'Print no changes of paths that match this glob, nor of what is in them; may be repeated' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l kinds -d 'Print only changes of these kinds, separated by commas: created, modified, renamed, moved, deleted' -r -f -a "created\t''
modified\t''
renamed\t''
moved\t''
deleted\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l initial -d 'What a new mirror prints of the items that exist already: created (the default) prints each of them, silent none' -r -f -a "created\t''
silent\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l page-size -d 'How many items to request at a time; Graph chooses by default' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l exec -d 'Instead of printing, run this in the shell for each batch of changes, with the lines of JSON on its stdin. The batch is done when it exits with 0. If it fails, it is run again with the same batch, after 1 s, and later after up to 60 s: no batch is skipped' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l exec-format -d 'What --exec reads: json, or paths. These are the paths of files that are new, changed or at a new place, one a line, for programs such as rclone. They imply --files-only, and leave out deletions' -r -f -a "json\t''
paths\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l post -d 'Instead of printing, send each batch of changes to this URL, as CloudEvents 1.0 in the batched content mode of HTTP. The batch is done when the answer is 2xx. After another answer, or none, it is sent again, as with --exec, or after what Retry-After says. The token is not sent' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l first-wait -d 'The limit of the first wait before a batch is tried again, for tests' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l files-only -d 'Print only changes of files. A folder that moves or goes comes as the changes of its files'
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l expand -d 'Print a change for each item in a folder that was renamed, moved or deleted, too'
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l keep-raw -d 'Keep the whole JSON of each item, so that items have all fields; about 1 KB each'
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand mirror" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l drive -d 'Which drive, if FILE mirrors several: its RESOURCE, as for `drivebell mirror`' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l drive -d 'Which drive, if FILE mirrors several: its RESOURCE, as for `drivebell mirror`' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand find" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l show-secret -d 'Print the notification URL too; it is a secret: anyone who has it receives the notifications'
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand endpoint" -s h -l help -d 'Print help'
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l wait -d 'How many seconds to wait for a notification; 0 skips that step' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l client-id -d 'The app that asks for permission: its "Application (client) ID", a GUID. Without it, the app, tenant, cloud and scopes of the last login' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l tenant -d 'Who may sign in: a tenant\'s id or domain, or common (the default), organizations, consumers' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l scope -d 'Ask for this permission too, for instance Files.Read.All; may be repeated' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l login-url -d 'Sign in elsewhere, for tests and gateways: an origin like https://login.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l offline -d 'Only read the login, and request nothing'
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -l token-file -d 'Read the token from this file, again for each use' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -l token-command -d 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`' -r -f -a "(__fish_complete_command)"
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -l token-timeout -d 'How many seconds --token-command may take' -r
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -l cloud -d 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china' -r -f -a "global\t''
us-gov-l4\t''
us-gov-l5\t''
china\t''"
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -l base-url -d 'Use another Graph, for tests and gateways: an origin like https://gateway.example' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -l proxy -d 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY' -r -f
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -l ca-bundle -d 'Trust these PEM certificates in addition to the system\'s' -r -F
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -l json -d 'Print JSON, one object per line, also on a terminal'
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -s v -l verbose -d 'Log to stderr; twice for more'
complete -c drivebell -n "__fish_drivebell_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "watch" -d 'Print a line for each notification, and for each change of the connection'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "changes" -d 'Print the items that change'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "mirror" -d 'Keep a drive\'s tree in a file, and print what happens to which file'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "ls" -d 'List a folder of a mirror, without network'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "find" -d 'Find files and folders of a mirror by their path, without network'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "endpoint" -d 'Request a notification endpoint from Graph, and print its id, host and expiry'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "doctor" -d 'Check each step from the token to the first notification, and report where it fails'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "login" -d 'Sign in with a code, in any browser, and keep the login for the other commands'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "logout" -d 'Delete the login'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "whoami" -d 'Print the account of the login, its tenant and scopes, and when its token expires'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "completions" -d 'Print the script with which a shell completes commands and options'
complete -c drivebell -n "__fish_drivebell_using_subcommand help; and not __fish_seen_subcommand_from watch changes mirror ls find endpoint doctor login logout whoami completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
