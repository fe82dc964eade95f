//! A core file of a machine that crashed, made over the control channel.
//!
//! `pvpanic` pauses the machine (`-action panic=pause`) with the registers as the crash left them. The runtime has its status in
//! `ah` then, since the device takes `al` alone: `isa-debug-exit`, which would carry the status, ends QEMU before anything else.

use std::path::Path;

use serde_json::{Value, json};
use unikernel_vocabulary::contract::{ports, status};

/// What a dump is waiting for, and what came of it.
#[derive(Debug)]
pub(super) struct Dump {
    path: String,
    /// What the kernel would have ended with.
    pub(super) status: Option<u8>,
    /// Why there is no core file, though there should be one.
    pub(super) failure: Option<String>,
}

/// What the runtime ends with after a panic and after a fault; other failures are no crashes.
const CRASHES: [u8; 2] = [status::PANIC, status::FAULT];

impl Dump {
    /// A dump to an absolute path, should it come to that.
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_string_lossy().into_owned(), status: None, failure: None }
    }

    /// What to send when the machine has paused.
    pub(super) fn paused() -> Vec<u8> {
        let arguments = json!({ "command-line": "info registers" });
        command("registers", "human-monitor-command", Some(arguments))
    }

    /// Takes the answer to what was sent, and says what to send next.
    pub(super) fn answered(&mut self, id: &str, answer: &Value) -> Vec<u8> {
        match id {
            "registers" => {
                self.status = answer.get("return").and_then(Value::as_str).and_then(status);
                if self.status.is_some_and(|status| !CRASHES.contains(&status)) {
                    return quit();
                }
                let arguments = json!({ "paging": false, "protocol": format!("file:{}", self.path) });
                command("dump", "dump-guest-memory", Some(arguments))
            }
            "dump" => {
                if let Some(error) = answer.get("error") {
                    let why = error.get("desc").and_then(Value::as_str).unwrap_or("QEMU does not say why");
                    self.failure = Some(why.to_owned());
                }
                quit()
            }
            _ => Vec::new(),
        }
    }
}

/// The status in what QEMU prints of the registers: `RAX=0000000000006601 RBX=...`.
fn status(registers: &str) -> Option<u8> {
    let (_, rax) = registers.split_once("RAX=")?;
    ports::pvpanic_status(u64::from_str_radix(rax.get(..16)?, 16).ok()?)
}

fn quit() -> Vec<u8> {
    command("quit", "quit", None)
}

fn command(id: &str, name: &str, arguments: Option<Value>) -> Vec<u8> {
    let mut message = json!({ "execute": name, "id": id });
    if let Some(arguments) = arguments {
        message["arguments"] = arguments;
    }
    format!("{message}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump() -> Dump {
        Dump::new(Path::new("/tmp/a \"core\""))
    }

    fn sent(bytes: &[u8]) -> Value {
        assert_eq!(bytes.last(), Some(&b'\n'));
        serde_json::from_slice(bytes).expect("JSON")
    }

    fn registers(rax: &str) -> Value {
        json!({ "return": format!("RAX={rax} RBX=0000000000000000\r\nRIP=...") })
    }

    #[test]
    fn a_crash_is_dumped_and_the_machine_ended() {
        for (rax, status) in
            [("0000000000006601", Some(102)), ("ffff000000006501", Some(101)), ("0000000000000000", None)]
        {
            let mut dump = dump();
            assert_eq!(sent(&Dump::paused())["execute"], "human-monitor-command");
            let next = sent(&dump.answered("registers", &registers(rax)));
            assert_eq!((&next["execute"], dump.status), (&json!("dump-guest-memory"), status));
            assert_eq!(next["arguments"]["protocol"], "file:/tmp/a \"core\"");
            assert_eq!(sent(&dump.answered("dump", &json!({ "return": {} })))["execute"], "quit");
            assert_eq!(dump.failure, None);
        }
    }

    #[test]
    fn a_failure_of_the_application_is_no_crash() {
        let mut dump = dump();
        assert_eq!(sent(&dump.answered("registers", &registers("0000000000000701")))["execute"], "quit");
        assert_eq!(dump.status, Some(7));
    }

    #[test]
    fn a_dump_that_fails_says_why() {
        let mut dump = dump();
        let answer = json!({ "error": { "class": "GenericError", "desc": "No space left on device" } });
        assert_eq!(sent(&dump.answered("dump", &answer))["execute"], "quit");
        assert_eq!(dump.failure.as_deref(), Some("No space left on device"));
        assert!(dump.answered("quit", &json!({ "return": {} })).is_empty());
    }
}
