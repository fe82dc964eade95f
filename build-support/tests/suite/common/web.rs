//! A machine that serves HTTP to this host over QEMU's user network, and a client that sends exactly the given bytes.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{PATIENCE, prepare};
use unikernel_test::{Boot, Image, Machine, MachineType};

/// A machine that serves on port 8080. It ends with the test.
pub(crate) struct Web {
    machine: Machine,
    address: SocketAddr,
}

/// What a machine is started with.
pub(crate) struct Start<'a> {
    pub(crate) machine: MachineType,
    pub(crate) memory: &'a str,
    pub(crate) command_line: &'a str,
    pub(crate) more: &'a [&'a str],
}

impl Web {
    /// Boots `kernel`, and waits until it serves.
    #[track_caller]
    pub(crate) fn start(kernel: &Path, start: &Start<'_>) -> Self {
        Web::start_saying(kernel, start, "serving http://10.0.0.2:8080/\n")
    }

    /// The same for one that says something else when it serves.
    #[track_caller]
    pub(crate) fn start_saying(kernel: &Path, start: &Start<'_>, said: &str) -> Self {
        prepare();
        let machine = Image::open(kernel).machine().boot(Boot::Kernel).tcg().timeout(PATIENCE);
        let machine = machine.machine_type(start.machine).memory(start.memory).append(start.command_line);
        // A processor of the least that a cloud gives.
        let mut machine = machine.qemu(["-cpu", "qemu64"]).qemu(start.more).start();
        machine.expect(said);
        let address = machine.address(8080);
        Web { machine, address }
    }

    /// What its console has said so far.
    pub(crate) fn console(&self) -> String {
        self.machine.console()
    }

    /// Waits until its console has said `text`.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.machine.wait_until(&format!("`{text}`"), |console| console.contains(text).then_some(()));
    }

    /// Waits until it has said of so many connections that they are closed.
    #[track_caller]
    pub(crate) fn wait_for_closed(&self, connections: usize) {
        let is_said = |console: &str| (console.matches(" closed\n").count() >= connections).then_some(());
        self.machine.wait_until(&format!("of {connections} connections that they are closed"), is_said);
    }

    /// How often its threads have waited for something, and then were woken.
    pub(crate) fn wake_ups(&self) -> u64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.machine.id())).expect("the machine runs");
        let switches = threads.map(|thread| {
            let status = fs::read_to_string(thread.expect("a thread").path().join("status")).expect("is readable");
            let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            count.expect("the kernel counts").trim().parse::<u64>().expect("a number")
        });
        switches.sum()
    }

    /// Has QEMU's monitor do something.
    #[track_caller]
    pub(crate) fn monitor(&self, command: &str) {
        self.machine.monitor(command);
    }

    /// Ends QEMU in good order; returns what it said on its standard error.
    #[track_caller]
    pub(crate) fn quit(self) -> String {
        self.machine.monitor("quit");
        self.machine.wait().qemu_messages()
    }

    /// The address of what it serves.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).expect("QEMU listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("is not zero");
        stream.set_write_timeout(Some(PATIENCE)).expect("is not zero");
        stream.set_nodelay(true).expect("is a stream");
        // QEMU's port has room for one that it has not taken yet; the next would be tried again after a second.
        thread::sleep(Duration::from_millis(5));
        Client { stream, read: Vec::new() }
    }

    /// The answer to one request, which ends with the connection.
    pub(crate) fn ask(&self, request: &str) -> Response {
        let mut client = self.connect();
        client.send(request);
        client.response()
    }

    /// Fails where it does not serve as ever.
    pub(crate) fn assert_serves(&self, after: &str) {
        let response = self.ask("GET /1k.html HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        assert_eq!((response.status, response.body.len()), (200, 1024), "after {after}");
    }
}

/// A connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    /// What has come and belongs to the next response.
    read: Vec<u8>,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Client {
    /// Sends bytes.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("can send");
    }

    /// Says that nothing more is sent.
    pub(crate) fn finish(&self) {
        self.stream.shutdown(Shutdown::Write).expect("is connected");
    }

    /// Reads one response; a head that says no length has no body.
    pub(crate) fn response(&mut self) -> Response {
        self.response_to(true)
    }

    /// Reads the response to a HEAD.
    pub(crate) fn response_without_body(&mut self) -> Response {
        self.response_to(false)
    }

    fn response_to(&mut self, has_body: bool) -> Response {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            self.more();
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).expect("a head is text");
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).expect("a status");
        let mut response = Response { status, head, body: Vec::new() };
        let length = response.field("content-length").map_or(0, |length| length.parse().expect("a length"));
        let length = if has_body { length } else { 0 };
        while self.read.len() < length {
            self.more();
        }
        response.body = self.read.drain(..length).collect();
        response
    }

    fn more(&mut self) {
        let mut bytes = vec![0; 1 << 16];
        let count = self.stream.read(&mut bytes).expect("something comes");
        assert!(count > 0, "the end came after {:?}", String::from_utf8_lossy(&self.read));
        self.read.extend_from_slice(&bytes[..count]);
    }

    /// Reads up to the end of the connection, in good order or not.
    pub(crate) fn rest(mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.read);
        match self.stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("the connection does not end: {error}"),
            Ok(_) | Err(_) => bytes,
        }
    }

    /// Whether the connection ends without another word.
    pub(crate) fn ends_silently(self) -> bool {
        self.rest().is_empty()
    }
}
