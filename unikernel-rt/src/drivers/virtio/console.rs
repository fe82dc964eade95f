//! virtio consoles (virtio 1.2, section 5.3): port 0, without the ports of a multiport device.
//!
//! Output is line-buffered: one notification for each line, or for each buffer of a longer line, instead of two port accesses
//! for each byte. If all buffers are with the device, the writer polls without interrupts.
//!
//! A report of a panic or a fault may interrupt a write, whose state is then unknown. For the report the device is reset and
//! started again with other memory.

use super::queue::Broken;
use super::queue::buffers::{Buffers, Memory, Writer};
use super::{DeviceType, Place, Refusal, Refused, Transport};
use crate::drivers::line_ends::with_returns;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::sync::TakeOnce;
use core::hint::spin_loop;
use core::mem::MaybeUninit;
use spin::{Mutex, Once};

/// The queues of port 0.
const RECEIVE: u16 = 0;
const TRANSMIT: u16 = 1;

/// Buffers of each queue. They hold unread input; the hypervisor holds back more.
const BUFFERS: usize = 4;
const BUFFER_BYTES: usize = 256;

/// Memory shared by a port and its device: the buffers of both queues.
struct Storage {
    received: TakeOnce<QueueMemory>,
    sent: TakeOnce<QueueMemory>,
}

type QueueMemory = Memory<BUFFERS, BUFFER_BYTES>;

impl Storage {
    const fn new() -> Self {
        Storage { received: TakeOnce::new(), sent: TakeOnce::new() }
    }

    fn take(&'static self) -> Option<PortMemory> {
        Some((self.received.take()?, self.sent.take()?))
    }
}

/// The receive and send buffers.
type PortMemory = (&'static mut MaybeUninit<QueueMemory>, &'static mut MaybeUninit<QueueMemory>);

/// The console, once it is attached.
static CONSOLE: Once<Mutex<Port>> = Once::new();
/// Its location, for reports.
static PLACE: Once<Place> = Once::new();
/// Memory for reports while the console is in use.
static REPORTS: Once<Mutex<Port>> = Once::new();

/// Claims the machine's next console; stops the boot if there is none.
pub(crate) fn attach<K: Kernel>(boot: &Boot<K>, name: &str) {
    static STORAGE: Storage = Storage::new();
    let transport = super::claim(boot, DeviceType::Console, name, |_| true);
    let Some(memory) = STORAGE.take() else { transport.refused(Refusal::Memory).stop::<K>(name) };
    let place = transport.place;
    let port = Port::start(transport, memory).unwrap_or_else(|refused| refused.stop::<K>(name));
    PLACE.call_once(|| place);
    CONSOLE.call_once(|| Mutex::new(port));
}

/// Sends `text` as [`send`] does, each line feed after a carriage return.
pub(crate) fn send_text(text: &[u8]) {
    with(|port| port.send_text(text));
}

/// Sends `bytes`: complete lines at once, the rest with the next line or by [`drain`].
pub(crate) fn send(bytes: &[u8]) {
    with(|port| port.send(bytes));
}

/// Waits until the device has consumed all output.
pub(crate) fn drain() {
    with(Port::drain);
}

/// Whether there is input. Flushes output first, which may be a prompt.
pub(crate) fn can_receive() -> bool {
    with(|port| {
        port.flush();
        port.can_receive()
    })
    .unwrap_or_default()
}

/// Takes available input, as much as fits; 0 bytes if there is none.
pub(crate) fn receive(buffer: &mut [u8]) -> usize {
    with(|port| port.receive(buffer)).unwrap_or_default()
}

/// Runs a section with the console; `None` before it is attached, or if it is in use and cannot be restarted.
fn with<R>(section: impl FnOnce(&mut Port) -> R) -> Option<R> {
    if let Some(mut port) = CONSOLE.get()?.try_lock() {
        return Some(section(&mut port));
    }
    let mut port = reports()?.try_lock()?;
    Some(section(&mut port))
}

/// Restarts the console, for a report in the middle of a section.
#[cold]
fn reports() -> Option<&'static Mutex<Port>> {
    static STORAGE: Storage = Storage::new();
    if let Some(memory) = STORAGE.take() {
        let mut transport = Transport::open(DeviceType::Console, *PLACE.get()?).ok()?;
        transport.reset();
        let port = Port::start(transport, memory).ok()?;
        REPORTS.call_once(|| Mutex::new(port));
    }
    REPORTS.get()
}

/// Port 0 of a console.
struct Port {
    transport: Transport,
    received: Buffers,
    sent: Buffers,
    /// The buffer that is being read: how much of it has been, and how much there is.
    input: Option<(u16, usize, usize)>,
    /// How many bytes there are in the buffer that is handed over next.
    gathered_bytes: usize,
    /// The last byte of text.
    last: u8,
    is_broken: bool,
}

