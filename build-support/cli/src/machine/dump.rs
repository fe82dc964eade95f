//! The core file of a crashed machine, written through the control channel.
//!
//! `pvpanic` pauses the machine (`-action panic=pause`) with the registers as the crash left them. The runtime has its status in
//! `ah` then, since the device takes `al` alone: `isa-debug-exit`, which would carry the status, ends QEMU before anything else.

use std::path::Path;

use unikernel_vocabulary::contract::{ports, status};

use super::qmp::{Answer, Command, Id, Outcome, Returned};

/// The state and the result of a dump.
#[derive(Debug)]
pub(super) struct Dump {
    path: String,
    /// The kernel's exit status.
    pub(super) status: Option<u8>,
    /// The reason why the core file could not be written.
    pub(super) failure: Option<String>,
}

/// The exit statuses of a panic and of a fault; other failures are not crashes.
const CRASHES: [u8; 2] = [status::PANIC, status::FAULT];

impl Dump {
    /// A dump to an absolute path, in case of a crash.
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_string_lossy().into_owned(), status: None, failure: None }
    }

    /// The command to send when the machine has paused.
    pub(super) fn paused() -> Vec<u8> {
        Command::Monitor { command_line: "info registers".into() }.with_id(Id::Registers)
    }

    /// Processes the answer to the last command, and returns the next one.
    pub(super) fn answered(&mut self, answer: &Answer) -> Vec<u8> {
        match answer.id {
            Id::Registers => {
                self.status = match &answer.outcome {
                    Outcome::Return(Returned::Text(registers)) => status(registers),
                    _ => None,
                };
                if self.status.is_some_and(|status| !CRASHES.contains(&status)) {
                    return quit();
                }
                let protocol = format!("file:{}", self.path);
                Command::DumpGuestMemory { paging: false, protocol }.with_id(Id::Dump)
            }
            Id::Dump => {
                if let Outcome::Error { desc } = &answer.outcome {
                    self.failure = Some(desc.clone().unwrap_or_else(|| "QEMU does not say why".into()));
                }
                quit()
            }
            Id::Made | Id::Start | Id::Monitor | Id::Quit => Vec::new(),
        }
    }
}

/// The status in QEMU's register dump: `RAX=0000000000006601 RBX=...`.
fn status(registers: &str) -> Option<u8> {
    let (_, rax) = registers.split_once("RAX=")?;
    ports::pvpanic_status(u64::from_str_radix(rax.get(..16)?, 16).ok()?)
}

fn quit() -> Vec<u8> {
    Command::Quit.with_id(Id::Quit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn dump() -> Dump {
        Dump::new(Path::new("/tmp/a \"core\""))
    }

    fn sent(bytes: &[u8]) -> Value {
        assert_eq!(bytes.last(), Some(&b'\n'));
        serde_json::from_slice(bytes).expect("JSON")
    }

    fn answer(id: &str, mut outcome: Value) -> Answer {
        outcome["id"] = id.into();
        serde_json::from_value(outcome).expect("an answer")
    }

    fn registers(rax: &str) -> Answer {
        answer("registers", json!({ "return": format!("RAX={rax} RBX=0000000000000000\r\nRIP=...") }))
    }

    #[test]
    fn a_crash_is_dumped_and_the_machine_ended() {
        for (rax, status) in
            [("0000000000006601", Some(102)), ("ffff000000006501", Some(101)), ("0000000000000000", None)]
        {
            let mut dump = dump();
            assert_eq!(sent(&Dump::paused())["execute"], "human-monitor-command");
            let next = sent(&dump.answered(&registers(rax)));
            assert_eq!((&next["execute"], dump.status), (&json!("dump-guest-memory"), status));
            assert_eq!(next["arguments"]["protocol"], "file:/tmp/a \"core\"");
            assert_eq!(sent(&dump.answered(&answer("dump", json!({ "return": {} }))))["execute"], "quit");
            assert_eq!(dump.failure, None);
        }
    }

    #[test]
    fn a_failure_of_the_application_is_no_crash() {
        let mut dump = dump();
        assert_eq!(sent(&dump.answered(&registers("0000000000000701")))["execute"], "quit");
        assert_eq!(dump.status, Some(7));
    }

    #[test]
    fn a_dump_that_fails_says_why() {
        let mut dump = dump();
        let failed = json!({ "error": { "class": "GenericError", "desc": "No space left on device" } });
        assert_eq!(sent(&dump.answered(&answer("dump", failed)))["execute"], "quit");
        assert_eq!(dump.failure.as_deref(), Some("No space left on device"));
        assert!(dump.answered(&answer("quit", json!({ "return": {} }))).is_empty());
    }
}
