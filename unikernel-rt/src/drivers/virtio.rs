//! virtio devices: found, claimed by name, and driven through queues (virtio 1.2).
//!
//! The queues are virtio-drivers'; the transports below them are ours: one access to notify, one message for all interrupts of
//! a device, no feature that nobody uses. Devices that nobody declares are left alone.

pub(crate) mod block;
pub(crate) mod entropy;
#[cfg(test)]
mod fake;
mod interrupt;
mod list;
mod mmio;
#[cfg(feature = "net")]
pub(crate) mod net;
mod pci;
mod registers;

use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::memory::{self, PAGE_BYTES, Use};
use core::ptr::NonNull;
use interrupt::Interrupt;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::{DeviceStatus, InterruptStatus, Transport as _};
use virtio_drivers::{BufferDirection, Error, Hal, PhysAddr};
use zerocopy::{FromBytes, Immutable, IntoBytes};

pub(crate) use list::Place;
pub(crate) use virtio_drivers::transport::DeviceType;

/// Most queues of a device that are used.
const QUEUES: usize = 4;

/// Features of every device (section 6). Of these two, the first must be offered, and the second is taken where it is: the
/// addresses that drivers give are physical ones, and no IOMMU stands in between.
const VERSION_1: u64 = 1 << 32;
const ACCESS_PLATFORM: u64 = 1 << 33;
/// Never accepted: virtio-drivers compares ring indices without regard for their wrapping.
const RING_EVENT_INDEX: u64 = 1 << 29;

/// Bits of the device status (section 2.1).
const ACKNOWLEDGE: u8 = 1;
const DRIVER: u8 = 2;
const DRIVER_OK: u8 = 4;
const FEATURES_OK: u8 = 8;

/// Why a device cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// It knows the legacy interface only.
    Legacy,
    /// Its registers are where no registers can be.
    Registers,
    /// It does not accept the features that were chosen from its own.
    Features,
    /// It has no way to interrupt.
    Interrupt,
    /// A queue is missing, too small, or not accepted.
    Queue,
    /// What it says of itself makes no sense to its driver.
    Configuration,
    /// There is no memory left for its queues.
    Memory,
}

impl Refusal {
    /// What is wrong with a device at `place`.
    fn text(self, place: Place) -> &'static str {
        match (self, place) {
            (Refusal::Legacy, Place::Pci(_)) => "speaks legacy virtio only; give its QEMU device `disable-modern=off`",
            (Refusal::Legacy, Place::Mmio(_)) => {
                "speaks legacy virtio only; start QEMU with `-global virtio-mmio.force-legacy=false`"
            }
            (Refusal::Registers, _) => "has its registers where none can be",
            (Refusal::Features, _) => "does not accept the features that it offers",
            (Refusal::Interrupt, _) => "cannot interrupt: no MSI-X, and no interrupt line that an IOAPIC has",
            (Refusal::Queue, _) => "has no queue of the size that is wanted",
            (Refusal::Configuration, _) => "has a configuration that makes no sense",
            (Refusal::Memory, _) => "wants queues, for which there is no memory left",
        }
    }
}

/// A claimed device: configuration, queues, interrupts.
#[derive(Debug)]
pub(crate) struct Transport {
    access: Access,
    kind: DeviceType,
    place: Place,
    interrupt: Interrupt,
    /// Whether the last queue was accepted.
    queue_accepted: bool,
}

/// How a device is reached.
#[derive(Debug)]
enum Access {
    Pci(pci::Device),
    Mmio(mmio::Device),
}

/// Calls one method of either.
macro_rules! either {
    ($access:expr, $device:ident => $call:expr) => {
        match $access {
            Access::Pci($device) => $call,
            Access::Mmio($device) => $call,
        }
    };
}

