
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'drivebell' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'drivebell'
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
        'drivebell' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Print a line for each notification, and for each change of the connection')
            [CompletionResult]::new('changes', 'changes', [CompletionResultType]::ParameterValue, 'Print the items that change')
            [CompletionResult]::new('mirror', 'mirror', [CompletionResultType]::ParameterValue, 'Keep a drive''s tree in a file, and print what happens to which file')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List a folder of a mirror, without network')
            [CompletionResult]::new('find', 'find', [CompletionResultType]::ParameterValue, 'Find files and folders of a mirror by their path, without network')
            [CompletionResult]::new('endpoint', 'endpoint', [CompletionResultType]::ParameterValue, 'Request a notification endpoint from Graph, and print its id, host and expiry')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check each step from the token to the first notification, and report where it fails')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in with a code, in any browser, and keep the login for the other commands')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Delete the login')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Print the account of the login, its tenant and scopes, and when its token expires')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the script with which a shell completes commands and options')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'drivebell;watch' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;changes' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Where to begin: `start` prints all items and then the changes, `now` only the changes, and anything else is the FILE that stores the checkpoint')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Where to begin if FILE does not exist yet; without it, that is an error')
            [CompletionResult]::new('--page-size', '--page-size', [CompletionResultType]::ParameterName, 'How many items to request at a time; Graph chooses by default')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;mirror' {
            [CompletionResult]::new('--under', '--under', [CompletionResultType]::ParameterName, 'Print only changes of this folder and of what is in it: a path from the drive''s root')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Print only changes of paths that match this glob; may be repeated. ''*.pdf'' matches a name in any folder, a glob with a slash the whole path: ''/Reports/**/*.pdf''')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Print no changes of paths that match this glob, nor of what is in them; may be repeated')
            [CompletionResult]::new('--kinds', '--kinds', [CompletionResultType]::ParameterName, 'Print only changes of these kinds, separated by commas: created, modified, renamed, moved, deleted')
            [CompletionResult]::new('--initial', '--initial', [CompletionResultType]::ParameterName, 'What a new mirror prints of the items that exist already: created (the default) prints each of them, silent none')
            [CompletionResult]::new('--page-size', '--page-size', [CompletionResultType]::ParameterName, 'How many items to request at a time; Graph chooses by default')
            [CompletionResult]::new('--exec', '--exec', [CompletionResultType]::ParameterName, 'Instead of printing, run this in the shell for each batch of changes, with the lines of JSON on its stdin. The batch is done when it exits with 0. If it fails, it is run again with the same batch, after 1 s, and later after up to 60 s: no batch is skipped')
            [CompletionResult]::new('--exec-format', '--exec-format', [CompletionResultType]::ParameterName, 'What --exec reads: json, or paths. These are the paths of files that are new, changed or at a new place, one a line, for programs such as rclone. They imply --files-only, and leave out deletions')
            [CompletionResult]::new('--post', '--post', [CompletionResultType]::ParameterName, 'Instead of printing, send each batch of changes to this URL, as CloudEvents 1.0 in the batched content mode of HTTP. The batch is done when the answer is 2xx. After another answer, or none, it is sent again, as with --exec, or after what Retry-After says. The token is not sent')
            [CompletionResult]::new('--first-wait', '--first-wait', [CompletionResultType]::ParameterName, 'The limit of the first wait before a batch is tried again, for tests')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--files-only', '--files-only', [CompletionResultType]::ParameterName, 'Print only changes of files. A folder that moves or goes comes as the changes of its files')
            [CompletionResult]::new('--expand', '--expand', [CompletionResultType]::ParameterName, 'Print a change for each item in a folder that was renamed, moved or deleted, too')
            [CompletionResult]::new('--keep-raw', '--keep-raw', [CompletionResultType]::ParameterName, 'Keep the whole JSON of each item, so that items have all fields; about 1 KB each')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;ls' {
            [CompletionResult]::new('--drive', '--drive', [CompletionResultType]::ParameterName, 'Which drive, if FILE mirrors several: its RESOURCE, as for `drivebell mirror`')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;find' {
            [CompletionResult]::new('--drive', '--drive', [CompletionResultType]::ParameterName, 'Which drive, if FILE mirrors several: its RESOURCE, as for `drivebell mirror`')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;endpoint' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--show-secret', '--show-secret', [CompletionResultType]::ParameterName, 'Print the notification URL too; it is a secret: anyone who has it receives the notifications')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'drivebell;doctor' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'How many seconds to wait for a notification; 0 skips that step')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;login' {
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The app that asks for permission: its "Application (client) ID", a GUID. Without it, the app, tenant, cloud and scopes of the last login')
            [CompletionResult]::new('--tenant', '--tenant', [CompletionResultType]::ParameterName, 'Who may sign in: a tenant''s id or domain, or common (the default), organizations, consumers')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Ask for this permission too, for instance Files.Read.All; may be repeated')
            [CompletionResult]::new('--login-url', '--login-url', [CompletionResultType]::ParameterName, 'Sign in elsewhere, for tests and gateways: an origin like https://login.example')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;logout' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;whoami' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Only read the login, and request nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;completions' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the token from this file, again for each use')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'Run this in the shell to get a token. It prints the token, or JSON with accessToken and expires_on like `az account get-access-token`')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How many seconds --token-command may take')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud: global (the default), us-gov-l4, us-gov-l5 or china')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Use another Graph, for tests and gateways: an origin like https://gateway.example')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these PEM certificates in addition to the system''s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, one object per line, also on a terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice for more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'drivebell;help' {
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Print a line for each notification, and for each change of the connection')
            [CompletionResult]::new('changes', 'changes', [CompletionResultType]::ParameterValue, 'Print the items that change')
            [CompletionResult]::new('mirror', 'mirror', [CompletionResultType]::ParameterValue, 'Keep a drive''s tree in a file, and print what happens to which file')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List a folder of a mirror, without network')
            [CompletionResult]::new('find', 'find', [CompletionResultType]::ParameterValue, 'Find files and folders of a mirror by their path, without network')
            [CompletionResult]::new('endpoint', 'endpoint', [CompletionResultType]::ParameterValue, 'Request a notification endpoint from Graph, and print its id, host and expiry')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check each step from the token to the first notification, and report where it fails')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in with a code, in any browser, and keep the login for the other commands')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Delete the login')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Print the account of the login, its tenant and scopes, and when its token expires')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the script with which a shell completes commands and options')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'drivebell;help;watch' {
            break
        }
        'drivebell;help;changes' {
            break
        }
        'drivebell;help;mirror' {
            break
        }
        'drivebell;help;ls' {
            break
        }
        'drivebell;help;find' {
            break
        }
        'drivebell;help;endpoint' {
            break
        }
        'drivebell;help;doctor' {
            break
        }
        'drivebell;help;login' {
            break
        }
        'drivebell;help;logout' {
            break
        }
        'drivebell;help;whoami' {
            break
        }
        'drivebell;help;completions' {
            break
        }
        'drivebell;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
