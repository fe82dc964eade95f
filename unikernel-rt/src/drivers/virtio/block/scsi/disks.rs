//! The disks behind a SCSI host: found by target and logical unit, asked for their size and their serial.
//!
//! At boot, by polling: one command at a time.

use super::super::geometry::{Disk, Geometry, Unit};
use super::super::identity::Serial;
use super::super::{Device, Operation};
use super::{DISKS, header};

/// Kinds of devices (SPC-4, section 6.6.2).
const DISK: u8 = 0;
#[cfg(feature = "kv-fat")]
const CD_ROM: u8 = 5;

const INQUIRY: u8 = 0x12;
const MODE_SENSE_6: u8 = 0x1a;
const READ_CAPACITY_10: u8 = 0x25;
const SERVICE_ACTION_IN_16: u8 = 0x9e;
const REPORT_LUNS: u8 = 0xa0;

impl Device {
    /// Asks every target of a host for its units.
    pub(in super::super) fn find_disks(&mut self) {
        const ENTRY_BYTES: usize = 8;
        const LIST_BYTES: usize = ENTRY_BYTES * (1 + DISKS);
        let targets = self.host.as_ref().map_or(0, |host| host.targets);
        for target in (0..targets).filter_map(|target| u8::try_from(target).ok()) {
            let mut list = [0; LIST_BYTES];
            let [high, low] = (LIST_BYTES as u16).to_be_bytes();
            let command = [REPORT_LUNS, 0, 0, 0, 0, 0, 0, 0, high, low, 0, 0];
            if !self.command_now(Unit { target, number: 0 }, &command, &mut list) {
                continue;
            }
            let (entries, _) = list.as_chunks::<ENTRY_BYTES>();
            let Some(([a, b, c, d, ..], entries)) = entries.split_first() else { return };
            let count = u32::from_be_bytes([*a, *b, *c, *d]) as usize / ENTRY_BYTES;
            for [high, low, ..] in entries.iter().take(count) {
                let unit = Unit { target, number: u16::from_be_bytes([*high & 0x3f, *low]) };
                if let Some(host) = &mut self.host
                    && let Some(place) = host.units.get_mut(host.count)
                {
                    *place = unit;
                    host.count += 1;
                }
            }
        }
    }

    /// Whether it is a host, which may have several disks.
    pub(crate) fn is_host(&self) -> bool {
        self.host.is_some()
    }

    /// How many places for disks there are, for [`Device::select_place`].
    pub(crate) fn places(&self) -> usize {
        self.host.as_ref().map_or(1, |host| host.count)
    }

    /// Lets the requests from now on go to the disk at a place; returns whether there is one that is nobody's.
    pub(crate) fn select_place(&mut self, place: usize) -> bool {
        self.select_place_of(place, &[DISK])
    }

    /// The same, and a CD-ROM drive with a disc in it will do, too.
    #[cfg(feature = "kv-fat")]
    pub(crate) fn select_place_to_read(&mut self, place: usize) -> bool {
        self.select_place_of(place, &[DISK, CD_ROM])
    }

    fn select_place_of(&mut self, place: usize, kinds: &[u8]) -> bool {
        let Some(host) = &self.host else { return true };
        let Some(unit) = host.units.get(place).filter(|_| host.taken >> place & 1 == 0) else { return false };
        let (unit, request_bytes_most) = (*unit, host.request_bytes_most);
        let Some(geometry) = self.read_geometry(unit, request_bytes_most, kinds) else { return false };
        self.select(Disk { geometry, has_flush: true, unit });
        true
    }

    /// Makes the disk at a place somebody's.
    pub(crate) fn take_place(&mut self, place: usize) {
        if let Some(host) = &mut self.host {
            host.taken |= 1 << place;
        }
    }

    /// The serial of the selected disk of a host: its unit serial number, else the first text that designates it.
    pub(in super::super) fn unit_serial(&mut self) -> Option<Serial> {
        self.host.as_ref()?;
        let unit = self.disk.unit;
        let mut page = [0; PAGE_BYTES];
        if self.read_page(unit, SERIAL_NUMBER, &mut page) {
            let serial = Serial::new(content(&page));
            if !serial.bytes().is_empty() {
                return Some(serial);
            }
        }
        let is_read = self.read_page(unit, DESIGNATION, &mut page);
        Some(Serial::new(if is_read { designation(content(&page)) } else { &[] }))
    }

    /// The target and the logical unit number of the selected disk, behind a host.
    pub(crate) fn unit(&self) -> Option<(u8, u16)> {
        self.host.as_ref().map(|_| (self.disk.unit.target, self.disk.unit.number))
    }

