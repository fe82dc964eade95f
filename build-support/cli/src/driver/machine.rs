//! Runs one machine, and does what the library asks for.

use std::io::{BufRead, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::mpsc;
use std::thread;

use super::message::{Message, Output};
use super::setup::{Planned, Setup};
use crate::machine::driven::{Channel, Driven};
use crate::machine::hardware::{Card, Link};
use crate::machine::{Ending, Error, PROGRAM, ports};
use crate::symbolize::Symbolizer;

/// Serves until standard input ends; the machine and the temporary files end with that.
pub(super) fn serve(input: &mut impl BufRead, output: &Output) -> Result<(), String> {
    let folder = tempfile::Builder::new().prefix("unikernel-test-").tempdir();
    let folder = folder.map_err(|error| format!("cannot make a temporary folder: {error}"))?;
    let planned = Setup::read(input, folder.path())?.plan(folder.path())?;
    thread::scope(|scope| {
        let Planned { command, shown, kernel, cards, disks } = planned;
        for (name, path) in &disks {
            output.send(&format!("disk {name}"), path.as_os_str().as_bytes());
        }
        output.send("command", shown.as_bytes());
        let program = command.get_program().to_os_string();
        let mut machine = Driven::start(command).map_err(|error| match error {
            Error::NoQemu if program != PROGRAM => format!("`{}` is not installed", program.display()),
            other => other.to_string(),
        })?;
        output.send(&format!("started {}", machine.id()), &[]);
        let channel = machine.channel();
        // On a thread of its own: a kernel that does not read its console must not keep this one from the end of its input.
        let (keys, typed) = mpsc::channel::<Vec<u8>>();
        let console_input = machine.input.take();
        scope.spawn(move || {
            let Some(mut console) = console_input else { return };
            for bytes in typed {
                if console.write_all(&bytes).is_err() {
                    return; // the machine has ended, and says so
                }
            }
        });
        let console = machine.output.take();
        let symbolizer = kernel.and_then(|kernel| Symbolizer::new(kernel).ok());
        scope.spawn(move || {
            if let Some(console) = console {
                forward_console(console, symbolizer, output);
            }
            end(machine, output);
        });
        while let Some(message) = Message::read(input) {
            match message.words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["input"] => {
                    let _ = keys.send(message.payload); // the machine may have ended
                }
                ["power"] => {
                    let _ = channel.press_power_button();
                }
                ["forward", protocol, port] => {
                    let card = message.payload_text();
                    match forward(&channel, &cards, &card, protocol, port) {
                        Ok(host) => output.send(&format!("forwarded {host}"), &[]),
                        Err(text) => output.send("refused", text.as_bytes()),
                    }
                }
                ["monitor"] => match channel.monitor(&message.payload_text()) {
                    Some(text) => output.send("monitor answered", text.as_bytes()),
                    None => output.send("monitor ended", &[]),
                },
                ["connections", host] => {
                    let table = channel.monitor("info usernet").unwrap_or_default();
                    output.send(&format!("connected {}", connections(&table, host)), &[]);
                }
                _ => {}
            }
        }
        // The console's thread waits for the machine, which ends with this thread: scopes wait, so that this cannot.
        drop(folder);
        std::process::exit(0)
    })
}

/// Passes on what the console says, and adds backtraces.
fn forward_console(mut console: impl Read, mut symbolizer: Option<Symbolizer>, output: &Output) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = console.read(&mut bytes) {
        let mut begin = 0;
        for at in 0..count {
            let Some(symbolizer) = &mut symbolizer else { break };
            let told = symbolizer.feed(&bytes[at..=at]);
            if let Some(backtrace) = told.get(1..).filter(|added| !added.is_empty()) {
                output.send("console", &bytes[begin..=at]);
                output.send("backtrace", backtrace);
                begin = at + 1;
            }
        }
        if begin < count {
            output.send("console", &bytes[begin..count]);
        }
    }
}

fn end(machine: Driven, output: &Output) {
    match machine.wait() {
        Ok((ending, exit, messages)) => {
            if !messages.is_empty() {
                output.send("messages", messages.as_bytes());
            }
            let kind = match ending {
                Ending::Status(_) => "status",
                Ending::PoweredOff => "off",
                Ending::Panicked => "panicked",
                Ending::Reset => "reset",
                Ending::Interrupted(_) | Ending::Killed(_) => "killed",
            };
            let exit = exit.map_or("none".to_owned(), |code| code.to_string());
            let remark = ending.remark().unwrap_or_default();
            output.send(&format!("ended {kind} {} {exit}", ending.code()), remark.as_bytes());
        }
        Err(error) => output.send("failed", error.to_string().as_bytes()),
    }
}

