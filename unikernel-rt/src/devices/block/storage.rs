//! Storage of a kernel's block devices, and access to them.

use crate::drivers::virtio::block::{Device, Geometry, QueueMemory};
use crate::drivers::virtio::{Refusal, Refused, Transport};
use crate::sync::TakeOnce;
use crate::tasks::poll::Poller;
use crate::time::NEVER;
use core::fmt;
use spin::{Mutex, Once};

/// Storage for a block device.
pub struct Storage {
    memory: TakeOnce<QueueMemory>,
    attached: Once<Kept>,
}

/// A device that is kept in its storage.
struct Kept {
    geometry: Geometry,
    device: Mutex<Device>,
    /// The one that was attached before.
    next: Once<Option<Attached>>,
}

/// The device that was attached last.
static LAST: Mutex<Option<Attached>> = Mutex::new(None);

/// Polls all devices.
static POLLER: Poller = Poller::new(|| {
    let mut next = LAST.try_lock().and_then(|last| *last);
    while let Some(attached) = next {
        attached.poll();
        next = attached.0.next.get().copied().flatten();
    }
    NEVER
});

impl Storage {
    /// Storage without a device.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Storage { memory: TakeOnce::new(), attached: Once::new() }
    }

    /// Starts the only device and registers its poller.
    pub(super) fn start(
        &'static self,
        transport: Transport,
        settle: impl FnOnce(&mut Device),
    ) -> Result<Attached, Refused> {
        let attached = self.keep(transport, settle)?;
        if let Some(mut last) = LAST.try_lock() {
            attached.0.next.call_once(|| *last);
            *last = Some(attached);
        }
        POLLER.join();
        Ok(attached)
    }

    /// Starts a device, which `settle` may replace by another one, and keeps it.
    pub(super) fn keep(
        &'static self,
        transport: Transport,
        settle: impl FnOnce(&mut Device),
    ) -> Result<Attached, Refused> {
        let Some(memory) = self.memory.take() else { return Err(transport.refused(Refusal::Memory)) };
        let mut device = Device::start(transport, memory)?;
        settle(&mut device);
        let kept = Kept { geometry: device.geometry, device: Mutex::new(device), next: Once::new() };
        Ok(Attached(self.attached.call_once(|| kept)))
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Storage")
    }
}

/// A device that is kept in its storage.
#[derive(Clone, Copy)]
pub(super) struct Attached(&'static Kept);

impl Attached {
    /// The geometry of the device.
    pub(super) fn geometry(self) -> Geometry {
        self.0.geometry
    }

    /// Runs a section with exclusive access to the device. It calls only the driver's code.
    ///
    /// # Panics
    /// Panics if sections are nested.
    pub(super) fn with<T>(self, section: impl FnOnce(&mut Device) -> T) -> T {
        match self.0.device.try_lock() {
            Some(mut device) => section(&mut device),
            None => panic!("the block device is in use"),
        }
    }

    /// Collects completed requests and wakes their waiters.
    fn poll(self) {
        self.with(Device::poll);
        self.wake();
    }

    /// Wakes the waiters that can continue.
    pub(super) fn wake(self) {
        while let Some(waker) = self.with(Device::next_waker) {
            waker.wake();
        }
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.geometry.fmt(formatter)
    }
}
