//! A bridge and a tap of the host, for a guest on a real network.
//!
//! Both are created with `ip`, as root, and marked, so that only interfaces created here are removed.

use std::process::Command;

use rustix::process::geteuid;
use serde_json::Value;

/// The default tap.
pub const USUAL_TAP: &str = "uktap0";
/// Its bridge.
pub const USUAL_BRIDGE: &str = "ukbr0";
/// The host's address on it: the gateway of the examples.
pub const USUAL_ADDRESS: &str = "10.0.0.1/24";

/// The mark of an interface created here (`ip link set ... alias`).
const MARK: &str = "made by unikernel net up";

/// A bridge, and a tap on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// The bridge. An existing one is used unchanged.
    pub bridge: String,
    /// The tap.
    pub tap: String,
    /// The host's address and prefix on a new bridge.
    pub address: String,
    /// Who may use the tap.
    pub user: String,
}

/// An error of creating or removing a bridge or a tap.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The process is not root.
    #[error("creating and removing bridges and taps needs root\nhelp: run as root:\n{0}")]
    NotRoot(String),
    /// `ip` cannot be run.
    #[error("cannot run `ip`: {0}\nhelp: install it:\napt-get install iproute2")]
    NoIp(std::io::Error),
    /// `ip` failed; the text is its output.
    #[error("`{command}` failed: {text}")]
    Refused {
        /// The command.
        command: String,
        /// Its output.
        text: String,
    },
    /// The name belongs to another interface.
    #[error(
        "`{name}` already exists and is not a {wanted} of `unikernel net up`\nhelp: choose another name: `{option} NAME`"
    )]
    Taken {
        /// The name.
        name: String,
        /// The kind of interface that was to be created.
        wanted: &'static str,
        /// The option that sets another name.
        option: &'static str,
    },
}

/// An interface of the host.
struct Interface {
    kind: String,
    is_marked: bool,
}

impl Bridge {
    /// Creates the missing interfaces; returns a description of each. Idempotent.
    ///
    /// # Errors
    /// Returns an error without root, or if a name is taken.
    pub fn up(&self) -> Result<Vec<String>, Error> {
        self.demand_root("up")?;
        let mut made = Vec::new();
        match find(&self.bridge)? {
            None => {
                ip(&["link", "add", "name", &self.bridge, "type", "bridge"])?;
                ip(&["link", "set", "dev", &self.bridge, "alias", MARK])?;
                ip(&["address", "replace", &self.address, "dev", &self.bridge])?;
                made.push(format!("bridge {} with the address {}", self.bridge, self.address));
            }
            Some(found) if found.kind != "bridge" => {
                return Err(Error::Taken { name: self.bridge.clone(), wanted: "bridge", option: "--bridge" });
            }
            Some(found) if found.is_marked => ip(&["address", "replace", &self.address, "dev", &self.bridge])?,
            Some(_) => {}
        }
        match find(&self.tap)? {
            None => {
                ip(&["tuntap", "add", "dev", &self.tap, "mode", "tap", "user", &self.user])?;
                ip(&["link", "set", "dev", &self.tap, "alias", MARK])?;
                made.push(format!("tap {} on it, for {}", self.tap, self.user));
            }
            Some(found) if found.is_marked && found.kind == "tun" => {}
            Some(_) => return Err(Error::Taken { name: self.tap.clone(), wanted: "tap", option: "--tap" }),
        }
        ip(&["link", "set", "dev", &self.tap, "master", &self.bridge])?;
        for interface in [&self.bridge, &self.tap] {
            ip(&["link", "set", "dev", interface, "up"])?;
        }
        Ok(made)
    }

    /// Removes the interfaces that [`Self::up`] created; returns descriptions of those removed and of those left.
    ///
    /// # Errors
    /// Returns an error without root.
    pub fn down(&self) -> Result<(Vec<String>, Vec<String>), Error> {
        self.demand_root("down")?;
        let (mut removed, mut left) = (Vec::new(), Vec::new());
        for name in [&self.tap, &self.bridge] {
            match find(name)? {
                None => {}
                Some(found) if !found.is_marked => left.push(format!("{name} was not created by `net up`")),
                Some(_) if !ports(name)?.is_empty() => {
                    left.push(format!("{name} has other interfaces: {}", ports(name)?.join(", ")));
                }
                Some(_) => {
                    ip(&["link", "delete", "dev", name])?;
                    removed.push(name.clone());
                }
            }
        }
        Ok((removed, left))
    }

    fn demand_root(&self, verb: &str) -> Result<(), Error> {
        if geteuid().is_root() {
            return Ok(());
        }
        let program = std::env::current_exe().map_or("unikernel".into(), |path| path.display().to_string());
        let Self { bridge, tap, address, user } = self;
        let more = if verb == "up" { format!(" --address {address} --user {user}") } else { String::new() };
        Err(Error::NotRoot(format!("sudo {program} net {verb} --bridge {bridge} --tap {tap}{more}")))
    }
}

/// Whether this host has an interface of this name.
#[must_use]
pub fn is_there(interface: &str) -> bool {
    let socket = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::DGRAM, None);
    socket.is_ok_and(|socket| rustix::net::netdevice::name_to_index(socket, interface).is_ok())
}

fn find(name: &str) -> Result<Option<Interface>, Error> {
    if !is_there(name) {
        return Ok(None);
    }
    let links = query(&["-details", "-json", "link", "show", "dev", name])?;
    let text = |pointer: &str| links.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (kind, mark) = (text("/0/linkinfo/info_kind"), text("/0/ifalias"));
    Ok(Some(Interface { kind: kind.into(), is_marked: mark == MARK }))
}

/// The interfaces on a bridge.
fn ports(bridge: &str) -> Result<Vec<String>, Error> {
    let links = query(&["-json", "link", "show", "master", bridge])?;
    let names = links.as_array().into_iter().flatten().filter_map(|link| link.get("ifname")?.as_str());
    Ok(names.map(str::to_owned).collect())
}

fn query(arguments: &[&str]) -> Result<Value, Error> {
    Ok(serde_json::from_slice(&output(arguments)?).unwrap_or_default())
}

fn ip(arguments: &[&str]) -> Result<(), Error> {
    output(arguments).map(drop)
}

fn output(arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let output = Command::new("ip").args(arguments).output().map_err(Error::NoIp)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Refused { command: format!("ip {}", arguments.join(" ")), text })
}
