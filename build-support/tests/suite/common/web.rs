//! A machine that serves HTTP to this host over QEMU's user network, and a client that sends exactly the given bytes.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use super::{PATIENCE, tool, wait_for};

/// A machine with a port of this host that leads to its port 8080. It ends with the test.
pub(crate) struct Web {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

/// What a machine is started with.
pub(crate) struct Start<'a> {
    pub(crate) machine: &'a str,
    pub(crate) memory: &'a str,
    pub(crate) command_line: &'a str,
    pub(crate) more: &'a [&'a str],
}

impl Web {
    /// Boots `kernel`, and waits until it serves.
    pub(crate) fn start(kernel: &Path, start: &Start<'_>) -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let at = |name: &str| folder.path().join(name);
        let bus = if start.machine.starts_with("microvm") { "device" } else { "pci" };
        let mut qemu = tool("qemu-system-x86_64", "qemu-system-x86")
            .args(["-accel", "tcg", "-display", "none", "-no-reboot", "-nodefaults"])
            .args(["-machine", start.machine, "-m", start.memory, "-append", start.command_line])
            .args(["-global", "virtio-mmio.force-legacy=false"])
            .args(["-netdev", "user,id=n,net=10.0.0.0/24,host=10.0.0.1,hostfwd=tcp:127.0.0.1:0-10.0.0.2:8080"])
            .args(["-device", &format!("virtio-net-{bus},netdev=n"), "-device", &format!("virtio-rng-{bus}")])
            .args(["-serial", &format!("file:{}", at("console").display())])
            .args(["-monitor", &format!("unix:{},server=on,wait=off", at("monitor").display())])
            .arg("-kernel")
            .arg(kernel)
            .args(start.more);
        qemu.command.stdin(Stdio::null()).stderr(File::create(at("errors")).expect("a file"));
        let child = match qemu.command.spawn() {
            Ok(child) => child,
            Err(error) => qemu.missing(&error),
        };
        let mut web = Web { child, folder, port: 0 };
        web.wait_for("serving http://10.0.0.2:8080/\n");
        // QEMU has asked the system for a free port.
        let forwards = web.monitor("info usernet");
        let port = forwards.lines().find_map(|line| {
            let mut words = line.split_whitespace().skip_while(|word| *word != "127.0.0.1").skip(1);
            words.next()?.parse().ok()
        });
        web.port = port.unwrap_or_else(|| panic!("no forwarded port among:\n{forwards}"));
        web
    }

    /// What its console has said so far.
    pub(crate) fn console(&self) -> String {
        self.read("console")
    }

    /// Waits until its console says `text`.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let found = wait_for(|| {
            let has_ended = self.child.try_wait().expect("is our child").is_some();
            (has_ended || self.console().contains(text)).then_some(())
        });
        let said = found.is_some() && self.console().contains(text);
        assert!(said, "no `{text}`; it said:\n{}{}", self.console(), self.read("errors"));
    }

    /// Waits until it has said of so many connections that they are closed.
    pub(crate) fn wait_for_closed(&self, connections: usize) {
        let count = || self.console().matches(" closed\n").count();
        wait_for(|| (count() >= connections).then_some(())).unwrap_or_else(|| panic!("{} are closed", count()));
    }

    /// How often its threads have waited for something, and then were woken.
    pub(crate) fn wake_ups(&self) -> u64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("the machine runs");
        let switches = threads.map(|thread| {
            let status = fs::read_to_string(thread.expect("a thread").path().join("status")).expect("is readable");
            let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            count.expect("the kernel counts").trim().parse::<u64>().expect("a number")
        });
        switches.sum()
    }

    /// What stands in a file of its folder.
    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.file(name)).unwrap_or_default()).into_owned()
    }

    /// The path of a file in its folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Has QEMU's monitor do something.
    pub(crate) fn monitor(&self, command: &str) -> String {
        let mut monitor = wait_for(|| UnixStream::connect(self.file("monitor")).ok()).expect("QEMU runs");
        monitor.set_read_timeout(Some(PATIENCE)).expect("is not zero");
        let mut answer = Vec::new();
        // Its prompt, and the one behind the answer.
        for prompt in 1..=2 {
            while String::from_utf8_lossy(&answer).matches("(qemu) ").count() < prompt {
                let mut bytes = [0; 4096];
                let count = monitor.read(&mut bytes).expect("the monitor answers");
                assert!(count > 0, "QEMU has gone");
                answer.extend_from_slice(&bytes[..count]);
            }
            if prompt == 1 {
                writeln!(monitor, "{command}").expect("QEMU runs");
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Ends the machine in good order; returns what QEMU said on its standard error.
    pub(crate) fn quit(mut self) -> String {
        let mut monitor = UnixStream::connect(self.file("monitor")).expect("QEMU runs");
        writeln!(monitor, "quit").expect("QEMU runs");
        wait_for(|| self.child.try_wait().expect("is our child")).expect("QEMU ends");
        self.read("errors")
    }

    /// The address of what it serves.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("QEMU listens");
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

impl Drop for Web {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
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
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
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
