//! `values(volume)`: values of boot arguments on a labelled FAT volume.
//!
//! Read at boot, before anything is attached: by polling, one request at a time. The disk with the values stays claimed, so that no
//! `block` takes it for one of data.

use crate::drivers::virtio::block::{Device, QueueMemory};
use crate::drivers::virtio::{self, DeviceType};
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::kv::error::Error;
use crate::kv::fat::disk::SECTOR_BYTES;
use crate::kv::fat::{Disk, read_values};
use crate::sync::TakeOnce;
use crate::tasks::block_on::block_on;
use core::cell::RefCell;
use unikernel_vocabulary::command_line::MAX_BYTES;
use unikernel_vocabulary::declaration::VALUES;

/// Hands over the words of the first virtio disk, in PCI order, that has values.
pub(crate) fn read<K: Kernel>(word_byte: &mut dyn FnMut(u8)) {
    static MEMORY: TakeOnce<QueueMemory> = TakeOnce::new();
    let claim = |passed| virtio::claim_usable_after::<K>(DeviceType::Block, passed);
    // Boot calls this once.
    let (Some(transport), Some(memory)) = (claim(0), MEMORY.take()) else { return };
    let mut place = transport.place;
    let mut device = Device::start(transport, memory).unwrap_or_else(|refused| refused.stop::<K>(VALUES));
    let mut passed = 0;
    loop {
        match block_on(read_values(Polled(RefCell::new(&mut device)), MAX_BYTES + 1, &mut *word_byte)) {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => {
                let report = place.report(Report::<K>::begin().text("values of the machine: on the block device at "));
                report.formatted(format_args!(": {error}")).stop(Status::ARGUMENT)
            }
        }
        virtio::release(place);
        passed += 1;
        let Some(transport) = claim(passed) else { break };
        place = transport.place;
        device.replace(transport).unwrap_or_else(|refused| refused.stop::<K>(VALUES));
    }
    device.stop();
}

/// A disk that is read with the processor busy.
struct Polled<'d>(RefCell<&'d mut Device>);

impl Disk for Polled<'_> {
    /// None of a disk with larger sectors, which cannot be read in this unit.
    fn sectors(&self) -> u64 {
        let geometry = self.0.try_borrow().map(|device| device.disk().geometry);
        geometry
            .ok()
            .filter(|geometry| geometry.sector_bytes as usize == SECTOR_BYTES)
            .map_or(0, |geometry| geometry.sectors)
    }

    async fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let has_read = self.0.try_borrow_mut().is_ok_and(|mut device| device.read_now(first, buffer));
        if has_read { Ok(()) } else { Err(Error::Io) }
    }
}
