//! `[machine]`: what a kernel runs on. No part of an image depends on it.

use unikernel_vocabulary::{Kind, value::size};

use super::{
    check::table_of,
    document::{Entry, Value},
    report::Fault,
    unknown::unknown,
    value::value_of,
};

/// The machine to run on, as far as the manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// `memory`: its size in bytes.
    pub memory_bytes: Option<u64>,
    /// `cpus`: the number of its processors.
    pub cpus: Option<u32>,
    /// `type`: its chipset.
    pub machine_type: Option<MachineType>,
    /// `forward`: ports of the host that lead to ports of the guest.
    pub forward: Vec<Forward>,
}

/// The chipset of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineType {
    /// The classic PC: PIIX, ISA, PCI.
    Pc,
    /// The newer PC: ICH9, PCI Express.
    Q35,
    /// Virtio devices and no PCI.
    Microvm,
}

/// A port of the host that leads to a port of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Which of the two kinds of port.
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

/// The memory in which the smallest kernel runs.
const LEAST_MEMORY_BYTES: u64 = 1152 << 10;

const KEYS: [&str; 4] = ["memory", "cpus", "type", "forward"];
const CPUS: Kind<'static> = Kind::integer(1, 255);
const TYPES: Kind<'static> = Kind::words("pc|q35|microvm");

/// Reads the section; `has_net` is whether the application has an interface to forward to.
pub(super) fn read(section: &Entry, has_net: bool, faults: &mut Vec<Fault>) -> Machine {
    let mut machine = Machine::default();
    for entry in table_of(section, faults) {
        let mut value = |kind: &Kind<'_>| {
            value_of(entry, kind, &format!("`{}` of the machine", entry.key)).map_err(|fault| faults.push(fault)).ok()
        };
        match entry.key.as_str() {
            "memory" => {
                machine.memory_bytes = value(&Kind::SIZE).and_then(|text| size(&text).ok());
                if machine.memory_bytes.is_some_and(|bytes| bytes < LEAST_MEMORY_BYTES) {
                    faults.push(
                        Fault::new("`memory` of the machine is less than 1152KiB, what the smallest kernel needs")
                            .at(entry.span.clone(), "too little")
                            .help("write `memory = \"16MiB\"`"),
                    );
                }
            }
            "cpus" => machine.cpus = value(&CPUS).and_then(|text| text.parse().ok()),
            "type" => {
                machine.machine_type = value(&TYPES).map(|text| match text.as_str() {
                    "pc" => MachineType::Pc,
                    "q35" => MachineType::Q35,
                    _ => MachineType::Microvm,
                });
            }
            "forward" => {
                machine.forward = forwards(entry, faults);
                if !has_net && !machine.forward.is_empty() {
                    faults.push(
                        Fault::new("`forward` of the machine leads nowhere: the application declares no `net`")
                            .at(entry.key_span.clone(), "nothing to forward to")
                            .help("remove the line, or declare `net` in the annotation"),
                    );
                }
            }
            key => {
                let fault = Fault::new(format!("unknown key `{key}` in `[machine]`"));
                faults.push(unknown(fault, entry, &KEYS));
            }
        }
    }
    machine
}

fn forwards(entry: &Entry, faults: &mut Vec<Fault>) -> Vec<Forward> {
    const HELP: &str = "write `forward = [\"8080:80\", \"udp:53:53\"]`: a port of the host, then one of the guest";
    let Value::Array(items) = &entry.value else {
        faults.push(
            Fault::new(format!("`forward` of the machine is {}, not an array", entry.value.type_name()))
                .at(entry.span.clone(), "expected an array of strings")
                .help(HELP),
        );
        return Vec::new();
    };
    let mut forwards = Vec::new();
    for (item, span) in items {
        let fault = match item {
            Value::Text(text) => match forward(text) {
                Some(forward) => {
                    forwards.push(forward);
                    continue;
                }
                None => {
                    Fault::new(format!("`forward` of the machine: `{}` is not a pair of ports", text.escape_debug()))
                }
            },
            _ => Fault::new(format!("`forward` of the machine has {} in it, not a string", item.type_name())),
        };
        faults.push(fault.at(span.clone(), "expected `HOST:GUEST`").help(HELP));
    }
    forwards
}

/// `HOST:GUEST`, with `tcp:` or `udp:` before it where wanted.
fn forward(text: &str) -> Option<Forward> {
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
    Some(Forward { protocol, host: port(host)?, guest: port(guest)? })
}
