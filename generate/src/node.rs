//! The options in TypeScript: interfaces with their comments.

use std::fmt::Write;

use drivebell::declarations::{
    CHANGES_OPTIONS, CLIENT_OPTIONS, MIRROR_OPTIONS, OptionKind, OptionSpec, SHARED_OPTIONS,
    camel_case,
};

use crate::names::type_of_choice;
use crate::text::{Language, jsdoc};

const HEAD: &str = "// Written by `make generate` from core/src/options; do not edit.\n";

pub(crate) fn client_options() -> String {
    format!(
        "{HEAD}import type {{ Credential }} from '../auth/credential'
import type {{ ApiVersion, Cloud }} from '../names'

/**
 * The options of a {{@link Client}}. Durations are in milliseconds, and zero is refused unless the
 * option says what it means.
 */
export interface ClientOptions {{
  /** Where access tokens come from. The only option without a default. */
  credential: Credential
{}}}
",
        properties(CLIENT_OPTIONS)
    )
}

pub(crate) fn changes_options() -> String {
    format!(
        "{HEAD}import type {{ PushMode }} from '../names'

/**
 * The options of {{@link Client.changes}}. Durations are in milliseconds, and zero is refused unless the
 * option says what it means.
 */
export interface ChangesOptions {{
  /**
   * Where to begin; the only option without a default. `start`: all items, and then every change.
   * `now`: the changes from now on. The `checkpoint` of a batch: the changes after it.
   */
  since: 'start' | 'now' | (string & Record<never, never>)
{}  /** Ends the iteration when it aborts. If it is already aborted, the call throws its `reason`. */
  signal?: AbortSignal | undefined
}}

/** The options of {{@link Client.changesAll}}: those of {{@link Client.changes}}. */
export interface ChangesAllOptions extends Omit<ChangesOptions, 'since'> {{
  /** Where to begin with all resources, unless each is given with its own. */
  since?: ChangesOptions['since'] | undefined
}}
",
        properties(CHANGES_OPTIONS)
    )
}

pub(crate) fn mirror_options() -> String {
    format!(
        "{HEAD}import type {{ ChangesOptions }} from '../changes/options'
import type {{ ChangeKind, Initial }} from '../names'

/** The options of {{@link Client.mirror}}: these, and those of its stream of changes. */
export interface MirrorOptions extends Omit<ChangesOptions, 'since'> {{
{}}}
",
        properties(MIRROR_OPTIONS)
    )
}

pub(crate) fn shared_options() -> String {
    format!(
        "{HEAD}import type {{ ChangesAllOptions }} from '../changes/options'

/** The options of {{@link Client.changesShared}}: these, and those of {{@link Client.changesAll}}. */
export interface SharedOptions extends ChangesAllOptions {{
{}}}
",
        properties(SHARED_OPTIONS)
    )
}

fn properties(options: &[OptionSpec]) -> String {
    let mut text = String::new();
    for option in options {
        let kind = match option.kind {
            OptionKind::Duration | OptionKind::OptionalDuration | OptionKind::Count => "number",
            OptionKind::Durations => "readonly number[]",
            OptionKind::Text | OptionKind::Path => "string",
            OptionKind::Texts if option.name == "kinds" => "readonly ChangeKind[]",
            OptionKind::Texts => "readonly string[]",
            OptionKind::Flag => "boolean",
            OptionKind::Choice(names) => type_of_choice(names),
        };
        // A glob may end the comment; copied into a string, this is the same glob.
        let comment = Language::Node.describe(option).replace("*/", "*\\/");
        let _ = write!(
            text,
            "{}\n  {}?: {kind} | undefined\n",
            jsdoc(&comment, "  "),
            camel_case(option.name)
        );
    }
    text
}
