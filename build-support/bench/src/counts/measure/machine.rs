//! A machine whose instructions are counted, with this process at the other end of its wire.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Failure, Image, main_of};
use crate::counts::live::{Live, Reading};
use crate::counts::peer::Peer;
use unikernel_cli::machine::PROGRAM;

/// What takes longer than this on any host hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// For how long nothing may happen after a step, before it is over: the host's own work for it may interrupt the guest again.
const SETTLED: Duration = Duration::from_millis(2);

pub(super) struct Machine {
    command: Command,
    folder: tempfile::TempDir,
    live: Live,
    peer: Option<Peer>,
    child: Option<Child>,
    /// Distinguishes connections.
    pub(super) connections: u16,
}

impl Machine {
    pub(super) fn new(plugin: &Path, (path, kernel): &Image) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(Failure::host("make a folder"))?;
        let live = Live::new(folder.path()).map_err(Failure::host("make a file of counters"))?;
        let mut plugin = format!("{},devices=on,counters={}", plugin.display(), live.path().display());
        plugin += &format!(",entry={:#x}", kernel.entry());
        if let Some(main) = main_of(kernel, path) {
            plugin += &format!(",main={main:#x}");
        }
        let mut command = Command::new(PROGRAM);
        command
            .args(["-machine", "pc", "-accel", "tcg", "-cpu", "max", "-m", "64M", "-display", "none", "-nodefaults"])
            .args(["-no-user-config", "-no-reboot", "-serial", "null", "-plugin", &plugin, "-kernel"])
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Ok(Self { command, folder, live, peer: None, child: None, connections: 0 })
    }

    pub(super) fn device(mut self, device: &str) -> Self {
        self.command.args(["-device", device]);
        self
    }

    pub(super) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(super) fn with_network(mut self) -> Result<Self, Failure> {
        let peer = Peer::new(self.folder.path()).map_err(Failure::host("make a wire"))?;
        self.command.args(peer.arguments()).args(["-device", "virtio-rng-pci"]);
        self.peer = Some(peer);
        Ok(self)
    }

    /// Starts it, and waits until it answers on its wire.
    pub(super) fn start(&mut self) -> Result<(), Failure> {
        self.spawn()?;
        if let Some(peer) = &mut self.peer {
            let answers = peer.resolve(PATIENCE).map_err(Failure::host("reach the guest"))?;
            if !answers {
                return Err(Failure::new("the guest does not answer for its address"));
            }
        }
        Ok(())
    }

    fn spawn(&mut self) -> Result<(), Failure> {
        let child = self.command.spawn().map_err(|error| {
            Failure::new(format!("cannot run `{PROGRAM}`: {error}\nhelp: apt-get install qemu-system-x86"))
        })?;
        self.child = Some(child);
        Ok(())
    }

    pub(super) fn peer(&self) -> Result<&Peer, Failure> {
        self.peer.as_ref().ok_or_else(|| Failure::new("the machine has no network"))
    }

    pub(super) fn reading(&self) -> Result<Reading, Failure> {
        self.live.reading().map_err(Failure::host("read the counters"))
    }

    /// Waits until the guest has done something since `before`, and has nothing left to do.
    pub(super) fn settle(&self, before: Reading) -> Result<Reading, Failure> {
        let wait = |idles| self.live.idle_after(idles, PATIENCE).map_err(Failure::host("read the counters"));
        let mut reading = wait(before.idles)?.ok_or_else(|| Failure::new("the guest is never done"))?;
        loop {
            std::thread::sleep(SETTLED);
            let later = self.reading()?;
            if later.is_idle && later.counts == reading.counts {
                return Ok(later);
            }
            reading = later;
        }
    }

    /// Ends it, and returns what the plugin printed.
    pub(super) fn end(mut self) -> Result<String, Failure> {
        if let Some(child) = &mut self.child {
            // It may have ended by itself.
            let _ = child.kill();
        }
        self.wait()
    }

    /// Lets it end by itself, and returns what the plugin printed.
    pub(super) fn printed_at_end(mut self) -> Result<String, Failure> {
        self.spawn()?;
        self.wait()
    }

    fn wait(&mut self) -> Result<String, Failure> {
        let mut printed = String::new();
        if let Some(mut child) = self.child.take() {
            if let Some(stream) = &mut child.stderr {
                stream.read_to_string(&mut printed).map_err(Failure::host("read the counts"))?;
            }
            child.wait().map_err(Failure::host("wait for QEMU"))?;
        }
        Ok(printed)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
