//! Counts what `static_web` executes: for a request, for a connection, and while nobody wants anything.

mod common;

use std::fs;
use std::thread;
use std::time::Duration;

use build_support::counts;
use common::kernels::kernel;
use common::web::{Client, Start, Web};

const CONNECTIONS: usize = 16;

/// Instructions for a request of a page of 1 KiB, on one of 16 connections that are kept.
const REQUEST_CEILING: u64 = 12_000;
/// The same on a connection of its own. Here each packet comes alone; from a busy network many come at once, for a third of this.
const CONNECTION_CEILING: u64 = 100_000;

fn start(more: &[&str]) -> Web {
    let start = Start { machine: "pc", memory: "3M", command_line: "verbose=false", more };
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

/// What is executed for each request of `rounds`, what it takes to boot and to end aside.
fn instructions(rounds: usize, round: impl Fn(&Web, &mut Vec<Client>)) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let plugin = counts::plugin(folder.path()).unwrap();
    let executed = |rounds| {
        let web = start(&["-plugin", &plugin.display().to_string()]);
        let mut clients = (0..CONNECTIONS).map(|_| web.connect()).collect();
        (0..rounds).for_each(|_| round(&web, &mut clients));
        let printed = web.quit();
        counts::at("end", &printed).unwrap_or_else(|| panic!("no counts: {printed}")).instructions
    };
    let few = rounds / 10;
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

/// QEMU's log of what it executes, which has a line for every time that a halted processor begins to execute anything.
#[test]
fn nothing_is_executed_while_connections_are_idle() {
    let idle = if std::env::var_os("UNIKERNEL_TEST_ALL").is_some() {
        Duration::from_secs(60)
    } else {
        println!("60 seconds: left to `make test-all`; 5 of them are watched");
        Duration::from_secs(5)
    };
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let web = start(&["-D", log.to_str().expect("is text")]);
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| web.connect()).collect();
    let _silent: Vec<_> = (0..CONNECTIONS).map(|_| web.connect()).collect();
    ask(&mut clients, "");
    let executed = || fs::read_to_string(&log).unwrap_or_default().matches("Trace ").count();
    // The last acknowledgements come late.
    thread::sleep(Duration::from_secs(1));
    web.monitor("log exec");
    thread::sleep(idle);
    assert_eq!(executed(), 0, "something is executed while nobody wants anything");
    // It would have been seen.
    ask(&mut clients, "");
    web.monitor("log none");
    assert!(executed() > 0, "the log says nothing");
}