/// Claims the next device of a kind that `suits`, in PCI order, then in that of the command line; stops the boot if there is none.
pub(crate) fn claim<K: Kernel>(
    _boot: &Boot<K>,
    kind: DeviceType,
    name: &str,
    mut suits: impl FnMut(&Transport) -> bool,
) -> Transport {
    let missing = match list::claim::<K>(kind, &mut suits) {
        Ok(mut transport) => match transport.prepare() {
            Ok(()) => return transport,
            Err(refusal) => transport.refuse::<K>(name, refusal),
        },
        Err(list::Missing::Refused(place, refusal)) => refuse::<K>(name, kind, place, refusal),
        Err(missing) => missing,
    };
    let report = Report::<K>::begin().text("device `").text(name).text("`: the machine has no ");
    let further = if missing == list::Missing::Further { "further " } else { "" };
    let report = report.text(further).text(list::kind_name(kind as u8));
    let report = report.text(if missing == list::Missing::Suitable { " that is the declared one" } else { "" });
    list::report_found(report.text("; found: ")).stop(Status::DEVICE_MISSING)
}

/// Claims the next device of a kind, if there is one that can be used.
pub(crate) fn claim_if_there<K: Kernel>(_boot: &Boot<K>, kind: DeviceType) -> Option<Transport> {
    let mut transport = list::claim::<K>(kind, &mut |_| true).ok()?;
    transport.prepare().ok()?;
    Some(transport)
}

/// Stops the boot because of a device that was found but cannot be used.
fn refuse<K: Kernel>(name: &str, kind: DeviceType, place: Place, refusal: Refusal) -> ! {
    let report = Report::<K>::begin().text("device `").text(name).text("`: the ").text(list::kind_name(kind as u8));
    place.report(report.text(" at ")).text(" ").text(refusal.text(place)).stop(Status::DEVICE_MISSING)
}

impl Transport {
    /// Reaches a device without touching it.
    fn open(kind: DeviceType, place: Place) -> Result<Self, Refusal> {
        let access = match place {
            Place::Pci(function) => Access::Pci(pci::Device::open(function)?),
            Place::Mmio(place) => Access::Mmio(mmio::Device::open(place)?),
        };
        Ok(Transport { access, kind, place, interrupt: Interrupt::None, queue_accepted: false })
    }

    /// Stops what firmware may have had the device do, then lets it interrupt.
    fn prepare(&mut self) -> Result<(), Refusal> {
        self.reset();
        self.interrupt = interrupt::attach(&mut self.access).ok_or(Refusal::Interrupt)?;
        Ok(())
    }

    /// Stops the boot because this device cannot be used.
    pub(crate) fn refuse<K: Kernel>(&self, name: &str, refusal: Refusal) -> ! {
        refuse::<K>(name, self.kind, self.place, refusal)
    }

    /// Agrees on features: those of `wanted` that the device offers, and what every device here must have. Follows section
    /// 3.1.1 up to its step 6, the device being reset; queues come next, then [`Transport::start`].
    pub(crate) fn negotiate(&mut self, wanted: u64) -> Result<u64, Refusal> {
        self.set_status_bits(ACKNOWLEDGE);
        self.set_status_bits(DRIVER);
        let offered = self.read_device_features();
        if offered & VERSION_1 == 0 {
            return Err(Refusal::Legacy);
        }
        let accepted = offered & (wanted & !RING_EVENT_INDEX | VERSION_1 | ACCESS_PLATFORM);
        self.write_driver_features(accepted);
        self.set_status_bits(FEATURES_OK);
        if self.status() & FEATURES_OK == 0 {
            return Err(Refusal::Features);
        }
        Ok(accepted)
    }

    /// Makes queue `index` with `SIZE` descriptors.
    pub(crate) fn queue<const SIZE: usize>(&mut self, index: u16) -> Result<VirtQueue<Frames, SIZE>, Refusal> {
        let queue = VirtQueue::new(self, index, false, false).map_err(|error| match error {
            Error::DmaError => Refusal::Memory,
            _ => Refusal::Queue,
        })?;
        if self.queue_accepted { Ok(queue) } else { Err(Refusal::Queue) }
    }