/// Forwards a port of this host that QEMU chooses, so that no other program can take it in between.
fn forward(channel: &Channel, cards: &[Card], card: &str, protocol: &str, port: &str) -> Result<u16, String> {
    let declared = || cards.iter().map(|card| format!("`{}`", card.name)).collect::<Vec<_>>().join(", ");
    let index = match card {
        "" if cards.is_empty() => {
            return Err("the machine has no network card\nhelp: declare `net` in the annotation".into());
        }
        "" => 0,
        name => cards
            .iter()
            .position(|card| card.name == name)
            .ok_or_else(|| format!("the machine has no network card `{name}`\nhelp: there are {}", declared()))?,
    };
    let Link::User { v4, .. } = &cards[index].link else { return Err("the network card is on a tap".into()) };
    let ended = || "the machine has ended".to_owned();
    let rule = format!("{protocol}:{}:0-{}:{port}", ports::HOST, v4.guest);
    let refusal = channel.monitor(&format!("hostfwd_add net{index} {rule}")).ok_or_else(ended)?;
    if !refusal.trim().is_empty() {
        return Err(format!("QEMU does not forward {protocol} port {port}: {}", refusal.trim()));
    }
    let table = channel.monitor("info usernet").ok_or_else(ended)?;
    host_port(&table, &format!("net{index}"), protocol, port)
        .ok_or_else(|| format!("QEMU does not say which port it forwards to {protocol} port {port}:\n{table}"))
}

/// Finds the last forwarded port in the table that QEMU prints of its user networks.
fn host_port(table: &str, network: &str, protocol: &str, port: &str) -> Option<u16> {
    let kind = format!("{}[HOST_FORWARD]", protocol.to_uppercase());
    let mut is_ours = false;
    let mut found = None;
    for line in table.lines() {
        if line.starts_with("Hub ") {
            is_ours = line.contains(&format!("({network})"));
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [of, _, _, host, _, guest, ..] = words[..]
            && is_ours
            && of == kind
            && guest == port
        {
            found = host.parse().ok();
        }
    }
    found
}

/// The connections to a forwarded port of this host that the kernel has accepted.
fn connections(table: &str, host: &str) -> usize {
    const ACCEPTED: [&str; 4] = ["TCP[ESTABLISHED]", "TCP[CLOSE_WAIT]", "TCP[FIN_WAIT_1]", "TCP[FIN_WAIT_2]"];
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| matches!(row[..], [state, _, _, port, ..] if ACCEPTED.contains(&state) && port == host)).count()
}

#[cfg(test)]
mod tests {
    use super::{connections, host_port};

    const TABLE: &str = "Hub -1 (net0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n  \
                         TCP[HOST_FORWARD]  14       127.0.0.1 43211        10.0.0.2  8080     0     0\r\n  \
                         UDP[HOST_FORWARD]  15       127.0.0.1  5353        10.0.0.2  8080     0     0\r\n\
                         Hub -1 (net1):\r\n  TCP[HOST_FORWARD]  16       127.0.0.1 43212        10.0.1.2  8080     0     0\r\n  \
                         TCP[ESTABLISHED]   17       127.0.0.1 43212        10.0.1.2  8080     0     0\r\n";

    #[test]
    fn the_port_of_the_network_and_protocol_is_found() {
        assert_eq!(host_port(TABLE, "net0", "tcp", "8080"), Some(43211));
        assert_eq!(host_port(TABLE, "net0", "udp", "8080"), Some(5353));
        assert_eq!(host_port(TABLE, "net1", "tcp", "8080"), Some(43212));
        assert_eq!(host_port(TABLE, "net1", "tcp", "80"), None);
        assert_eq!(host_port(TABLE, "net2", "tcp", "8080"), None);
    }

    #[test]
    fn connections_that_wait_for_the_kernel_do_not_count() {
        assert_eq!(connections(TABLE, "43212"), 1);
        assert_eq!(connections(TABLE, "43211"), 0);
        assert_eq!(connections(&TABLE.replace("ESTABLISHED", "SYN_SENT"), "43212"), 0);
    }
}