    /// The size and limits of a unit, if it is of one of these kinds.
    fn read_geometry(&mut self, unit: Unit, request_bytes_most: u32, kinds: &[u8]) -> Option<Geometry> {
        let mut inquiry = [0; 36];
        let is_told = self.command_now(unit, &[INQUIRY, 0, 0, 0, inquiry.len() as u8, 0], &mut inquiry);
        // One that is there, and not only a place for one, which has a bit above the kind.
        if !is_told || !kinds.contains(&inquiry[0]) {
            return None;
        }
        let mut short = [0; 8];
        if !self.command_now(unit, &[READ_CAPACITY_10, 0, 0, 0, 0, 0, 0, 0, 0, 0], &mut short) {
            return None;
        }
        let [[a, b, c, d], mut size] = [number(&short, 0), number(&short, 4)];
        let mut last = u64::from(u32::from_be_bytes([a, b, c, d]));
        if last == u64::from(u32::MAX) {
            const READ_CAPACITY: u8 = 0x10;
            let mut long = [0; 32];
            let mut command = [0; 16];
            (command[0], command[1], command[13]) = (SERVICE_ACTION_IN_16, READ_CAPACITY, long.len() as u8);
            if !self.command_now(unit, &command, &mut long) {
                return None;
            }
            last =
                u64::from(u32::from_be_bytes(number(&long, 0))) << 32 | u64::from(u32::from_be_bytes(number(&long, 4)));
            size = number(&long, 8);
        }
        let mut mode = [0; 4];
        const ALL_PAGES: u8 = 0x3f;
        const WRITE_PROTECTED: u8 = 0x80;
        let is_read_only = self.command_now(unit, &[MODE_SENSE_6, 8, ALL_PAGES, 0, mode.len() as u8, 0], &mut mode)
            && mode[2] & WRITE_PROTECTED != 0;
        let sector_bytes = u32::from_be_bytes(size);
        let mut limits = [0; 64];
        let most =
            if self.read_page(unit, BLOCK_LIMITS, &mut limits) { u32::from_be_bytes(number(&limits, 8)) } else { 0 };
        let most = if most == 0 { u32::MAX } else { most.saturating_mul(sector_bytes) };
        Geometry::new(last.checked_add(1)?, sector_bytes, request_bytes_most.min(most), is_read_only)
    }

    /// Reads a page of vital product data.
    fn read_page(&mut self, unit: Unit, code: u8, page: &mut [u8]) -> bool {
        self.command_now(unit, &[INQUIRY, 1, code, 0, page.len() as u8, 0], page) && page.get(1) == Some(&code)
    }

    /// Sends a command and waits for its data; returns whether it has succeeded.
    fn command_now(&mut self, unit: Unit, command: &[u8], buffer: &mut [u8]) -> bool {
        let size_bytes = buffer.len() as u32;
        self.wait_now(buffer, |device, memory| {
            device.hand_in(Operation::Identify, header(unit, command), memory, 0, size_bytes)
        })
    }
}

/// Pages of vital product data (SPC-4, section 7.8; SBC-3, section 6.5.3).
const SERIAL_NUMBER: u8 = 0x80;
const DESIGNATION: u8 = 0x83;
const BLOCK_LIMITS: u8 = 0xb0;
/// As much of a page as one byte can ask for.
const PAGE_BYTES: usize = 252;

/// Four bytes at an offset.
fn number(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default()
}

/// What a page has behind its header.
fn content(page: &[u8; PAGE_BYTES]) -> &[u8] {
    let [_, _, high, low, content @ ..] = page;
    content.get(..u16::from_be_bytes([*high, *low]).into()).unwrap_or(content)
}

/// The first text of a list of designators that designates the unit itself: of the vendor, with or without his name.
fn designation(mut list: &[u8]) -> &[u8] {
    const VENDOR_SPECIFIC: u8 = 0;
    const VENDOR_IDENTIFIER: u8 = 1;
    const VENDOR_BYTES: usize = 8;
    while let [code_set, kind, _, length, rest @ ..] = list {
        let Some((designator, others)) = rest.split_at_checked((*length).into()) else { break };
        // The association in bits 4 and 5 is 0 for the unit, and the code set 2 or 3 for text.
        match (code_set & 0xf, kind & 0x3f) {
            (2 | 3, VENDOR_SPECIFIC) => return designator,
            (2 | 3, VENDOR_IDENTIFIER) => return designator.get(VENDOR_BYTES..).unwrap_or_default(),
            _ => list = others,
        }
    }
    &[]
}