    /// Sets queue `index` up, for a driver that has its own rings.
    #[cfg(feature = "net")]
    fn set_ring(&mut self, index: u16, size: u16, [descriptors, driver, device]: [u64; 3]) -> Result<(), Refusal> {
        if self.max_queue_size(index) < size.into() {
            return Err(Refusal::Queue);
        }
        self.queue_set(index, size.into(), descriptors, driver, device);
        if self.queue_accepted { Ok(()) } else { Err(Refusal::Queue) }
    }

    /// Lets the device work: the queues are ready.
    pub(crate) fn start(&mut self) {
        self.set_status_bits(DRIVER_OK);
    }

    /// Stops the device: when this returns, it reads and writes no memory any more.
    pub(crate) fn reset(&mut self) {
        either!(&mut self.access, device => device.set_status(0));
        while self.status() != 0 {
            core::hint::spin_loop();
        }
    }

    /// To be called before a driver looks at its queues, each time: takes back the interrupt that made it look, where the device
    /// wants that. With messages, which is nearly always, there is nothing to take back.
    #[inline]
    pub(crate) fn acknowledge(&mut self) {
        self.interrupt.acknowledge(&self.access);
    }

    /// Tells the device that there is something in a queue: one access.
    #[inline]
    pub(crate) fn notify(&self, queue: u16) {
        either!(&self.access, device => device.notify(queue));
    }

    fn status(&self) -> u8 {
        either!(&self.access, device => device.status())
    }

    fn set_status_bits(&mut self, bits: u8) {
        let status = self.status() | bits;
        either!(&mut self.access, device => device.set_status(status));
    }

    fn config(&self) -> registers::Registers {
        either!(&self.access, device => device.config)
    }
}

/// What virtio-drivers' queues, and its reading of configurations, are built on.
impl virtio_drivers::transport::Transport for Transport {
    fn device_type(&self) -> DeviceType {
        self.kind
    }

    fn read_device_features(&mut self) -> u64 {
        either!(&self.access, device => device.features())
    }

    fn write_driver_features(&mut self, driver_features: u64) {
        either!(&mut self.access, device => device.accept(driver_features));
    }

    fn max_queue_size(&mut self, queue: u16) -> u32 {
        either!(&self.access, device => device.queue_size(queue))
    }

    fn notify(&mut self, queue: u16) {
        Transport::notify(self, queue);
    }

    fn get_status(&self) -> DeviceStatus {
        DeviceStatus::from_bits_retain(self.status().into())
    }

    fn set_status(&mut self, status: DeviceStatus) {
        either!(&mut self.access, device => device.set_status(status.bits() as u8));
    }

    fn set_guest_page_size(&mut self, _guest_page_size: u32) {}

    fn requires_legacy_layout(&self) -> bool {
        false
    }

    fn queue_set(&mut self, queue: u16, size: u32, descriptors: PhysAddr, driver: PhysAddr, device: PhysAddr) {
        let areas = [descriptors, driver, device];
        self.queue_accepted = either!(&mut self.access, device => device.set_queue(queue, size as u16, areas));
    }

    /// Queues are there until the machine ends, or until the whole device is reset.
    fn queue_unset(&mut self, _queue: u16) {}

    fn queue_used(&mut self, queue: u16) -> bool {
        either!(&self.access, device => device.is_queue_enabled(queue))
    }

    fn ack_interrupt(&mut self) -> InterruptStatus {
        let status = either!(&self.access, device => device.take_interrupt_status());
        InterruptStatus::from_bits_retain(status.into())
    }

    fn read_config_generation(&self) -> u32 {
        either!(&self.access, device => device.config_generation())
    }

