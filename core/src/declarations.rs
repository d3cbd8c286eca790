//! The declarations of options, names and fields, from which the generator writes code for other
//! languages. For drivebell's own bindings only: it may change in any release.

pub use crate::changes::{FieldKind, FieldSpec, OBJECTS, ObjectSpec};
pub use crate::names::{NameTable, VariantField, VariantFields, camel_case};
pub use crate::options::{OptionDefault, OptionKind, OptionSpec, OptionValue};

use crate::help_page::OTHER_EVENTS;
pub use crate::help_page::{HelpFolder, slug};
pub use crate::options::respell_options;
use crate::options::{ChangesOptions, ClientOptions, MirrorOptions, SharedOptions};

/// The options of [`Client`](crate::Client), in their order.
pub const CLIENT_OPTIONS: &[OptionSpec] = ClientOptions::SPECS;

/// The options of [`Client::changes_with`](crate::Client::changes_with), in their order.
pub const CHANGES_OPTIONS: &[OptionSpec] = ChangesOptions::SPECS;

/// The options of a mirror, without those of its stream of changes.
pub const MIRROR_OPTIONS: &[OptionSpec] = MirrorOptions::SPECS;

/// The options of streams of changes that processes share, without those of each drive's stream.
pub const SHARED_OPTIONS: &[OptionSpec] = SharedOptions::SPECS;

/// The fields of each kind of lifecycle event, in the order of its names.
pub const LIFECYCLE: &[VariantFields] = crate::Lifecycle::FIELDS;

/// The names of states, reasons, kinds and triggers, and of the choices of options.
pub const NAMES: &[NameTable] = &[
    crate::Cloud::NAMES,
    crate::ApiVersion::NAMES,
    crate::ResourceKind::NAMES,
    crate::SessionState::NAMES,
    crate::NotificationKind::NAMES,
    crate::Lifecycle::NAMES,
    crate::DisconnectReason::NAMES,
    crate::NetworkFailure::NAMES,
    crate::ErrorKind::NAMES,
    crate::Trigger::NAMES,
    crate::ChangesState::NAMES,
    crate::PushMode::NAMES,
    crate::ChangeKind::NAMES,
    crate::FoundBy::NAMES,
    crate::Initial::NAMES,
    crate::StorageCode::NAMES,
    crate::DiagnosisStep::NAMES,
];

/// What has a page: the folder and the names.
pub fn help_pages() -> impl Iterator<Item = (HelpFolder, &'static str)> {
    let tables: [(HelpFolder, &[&NameTable]); 3] = [
        (
            HelpFolder::Errors,
            &[
                &crate::ErrorKind::NAMES,
                &crate::NetworkFailure::NAMES,
                &crate::StorageCode::NAMES,
                &crate::ErrorCause::NAMES,
            ],
        ),
        (
            HelpFolder::Events,
            &[
                &crate::NotificationKind::NAMES,
                &crate::Lifecycle::NAMES,
                &crate::DisconnectReason::NAMES,
            ],
        ),
        (HelpFolder::Findings, &[&crate::DiagnosisStep::NAMES]),
    ];
    let names = tables.into_iter().flat_map(|(folder, tables)| {
        let names = tables.iter().flat_map(|table| table.names);
        names.map(move |(name, _)| (folder, *name))
    });
    names.chain(OTHER_EVENTS.iter().map(|name| (HelpFolder::Events, *name)))
}
