//! Know that something changed in a OneDrive or SharePoint drive.
//!
//! Microsoft Graph pushes drive changes over Socket.IO to programs that have no public address
//! ("[Get websocket endpoint]"). This crate asks Graph for the endpoint, keeps the session, and
//! hands out what arrives as a [`Stream`](futures_core::Stream) of [`Event`]s.
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
//! A notification says *that* something changed in the drive, never *what*; it comes some 5 to 36
//! seconds after the change; and nothing is replayed after a disconnection.
//!
//! [Get websocket endpoint]: https://learn.microsoft.com/graph/api/subscriptions-socketio

mod app_only;
mod backoff;
mod challenge;
mod changes;
mod client;
mod client_builder;
mod cloud;
mod credential;
mod diagnosis;
mod dial;
mod endpoint;
mod error;
mod event;
mod graph;
mod graph_error;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod json_text;
mod limits;
mod mailbox;
mod network;
mod notification;
mod origin;
mod pause;
mod payload;
#[cfg(test)]
mod properties;
mod resource;
mod retry;
mod retry_after;
mod secret;
mod session;
mod shared_mailbox;
mod sleep_watch;
mod socketio;
mod timestamp;
mod tls;
mod tls_stream;
mod token;

pub use changes::{
    ChangeBatch, Changes, ChangesOptions, DriveItem, Hashes, Identity, Item, ListItem,
    ParentReference, RemoteItem, Since, Trigger,
};
pub use client::{ApiVersion, Client};
pub use client_builder::ClientBuilder;
pub use cloud::Cloud;
pub use credential::{AccessToken, BoxError, Credential, TokenRequest};
pub use diagnosis::{Diagnosis, DiagnosisStep, Finding};
pub use endpoint::Endpoint;
pub use error::{Error, ErrorKind};
pub use event::{Event, Lifecycle};
pub use notification::{Notification, NotificationKind, Payload};
pub use resource::Resource;
pub use session::{
    Member, Members, SessionState, SetEvent, SetStats, Subscription, SubscriptionSet,
    SubscriptionStats,
};
pub use socketio::DisconnectReason;
