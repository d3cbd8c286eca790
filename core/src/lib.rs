//! Get notified when something changes in a OneDrive or SharePoint drive, without a public address.
//!
//! Microsoft Graph pushes notifications over Socket.IO, also to programs without a public address
//! ("[Get websocket endpoint]"). This crate gets the endpoint from Graph, keeps the session alive,
//! and passes on what arrives as a [`Stream`](futures_core::Stream) of [`Event`]s.
//!
//! ```no_run
//! use drivebell::{Client, Credential, Event, Resource};
//! use futures_util::StreamExt;
//!
//! # async fn example() -> Result<(), drivebell::Error> {
//! let client = Client::builder(Credential::token(std::env::var("GRAPH_TOKEN").unwrap_or_default())?)
//!     .build()?;
//! let mut subscription = client.subscribe(&Resource::my_drive()).await?;
//! while let Some(event) = subscription.next().await {
//!     if let Event::Notification(note) = event? {
//!         println!("something changed in {}", note.resource());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A notification says *that* something changed in the drive, never *what*. It arrives 5 to 36
//! seconds after the change. Changes during a gap without a connection are not announced: after it,
//! one notification of kind [`Resync`](NotificationKind::Resync) arrives. To learn what changed, use
//! [`Client::changes`], which runs Graph's delta query after each notification.
//!
//! [Get websocket endpoint]: https://learn.microsoft.com/graph/api/subscriptions-socketio

mod auth;
mod changes;
mod changes_set;
mod client;
mod clock;
mod cloud;
#[doc(hidden)]
pub mod declarations;
mod diagnosis;
mod disconnect_reason;
mod error;
mod event;
mod foreign_text;
#[cfg(feature = "__internals")]
#[doc(hidden)]
pub mod fuzzing;
mod graph;
mod help_page;
#[cfg(feature = "__internals")]
#[doc(hidden)]
pub mod internals;
mod json_block;
mod label;
mod latch;
mod lock;
mod log_limit;
mod log_record;
mod mention;
mod mirror_names;
mod names;
mod network;
mod network_failure;
mod options;
mod pacing;
#[cfg(test)]
mod proptests;
mod redact;
mod resource;
mod retry_policy;
mod same_json;
mod secret;
mod session;
mod set;
mod socketio;
#[cfg(test)]
mod strategies;
mod timestamp;

#[doc(hidden)]
pub use auth::CredentialFailure;
pub use auth::{AccessToken, BoxError, Credential, SignInRequired, TokenRequest};
#[doc(hidden)]
pub use changes::Facets;
pub use changes::{
    ChangeBatch, Changes, ChangesEvents, ChangesHandle, ChangesState, ChangesStats, DriveItem,
    Hashes, Identity, Item, ListItem, ParentReference, RemoteItem, Since, Trigger,
};
pub use changes_set::{
    ChangesMember, ChangesMembers, ChangesSet, ChangesSetEvents, ChangesSetStats, MemberBatch,
};
pub use client::{Client, ClientBuilder};
pub use cloud::Cloud;
pub use diagnosis::{Diagnosis, DiagnosisStep, Finding};
pub use disconnect_reason::DisconnectReason;
pub use error::{Error, ErrorKind};
pub use event::{Event, Lifecycle, Notification, NotificationKind, Payload};
#[doc(hidden)]
pub use foreign_text::{acts_unseen, visible};
pub use graph::{ApiVersion, Endpoint};
#[doc(hidden)]
pub use help_page::ErrorCause;
#[doc(hidden)]
pub use log_record::{LogRecord, LogValue};
#[doc(hidden)]
pub use mirror_names::{ChangeKind, FoundBy, Initial, StorageCode};
#[doc(hidden)]
pub use network::{FormClient, FormResponse, WebhookClient, WebhookResponse};
pub use network_failure::NetworkFailure;
pub use options::{ChangesOptions, PushMode};
#[doc(hidden)]
pub use options::{MirrorOptions, SharedOptions};
pub use pacing::{Pacing, Pauses, Usage};
pub use resource::{Resource, ResourceKind};
pub use session::{SessionState, Subscription, SubscriptionStats};
pub use set::{Member, Members, SetEvent, SetStats, SubscriptionSet};
