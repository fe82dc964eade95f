//! The QEMU machine protocol (QMP), as far as a run uses it.
//!
//! The machine is created stopped, and started through this channel. This distinguishes QEMU's own failures (exit status 1) from
//! a kernel's success (`isa-debug-exit` makes it 1, too). A few events say more about an end than the exit status does.
//!
//! QEMU answers commands only once the machine is created. The answer to the start itself is not awaited: if the kernel ends
//! within microseconds, QEMU exits before it writes the answer.
//!
//! This is the protocol's logic alone, bytes in and bytes out; [`super::process`] owns the socket, [`super::qmp`] has the messages.

use super::dump::Dump;
use super::qmp::{Answer, Command, Event, Id, Message, Outcome, Returned};

/// The maximum length of a message; a longer one is dropped. QEMU's are much shorter.
const MAX_LINE_BYTES: usize = 1 << 16;

/// The state of the channel, and what it has reported.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// The machine is created, and the start command is sent.
    pub(super) started: bool,
    /// The guest used `pvpanic`.
    pub(super) panicked: bool,
    /// The guest reset the machine, which ended it.
    pub(super) reset: bool,
    /// The core file to write after a crash.
    pub(super) dump: Option<Dump>,
    /// What the human monitor has printed, one text for each command.
    pub(super) printed: Vec<String>,
    pub(super) line: Vec<u8>,
}

impl Control {
    /// Processes the bytes that QEMU sent, and returns the reply.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                self.line.push(byte);
                self.line.truncate(MAX_LINE_BYTES);
                continue;
            }
            let message = serde_json::from_slice(&self.line);
            self.line.clear();
            if let Ok(message) = message {
                answer.extend(self.message(&message));
            }
        }
        answer
    }

    fn message(&mut self, message: &Message) -> Vec<u8> {
        match message {
            Message::Answer(Answer { id: Id::Monitor, outcome }) => self.printed.push(match outcome {
                Outcome::Return(Returned::Text(text)) => text.clone(),
                Outcome::Return(Returned::Other(_)) => String::new(),
                Outcome::Error { desc } => desc.clone().unwrap_or_default(),
            }),
            Message::Greeting { .. } => return Command::Capabilities.with_id(Id::Made),
            Message::Answer(Answer { id: Id::Made, outcome: Outcome::Return(_) }) => {
                self.started = true;
                return Command::Cont.with_id(Id::Start);
            }
            Message::Answer(Answer { id: Id::Start, outcome: Outcome::Error { .. } }) => self.started = false,
            Message::Answer(answer) => {
                return self.dump.as_mut().map(|dump| dump.answered(answer)).unwrap_or_default();
            }
            Message::Event(Event::GuestPanicked(_)) => {
                self.panicked = true;
                if self.dump.is_some() {
                    return Dump::paused();
                }
            }
            Message::Event(Event::Shutdown { reason }) => self.reset |= reason.as_deref() == Some("guest-reset"),
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_started_after_the_greeting() {
        let mut control = Control::default();
        let greeting = b"{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n";
        // In two parts, as a socket may deliver it.
        assert!(control.receive(&greeting[..7]).is_empty());
        assert_eq!(control.receive(&greeting[7..]), b"{\"execute\":\"qmp_capabilities\",\"id\":\"made\"}\n");
        assert!(!control.started);
        assert_eq!(
            control.receive(b"{\"return\": {}, \"id\": \"made\"}\r\n"),
            b"{\"execute\":\"cont\",\"id\":\"start\"}\n"
        );
        assert!(control.started);
        assert!(control.receive(b"{\"event\": \"RESUME\"}\r\n{\"return\": {}, \"id\": \"start\"}\r\n").is_empty());
        assert!(control.started && !control.panicked && !control.reset);
    }

    #[test]
    fn a_machine_that_cannot_be_started_did_not_run() {
        let mut control = Control::default();
        control.receive(b"{\"return\": {}, \"id\": \"made\"}\n");
        control.receive(b"{\"error\": {\"class\": \"GenericError\"}, \"id\": \"start\"}\n");
        assert!(!control.started);
    }

    #[test]
    fn events_tell_how_the_guest_ended() {
        let mut control = Control::default();
        control.receive(b"{\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\"guest-shutdown\"}}\n");
        assert!(!control.reset);
        control.receive(b"{\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\"guest-reset\"}}\n");
        assert!(control.reset);
        control.receive(b"{\"event\":\"GUEST_PANICKED\",\"data\":{\"action\":\"pause\"}}\n");
        assert!(control.panicked);
    }

    #[test]
    fn nonsense_is_passed_over() {
        let mut control = Control::default();
        assert!(control.receive(b"\n{}\n[1]\n\xff\xfe\n{\"event\":7}\n{\"return\":{},\"id\":3}\n").is_empty());
        assert!(control.receive(&vec![b'x'; 3 * MAX_LINE_BYTES]).is_empty());
        assert_eq!(control.line.len(), MAX_LINE_BYTES);
        assert!(!control.started && !control.panicked && !control.reset);
    }
}
