//! `values(volume)`: values of boot arguments on a labelled volume.
//!
//! Read at boot, before anything is attached: by polling, one request at a time. The disk with the values stays claimed, so that no
//! `block` takes it for one of data; its SCSI host does not, for it may have others. CD-ROM drives of such hosts are looked at, too.

use crate::drivers::virtio::block::{Device, KINDS, QueueMemory};
use crate::drivers::virtio::{self, Place};
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::kv::error::Error;
use crate::kv::fat::Disk;
use crate::kv::fat::disk::SECTOR_BYTES;
use crate::kv::values::read_values;
use crate::sync::TakeOnce;
use crate::tasks::block_on::block_on;
use core::cell::RefCell;
use unikernel_vocabulary::command_line::MAX_BYTES;
use unikernel_vocabulary::declaration::VALUES;

/// The host with the values, and the place of their disk on it.
#[cfg(feature = "scsi")]
static HOST: spin::Once<(Place, usize)> = spin::Once::new();

/// Hands over the words of the first disk that has values: of virtio block devices, in PCI order, then behind SCSI hosts.
pub(crate) fn read<K: Kernel>(word_byte: &mut dyn FnMut(u8)) {
    static MEMORY: TakeOnce<QueueMemory> = TakeOnce::new();
    let mut started: Option<Device> = None;
    'search: for kind in KINDS {
        let mut passed = 0;
        while let Some(transport) = virtio::claim_usable_after::<K>(*kind, passed) {
            let place = transport.place;
            let device = match &mut started {
                Some(device) => device.replace(transport).map(|()| device),
                // Boot calls this once.
                None => {
                    let Some(memory) = MEMORY.take() else { return };
                    Device::start(transport, memory).map(|device| started.insert(device))
                }
            };
            let device = device.unwrap_or_else(|refused| refused.stop::<K>(VALUES));
            let found = (0..device.places())
                .find(|disk| device.select_place_to_read(*disk) && has_values::<K>(device, place, word_byte));
            match found {
                #[cfg(feature = "scsi")]
                Some(disk) if device.is_host() => {
                    HOST.call_once(|| (place, disk));
                    virtio::release(place);
                    break 'search;
                }
                Some(_) => break 'search,
                None => virtio::release(place),
            }
            passed += 1;
        }
    }
    if let Some(device) = started {
        device.stop();
    }
}

/// Whether the values are on the disk at a place of a device, which nobody else is to have.
#[cfg(feature = "scsi")]
pub(crate) fn are_on(device: &Device, disk: usize) -> bool {
    HOST.get() == Some(&(device.place(), disk))
}

/// Hands over the words of the selected disk, if it has values.
fn has_values<K: Kernel>(device: &mut Device, place: Place, word_byte: &mut dyn FnMut(u8)) -> bool {
    block_on(read_values(Polled(RefCell::new(device)), MAX_BYTES + 1, word_byte)).unwrap_or_else(|error| {
        let report = place.report(Report::<K>::begin().text("values of the machine: on the disk at "));
        report.formatted(format_args!(": {error}")).stop(Status::ARGUMENT)
    })
}

/// A disk that is read with the processor busy.
struct Polled<'d>(RefCell<&'d mut Device>);

impl Disk for Polled<'_> {
    fn sectors(&self) -> u64 {
        let geometry = self.0.try_borrow().map(|device| device.disk().geometry);
        geometry.map_or(0, |geometry| {
            geometry.sectors.saturating_mul(u64::from(geometry.sector_bytes) / SECTOR_BYTES as u64)
        })
    }

    /// Fails where these are no whole sectors of the disk's own: of a CD-ROM, only blocks of an ISO 9660 volume can be read.
    async fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let Ok(mut device) = self.0.try_borrow_mut() else { return Err(Error::Io) };
        let sector_bytes = device.disk().geometry.sector_bytes as usize;
        let units = (sector_bytes / SECTOR_BYTES) as u64;
        let is_whole = first.is_multiple_of(units) && buffer.len().is_multiple_of(sector_bytes);
        if is_whole && device.read_now(first / units, buffer) { Ok(()) } else { Err(Error::Io) }
    }
}
