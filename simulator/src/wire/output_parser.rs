//! Follows the server's bytes on a connection: where frames begin, and which stage is reached.

use crate::fault::Stage;
use crate::websocket::{FIN, TEXT};

const SWITCHED: &[u8] = b"HTTP/1.1 101";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Parses what the service writes, in pieces of any size.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum OutputParser {
    /// A response of Graph: bytes may be injected anywhere.
    #[default]
    Free,
    /// The head of the response to an upgrade.
    Head {
        seen: usize,
        line: [u8; 12],
        end: usize,
    },
    /// The upgrade was refused: no frame follows.
    Refused,
    /// Between two frames, or in the header of one.
    Header { bytes: [u8; 14], have: usize },
    /// In the payload of a frame.
    Payload {
        left: u64,
        start: [u8; 3],
        have: usize,
        whole_text: bool,
    },
}

/// What [`OutputParser::advance`] did.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// How many bytes it consumed: at most up to the next boundary.
    pub(super) used: usize,
    /// The stage that the connection reached by them.
    pub(super) reached: Option<Stage>,
}

impl OutputParser {
    pub(super) fn of_upgrade() -> Self {
        Self::Head {
            seen: 0,
            line: [0; 12],
            end: 0,
        }
    }

    /// Whether bytes may be injected here without breaking a frame.
    pub(super) fn at_boundary(&self) -> bool {
        matches!(self, Self::Free | Self::Header { have: 0, .. })
    }

    /// How many of these bytes come before the next boundary; all if it is beyond them.
    pub(super) fn to_boundary(mut self, bytes: &[u8]) -> usize {
        self.advance(bytes).used
    }

    pub(super) fn advance(&mut self, bytes: &[u8]) -> Step {
        let mut used = 0;
        while used < bytes.len() {
            match self {
                Self::Free | Self::Refused => used = bytes.len(),
                Self::Head { .. } => {
                    used += 1;
                    let reached = self.head_byte(bytes[used - 1]);
                    if self.at_boundary() {
                        return Step { used, reached };
                    }
                }
                Self::Header { .. } => {
                    used += 1;
                    let reached = self.header_byte(bytes[used - 1]);
                    if self.at_boundary() {
                        return Step { used, reached };
                    }
                }
                Self::Payload {
                    left, start, have, ..
                } => {
                    let rest = &bytes[used..];
                    let taken = usize::try_from(*left).map_or(rest.len(), |n| n.min(rest.len()));
                    for byte in &rest[..taken.min(start.len() - *have)] {
                        start[*have] = *byte;
                        *have += 1;
                    }
                    used += taken;
                    *left -= taken as u64;
                    if *left == 0 {
                        let reached = self.end_of_frame();
                        return Step { used, reached };
                    }
                }
            }
        }
        Step {
            used,
            reached: None,
        }
    }

    fn head_byte(&mut self, byte: u8) -> Option<Stage> {
        let Self::Head { seen, line, end } = self else {
            return None;
        };
        if let Some(place) = line.get_mut(*seen) {
            *place = byte;
        }
        *seen += 1;
        *end = match (END_OF_HEAD[*end] == byte, byte) {
            (true, _) => *end + 1,
            (false, b'\r') => 1,
            (false, _) => 0,
        };
        if *end < END_OF_HEAD.len() {
            return None;
        }
        let switched = line == SWITCHED;
        *self = if switched {
            Self::boundary()
        } else {
            Self::Refused
        };
        switched.then_some(Stage::Upgrade)
    }

    fn header_byte(&mut self, byte: u8) -> Option<Stage> {
        let Self::Header { bytes, have } = self else {
            return None;
        };
        bytes[*have] = byte;
        *have += 1;
        if *have < 2 {
            return None;
        }
        let short = bytes[1] & 0x7F;
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if bytes[1] & 0x80 == 0 { 0 } else { 4 };
        if *have < 2 + extended + mask {
            return None;
        }
        let left = if extended == 0 {
            short.into()
        } else {
            let length = bytes[2..2 + extended].iter();
            length.fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        };
        *self = Self::Payload {
            left,
            start: [0; 3],
            have: 0,
            whole_text: bytes[0] == FIN | TEXT,
        };
        // A frame without payload ends here.
        (left == 0).then(|| self.end_of_frame())?
    }

    fn end_of_frame(&mut self) -> Option<Stage> {
        let reached = match self {
            Self::Payload {
                start,
                whole_text: true,
                ..
            } => match &*start {
                [b'0', ..] => Some(Stage::Open),
                // Not the default namespace, whose acknowledgement has no path.
                b"40/" => Some(Stage::Join),
                _ => None,
            },
            _ => None,
        };
        *self = Self::boundary();
        reached
    }

    fn boundary() -> Self {
        Self::Header {
            bytes: [0; 14],
            have: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::{frame, switching_protocols, text_frame};

    fn stream() -> Vec<u8> {
        let mut bytes = switching_protocols("key").into_bytes();
        bytes.extend(text_frame("0{}"));
        bytes.extend(frame(0x8A, b""));
        bytes.extend(text_frame("40{}"));
        bytes.extend(frame(0x82, &vec![b'0'; 70_000]));
        bytes.extend(text_frame("40/notifications,{}"));
        bytes
    }

    #[test]
    fn stages_in_pieces_of_any_size() {
        for size in [1, 2, 3, 7, 100, 1_000_000] {
            let mut parser = OutputParser::of_upgrade();
            let mut reached = Vec::new();
            for piece in stream().chunks(size) {
                let mut piece = piece;
                while !piece.is_empty() {
                    let step = parser.advance(piece);
                    reached.extend(step.reached);
                    piece = &piece[step.used..];
                }
            }
            assert_eq!(
                reached,
                [Stage::Upgrade, Stage::Open, Stage::Join],
                "{size}"
            );
            assert!(parser.at_boundary());
        }
    }

    #[test]
    fn it_stops_at_boundaries() {
        let bytes = stream();
        let head = switching_protocols("key").len();
        let mut parser = OutputParser::of_upgrade();
        assert!(!parser.at_boundary());
        assert_eq!(parser.to_boundary(&bytes), head);
        parser.advance(&bytes);
        assert!(parser.at_boundary());
        assert_eq!(parser.to_boundary(&bytes[head..]), 5);
        parser.advance(&bytes[head..=head]);
        assert!(!parser.at_boundary());
        assert_eq!(parser.to_boundary(&bytes[head + 1..]), 4);
    }

    #[test]
    fn a_refused_upgrade_has_no_boundary() {
        let mut parser = OutputParser::of_upgrade();
        let step = parser.advance(b"HTTP/1.1 403 Forbidden\r\n\r\n{}");
        assert_eq!(step.reached, None);
        parser.advance(b"{}");
        assert!(!parser.at_boundary());
    }
}
