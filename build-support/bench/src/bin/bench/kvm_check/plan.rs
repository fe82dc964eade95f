//! What an application needs of a machine: its kernel, its values, its cards and disks.

use std::fs;
use std::path::{Path, PathBuf};

use unikernel_cli::cargo::{self, Application, Workspace};
use unikernel_cli::elf::Kernel;
use unikernel_cli::machine::hardware::{Hardware, Link, Place};
use unikernel_cli::machine::{Values, disks, memory};
use unikernel_cli::manifest::{Forward, Machine, Manifest, Protocol};

use crate::network::{MAC, Network, TAP};
use crate::{Failure, output};

/// An application that is to be booted.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) command_line: String,
    /// The port that it serves.
    pub(super) port: Option<u16>,
    kernel: Kernel,
    machine: Machine,
}

impl Plan {
    /// Builds the application, and reads its manifest.
    pub(super) fn make(workspace: &Workspace, application: &Application) -> Result<Self, Failure> {
        output::progress("Building", &application.name);
        let path = cargo::build(workspace, application, "release").map_err(|error| error.to_string())?.kernel;
        let kernel = Kernel::read(&path).map_err(|error| error.to_string())?;
        let declaration = kernel.declaration();
        let own = workspace.root().join("manifests").join(format!("{}.toml", application.name));
        let manifest = match fs::read_to_string(&own) {
            Ok(text) => Manifest::parse(&text, &own, Some(&application.name)).map_err(|report| report.render(false))?,
            Err(_) => Manifest::none(&application.name),
        };
        let settings = manifest.check(&declaration).map_err(|report| report.render(false))?;
        let values = Values::in_force(&declaration, &settings.command_line);
        let has_port = declaration.arguments().any(|argument| argument.name == "port");
        let port = values.get("port").filter(|_| has_port).and_then(|text| text.parse().ok());
        let needs = memory::Needs { image_end: kernel.image_end(), is_uefi: false };
        let machine = Machine {
            memory_bytes: settings.machine.memory_bytes.or(Some(needs.usual())),
            forward: Vec::new(),
            nets: Vec::new(),
            ..settings.machine
        };
        let (name, command_line) = (application.name.clone(), settings.command_line);
        Ok(Plan { name, path, command_line, port, machine, kernel })
    }

    pub(super) fn has_cards(&self) -> bool {
        self.kernel.declaration().devices_on(unikernel_vocabulary::Hardware::NetworkCard).next().is_some()
    }

    pub(super) fn has_console(&self) -> bool {
        self.kernel.declaration().devices().any(|device| device.kind == "console")
    }

    /// Its machine, with disks in `folder`.
    pub(super) fn hardware(&self, network: Option<Network>, folder: &Path) -> Result<Hardware, Failure> {
        let declaration = self.kernel.declaration();
        let values = Values::in_force(&declaration, &self.command_line);
        let place = Place { name: self.name.clone(), folder: folder.into() };
        let planned = Hardware::plan(&declaration, &values, &self.machine, &place);
        let mut hardware = planned.map_err(|error| error.to_string())?;
        for disk in &mut hardware.disks {
            // The user's own is not written to.
            let mine = folder.join(format!("{}.img", disk.name));
            if disk.path != mine && disk.path.exists() {
                fs::copy(&disk.path, &mine)
                    .map_err(|error| format!("cannot copy `{}`: {error}", disk.path.display()))?;
            }
            disk.path = mine;
            disks::prepare(disk).map_err(|error| error.to_string())?;
        }
        for card in &mut hardware.cards {
            match (network, &mut card.link) {
                (Some(Network::User { pages, .. }), Link::User { forward, .. }) => {
                    *forward = Vec::new();
                    forward.extend(self.port.map(|guest| Forward { protocol: Protocol::Tcp, host: pages, guest }));
                }
                _ => card.link = Link::Tap(TAP.into()),
            }
            card.mac = MAC;
        }
        Ok(hardware)
    }
}
