//! Plans the machine of a kernel, creates its disks, chooses its ports, and reports them.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::elf::Kernel;
use crate::machine::hardware::{Card, Console, Link, Origin, Place};
use crate::machine::{Error, Hardware, Values, bridge, disks, memory, ports};
use crate::manifest::{Forward, Machine, Net};
use unikernel_vocabulary::Hardware as Needs;

use super::failure::Failure;
use super::output;
use super::path::shown;

/// The network options of the command line.
#[derive(clap::Args)]
pub(super) struct Networks {
    /// Forward a port of this host, on 127.0.0.1, to a port of the guest; `udp:HOST:GUEST` for UDP
    /// [default: the manifest's, else a free port for the argument `port`]
    #[arg(long = "forward", value_name = "HOST:GUEST", value_parser = forward)]
    forwards: Vec<Forward>,

    /// The backends of the network cards, in order: `user`, QEMU's user network, or `tap[=NAME]`, a tap of this host
    /// [default: the manifest's, else user]
    #[arg(long = "net", value_name = "LINK")]
    links: Vec<LinkKind>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum LinkKind {
    User,
    Tap(String),
}

impl FromStr for LinkKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "user" => Ok(Self::User),
            None if text == "tap" => Ok(Self::Tap(bridge::USUAL_TAP.into())),
            Some(("tap", name)) if !name.is_empty() => Ok(Self::Tap(name.into())),
            _ => Err("expected `user`, `tap` or `tap=NAME`".into()),
        }
    }
}

fn forward(text: &str) -> Result<Forward, String> {
    Forward::parse(text).ok_or_else(|| {
        "expected a port of the host and one of the guest, each from 1 to 65535: `8080:80`, `udp:5353:53`".into()
    })
}

impl Networks {
    /// Whether nothing is given.
    pub(super) fn is_empty(&self) -> bool {
        self.forwards.is_empty() && self.links.is_empty()
    }

    /// Overrides the manifest's settings.
    fn apply(&self, kernel: &Kernel, machine: &mut Machine) -> Result<(), Error> {
        let declaration = kernel.declaration();
        let names: Vec<_> = declaration.devices_on(Needs::NetworkCard).map(|device| device.name.to_owned()).collect();
        if self.links.len() > names.len() {
            let application = declaration.application().into();
            return Err(Error::Links { application, cards: names.len(), links: self.links.len() });
        }
        for (name, link) in names.iter().zip(&self.links) {
            let mut net = machine.net(name).cloned().unwrap_or_default();
            match link {
                LinkKind::User => net.tap = None,
                LinkKind::Tap(tap) => net = Net { tap: Some(tap.clone()), forward: Vec::new() },
            }
            machine.nets.retain(|(of, _)| of != name);
            machine.nets.push((name.clone(), net));
        }
        let is_tap = |name: &String| machine.net(name).is_some_and(|net| net.tap.is_some());
        if !self.forwards.is_empty() {
            machine.nets.iter_mut().for_each(|(_, net)| net.forward.clear());
            machine.forward.clone_from(&self.forwards);
        } else if !self.links.is_empty() && names.iter().all(is_tap) {
            // The manifest's forwarded ports are for a user network.
            machine.forward.clear();
        }
        Ok(())
    }

    /// Plans the machine for a kernel that boots with `line`, and by UEFI or not.
    pub(super) fn plan(
        &self,
        kernel: &Kernel,
        line: &str,
        machine: &Machine,
        place: &Place,
        is_uefi: bool,
    ) -> Result<Hardware, Failure> {
        let mut machine = machine.clone();
        self.apply(kernel, &mut machine)?;
        let needs = memory::Needs { image_end: kernel.image_end(), is_uefi };
        machine.memory_bytes = Some(needs.size(kernel.declaration().application(), machine.memory_bytes)?);
        let declaration = kernel.declaration();
        Ok(Hardware::plan(&declaration, &Values::in_force(&declaration, line), &machine, place)?)
    }
}

