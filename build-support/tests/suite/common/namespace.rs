//! A network of the test's own: a namespace with a tap, for real clients and servers. It goes with the test.
//!
//! It needs root or unprivileged user namespaces; without both, the test fails with a message.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::{panic, thread};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::{Tool, tool};

pub(crate) struct Namespace {
    holder: Child,
    is_root: bool,
}

impl Namespace {
    /// A namespace with a card `tap0`, which is up and has these addresses.
    pub(crate) fn with_tap(mtu: u16, addresses: &[&str]) -> Self {
        let is_root = rustix::process::geteuid().is_root();
        let kind: &[&str] = if is_root { &["--net"] } else { &["--map-root-user", "--net"] };
        let mut unshare =
            tool("unshare", "util-linux").args(kind).args(["sh", "-c", "echo ready; exec sleep infinity"]);
        unshare.command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut holder = match unshare.command.spawn() {
            Ok(holder) => holder,
            Err(error) => unshare.missing(&error),
        };
        let mut line = String::new();
        let _ = BufReader::new(holder.stdout.take().expect("is piped")).read_line(&mut line);
        assert_eq!(line, "ready\n", "a namespace cannot be made: run as root, or allow user namespaces");
        assert!(Path::new("/dev/net/tun").exists(), "there is no /dev/net/tun: load the kernel module `tun`");
        let namespace = Namespace { holder, is_root };
        let ip = |words: &str| namespace.command("ip", "iproute2").args(words.split_whitespace()).run();
        ip("link set lo up");
        ip("tuntap add dev tap0 mode tap");
        ip(&format!("link set tap0 mtu {mtu} up"));
        for address in addresses {
            ip(&format!("addr add {address} dev tap0{}", if address.contains(':') { " nodad" } else { "" }));
        }
        namespace
    }

    /// A command in it.
    pub(crate) fn command(&self, program: &str, package: &'static str) -> Tool {
        let namespace = format!("--net=/proc/{}/ns/net", self.holder.id());
        let user = format!("--user=/proc/{}/ns/user", self.holder.id());
        let mut command = tool("nsenter", package).arg(namespace);
        if !self.is_root {
            command = command.args([&user, "--preserve-credentials"]);
        }
        command.arg(program)
    }

    /// Does `work` on a thread whose sockets are in it, as are those of the threads that it spawns.
    pub(crate) fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        assert!(self.is_root, "a thread cannot enter a network namespace: run as root");
        let namespace = File::open(self.file("ns/net")).expect("the namespace's holder runs");
        let enter_and_work = || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).expect("root may enter");
            work()
        };
        let done = thread::scope(|scope| scope.spawn(enter_and_work).join());
        done.unwrap_or_else(|reason| panic::resume_unwind(reason))
    }

    /// How often TCP has sent something again in it.
    pub(crate) fn sent_again(&self) -> u64 {
        let text = fs::read_to_string(self.file("net/snmp")).expect("the namespace's holder runs");
        let mut rows = text.lines().filter_map(|line| line.strip_prefix("Tcp: ")).map(str::split_whitespace);
        let (names, values) = (rows.next().expect("names"), rows.next().expect("values"));
        let (_, value) = names.zip(values).find(|(name, _)| *name == "RetransSegs").expect("is counted");
        value.parse().expect("a number")
    }

    /// What the system tells of it, by the process that holds it.
    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.holder.id())
    }

    /// What QEMU is told: a card on the tap.
    pub(crate) fn card(card: &str) -> Vec<String> {
        let words = ["-netdev", "tap,id=lan,ifname=tap0,script=no,downscript=no", "-device"];
        words.into_iter().map(str::to_owned).chain([format!("{card},netdev=lan")]).collect()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.holder.kill(); // it may have ended already
        let _ = self.holder.wait();
    }
}
