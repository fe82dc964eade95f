//! The program that builds images and runs machines, and the messages to and from it.
//!
//! A message is a line of words, the last of which is the length of the bytes that follow it; `unikernel_cli::driver` is the other side.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

/// Another program than the one of the build script.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Uses a program `unikernel` instead of the one that was built with this package. The first call counts.
pub fn use_program(path: impl AsRef<Path>) {
    let _ = PROGRAM.set(path.as_ref().to_owned());
}

/// A running driver. It ends, with its machine, when this is dropped.
pub(crate) struct Driver {
    child: Child,
    /// `None` once it is closed, which ends the driver.
    input: Option<ChildStdin>,
}

/// The messages of a driver.
pub(crate) struct Messages(BufReader<ChildStdout>);

/// A message of the driver.
pub(crate) struct Message {
    words: Vec<String>,
    pub(crate) payload: Vec<u8>,
}

impl Driver {
    pub(crate) fn start() -> Result<(Self, Messages), String> {
        let built = option_env!("UNIKERNEL_TEST_DRIVER").map(Path::new);
        let program = PROGRAM.get().map(PathBuf::as_path).or(built).unwrap_or(Path::new("unikernel"));
        let started = Command::new(program)
            .arg("driver")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C in a shell ends the test, and the end of the driver's input ends the machine.
            .process_group(0)
            .spawn();
        let mut child = started.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if built.is_some() => {
                format!("`{}` is missing\nhelp: run `cargo clean -p unikernel-test`", program.display())
            }
            io::ErrorKind::NotFound => {
                format!(
                    "`{}` is not installed\nhelp: enable the feature `program` of `unikernel-test`",
                    program.display()
                )
            }
            _ => format!("cannot start `{}`: {error}", program.display()),
        })?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = output.ok_or("the driver has no output")?;
        Ok((Self { child, input }, Messages(BufReader::new(output))))
    }

    /// Sends a message. A driver that has ended has said why.
    pub(crate) fn send(&mut self, words: &str, payload: impl AsRef<OsStr>) {
        self.send_bytes(words, payload.as_ref().as_bytes());
    }

    /// Sends a message of any bytes.
    pub(crate) fn send_bytes(&mut self, words: &str, payload: &[u8]) {
        if let Some(input) = &mut self.input {
            let _ = writeln!(input, "{words} {}", payload.len())
                .and_then(|()| input.write_all(payload))
                .and_then(|()| input.flush());
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}

impl Message {
    /// What it is.
    pub(crate) fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// A further word.
    pub(crate) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }

    pub(crate) fn path(&self) -> PathBuf {
        OsStr::from_bytes(&self.payload).into()
    }
}

impl Iterator for Messages {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let mut line = String::new();
        self.0.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut payload = vec![0; words.pop()?.parse().ok()?];
        self.0.read_exact(&mut payload).ok()?;
        Some(Message { words, payload })
    }
}
