//! Forwarded ports.

use std::{fmt, ops::Range};

use crate::manifest::{
    document::{Entry, Value},
    report::Fault,
};

/// A port of the host that is forwarded to a port of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The protocol.
    pub protocol: Protocol,
    /// The port of the host.
    pub host: u16,
    /// The port of the guest.
    pub guest: u16,
}

/// A protocol that has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// Its name, as QEMU and most others write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl Forward {
    /// Parses `HOST:GUEST`, with `tcp:` or `udp:` before it where wanted.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (protocol, ports) = match text.split_once(':')? {
            ("tcp", ports) => (Protocol::Tcp, ports),
            ("udp", ports) => (Protocol::Udp, ports),
            _ => (Protocol::Tcp, text),
        };
        let port = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|port| digits && *port != 0)
        };
        let (host, guest) = ports.split_once(':')?;
        Some(Self { protocol, host: port(host)?, guest: port(guest)? })
    }
}

/// As it is written in a manifest.
impl fmt::Display for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.protocol == Protocol::Udp {
            f.write_str("udp:")?;
        }
        write!(f, "{}:{}", self.host, self.guest)
    }
}

/// What a manifest has taken of the host so far, each with its place: no two devices can have the same.
#[derive(Default)]
pub(super) struct Taken(Vec<(String, Range<usize>)>);

impl Taken {
    /// Takes `what` at a place; reports that it is taken already.
    pub(super) fn take(&mut self, what: String, span: &Range<usize>, faults: &mut Vec<Fault>) {
        match self.0.iter().find(|(other, _)| *other == what) {
            Some((_, first)) => faults.push(
                Fault::new(format!("{what} is used twice"))
                    .at(span.clone(), "used again here")
                    .and(first.clone(), "first used here")
                    .help("give each its own"),
            ),
            None => self.0.push((what, span.clone())),
        }
    }
}

/// Reads a list of forwarded ports; `of` names the device in messages.
pub(super) fn read(entry: &Entry, of: &str, taken: &mut Taken, faults: &mut Vec<Fault>) -> Vec<Forward> {
    const HELP: &str = "write `forward = [\"8080:80\", \"udp:53:53\"]`: a port of the host, then one of the guest";
    let Value::Array(items) = &entry.value else {
        faults.push(
            Fault::new(format!("`forward` of {of} is {}, not an array", entry.value.type_name()))
                .at(entry.span.clone(), "expected an array of strings")
                .help(HELP),
        );
        return Vec::new();
    };
    let mut forwards = Vec::new();
    for (item, span) in items {
        let fault = match item {
            Value::Text(text) => match Forward::parse(text) {
                Some(forward) => {
                    let protocol = forward.protocol.name().to_uppercase();
                    taken.take(format!("{protocol} port {} of the host", forward.host), span, faults);
                    forwards.push(forward);
                    continue;
                }
                None => Fault::new(format!("`forward` of {of}: `{}` is not a pair of ports", text.escape_debug())),
            },
            _ => Fault::new(format!("`forward` of {of} contains {}, not a string", item.type_name())),
        };
        faults.push(fault.at(span.clone(), "expected `HOST:GUEST`").help(HELP));
    }
    forwards
}