    fn read_config_space<T: FromBytes + IntoBytes>(&self, offset: usize) -> Result<T, Error> {
        let (config, offset) = config_part::<T>(self.config(), offset)?;
        let mut value = T::new_zeroed();
        let unit = align_of::<T>().min(4);
        for (index, bytes) in value.as_mut_bytes().chunks_mut(unit).enumerate() {
            let at = offset + (index * unit) as u32;
            match bytes {
                [byte] => *byte = config.read(at),
                [_, _] => bytes.copy_from_slice(&config.read::<u16>(at).to_le_bytes()),
                _ => bytes.copy_from_slice(&config.read::<u32>(at).to_le_bytes()),
            }
        }
        Ok(value)
    }

    fn write_config_space<T: IntoBytes + Immutable>(&mut self, offset: usize, value: T) -> Result<(), Error> {
        let (config, offset) = config_part::<T>(self.config(), offset)?;
        let unit = align_of::<T>().min(4);
        for (index, bytes) in value.as_bytes().chunks(unit).enumerate() {
            let at = offset + (index * unit) as u32;
            match *bytes {
                [byte] => config.write(at, byte),
                [low, high] => config.write(at, u16::from_le_bytes([low, high])),
                [a, b, c, d] => config.write(at, u32::from_le_bytes([a, b, c, d])),
                _ => return Err(Error::InvalidParam),
            }
        }
        Ok(())
    }
}

/// The configuration, if a `T` at `offset` is inside.
fn config_part<T>(config: registers::Registers, offset: usize) -> Result<(registers::Registers, u32), Error> {
    let end = offset.checked_add(size_of::<T>()).ok_or(Error::ConfigSpaceTooSmall)?;
    if config.size_bytes() == 0 {
        return Err(Error::ConfigSpaceMissing);
    }
    if end > config.size_bytes() as usize { Err(Error::ConfigSpaceTooSmall) } else { Ok((config, offset as u32)) }
}

/// Memory for queues: frames of free memory, mapped one to one, never given back.
#[derive(Debug)]
pub(crate) struct Frames;

// SAFETY: `dma_alloc` hands out zeroed frames that nobody else has; what else the kernel has is mapped one to one too, so
// that a buffer's address is what the device wants, and sharing is nothing but that.
unsafe impl Hal for Frames {
    fn dma_alloc(pages: usize, _direction: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        take_zeroed(pages as u64).map_or((0, NonNull::dangling()), |start| (start.addr().get() as u64, start))
    }

    unsafe fn dma_dealloc(_address: PhysAddr, _start: NonNull<u8>, _pages: usize) -> i32 {
        0
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, _size: usize) -> NonNull<u8> {
        // The transports that ask are not used.
        NonNull::new(address as usize as *mut u8).unwrap_or(NonNull::dangling())
    }

    #[inline]
    unsafe fn share(buffer: NonNull<[u8]>, _direction: BufferDirection) -> PhysAddr {
        buffer.addr().get() as u64
    }

    #[inline]
    unsafe fn unshare(_address: PhysAddr, _buffer: NonNull<[u8]>, _direction: BufferDirection) {}
}

/// Takes frames, maps and zeroes them.
#[cfg(not(test))]
fn take_zeroed(pages: u64) -> Option<NonNull<u8>> {
    let start = memory::take_frames(pages).ok()?;
    memory::map(start..start + pages * PAGE_BYTES, Use::Memory).ok()?;
    let start = NonNull::new(start as usize as *mut u8)?;
    // SAFETY: these frames are free memory, now ours, and mapped.
    unsafe { start.write_bytes(0, (pages * PAGE_BYTES) as usize) };
    Some(start)
}

/// Takes memory of the host's for a test.
#[cfg(test)]
fn take_zeroed(pages: u64) -> Option<NonNull<u8>> {
    extern crate std;
    let _ = (memory::take_frames, memory::map, Use::Memory);
    let layout = std::alloc::Layout::from_size_align((pages * PAGE_BYTES) as usize, PAGE_BYTES as usize).ok()?;
    // SAFETY: the size is not zero.
    NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) })
}
