//! Why a machine did not run.

use std::{io, path::PathBuf};

use super::fat;
use crate::manifest::Forward;

/// An error of the host or of the configuration, not of the kernel.
///
/// The text says what is wrong and where; a second line that begins with `help:` says how to fix it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// QEMU is not installed. The last line can be pasted on Debian and what descends from it.
    #[error("`{program}` is not installed\nhelp: install it:\napt-get install qemu-system-x86", program = super::PROGRAM)]
    NoQemu,
    /// OVMF is not installed.
    #[error("OVMF, the UEFI firmware of QEMU's machines, is not installed\nhelp: install it:\napt-get install ovmf")]
    NoOvmf,
    /// QEMU is there, but does not start.
    #[error("cannot start `{program}`: {0}", program = super::PROGRAM)]
    Start(io::Error),
    /// QEMU exited before the machine started; the text is QEMU's.
    #[error("QEMU cannot create this machine\n{0}")]
    Machine(String),
    /// The machine crashed, and QEMU cannot write the core file; the text is QEMU's.
    #[error("the machine crashed, and QEMU cannot write the core file: {0}")]
    Dump(String),
    /// A system call failed while the machine was running.
    #[error("cannot {action}: {source}")]
    Host {
        /// The action that failed.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The guest's address leaves no room for a user network.
    #[error(
        "there is no room for a host and a guest in the network of `{interface}`, {address}\n\
         help: give it an address and a prefix from 4 to 30, such as `{interface}.ip=10.0.0.2/24`, or a tap (`--net tap`)"
    )]
    NoNetwork {
        /// The interface.
        interface: String,
        /// Its address and prefix.
        address: String,
    },
    /// Ports are forwarded to a guest that is behind a tap.
    #[error(
        "`forward` has no effect on a tap: the guest is reached at its own address\n\
         help: remove `forward`, or the tap"
    )]
    ForwardToTap,
    /// A port of the host cannot be bound.
    #[error("{}", port(.forward, .source))]
    Port {
        /// The forwarded port.
        forward: Forward,
        /// Why not.
        source: io::Error,
    },
    /// There is no such tap.
    #[error("there is no tap `{tap}` on this host\nhelp: create it: `make net-up`, or `unikernel net up --tap {tap}`")]
    NoTap {
        /// Its name.
        tap: String,
    },
    /// The image does not fit into the memory that is asked for.
    #[error(
        "`{application}` needs {needed} of memory, and the machine is given {given}\n\
         help: write `memory = \"{needed}\"` below `[machine]` in the manifest, or `--memory {needed}`; without either, the \
         machine has what the image needs"
    )]
    Memory {
        /// The application.
        application: String,
        /// A size that is enough, as in a manifest.
        needed: String,
        /// The size that it is given.
        given: String,
    },
    /// The machine type has no VGA.
    #[error("the machine type `microvm` has no screen\nhelp: use the machine type `pc`, or declare `console(serial)`")]
    NoScreen,
    /// `--net` is given more often than there are cards.
    #[error("`{application}` declares {cards} `net`, and `--net` is given {links} times")]
    Links {
        /// The application.
        application: String,
        /// The number of declared interfaces.
        cards: usize,
        /// The number of `--net` options.
        links: usize,
    },
    /// The contents of a read-only disk are not specified.
    #[error("{}", nothing_on_disk(.disk, .volume.as_deref(), .application))]
    NothingOnDisk {
        /// The disk.
        disk: String,
        /// The store whose FAT volume it holds.
        volume: Option<String>,
        /// The application.
        application: String,
    },
    /// The file of a disk is missing.
    #[error(
        "the disk `{disk}` is missing: there is no `{path}`\n\
         help: to have an empty one created, write `size = \"64MiB\"` below `[machine.disk.{disk}]`",
        path = .path.display()
    )]
    DiskMissing {
        /// The disk.
        disk: String,
        /// Its file.
        path: PathBuf,
    },
    /// The file of a disk cannot be created.
    #[error("cannot make the disk `{disk}`, `{path}`: {source}", path = .path.display())]
    Disk {
        /// The disk.
        disk: String,
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The FAT volume of a folder's files cannot be written.
    #[error("cannot make the disk `{disk}` of the files in `{folder}`: {fault}", folder = .folder.display())]
    Volume {
        /// The disk.
        disk: String,
        /// The folder.
        folder: PathBuf,
        /// Why not.
        fault: fat::Fault,
    },
}

fn port(forward: &Forward, source: &io::Error) -> String {
    let (protocol, host, guest) = (forward.protocol.name().to_uppercase(), forward.host, forward.guest);
    let prefix = if protocol == "UDP" { "udp:" } else { "" };
    let why = match source.kind() {
        io::ErrorKind::AddrInUse => "another program uses it".into(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need root".into(),
        _ => source.to_string(),
    };
    let other = if host < 1024 { host + 8000 } else { host.checked_add(1).unwrap_or(8080) };
    format!(
        "cannot forward {protocol} port {host} of this host to port {guest} of the guest: {why}\n\
         help: choose another port: `forward = [\"{prefix}{other}:{guest}\"]` below `[machine]` in the manifest, or \
         `--forward {prefix}{other}:{guest}` for this run"
    )
}

fn nothing_on_disk(disk: &str, volume: Option<&str>, application: &str) -> String {
    let what = match volume {
        Some(store) => format!("`{store}` reads a FAT volume on the disk `{disk}`"),
        None => format!("the disk `{disk}` is read-only"),
    };
    format!(
        "{what}, but no source for its contents is set\nhelp: add to `manifests/{application}.toml` a folder with the files, or \
         the `path = \"...\"` of a disk image:\n\n[machine.disk.{disk}]\nfiles = \"...\""
    )
}
