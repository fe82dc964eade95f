//! Counts what `static_web` executes: for a request, for a connection, and while idle.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::common::effort::scaled;
use crate::common::kernels::kernel;
use crate::common::web::{Client, Start, Web};
use unikernel_bench::counts::{self, Counts};
use unikernel_test::MachineType;

const CONNECTIONS: usize = 16;

/// Instructions for a request of a page of 1 KiB, on one of 16 connections that are kept.
const REQUEST_CEILING: u64 = 12_000;
/// The same on a connection of its own. Here each packet comes alone; from a busy network many come at once, for a third of this.
const CONNECTION_CEILING: u64 = 100_000;

const QUIET: &str = "verbose=false";

fn start(command_line: &str, more: &[&str]) -> Web {
    let start = Start { machine: MachineType::Pc, memory: "3MiB", command_line, more };
    Web::start(&kernel("static_web"), &start)
}

/// Asks on all of the connections, and then reads all of the answers.
fn ask(clients: &mut [Client], connection: &str) {
    for client in clients.iter_mut() {
        client.send(format!("GET /1k.html HTTP/1.1\r\nHost: 10.0.0.2:8080\r\n{connection}\r\n"));
    }
    for client in clients {
        assert_eq!(client.response().body.len(), 1024);
    }
}

/// What is executed from boot to the end of so many rounds.
fn counted(command_line: &str, connections: usize, rounds: usize, round: impl Fn(&Web, &mut Vec<Client>)) -> Counts {
    let folder = tempfile::tempdir().unwrap();
    let plugin = counts::plugin(folder.path()).unwrap();
    let web = start(command_line, &["-plugin", &plugin.display().to_string()]);
    let mut clients = (0..connections).map(|_| web.connect()).collect();
    (0..rounds).for_each(|_| round(&web, &mut clients));
    let printed = web.quit();
    counts::at("end", &printed).unwrap_or_else(|| panic!("no counts: {printed}"))
}

/// What is executed for each request of `rounds`, what it takes to boot and to end aside.
fn instructions(rounds: usize, round: impl Fn(&Web, &mut Vec<Client>)) -> u64 {
    let few = rounds / 10;
    let executed = |rounds| counted(QUIET, CONNECTIONS, rounds, &round).instructions;
    (executed(rounds) - executed(few)) / ((rounds - few) * CONNECTIONS) as u64
}

#[test]
fn a_request_is_few_instructions() {
    let used = instructions(100, |_, clients| ask(clients, ""));
    println!("static_web: {used} instructions for a request, {CONNECTIONS} connections that are kept");
    assert!((1000..=REQUEST_CEILING).contains(&used), "{used} instructions");
}

#[test]
fn a_connection_is_few_instructions() {
    let used = instructions(50, |web, clients| {
        *clients = (0..CONNECTIONS).map(|_| web.connect()).collect();
        ask(clients, "Connection: close\r\n");
    });
    println!("static_web: {used} instructions for a request, each on a connection of its own");
    assert!((2000..=CONNECTION_CEILING).contains(&used), "{used} instructions");
}

/// One request after the other: a kernel that looks for the next one is not interrupted, and does not halt.
#[test]
fn a_kernel_that_looks_for_frames_does_not_halt_between_requests() {
    const ROUNDS: usize = 300;
    let pause = Duration::from_millis(2);
    let between = |command_line| {
        counted(command_line, 1, ROUNDS, |_, clients| {
            ask(clients, "");
            thread::sleep(pause);
        })
    };
    let (halting, looking) = (between(QUIET), between("verbose=false net.busy_poll=30s"));
    println!("{ROUNDS} requests: {halting:?}; looking for them: {looking:?}");
    // Firmware is interrupted, too. On a busy host a pause may be over before the kernel has come so far as to halt.
    let saved = halting - looking;
    assert!(looking.halts < 20, "{looking:?}");
    assert!(saved.halts as usize > ROUNDS / 2 && saved.interrupts as usize > ROUNDS / 2, "{saved:?}");
}

/// How often a second of an idle machine may wake its host: QEMU's user network wakes up twice by itself while it has connections.
const WAKE_UPS_PER_SECOND: u64 = 3;

/// QEMU's log of what it executes, which has a line for every time that a halted processor begins to execute anything. What
/// executes nothing may still wake the host: a timer that the firmware left ticking does.
#[test]
fn nothing_is_executed_while_connections_are_idle() {
    let idle = Duration::from_secs(scaled("seconds of silence", 5, 60, 600));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    // It looks for frames for a while; then there is nothing of that, either.
    let web = start("verbose=false net.busy_poll=200ms", &["-D", log.to_str().expect("is text")]);
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| web.connect()).collect();
    let _silent: Vec<_> = (0..CONNECTIONS).map(|_| web.connect()).collect();
    ask(&mut clients, "");
    let executed = || fs::read_to_string(&log).unwrap_or_default().matches("Trace ").count();
    // The last acknowledgements come late, and a worker waits for a second before it gives a connection back.
    thread::sleep(Duration::from_secs(3));
    web.monitor("log exec");
    let before = web.wake_ups();
    thread::sleep(idle);
    let wake_ups = web.wake_ups() - before;
    println!("static_web: {wake_ups} wake-ups of the host in {idle:?} of silence");
    assert!(wake_ups <= WAKE_UPS_PER_SECOND * idle.as_secs(), "{wake_ups} wake-ups of the host in {idle:?}");
    assert_eq!(executed(), 0, "something is executed while nobody wants anything");
    // It would have been seen.
    ask(&mut clients, "");
    web.monitor("log none");
    assert!(executed() > 0, "the log says nothing");
}
