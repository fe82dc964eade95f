//! The messages of the QEMU machine protocol (QMP) that a run uses.
//!
//! <https://www.qemu.org/docs/master/interop/qmp-spec.html>; the commands and events are those of
//! <https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html>.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// A command, and the id of its answer.
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
    /// A command of the human monitor.
    #[serde(rename = "human-monitor-command", rename_all = "kebab-case")]
    Monitor { command_line: Cow<'static, str> },
    /// Write the guest's memory and registers to a file.
    DumpGuestMemory { paging: bool, protocol: String },
    /// Quit QEMU.
    Quit,
}

/// Identifies the command that an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Id {
    /// The end of negotiation: the machine is created.
    Made,
    /// Its start.
    Start,
    /// A command of the human monitor, for the driver of a machine.
    Monitor,
    /// The registers of a crash.
    Registers,
    /// The core file.
    Dump,
    /// The end.
    Quit,
}

/// A message from QEMU; unused ones do not deserialize.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Message {
    /// The greeting, after which capabilities are negotiated.
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

/// The result of a command.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// Success.
    Return(Returned),
    /// An error.
    Error {
        /// The description of the error.
        desc: Option<String>,
    },
}

/// The value that a command returns: the text of the monitor, or an object that is ignored.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Returned {
    /// The output of [`Command::Monitor`].
    Text(String),
    /// The value of the other commands.
    Other(IgnoredAny),
}

/// Something that happened to the machine.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Event {
    /// The guest used `pvpanic`.
    GuestPanicked(IgnoredAny),
    /// The machine shuts down.
    Shutdown {
        /// The reason: `guest-reset`, `guest-shutdown`, ...
        reason: Option<String>,
    },
}

impl Command {
    /// Encodes the command, with the id of its answer.
    pub(super) fn with_id(self, id: Id) -> Vec<u8> {
        Request { command: self, id: Some(id) }.bytes()
    }

    /// Encodes the command, without an id: the answer is ignored.
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
