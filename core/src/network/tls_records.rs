//! What rustls encodes and encrypts for the other end, appended to a buffer.

use std::fmt;
use std::io;

use rustls::client::ClientConnectionData;
use rustls::unbuffered::{
    EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError, WriteTraffic,
};

/// Room for what a record adds to its payload: the header, and what the cipher adds.
const RECORD_OVERHEAD: usize = 64;

/// What to encrypt once TLS is ready for it.
#[derive(Clone, Copy)]
pub(super) enum Outgoing<'a> {
    Nothing,
    Data(&'a [u8]),
    CloseNotify,
}

/// Lets `write` append to the buffer. `room` is how many bytes it is expected to need.
fn append(
    buffer: &mut Vec<u8>,
    mut room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<InsufficientSizeError>>,
) -> io::Result<()> {
    let start = buffer.len();
    loop {
        buffer.resize(start + room, 0);
        let written = write(&mut buffer[start..]);
        buffer.truncate(start + *written.as_ref().unwrap_or(&0));
        match written {
            Ok(_) => return Ok(()),
            Err(Some(InsufficientSizeError { required_size })) if required_size > room => {
                room = required_size;
            }
            Err(_) => return Err(invalid(rustls::Error::EncryptError)),
        }
    }
}

pub(super) fn encode(
    buffer: &mut Vec<u8>,
    mut data: EncodeTlsData<'_, ClientConnectionData>,
) -> io::Result<()> {
    append(buffer, 0, |space| {
        data.encode(space).map_err(|error| match error {
            EncodeError::InsufficientSize(size) => Some(size),
            EncodeError::AlreadyEncoded => None,
        })
    })
}

pub(super) fn encrypt(
    buffer: &mut Vec<u8>,
    traffic: &mut WriteTraffic<'_, ClientConnectionData>,
    outgoing: Outgoing<'_>,
) -> io::Result<()> {
    match outgoing {
        Outgoing::Nothing => Ok(()),
        Outgoing::Data(data) => append(buffer, data.len() + RECORD_OVERHEAD, |space| {
            traffic
                .encrypt(data, space)
                .map_err(|error| missing_room(&error))
        }),
        Outgoing::CloseNotify => append(buffer, RECORD_OVERHEAD, |space| {
            traffic
                .queue_close_notify(space)
                .map_err(|error| missing_room(&error))
        }),
    }
}

fn missing_room(error: &EncryptError) -> Option<InsufficientSizeError> {
    match error {
        EncryptError::InsufficientSize(size) => Some(*size),
        EncryptError::EncryptExhausted => None,
    }
}

pub(super) fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// For a state that a client is not to reach, or that a later version of rustls has added: going on
/// would be a guess.
pub(super) fn unexpected(state: &impl fmt::Debug) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("TLS is in a state that drivebell does not know: {state:?}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_state_is_an_error_with_its_name() {
        #[derive(Debug)]
        struct VerifyCertificate;
        let error = unexpected(&VerifyCertificate);
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().contains("VerifyCertificate"), "{error}");
    }
}
