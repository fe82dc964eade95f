//! A wire to a machine's network card, with Ethernet frames in the hands of the test.
//!
//! QEMU's `dgram` network over Unix sockets: no privileges, no ports of the host, nothing is lost that the test does not lose.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::frame::Mac;
use super::ipv4;

pub(crate) struct Wire {
    socket: UnixDatagram,
    remote: PathBuf,
    directory: tempfile::TempDir,
    /// What came while there was no room to send.
    pending: RefCell<VecDeque<Vec<u8>>>,
}

impl Wire {
    #[allow(clippy::new_without_default)]
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is a folder for temporary files");
        let socket = UnixDatagram::bind(directory.path().join("test")).expect("can be bound");
        socket.set_nonblocking(true).expect("is a socket");
        Wire { socket, remote: directory.path().join("card"), directory, pending: RefCell::default() }
    }

    /// What QEMU is told: a network of this name, and a card on it.
    pub(crate) fn arguments(&self, name: &str, card: &str) -> Vec<String> {
        vec!["-netdev".to_owned(), self.network(name), "-device".to_owned(), format!("{card},netdev={name}")]
    }

    /// The network alone, as QEMU describes it.
    pub(crate) fn network(&self, name: &str) -> String {
        let path = |end: &str| self.directory.path().join(end).display().to_string();
        let (local, remote) = (path("card"), path("test"));
        format!("dgram,id={name},local.type=unix,local.path={local},remote.type=unix,remote.path={remote}")
    }

    /// Hands a frame to the card; waits for QEMU to be there, and to have room. It may want to be rid of frames before.
    pub(crate) fn send(&self, frame: &[u8]) {
        let start = Instant::now();
        while let Err(error) = self.socket.send_to(frame, &self.remote) {
            let retry =
                matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::WouldBlock);
            let retry = retry || error.raw_os_error() == Some(105); // ENOBUFS
            assert!(retry && start.elapsed() < PATIENCE, "cannot send: {error}");
            match self.read(Duration::ZERO) {
                Some(frame) => self.pending.borrow_mut().push_back(frame),
                None => thread::sleep(Duration::from_micros(100)),
            }
        }
    }

    /// The next frame from the card, if one comes in time.
    pub(crate) fn receive(&self, timeout: Duration) -> Option<Vec<u8>> {
        let pending = self.pending.borrow_mut().pop_front();
        pending.or_else(|| self.read(timeout))
    }

    fn read(&self, timeout: Duration) -> Option<Vec<u8>> {
        // A timeout of the socket is rounded up to the kernel's tick: not for looking whether something is there.
        self.socket.set_nonblocking(timeout.is_zero()).expect("is a socket");
        if !timeout.is_zero() {
            self.socket.set_read_timeout(Some(timeout)).expect("is not zero");
        }
        let frame = self.read_one();
        self.socket.set_nonblocking(true).expect("is a socket");
        frame
    }

    fn read_one(&self) -> Option<Vec<u8>> {
        let mut frame = vec![0; 1 << 16];
        // A call with a time limit is not begun anew for a signal, not even for one that is handled so (signal(7)).
        let received = loop {
            match self.socket.recv(&mut frame) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                received => break received,
            }
        };
        match received {
            Ok(length) => {
                frame.truncate(length);
                Some(frame)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
            Err(error) => panic!("cannot receive: {error}"),
        }
    }

    /// The next frame that `wanted` takes; others are dropped.
    pub(crate) fn wait_for<T>(&self, what: &str, mut wanted: impl FnMut(&[u8]) -> Option<T>) -> T {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(found) = self.receive(Duration::from_millis(100)).and_then(|frame| wanted(&frame)) {
                return found;
            }
        }
        panic!("no {what} within {PATIENCE:?}")
    }

    /// Waits until the machine answers for an address; returns its card's.
    pub(crate) fn resolve(&self, peer: [u8; 4], guest: [u8; 4]) -> Mac {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            self.send(&ipv4::arp_request(peer, guest));
            let again = Instant::now();
            while again.elapsed() < Duration::from_millis(500) {
                let frame = self.receive(Duration::from_millis(100));
                if let Some(mac) = frame.and_then(|frame| ipv4::arp_reply(&frame, guest)) {
                    return mac;
                }
            }
        }
        panic!("nobody has {guest:?}")
    }
}
