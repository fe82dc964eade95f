//! The messages of QEMU's machine protocol, as many as a run sends and reads.
//!
//! <https://www.qemu.org/docs/master/interop/qmp-spec.html>; the commands and events are those of
//! <https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html>.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// A command, and the id that its answer will have.
#[derive(Debug, Serialize)]
pub(super) struct Request {
    #[serde(flatten)]
    command: Command,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
}

/// A command with its arguments.
#[derive(Debug, Serialize)]
#[serde(tag = "execute", content = "arguments", rename_all = "kebab-case")]
pub(super) enum Command {
    /// Leave negotiation.
    #[serde(rename = "qmp_capabilities")]
    Capabilities,
    /// Start the machine.
    Cont,
    /// Press the power button.
    #[serde(rename = "system_powerdown")]
    SystemPowerdown,
    /// A command of the monitor for people.
    #[serde(rename = "human-monitor-command", rename_all = "kebab-case")]
    Monitor { command_line: &'static str },
    /// Write the guest's memory and registers to a file.
    DumpGuestMemory { paging: bool, protocol: String },
    /// End QEMU.
    Quit,
}

/// Which command an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Id {
    /// The end of negotiation: the machine is made.
    Made,
    /// Its start.
    Start,
    /// The registers of a crash.
    Registers,
    /// The core file.
    Dump,
    /// The end.
    Quit,
}

/// A message of QEMU's; those that are not used here do not deserialize.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Message {
    /// The first message, after which the protocol is negotiated.
    Greeting {
        #[serde(rename = "QMP")]
        _qmp: IgnoredAny,
    },
    /// The answer to a command.
    Answer(Answer),
    /// Something that happened to the machine.
    Event(Event),
}

/// The answer to a command.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) id: Id,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// How a command ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// It was executed.
    Return(Returned),
    /// It was not.
    Error {
        /// Why, for people.
        desc: Option<String>,
    },
}

/// What a command returns: the text of the monitor, or an object that nobody reads.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Returned {
    /// The output of [`Command::Monitor`].
    Text(String),
    /// What the others return.
    Other(IgnoredAny),
}

/// Something that happened to the machine.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Event {
    /// The guest used `pvpanic`.
    GuestPanicked(IgnoredAny),
    /// The machine ends.
    Shutdown {
        /// Why: `guest-reset`, `guest-shutdown`, ...
        reason: Option<String>,
    },
}

impl Command {
    /// The bytes that send the command, for an answer with this id.
    pub(super) fn with_id(self, id: Id) -> Vec<u8> {
        Request { command: self, id: Some(id) }.bytes()
    }

    /// The bytes that send the command, where nobody waits for the answer.
    pub(super) fn bytes(self) -> Vec<u8> {
        Request { command: self, id: None }.bytes()
    }
}

impl Request {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = crate::json::bytes(self);
        bytes.push(b'\n');
        bytes
    }
}