impl Port {
    /// Starts a device, which is reset, with all buffers lent that it writes to.
    fn start(mut transport: Transport, (received, sent): PortMemory) -> Result<Self, Refused> {
        let (mut received, received_areas) = Buffers::new(received, Writer::Device);
        let (mut sent, sent_areas) = Buffers::new(sent, Writer::Driver);
        let agreed = transport
            .negotiate(0)
            .and_then(|_| transport.set_queue(RECEIVE, received_areas))
            .and_then(|()| transport.set_queue(TRANSMIT, sent_areas));
        if let Err(refusal) = agreed {
            transport.reset();
            return Err(transport.refused(refusal));
        }
        for buffer in 0..received.count() {
            received.lend(buffer, BUFFER_BYTES);
        }
        received.publish();
        received.set_interrupts(true);
        sent.set_interrupts(false);
        transport.start();
        transport.notify(RECEIVE);
        Ok(Port { transport, received, sent, input: None, gathered_bytes: 0, last: 0, is_broken: false })
    }

    fn send_text(&mut self, text: &[u8]) {
        let mut last = self.last;
        with_returns(text, &mut last, |piece| self.send(piece));
        self.last = last;
    }

    fn send(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let mut rest = line;
            while let Some(room) = self.room() {
                let count = room.len().min(rest.len());
                let (now, later) = rest.split_at(count);
                let is_full = count == room.len();
                room[..count].copy_from_slice(now);
                self.gathered_bytes += count;
                rest = later;
                if is_full || line.ends_with(b"\n") && rest.is_empty() {
                    self.flush();
                }
                if rest.is_empty() {
                    break;
                }
            }
        }
    }

    /// Room behind what was gathered, some at least; waits for it. `None` where the device is broken.
    fn room(&mut self) -> Option<&mut [u8]> {
        let buffer = loop {
            if let Some(buffer) = self.sent.free(BUFFER_BYTES) {
                break buffer;
            }
            self.take_back();
            if self.is_broken {
                return None;
            }
            spin_loop();
        };
        self.sent.buffer(buffer, BUFFER_BYTES).get_mut(self.gathered_bytes..)
    }

    /// Reclaims sent buffers.
    fn take_back(&mut self) {
        while !self.is_broken {
            match self.sent.take() {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(Broken) => self.give_up(),
            }
        }
    }

    fn flush(&mut self) {
        let bytes = core::mem::take(&mut self.gathered_bytes);
        if bytes == 0 || self.is_broken {
            return;
        }
        // The buffer that `room` returned; none was lent since.
        if let Some(buffer) = self.sent.free(bytes) {
            self.sent.lend(buffer, bytes);
        }
        if self.sent.publish() {
            self.transport.notify(TRANSMIT);
        }
    }

    fn drain(&mut self) {
        self.flush();
        while self.sent.has_lent() && !self.is_broken {
            self.take_back();
            spin_loop();
        }
    }

    fn can_receive(&mut self) -> bool {
        self.transport.acknowledge();
        self.next_input().is_some()
    }

    /// The input that is to be read next. An empty buffer is none.
    fn next_input(&mut self) -> Option<(u16, usize, usize)> {
        while self.input.is_none() && !self.is_broken {
            match self.received.take() {
                Ok(Some((buffer, 0))) => self.give_back(buffer),
                Ok(Some((buffer, bytes))) => self.input = Some((buffer, 0, bytes)),
                Ok(None) => break,
                Err(Broken) => self.give_up(),
            }
        }
        self.input
    }

    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        self.transport.acknowledge();
        let mut count = 0;
        while let Some(room @ [_, ..]) = buffer.get_mut(count..)
            && let Some((index, read, bytes)) = self.next_input()
        {
            let unread = self.received.buffer(index, bytes).get(read..).unwrap_or_default();
            let now = unread.len().min(room.len());
            room[..now].copy_from_slice(&unread[..now]);
            count += now;
            self.input = Some((index, read + now, bytes));
            if read + now == bytes {
                self.input = None;
                self.give_back(index);
            }
        }
        count
    }

    /// Lends a buffer that was read.
    fn give_back(&mut self, buffer: u16) {
        self.received.lend(buffer, BUFFER_BYTES);
        if self.received.publish() {
            self.transport.notify(RECEIVE);
        }
    }

    /// Stops a device that violates the protocol.
    #[cold]
    fn give_up(&mut self) {
        self.transport.reset();
        self.is_broken = true;
    }
}

#[cfg(test)]
mod tests;
