//! `std::net`: programs of the workspace `build-support/tests/std` that open sockets, on the host and as images.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;

use crate::command_line::{stderr, stdout};
use crate::common::dnsmasq::Dnsmasq;
use crate::common::effort::{Effort, is_left_out, scaled};
use crate::common::kernels::boot;
use crate::common::namespace::Namespace;
use crate::common::qemu::{self, Qemu};
use crate::common::web::{Start, Web};
use crate::common::{PATIENCE, prepare};
use crate::std_programs::{QUICK, kernel, on_host, succeeds};
use unikernel_cli::machine::debug_exit;
use unikernel_test::{Boot, Image, MachineType};

/// Arguments of a machine with a card on QEMU's user network.
fn with_card(name: &str, machine: &str, memory: &str, command_line: &str) -> Vec<String> {
    let card = ["-netdev", "user,id=lan,net=10.0.0.0/24,host=10.0.0.1", "-device", "virtio-net-pci,netdev=lan"];
    boot(&kernel(name, QUICK), machine, memory, command_line).into_iter().chain(card.map(str::to_owned)).collect()
}

/// Runs a program on the host and as an image; it prints the same.
#[track_caller]
fn same(package: &str, name: &str) {
    let host = on_host(package, name, &[], &[], "");
    assert!(host.status.success(), "{}", stderr(&host));
    let outcome = qemu::run(with_card(name, "pc", "32M", ""));
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host));
}

#[test]
fn sockets_do_what_they_do_on_the_host() {
    same("net", "loopback");
}

#[test]
fn a_server_and_a_client_of_the_registry_work_unchanged() {
    if is_left_out("a server and a client of the registry", Effort::All) {
        return;
    }
    same("crates", "tiny");
}

#[test]
fn a_thread_for_each_connection_serves_many() {
    let start = Start { machine: MachineType::Pc, memory: "32MiB", command_line: "", more: &[] };
    let web = Web::start(&kernel("std_web", QUICK), &start);
    let clients = scaled("clients at once", 8, 32, 64);
    let rounds = scaled("requests of each", 10, 200, 2_000);
    thread::scope(|scope| {
        for client in 0..clients {
            let web = &web;
            scope.spawn(move || {
                let mut client_of = web.connect();
                for round in 0..rounds {
                    client_of.send(format!("GET /{client}/{round} HTTP/1.1\r\nHost: h\r\n\r\n"));
                    let response = client_of.response();
                    let expected = format!("you asked for /{client}/{round}\n");
                    assert_eq!((response.status, response.body), (200, expected.into_bytes()));
                }
            });
        }
    });
    let response = web.ask("GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_eq!((response.status, &response.body[..]), (200, &b"you asked for /last\n"[..]));
    assert_eq!(web.quit(), "");
}

#[test]
fn names_and_an_address_come_while_it_connects() {
    if is_left_out("names and an address that come late, under `std`", Effort::All) {
        return;
    }
    let namespace = Namespace::with_tap(1500, &["10.9.0.1/24"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let names =
        ["--address=/service.test/10.9.0.1", "--host-record=many.test,10.9.0.8", "--host-record=many.test,10.9.0.9"];
    let _server = Dnsmasq::start(&namespace, folder.path(), &[&Dnsmasq::LENDS[..], &names].concat());
    // An echo server of each protocol, which end with the test.
    let (streams, datagrams) = namespace.inside(|| {
        (TcpListener::bind("10.9.0.1:7").expect("a free port"), UdpSocket::bind("10.9.0.1:9").expect("a free port"))
    });
    thread::spawn(move || {
        for mut stream in streams.incoming().flatten() {
            let mut buffer = [0; 64];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                stream.write_all(&buffer[..count]).expect("it listens");
            }
        }
    });
    thread::spawn(move || {
        let mut buffer = [0; 64];
        while let Ok((count, peer)) = datagrams.recv_from(&mut buffer) {
            datagrams.send_to(&buffer[..count], peer).expect("it is there");
        }
    });
    let arguments = boot(&kernel("outside", QUICK), "q35", "32M", "");
    let qemu = namespace.command("qemu-system-x86_64", "qemu-system-x86");
    let arguments = ["-device".to_owned(), debug_exit()].into_iter().chain(arguments);
    let outcome = Qemu::start_by(qemu, arguments.chain(Namespace::card("virtio-net-pci"))).finish();
    succeeds(&outcome);
    assert_eq!(
        outcome.console,
        "10.9.0.50 to 10.9.0.1:7\nover tcp\n10.9.0.50 to 10.9.0.1:9\nover udp\n[10.9.0.8:80, 10.9.0.9:80]\n\
         failed to lookup address information: Name or service not known\nConnectionRefused\nHostUnreachable\nTimedOut\n"
    );
}

#[test]
fn one_socket_is_on_all_networks() {
    if is_left_out("a program on two networks", Effort::All) {
        return;
    }
    prepare();
    let machine = Image::open(kernel("several", QUICK)).machine().boot(Boot::Kernel).tcg().timeout(PATIENCE);
    let mut machine = machine.memory("32MiB").start();
    machine.expect("elsewhere AddrNotAvailable\nin use AddrInUse\ninside 10.1.0.2\nthis is 10.1.0.2:7001\nready\n");
    let told = |mut stream: TcpStream| {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it tells");
        text
    };
    for _ in 0..3 {
        assert_eq!(told(machine.card("net").connect(7000)), "this is 10.0.0.2:7000");
        assert_eq!(told(machine.card("lan").connect(7000)), "this is 10.1.0.2:7000");
        assert_eq!(told(machine.card("lan").connect(7001)), "this is 10.1.0.2:7001");
    }
    for card in ["net", "lan"] {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_read_timeout(Some(PATIENCE)).expect("is not zero");
        socket.send_to(card.as_bytes(), machine.card(card).udp_address(7000)).expect("is sent");
        let mut buffer = [0; 16];
        let length = socket.recv(&mut buffer).expect("an answer");
        assert_eq!(&buffer[..length], card.as_bytes());
    }
}
