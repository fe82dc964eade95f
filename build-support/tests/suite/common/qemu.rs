//! A QEMU machine, with the output of its COM1 and its exit status.

use std::{
    fs,
    io::{Read, Write},
    process::{Child, ChildStdin, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use super::{PATIENCE, Tool, tool, wait_for};
use unikernel_cli::machine::debug_exit;

/// A running machine; it ends with the test.
pub(crate) struct Qemu {
    child: Child,
    input: ChildStdin,
    console: Arc<Mutex<Vec<u8>>>,
    reader: Option<thread::JoinHandle<()>>,
}

/// How a machine ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// QEMU's exit status.
    pub(crate) code: Option<i32>,
    /// What COM1 said, with a line feed alone at the ends of lines.
    pub(crate) console: String,
    /// What COM1 said, as it is.
    pub(crate) bytes: String,
}

impl Qemu {
    /// Starts a machine with TCG, COM1 here, no display, the device that carries the status, and `arguments`.
    pub(crate) fn start<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let status = ["-device".to_owned(), debug_exit()];
        Self::start_bare(status.into_iter().chain(arguments.into_iter().map(|argument| argument.as_ref().to_owned())))
    }

    /// The same without the device that carries the status.
    pub(crate) fn start_bare<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::start_by(tool("qemu-system-x86_64", "qemu-system-x86"), arguments)
    }

    /// The same by a command that ends in the emulator's name.
    pub(crate) fn start_by<A: AsRef<str>>(emulator: Tool, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut qemu = emulator
            .args(["-accel", "tcg", "-display", "none", "-no-reboot", "-nodefaults", "-serial", "stdio"])
            .args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        qemu.command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = match qemu.command.spawn() {
            Ok(child) => child,
            Err(error) => qemu.missing(&error),
        };
        let console = Arc::new(Mutex::new(Vec::new()));
        let (mut stream, sink) = (child.stdout.take().expect("is piped"), Arc::clone(&console));
        let input = child.stdin.take().expect("is piped");
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut bytes) {
                sink.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self { child, input, console, reader: Some(reader) }
    }

    /// The processor's time that it has taken, in the system's ticks: unlike the clock's, it is the machine's alone.
    pub(crate) fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the machine runs");
        let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
        // The 14th and the 15th of all fields: as a user, and in the system.
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
    }

    /// Sends `text` to COM1.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).expect("the machine runs");
    }

    /// What COM1 has said so far, with a line feed alone at the ends of lines.
    pub(crate) fn console(&self) -> String {
        self.bytes().replace("\r\n", "\n")
    }

    /// What COM1 has said so far, as it is.
    fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.console.lock().unwrap()).into_owned()
    }

    /// Waits until COM1 says `text`; returns all that it said.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let found = wait_for(|| Some(self.console()).filter(|console| console.contains(text)));
        found.unwrap_or_else(|| panic!("no `{text}` within {PATIENCE:?}; COM1 said:\n{}", self.console()))
    }

    /// Waits until the machine ends.
    pub(crate) fn finish(mut self) -> Outcome {
        let Some(status) = wait_for(|| self.child.try_wait().expect("is our child")) else {
            panic!("the machine did not end within {PATIENCE:?}; COM1 said:\n{}", self.console());
        };
        if let Some(reader) = self.reader.take() {
            reader.join().expect("does not panic");
        }
        Outcome { code: status.code(), console: self.console(), bytes: self.bytes() }
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        if thread::panicking() {
            let end = self.child.try_wait();
            eprintln!("a machine of this test ({end:?}) said on COM1:\n{}", self.console());
        }
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }
}

/// Runs a machine to its end.
pub(crate) fn run<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Outcome {
    Qemu::start(arguments).finish()
}

/// Runs a machine without the device that carries the status to its end.
pub(crate) fn run_bare<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Outcome {
    Qemu::start_bare(arguments).finish()
}
