//! The network between this process and the guests: a tap in a network namespace of its own, or QEMU's user network.
//!
//! The whole process moves into a namespace, by `unshare`, before it starts anything: when it ends, however it ends, the
//! namespace and the tap are gone. Without the right to make one, QEMU's user network stands in; it is slower, and knows no
//! pings.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::{Failure, output};

/// Set in a process that is in its namespace already.
const INSIDE: &str = "UNIKERNEL_BENCH_INSIDE";

pub(super) const TAP: &str = "tap0";
pub(super) const MAC: [u8; 6] = [0x52, 0x54, 0, 0, 0, 2];
/// Ports of the guest that are spoken to: pages, and the sink.
pub(super) const PAGES: u16 = 8080;
pub(super) const SINK: u16 = 9;

/// How guests are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// A tap: guests are at 10.0.0.2.
    Tap,
    /// QEMU's user network: guests are behind these ports of the host.
    User { pages: u16, sink: u16 },
}

impl Network {
    /// Moves into a namespace with a tap, which begins this process anew; or finds free ports for the user network.
    pub(super) fn enter() -> Result<Self, Failure> {
        if std::env::var_os(INSIDE).is_some() {
            return set_up().map(|()| Self::Tap);
        }
        let me = std::env::current_exe().map_err(|error| format!("cannot tell which program this is: {error}"))?;
        for options in [&["--net"][..], &["--net", "--user", "--map-root-user"]] {
            let mut trial = Command::new("unshare");
            trial.args(options).args(["ip", "tuntap", "add", "dev", TAP, "mode", "tap"]);
            let works = trial.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            if works.is_ok_and(|status| status.success()) {
                let mut again = Command::new("unshare");
                again.args(options).arg(&me).args(std::env::args_os().skip(1)).env(INSIDE, "1");
                return Err(format!("cannot run `unshare`: {}", again.exec()));
            }
        }
        output::warning(
            "no right to make a network namespace with a tap: QEMU's user network stands in, which is slower",
        );
        Ok(Self::User { pages: free_port()?, sink: free_port()? })
    }

    /// QEMU's options for the network and a card on it.
    pub(super) fn options(self) -> Vec<String> {
        let network = match self {
            Self::Tap => format!("tap,id=n,ifname={TAP},script=no,downscript=no,vhost=off"),
            Self::User { pages, sink } => format!(
                "user,id=n,net=10.0.0.0/24,host=10.0.0.1,hostfwd=tcp:127.0.0.1:{pages}-10.0.0.2:{PAGES},\
                 hostfwd=tcp:127.0.0.1:{sink}-10.0.0.2:{SINK}"
            ),
        };
        ["-netdev", &network, "-device", &card("n")].map(str::to_owned).to_vec()
    }

    /// Where a guest's port is reached.
    pub(super) fn address(self, port: u16) -> SocketAddr {
        match self {
            Self::Tap => SocketAddr::from(([10, 0, 0, 2], port)),
            Self::User { pages, .. } if port == PAGES => SocketAddr::from(([127, 0, 0, 1], pages)),
            Self::User { sink, .. } => SocketAddr::from(([127, 0, 0, 1], sink)),
        }
    }

    /// How many frames wait for a guest that does not take them. Few, while it boots: it would have to answer them all.
    pub(super) fn set_queue(self, frames: u32) -> Result<(), Failure> {
        match self {
            Self::Tap => ip(&["link", "set", TAP, "txqueuelen", &frames.to_string()]),
            Self::User { .. } => Ok(()),
        }
    }
}

/// A card on a network of QEMU's, as QEMU is told.
pub(super) fn card(network: &str) -> String {
    format!("virtio-net-pci,netdev={network},mac={}", mac())
}

fn mac() -> String {
    MAC.map(|byte| format!("{byte:02x}")).join(":")
}

fn set_up() -> Result<(), Failure> {
    ip(&["link", "set", "lo", "up"])?;
    // Connections to a guest that has been switched off are given up soon: they would be those of the next.
    set("tcp_orphan_retries")?;
    // Nor does one guest profit, or suffer, from what was learnt about the path to another.
    set("tcp_no_metrics_save")?;
    ip(&["tuntap", "add", "dev", TAP, "mode", "tap"])?;
    ip(&["address", "add", "10.0.0.1/24", "dev", TAP])?;
    // Without an address of IPv6, which nobody here has asked for, it does not look for routers: that would wake who is idle.
    ip(&["link", "set", TAP, "addrgenmode", "none"])?;
    ip(&["link", "set", TAP, "up"])?;
    // Nobody waits a second for an address to be resolved again.
    ip(&["neighbour", "replace", "10.0.0.2", "lladdr", &mac(), "dev", TAP, "nud", "permanent"])
}

/// Turns on a setting of TCP.
fn set(name: &str) -> Result<(), Failure> {
    let path = format!("/proc/sys/net/ipv4/{name}");
    std::fs::write(&path, "1").map_err(|error| format!("cannot write `{path}`: {error}"))
}

fn ip(arguments: &[&str]) -> Result<(), Failure> {
    let output = Command::new("ip").args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cannot run `ip`: {error}\nhelp: apt-get install iproute2"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`ip {}` failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim_end()))
}

/// A free port.
fn free_port() -> Result<u16, Failure> {
    let port =
        TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).map(|address| address.port());
    port.map_err(|error| format!("cannot find a free port: {error}"))
}