/// The place of a machine called `name`, with its files in `folder`: the workspace's `build`, or the folder of an image.
pub(super) fn place(name: &str, folder: PathBuf) -> Place {
    Place { name: name.into(), folder: shown(&folder) }
}

/// The place for an image that is not a deployment of this workspace.
pub(super) fn beside(image: &Path) -> Place {
    let name = image.file_stem().map_or("image".into(), |stem| stem.to_string_lossy());
    let folder = image.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    place(&name, folder.into())
}

/// Prepares the resources that the machine needs from this host, and reports them to the user.
pub(super) fn make_ready(hardware: &mut Hardware) -> Result<(), Failure> {
    ports::choose(hardware)?;
    for card in &hardware.cards {
        match &card.link {
            Link::Tap(tap) if !bridge::is_there(tap) => return Err(Error::NoTap { tap: tap.clone() }.into()),
            _ => {}
        }
    }
    make_disks(hardware)?;
    hardware.cards.iter().for_each(tell);
    if hardware.consoles.contains(&Console::Screen) {
        output::progress(
            "Screen",
            "not shown; `-- -display gtk` opens a window, `-- -vnc 127.0.0.1:0` serves it to a viewer",
        );
    }
    Ok(())
}

/// Creates the missing disks.
pub(super) fn make_disks(hardware: &Hardware) -> Result<(), Failure> {
    for disk in &hardware.disks {
        let path = shown(&disk.path);
        if let Origin::Files { folder, .. } = &disk.origin {
            // Takes long for large files.
            output::progress("Making", format_args!("{}, of the files in {}", path.display(), folder.display()));
        }
        match disks::prepare(disk)? {
            None => {}
            Some(disks::Made::Empty(bytes)) => output::progress(
                "Made",
                format_args!("{}, an empty disk of {} for `{}`", path.display(), human(bytes), disk.name),
            ),
            Some(disks::Made::Volume(files)) => {
                let noun = if files == 1 { "file" } else { "files" };
                output::progress(
                    "Made",
                    format_args!("{}, a disk with {files} {noun} for `{}`", path.display(), disk.name),
                );
            }
        }
    }
    Ok(())
}

fn tell(card: &Card) {
    match &card.link {
        Link::User { v4, forward: forwards, .. } => {
            if forwards.is_empty() {
                let what =
                    "in QEMU's user network, without forwarded ports; to reach it, use `--forward` or `--net tap`";
                output::progress("Network", format_args!("`{}` is {} {what}", card.name, v4.guest));
            }
            for forward in forwards {
                let (protocol, guest) = (forward.protocol.name().to_uppercase(), forward.guest);
                let to = format_args!("{} to {protocol} port {guest} of `{}`", ports::address(forward), card.name);
                output::progress("Forwarding", to);
            }
        }
        Link::Tap(tap) => {
            let address = card.address.map_or("configured by DHCP".into(), |(address, _)| address.to_string());
            output::progress("Network", format_args!("`{}` is {address} on the tap {tap}", card.name));
        }
    }
}

/// A size in the largest unit of which it is a multiple.
fn human(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let unit = units.iter().find(|(_, shift)| bytes.is_multiple_of(1 << shift));
    unit.map_or_else(|| format!("{bytes} bytes"), |(name, shift)| format!("{} {name}", bytes >> shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_in_few_words() {
        assert_eq!("user".parse(), Ok(LinkKind::User));
        assert_eq!("tap".parse(), Ok(LinkKind::Tap("uktap0".into())));
        assert_eq!("tap=web0".parse(), Ok(LinkKind::Tap("web0".into())));
        for text in ["", "tap=", "bridge", "user=1"] {
            assert!(text.parse::<LinkKind>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_told_in_the_largest_unit() {
        assert_eq!(human(64 << 20), "64 MiB");
        assert_eq!(human(51_200_000), "50000 KiB");
        assert_eq!(human(513), "513 bytes");
    }
}
