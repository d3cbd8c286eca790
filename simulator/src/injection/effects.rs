//! From a fault to its effect on a connection.

use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::fault::{Action, Fault, FaultId};
use crate::websocket;
use crate::wire::{Effect, Kind};

/// WebSocket's close code for a normal closure.
const NORMAL: u16 = 1000;

impl Fault {
    /// The effect on a connection; `None` if the fault acts on requests or URLs instead.
    pub(super) fn effect(&self, id: FaultId, namespace: &str) -> Option<Effect> {
        let kind = self.action.kind(namespace)?;
        Some(Effect::new(id, self.stage(), self.after_bytes, kind))
    }
}

impl Action {
    fn kind(&self, namespace: &str) -> Option<Kind> {
        Some(match self {
            Self::Hold { direction } => Kind::Hold(*direction),
            Self::Cut => Kind::Cut,
            Self::Reset => Kind::Reset,
            Self::Delay { ms } => Kind::Delay(Duration::from_millis(*ms)),
            Self::Split { bytes } => Kind::Split(*bytes),
            Self::Inject { hex } => inject(hex.clone()),
            Self::Text { text } => inject(websocket::text_frame(text)),
            Self::Frame {
                opcode,
                fin,
                text,
                hex,
                size,
            } => {
                let mut payload = text.clone().into_bytes();
                payload.extend_from_slice(hex);
                if payload.len() < *size {
                    payload.resize(*size, b'x');
                }
                let fin = if *fin { websocket::FIN } else { 0 };
                inject(websocket::frame(fin | opcode, &payload))
            }
            Self::Disconnect => Kind::Leave,
            Self::EngineClose => inject_last(websocket::text_frame("1")),
            Self::Close { code, reason } => inject_last(websocket::close_frame(*code, reason)),
            Self::ServerDisconnect {
                code,
                message,
                retry_after,
            } => {
                let mut argument = json!({"code": code, "message": message});
                if let Some(retry_after) = retry_after {
                    argument["retryAfter"] = retry_after.clone();
                }
                let event = json!(["server_disconnect", argument]);
                let mut bytes = websocket::text_frame(&format!("42{namespace},{event}"));
                bytes.extend(websocket::close_frame(NORMAL, ""));
                inject_last(bytes)
            }
            Self::Silence => Kind::Silence,
            Self::RefuseNamespace { body } => {
                let body = match body {
                    Value::Null => String::new(),
                    body => body.to_string(),
                };
                let refusal = format!("44{namespace},{body}");
                answer_join(namespace, websocket::text_frame(&refusal))
            }
            Self::IgnoreJoin => answer_join(namespace, Vec::new()),
            Self::Answer(_) | Self::Recreate { .. } | Self::Expire { .. } => return None,
        })
    }
}

fn inject(bytes: Vec<u8>) -> Kind {
    Kind::Inject {
        bytes: Bytes::from(bytes),
        last: false,
    }
}

fn inject_last(bytes: Vec<u8>) -> Kind {
    Kind::Inject {
        bytes: Bytes::from(bytes),
        last: true,
    }
}

fn answer_join(namespace: &str, instead: Vec<u8>) -> Kind {
    Kind::AnswerJoin {
        refusal: Bytes::from(format!("44{namespace},")),
        instead: Bytes::from(instead),
    }
}
