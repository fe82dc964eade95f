//! Servers and a client by mio, tokio, hyper, axum and reqwest, unchanged from the registry: on the host, and as images.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::command_line::{stderr, stdout};
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::boot;
use crate::common::qemu::{self, Outcome, Qemu};
use crate::std_programs::{QUICK, code, folder, kernel, on_host, succeeds};

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A program with a network card, whose ports are reached by one of the host's.
#[track_caller]
pub(crate) fn arguments(name: &str, forward: &str, command_line: &str) -> Vec<String> {
    let mut arguments = boot(&kernel(name, QUICK), "pc", "64M", command_line);
    let network = format!("user,id=net,net=10.0.0.0/24,host=10.0.0.1,dhcpstart=10.0.0.50{forward}");
    arguments.extend(["-cpu", "max", "-netdev", &network, "-device", "virtio-net-pci,netdev=net"].map(str::to_owned));
    arguments
}

/// Boots a server that listens at a port of its own, and gives the port of the host that leads there.
#[track_caller]
pub(crate) fn serve(name: &str, port: u16) -> (Qemu, u16) {
    let ours = free_port();
    let mut qemu = Qemu::start(arguments(name, &format!(",hostfwd=tcp:127.0.0.1:{ours}-10.0.0.2:{port}"), ""));
    qemu.wait_for("listening");
    (qemu, ours)
}

/// What curl prints: the body, a blank and the status.
#[track_caller]
pub(crate) fn curl(port: u16, path: &str, options: &[&str]) -> String {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "20", "--write-out", " %{http_code}"]).args(options);
    let output = command.arg(format!("http://127.0.0.1:{port}{path}")).output().expect("curl runs");
    assert!(output.status.success(), "{path}: {}", stderr(&output));
    stdout(&output)
}

/// Asks from several clients at once.
#[track_caller]
fn at_once(port: u16, expected: &str) {
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(curl(port, "/", &[]), expected));
        }
    });
}

/// Connects, sends all, and checks that it comes back, while others do the same.
#[track_caller]
fn echo(port: u16) {
    let sent: Vec<u8> = (0..200_000_u32).map(|number| (number.wrapping_mul(number) >> 7) as u8).collect();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("connects");
                let mut writer = stream.try_clone().expect("another handle");
                let sent = &sent;
                scope.spawn(move || {
                    writer.write_all(sent).expect("is taken");
                    writer.shutdown(Shutdown::Write).expect("ends");
                });
                let mut received = Vec::new();
                stream.read_to_end(&mut received).expect("comes back");
                assert!(received == *sent, "{} bytes came back", received.len());
            });
        }
    });
}

pub(crate) fn press_power_button(qemu: Qemu) -> Outcome {
    qemu.monitor("system_powerdown");
    qemu.finish()
}

#[test]
fn a_server_by_mio_answers() {
    let (_qemu, port) = serve("mio_web", 80);
    assert_eq!(curl(port, "/", &[]), "hello from mio\n 200");
    at_once(port, "hello from mio\n 200");
}

#[test]
fn servers_by_tokio_hyper_and_axum_answer() {
    if is_left_out("tokio, hyper and axum", Effort::All) {
        return;
    }
    let (qemu, port) = serve("tokio_echo", 7);
    echo(port);
    let outcome = press_power_button(qemu);
    assert_eq!((outcome.code, outcome.console.as_str()), (code(0), "listening\n"), "without a handler, it ends");

    let (_qemu, port) = serve("hyper_server", 80);
    at_once(port, "hello from hyper\n 200");
    assert_eq!(curl(port, "/reverse", &["--data", "abcdef"]), "fedcba 200");
    assert_eq!(curl(port, "/missing", &[]), "not found\n 404");

    let (qemu, port) = serve("axum_server", 80);
    at_once(port, "hello from axum\n 200");
    let json = ["--header", "content-type: application/json", "--data"];
    let add = |text: &str| curl(port, "/notes", &[json[0], json[1], json[2], text]);
    assert_eq!(add("{\"title\": \"one\"}"), "{\"title\":\"one\",\"done\":false} 201");
    assert_eq!(add("{\"title\": \"two\", \"done\": true}"), "{\"title\":\"two\",\"done\":true} 201");
    assert_eq!(curl(port, "/notes?done=true", &[]), "{\"2\":{\"title\":\"two\",\"done\":true}} 200");
    assert_eq!(curl(port, "/notes/1", &["--request", "DELETE"]), " 204");
    assert_eq!(curl(port, "/notes/1", &[]), " 404");
    assert!(add("{\"titel\": 5}").ends_with(" 422"));
    let outcome = press_power_button(qemu);
    assert_eq!((outcome.code, outcome.console.as_str()), (code(0), "listening\nstopped\n"));
}

/// A program that runs on the host until this is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_client_by_reqwest_asks() {
    if is_left_out("reqwest", Effort::All) {
        return;
    }
    let start = |port: u16| {
        // Cargo would be what is killed, and not the server.
        let program = folder().join("target/debug/axum_server");
        let mut server = Command::new(program);
        server.arg(format!("port={port}")).stdout(Stdio::null());
        let server = Running(server.spawn().expect("the server starts"));
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        server
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "--bin", "axum_server"]).current_dir(folder()).status();
    assert!(built.expect("cargo runs").success());
    let port = free_port();
    let server = start(port);
    let host = on_host("servers", "reqwest_client", &[&format!("server=http://127.0.0.1:{port}")], &[], "");
    assert!(host.status.success(), "{}", stderr(&host));
    drop(server);
    let _server = start(port);
    let outcome = qemu::run(arguments("reqwest_client", "", &format!("server=http://10.0.0.1:{port}")));
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host));
    assert!(outcome.console.ends_with("20 done\ndone\n"), "{outcome:?}");
}
