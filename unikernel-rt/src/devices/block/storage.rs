//! Storage of a kernel's block devices, and access to them.
//!
//! A device is driven by the block device that has found it; others may have further disks behind it, if it is a SCSI host.

use crate::drivers::virtio::block::{Device, Disk, Geometry, Operation, QueueMemory, Submission};
use crate::drivers::virtio::dma::Memory;
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

/// A disk that is kept in its storage.
pub(super) struct Kept {
    disk: Disk,
    driver: Driver,
    /// The one that was kept before.
    next: Once<Option<&'static Kept>>,
}

/// Who drives the device of a disk.
#[cfg_attr(feature = "scsi", expect(clippy::large_enum_variant, reason = "it lies in static memory of its own"))]
enum Driver {
    Own(Mutex<Device>),
    /// Another block device, for several disks are behind one host.
    #[cfg(feature = "scsi")]
    Shared(&'static Kept),
}

/// The one whose device was started last.
static LAST: Mutex<Option<&'static Kept>> = Mutex::new(None);

/// Polls all devices.
static POLLER: Poller = Poller::new(|| {
    devices().for_each(Kept::poll);
    NEVER
});

/// The devices that are driven, the last one first.
pub(super) fn devices() -> impl Iterator<Item = &'static Kept> {
    let last = LAST.try_lock().and_then(|last| *last);
    core::iter::successors(last, |kept| kept.next.get().copied().flatten())
}

impl Storage {
    /// Storage without a device.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Storage { memory: TakeOnce::new(), attached: Once::new() }
    }

    /// Starts a device and registers its poller; attaches the disk that `settle` has selected on it, or on another device.
    pub(super) fn start(
        &'static self,
        transport: Transport,
        settle: impl FnOnce(&mut Device) -> Option<&'static Kept>,
    ) -> Result<Attached, Refused> {
        let Some(memory) = self.memory.take() else { return Err(transport.refused(Refusal::Memory)) };
        let mut device = Device::start(transport, memory)?;
        let settled = settle(&mut device);
        #[cfg(feature = "scsi")]
        if let Some(kept) = settled {
            return Ok(self.share(kept));
        }
        let _ = settled; // its own
        let kept = Kept { disk: device.disk(), driver: Driver::Own(Mutex::new(device)), next: Once::new() };
        let kept = self.attached.call_once(|| kept);
        if let Some(mut last) = LAST.try_lock() {
            kept.next.call_once(|| *last);
            *last = Some(kept);
        }
        POLLER.join();
        Ok(Attached(kept))
    }

    /// Attaches the disk that is selected on a device that another block device drives.
    #[cfg(feature = "scsi")]
    pub(super) fn share(&'static self, kept: &'static Kept) -> Attached {
        let disk = kept.with(|device| device.disk());
        Attached(self.attached.call_once(|| Kept { disk, driver: Driver::Shared(kept), next: Once::new() }))
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Storage")
    }
}

impl Kept {
    /// The device of the disk.
    fn device(&self) -> &Mutex<Device> {
        match &self.driver {
            Driver::Own(device) => device,
            #[cfg(feature = "scsi")]
            Driver::Shared(kept) => kept.device(),
        }
    }

    /// Runs a section with exclusive access to the device. It calls only the driver's code.
    ///
    /// # Panics
    /// Panics if sections are nested.
    pub(super) fn with<T>(&self, section: impl FnOnce(&mut Device) -> T) -> T {
        match self.device().try_lock() {
            Some(mut device) => section(&mut device),
            None => panic!("the block device is in use"),
        }
    }

    /// Collects completed requests and wakes their waiters.
    fn poll(&self) {
        self.with(Device::poll);
        self.wake();
    }

    /// Wakes the waiters that can continue.
    fn wake(&self) {
        while let Some(waker) = self.with(Device::next_waker) {
            waker.wake();
        }
    }
}

/// A disk that is attached.
#[derive(Clone, Copy)]
pub(super) struct Attached(&'static Kept);

impl Attached {
    /// The geometry of the disk.
    pub(super) fn geometry(self) -> Geometry {
        self.0.disk.geometry
    }

    /// Runs a section with exclusive access to the device; see [`Kept::with`].
    pub(super) fn with<T>(self, section: impl FnOnce(&mut Device) -> T) -> T {
        self.0.with(section)
    }

    /// Submits a request to the disk.
    pub(super) fn submit(
        self,
        operation: Operation,
        first_sector: u64,
        memory: Memory,
        offset: usize,
        size_bytes: u32,
    ) -> Submission {
        self.with(|device| {
            if device.is_host() {
                device.select(self.0.disk);
            }
            device.submit(operation, first_sector, memory, offset, size_bytes)
        })
    }

    /// Wakes the waiters that can continue.
    pub(super) fn wake(self) {
        self.0.wake();
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.geometry().fmt(formatter)
    }
}
