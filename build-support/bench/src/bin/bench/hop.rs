//! A network hop with delay, between a guest's card and the tap: frames wait in this process.
//!
//! Linux can do the same (netem), but few kernels have it. QEMU's `dgram` networks lead from the card here, and from here to a
//! machine of QEMU's that is nothing but a hub with the tap. Neither of them has offloads: each frame is a packet of its own.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use unikernel_cli::machine::PROGRAM;

use crate::Failure;
use crate::guest::{PATIENCE, tied};
use crate::network::{TAP, card};

/// A hop at work. It ends when this is dropped.
pub(super) struct Hop {
    folder: tempfile::TempDir,
    is_over: Arc<AtomicBool>,
    hub: Child,
}

/// An end of the hop: a socket of this process, and where QEMU has its own.
struct End {
    socket: UnixDatagram,
    qemu: PathBuf,
}

impl Hop {
    /// Delays each frame so long, in either direction.
    pub(super) fn start(delay: Duration) -> Result<Self, Failure> {
        let failure = |error| format!("cannot make a hop between a guest and the tap: {error}");
        let folder = tempfile::tempdir().map_err(failure)?;
        let end = |name: &str| End::new(folder.path(), name).map(Arc::new).map_err(failure);
        let (near, far) = (end("card")?, end("tap")?);
        let is_over = Arc::new(AtomicBool::new(false));
        for (from, to) in [(&near, &far), (&far, &near)] {
            pass(from, to, delay, &is_over);
        }
        let mut hub = Command::new(PROGRAM);
        hub.args(["-machine", "none", "-display", "none", "-nodefaults", "-no-user-config"]);
        hub.args(["-netdev", &format!("tap,id=t,ifname={TAP},script=no,downscript=no,vhost=off")]);
        hub.args(["-netdev", &network(folder.path(), "tap")]);
        hub.args(["-netdev", "hubport,id=a,hubid=0,netdev=t", "-netdev", "hubport,id=b,hubid=0,netdev=tap"]);
        // It warns of a hub without a card, which this one is meant to be.
        hub.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut hop = Self { hub: tied(&mut hub).spawn().map_err(failure)?, folder, is_over };
        let began = Instant::now();
        while !far.qemu.exists() {
            if let Some(status) = hop.hub.try_wait().map_err(failure)? {
                return Err(format!("QEMU, which is to be a hub between a guest and the tap, has ended: {status}"));
            }
            if began.elapsed() > PATIENCE {
                return Err("QEMU, which is to be a hub between a guest and the tap, does not come up".into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(hop)
    }

    /// QEMU's options for a card at its near end.
    pub(super) fn options(&self) -> Vec<String> {
        ["-netdev".to_owned(), network(self.folder.path(), "card"), "-device".to_owned(), card("card")].to_vec()
    }
}

impl Drop for Hop {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.hub.kill(); // it may have ended already
        let _ = self.hub.wait();
    }
}

impl End {
    fn new(folder: &Path, name: &str) -> std::io::Result<Self> {
        let socket = UnixDatagram::bind(folder.join(name))?;
        // How long it takes to notice that it is over.
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        Ok(Self { socket, qemu: folder.join(format!("{name}.qemu")) })
    }
}

/// What QEMU is told of an end.
fn network(folder: &Path, name: &str) -> String {
    let (local, remote) = (folder.join(format!("{name}.qemu")), folder.join(name));
    let (local, remote) = (local.display(), remote.display());
    format!("dgram,id={name},local.type=unix,local.path={local},remote.type=unix,remote.path={remote}")
}

/// Passes frames on in one direction: a thread takes and dates them, another waits and sends.
fn pass(from: &Arc<End>, to: &Arc<End>, delay: Duration, is_over: &Arc<AtomicBool>) {
    let (from, to, is_over) = (Arc::clone(from), Arc::clone(to), Arc::clone(is_over));
    let (sender, frames) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while !is_over.load(Ordering::Relaxed) {
            match from.socket.recv(&mut buffer) {
                Ok(length) if sender.send((Instant::now() + delay, buffer[..length].to_vec())).is_err() => return,
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(_) => return,
            }
        }
    });
    thread::spawn(move || {
        for (due, frame) in frames {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            // Where nobody is there yet, or any more, it is lost, as on every wire.
            let _ = to.socket.send_to(&frame, &to.qemu);
        }
    });
}
