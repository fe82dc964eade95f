//! Messages: a line of words, the last of which is the length of the bytes that follow it.

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// A message from the library.
pub(super) struct Message {
    /// What it is, and short values.
    pub(super) words: Vec<String>,
    /// A value of any bytes.
    pub(super) payload: Vec<u8>,
}

impl Message {
    /// Reads a message; `None` at the end of the input.
    pub(super) fn read(input: &mut impl BufRead) -> Option<Self> {
        let mut line = String::new();
        input.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut payload = vec![0; words.pop()?.parse().ok()?];
        input.read_exact(&mut payload).ok()?;
        Some(Self { words, payload })
    }

    /// The payload as a word of a command line.
    pub(super) fn payload_os(&self) -> OsString {
        OsString::from_vec(self.payload.clone())
    }

    /// The payload as a path.
    pub(super) fn payload_path(&self) -> PathBuf {
        self.payload_os().into()
    }

    /// The payload as text.
    pub(super) fn payload_text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }
}

/// Messages to the library, from any thread.
#[derive(Default)]
pub(super) struct Output(Mutex<()>);

impl Output {
    /// Sends a message. When nobody reads it, the input has ended too, and so does this program.
    pub(super) fn send(&self, words: &str, payload: &[u8]) {
        let _whole = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stdout = io::stdout().lock();
        let _ = writeln!(stdout, "{words} {}", payload.len())
            .and_then(|()| stdout.write_all(payload))
            .and_then(|()| stdout.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_a_payload() {
        let mut bytes: &[u8] = b"disk data 4\n\n1 \xffpower 0\n";
        let first = Message::read(&mut bytes).expect("a message");
        assert_eq!((first.words.join(" ").as_str(), first.payload.as_slice()), ("disk data", &b"\n1 \xff"[..]));
        let second = Message::read(&mut bytes).expect("a message");
        assert_eq!((second.words.join(" ").as_str(), second.payload.as_slice()), ("power", &b""[..]));
        assert!(Message::read(&mut bytes).is_none());
    }

    #[test]
    fn what_is_no_message_is_the_end() {
        for mut bytes in [&b"\n"[..], b"power\n", b"input 5\nabc", b"\xff 0\n"] {
            assert!(Message::read(&mut bytes).is_none());
        }
    }
}
