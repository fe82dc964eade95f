//! A bounded buffer between two files.

use std::io::{self, Read, Write};

/// The bytes that a ready pipe accepts without blocking (`PIPE_BUF`).
const CHUNK_BYTES: usize = 4096;

/// Bytes waiting to be written. Bounded: when it is full, the reader stops or drops bytes.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pending: Vec<u8>,
}

impl Flow {
    /// Whether bytes are waiting.
    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Adds bytes; those that do not fit are dropped, as on an overrun serial line.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = CHUNK_BYTES.saturating_sub(self.pending.len());
        self.pending.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// Adds all bytes; the reader then waits until they are written.
    pub(super) fn push_whole(&mut self, bytes: Vec<u8>) {
        self.pending.extend(bytes);
    }

    /// Discards the waiting bytes.
    pub(super) fn clear(&mut self) {
        self.pending.clear();
    }

    /// Writes once, to a file that is ready.
    pub(super) fn write_to(&mut self, to: &mut impl Write) -> io::Result<()> {
        match to.write(&self.pending) {
            Ok(written) => {
                self.pending.drain(..written.min(self.pending.len()));
                to.flush()
            }
            Err(error) if is_transient(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Reads once, from a file that is ready. `None` is its end.
pub(super) fn read_from(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; CHUNK_BYTES];
    match from.read(&mut bytes) {
        Ok(0) => Ok(None),
        Ok(read) => {
            bytes.truncate(read);
            Ok(Some(bytes))
        }
        Err(error) if is_transient(&error) => Ok(Some(Vec::new())),
        // A hung-up terminal, or a socket whose peer was killed.
        Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionReset) => Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_waits() {
        let mut flow = Flow::default();
        flow.push(b"console");
        let mut small = [0; 3];
        flow.write_to(&mut small.as_mut_slice()).expect("three bytes fit");
        assert_eq!(&small, b"con");
        let mut rest = Vec::new();
        flow.write_to(&mut rest).expect("a vector takes all");
        assert_eq!(rest, b"sole");
        assert!(flow.is_empty());
    }

    #[test]
    fn a_receiver_that_does_not_keep_up_loses_the_rest() {
        let mut flow = Flow::default();
        flow.push(&[1; CHUNK_BYTES - 1]);
        flow.push(&[2; 2]);
        flow.push(&[3; 2]);
        assert_eq!(flow.pending.len(), CHUNK_BYTES);
        assert_eq!(flow.pending.last(), Some(&2));
    }
}
