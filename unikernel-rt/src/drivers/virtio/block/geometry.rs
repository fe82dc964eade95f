//! A disk: its size, its limits, and how it is reached.

use super::{MOST_BYTES, SECTOR_BYTES};
use crate::drivers::virtio::{Refusal, Transport};

/// Features (section 5.2.3).
const SEGMENT_SIZE: u64 = 1 << 1;
const READ_ONLY: u64 = 1 << 5;
const BLOCK_SIZE: u64 = 1 << 6;
const FLUSH: u64 = 1 << 9;

/// Offsets in the configuration (section 5.2.4).
const CAPACITY: u32 = 0;
const SEGMENT_SIZE_MOST: u32 = 8;
const BLOCK_SIZE_BYTES: u32 = 20;

/// A logical unit of a target, behind a SCSI host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unit {
    pub(super) target: u8,
    pub(super) number: u16,
}

impl Unit {
    pub(super) const ZERO: Self = Unit { target: 0, number: 0 };
}

/// A disk of a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Disk {
    /// The size and limits that the device reports.
    pub(crate) geometry: Geometry,
    /// Whether there is a cache to flush.
    pub(super) has_flush: bool,
    /// Where it is behind a SCSI host.
    pub(super) unit: Unit,
}

/// The size of a disk, and what can be done with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Geometry {
    /// The capacity in the disk's own sectors.
    pub(crate) sectors: u64,
    /// Bytes of the disk's own sectors: a power of two, at least 512.
    pub(crate) sector_bytes: u32,
    /// Most bytes of one request: whole sectors.
    pub(crate) request_bytes_most: u32,
    pub(crate) is_read_only: bool,
}

impl Geometry {
    /// Checks the values that a device reports: capacity in its own sectors, their size, and the most bytes of a request.
    pub(super) fn new(sectors: u64, sector_bytes: u32, request_bytes: u32, is_read_only: bool) -> Option<Self> {
        const SECTOR_BYTES_MOST: u32 = 1 << 20;
        if !sector_bytes.is_power_of_two() || !(SECTOR_BYTES as u32..=SECTOR_BYTES_MOST).contains(&sector_bytes) {
            return None;
        }
        let request_bytes_most = request_bytes.min(MOST_BYTES) & !(sector_bytes - 1);
        (request_bytes_most != 0).then_some(Geometry { sectors, sector_bytes, request_bytes_most, is_read_only })
    }
}

impl Disk {
    /// None, for a SCSI host of which no disk is selected.
    #[cfg(feature = "scsi")]
    pub(super) const NONE: Self = Disk {
        geometry: Geometry { sectors: 0, sector_bytes: SECTOR_BYTES as u32, request_bytes_most: 0, is_read_only: true },
        has_flush: true,
        unit: Unit::ZERO,
    };

    /// Negotiates features with a virtio block device and reads its geometry.
    pub(super) fn read(transport: &mut Transport) -> Result<Self, Refusal> {
        let features = transport.negotiate(SEGMENT_SIZE | READ_ONLY | BLOCK_SIZE | FLUSH)?;
        let optional = |feature: u64, offset: u32, absent: u32| {
            if features & feature != 0 { transport.read_config(offset) } else { Some(absent) }
        };
        let capacity = transport.read_config_whole::<u64>(CAPACITY);
        let sector_bytes = optional(BLOCK_SIZE, BLOCK_SIZE_BYTES, SECTOR_BYTES as u32);
        let segment_bytes = optional(SEGMENT_SIZE, SEGMENT_SIZE_MOST, MOST_BYTES);
        let geometry = match (capacity, sector_bytes, segment_bytes) {
            (Some(capacity), Some(sector_bytes), Some(segment_bytes)) => {
                let sectors = capacity / (u64::from(sector_bytes) / SECTOR_BYTES as u64).max(1);
                Geometry::new(sectors, sector_bytes, segment_bytes, features & READ_ONLY != 0)
            }
            _ => None,
        };
        let geometry = geometry.ok_or(Refusal::Configuration)?;
        Ok(Disk { geometry, has_flush: features & FLUSH != 0, unit: Unit::ZERO })
    }
}
