//! The OneDrive and SharePoint notification service on a loopback port.
//!
//! Tests cannot use Microsoft's servers, so this crate simulates them: Graph's routes under `/v1.0`
//! and `/beta`, drives with items and delta queries, the Socket.IO endpoint, and the identity
//! service at which users sign in. It is built on axum and socketioxide, and shares no code with the
//! `drivebell` client that it tests.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use drivebell_simulator::{Latency, Simulator};
//!
//! let simulator = Simulator::builder()
//!     .token("secret")
//!     .latency(Latency::None)
//!     .start()
//!     .await?;
//! println!("{}", simulator.base_url());
//! simulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! It fails on demand in the ways in which production fails: see [`Fault`] and
//! [`Simulator::fault`].
//!
//! Tests in other languages use its control API:
//!
//! | request | response |
//! |---|---|
//! | `GET /_simulator/requests` | the last 1000 requests that arrived, without those of the control API |
//! | `GET /_simulator/events` | the last 10,000 events that were sent on a socket |
//! | `GET /_simulator/state` | connected sockets and drives |
//! | `GET /_simulator/sessions` | the connected sockets, each a [`Session`] |
//! | `GET /_simulator/items?drive=ID` | the current items, the root first |
//! | `PUT /_simulator/files?drive=ID&path=/a/b` | creates or replaces a file |
//! | `POST /_simulator/folders?drive=ID&path=/a` | creates a folder |
//! | `PATCH /_simulator/items?drive=ID&path=/a/b&to=/c` | renames or moves an item |
//! | `DELETE /_simulator/items?drive=ID&path=/a/b` | deletes an item |
//! | `POST /_simulator/advance?seconds=N` | makes what was issued older: [`Simulator::advance`] |
//! | `GET`, `PATCH /_simulator/delta?drive=ID` | how delta queries treat changes: [`DeltaQuirks`] |
//! | `POST /_simulator/touch?drive=ID&path=/a/b` | lets an unchanged item come in delta queries |
//! | `POST /_simulator/recreate?drive=ID&path=/a/b` | deletes an item and makes it again |
//! | `PUT`, `GET`, `DELETE /_simulator/editor` | changes random drives, and records it |
//! | `GET /_simulator/watching` | when sockets joined and left, and delta queries were answered |
//! | `POST /_simulator/notify?drive=ID&count=N` | announces a change N times without changing the drive |
//! | `GET /_simulator/identity` | device codes and token requests, without secrets |
//! | `POST /_simulator/identity/approve`, `…/decline` | approves or declines device codes |
//! | `POST /_simulator/identity/revoke` | revokes the tokens that users have so far |
//! | `POST /_simulator/identity/app-only?value=BOOL` | whether every token has application permissions |
//! | `POST /_simulator/faults` | sets a [`Fault`]; returns its id, and on how many matches it acted at once |
//! | `GET /_simulator/faults` | the faults that are set, each a [`FaultStatus`] |
//! | `DELETE /_simulator/faults`, `DELETE /_simulator/faults/ID` | releases all, or one |

mod access;
mod advance;
mod behaviour;
mod builder;
mod clock;
mod control;
mod drive;
mod drives;
mod editor;
mod edits;
mod fault;
mod graph;
mod identity;
mod injection;
mod lock;
mod middleware;
mod milliseconds;
mod notifications;
mod options;
mod random;
mod recent;
mod recorder;
mod resource_path;
mod router;
mod serve;
mod service;
mod simulator;
mod socketio;
mod tls;
mod ui;
mod watch_log;
pub mod websocket;
mod wire;

pub use behaviour::{
    Argument, AtExpiry, DeltaLinks, DriveType, EndpointShape, Latency, Payload, SignInTime,
};
pub use builder::Builder;
pub use edits::UnknownItem;
pub use fault::{
    Action, Answer, Direction, Fault, FaultId, FaultStatus, InvalidFault, Stage, Target, When,
};
pub use notifications::{EmittedEvent, Session};
pub use options::{DeltaQuirks, Options};
pub use recorder::RecordedRequest;
pub use simulator::{Simulator, UnknownDrive};
