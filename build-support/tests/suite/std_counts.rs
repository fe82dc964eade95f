//! Counts what servers of the standard library execute: up to their first answer, for a request, and while idle.

use std::thread;
use std::time::Duration;

use crate::common::effort::{Effort, is_left_out};
use crate::common::web::{Client, Start, Web};
use crate::std_programs::kernel;
use unikernel_bench::counts::{self, Counts};
use unikernel_cli::elf::Kernel;
use unikernel_test::MachineType;

/// A server, what it says when it serves, and the most instructions that it takes.
struct Server {
    name: &'static str,
    said: &'static str,
    /// From the entry to its first answer.
    first: u64,
    /// For a request on one of 16 connections that are kept. How many come at once is the host's chance, and with it a tenth of this.
    request: u64,
}

const SERVERS: [Server; 3] = [
    Server { name: "mio_web", said: "listening\n", first: 250_000, request: 9_500 },
    Server { name: "std_web", said: "serving http://10.0.0.2:8080/\n", first: 250_000, request: 10_000 },
    Server { name: "axum_server", said: "listening\n", first: 400_000, request: 21_500 },
];

/// What all of them serve in.
const MEMORY: &str = "8MiB";

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 60;

/// Asks on all of the connections, and then reads all of the answers.
fn ask(clients: &mut [Client]) {
    for client in clients.iter_mut() {
        client.send("GET / HTTP/1.1\r\nHost: 10.0.0.2:8080\r\n\r\n");
    }
    for client in clients {
        assert_eq!(client.response().status, 200);
    }
}

/// What is executed from the entry to the end of so many rounds.
fn counted(server: &Server, connections: usize, rounds: usize) -> u64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plugin = counts::plugin(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let path = kernel(server.name, "release");
    let entry = Kernel::read(&path).expect("a kernel").entry();
    let plugin = format!("{},entry={entry:#x}", plugin.display());
    let more = ["-plugin", &plugin];
    let start = Start { machine: MachineType::Pc, memory: MEMORY, command_line: "port=8080", more: &more };
    let web = Web::start_saying(&path, &start, server.said);
    let mut clients: Vec<Client> = (0..connections).map(|_| web.connect()).collect();
    (0..rounds).for_each(|_| ask(&mut clients));

    let printed = web.quit();
    let at = |point| counts::at(point, &printed).unwrap_or_else(|| panic!("no counts at {point}: {printed}"));
    let executed: Counts = at("end") - at("entry");
    executed.instructions
}

#[test]
fn servers_of_the_standard_library_take_few_instructions_and_little_memory() {
    if is_left_out("instructions of servers of the standard library", Effort::All) {
        return;
    }
    for server in SERVERS {
        let name = server.name;
        let first = counted(&server, 1, 1);
        let few = counted(&server, CONNECTIONS, ROUNDS / 10);
        let many = counted(&server, CONNECTIONS, ROUNDS);
        let request = many.saturating_sub(few) / ((ROUNDS - ROUNDS / 10) * CONNECTIONS) as u64;
        println!("{name}: {first} instructions to the first answer, {request} for a request, in {MEMORY}");
        assert!((10_000..=server.first).contains(&first), "{name}: {first} instructions to the first answer");
        assert!((1000..=server.request).contains(&request), "{name}: {request} instructions for a request");
    }
}

#[test]
fn a_server_without_requests_executes_nothing() {
    if is_left_out("an idle server of the standard library", Effort::All) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let live = counts::Live::new(folder.path()).expect("a file of counters");
    let plugin = counts::plugin(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let plugin = format!("{},counters={}", plugin.display(), live.path().display());
    let more = ["-plugin", &plugin];
    let start = Start { machine: MachineType::Pc, memory: MEMORY, command_line: "port=8080", more: &more };
    let web = Web::start_saying(&kernel("axum_server", "release"), &start, "listening\n");
    let mut clients: Vec<Client> = (0..4).map(|_| web.connect()).collect();
    ask(&mut clients);
    // The card's peer may have something to say yet: what is acknowledged late, and neighbours that are asked for.
    thread::sleep(Duration::from_secs(2));
    let before = live.read().expect("counters").instructions;
    thread::sleep(Duration::from_secs(3));
    let executed = live.read().expect("counters").instructions - before;
    assert!(before > 0 && executed == 0, "{executed} instructions in three seconds");
    drop(clients);
}
