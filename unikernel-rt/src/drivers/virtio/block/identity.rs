//! What tells one disk from another: its serial, and whether the kernel was booted from the image on it.
//!
//! Read at boot, when nothing else runs: by polling, one request at a time.

use super::{Device, Operation, Submission};
use crate::drivers::virtio::dma::{self, Memory};
use crate::firmware::start_info::StartInfo;
use core::hint::spin_loop;
use unikernel_vocabulary::contract::{bios_stub, pvh, stub};
use unikernel_vocabulary::value::SERIAL_BYTES;

/// The serial of a disk.
#[derive(Clone, Copy)]
pub(crate) struct Serial([u8; SERIAL_BYTES as usize]);

impl Serial {
    /// The beginning of a text, without the spaces around it.
    #[cfg(feature = "scsi")]
    pub(super) fn new(text: &[u8]) -> Self {
        let mut serial = [0; SERIAL_BYTES as usize];
        for (place, byte) in serial.iter_mut().zip(text.trim_ascii()) {
            *place = *byte;
        }
        Serial(serial)
    }

    /// The serial, without the zeros behind a short one; empty where the disk has none.
    pub(crate) fn bytes(&self) -> &[u8] {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..length).unwrap_or_default()
    }
}

impl Device {
    /// The serial.
    pub(crate) fn serial(&mut self) -> Serial {
        if let Some(serial) = self.unit_serial() {
            return serial;
        }
        let mut serial = [0; SERIAL_BYTES as usize];
        if !self.request_now(Operation::Identify, 0, &mut serial) {
            serial = [0; SERIAL_BYTES as usize];
        }
        Serial(serial)
    }

    /// Whether this disk holds the image that the kernel was booted from, or a copy of it. A disk that cannot be read does not.
    pub(crate) fn is_boot_disk(&mut self) -> bool {
        /// The largest sectors that a BIOS boots from.
        const SECTOR_BYTES_MOST: usize = 4096;
        let identity = StartInfo::get().image_identity();
        if identity == 0 {
            return false; // a hypervisor has loaded the kernel
        }
        let mut sector = [0; SECTOR_BYTES_MOST];
        let bytes = self.disk.geometry.sector_bytes as usize;
        let Some(sector) = sector.get_mut(..bytes) else { return false };
        let (number, at) = (bios_stub::HEADER / bytes, bios_stub::HEADER % bytes);
        self.disk.geometry.sectors > number as u64
            && self.request_now(Operation::Read, number as u64, sector)
            && is_header(sector.get(at..).unwrap_or_default(), identity)
    }

    /// Fills `buffer` with sectors of the disk from `sector` on; returns whether it has succeeded.
    #[cfg(feature = "kv-fat")]
    pub(crate) fn read_now(&mut self, sector: u64, buffer: &mut [u8]) -> bool {
        self.request_now(Operation::Read, sector, buffer)
    }

    /// Submits a request and waits for it with the processor busy; returns whether it has succeeded.
    fn request_now(&mut self, operation: Operation, sector: u64, buffer: &mut [u8]) -> bool {
        let size_bytes = buffer.len() as u32;
        self.wait_now(buffer, |device, memory| device.submit(operation, sector, memory, 0, size_bytes))
    }

    /// Waits for what `submit` hands in, with the processor busy; returns whether it has succeeded.
    pub(super) fn wait_now(&mut self, buffer: &mut [u8], submit: impl FnOnce(&mut Self, Memory) -> Submission) -> bool {
        dma::lend_mut(buffer, |memory| match submit(self, memory) {
            Submission::InFlight(mut loan) => loop {
                self.poll();
                match self.outcome(loan) {
                    Ok((memory, outcome)) => return (memory, outcome.is_ok()),
                    Err(in_flight) => loan = in_flight,
                }
                spin_loop();
            },
            Submission::Over(memory, outcome) => (memory, outcome.is_ok()),
            Submission::Full(memory) => (memory, false),
        })
    }
}

/// Whether bytes are the header of the BIOS stub in the image of this identity.
fn is_header(bytes: &[u8], identity: u32) -> bool {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    number(0) == Some(pvh::START_INFO_MAGIC) && number(stub::IDENTITY) == Some(identity)
}

#[cfg(test)]
mod tests {
    use super::is_header;
    use unikernel_vocabulary::contract::{pvh, stub};

    #[test]
    fn a_header_has_the_magic_number_and_the_identity() {
        let mut header = [0; 512];
        assert!(!is_header(&header, 7) && !is_header(&[], 7));
        header[..4].copy_from_slice(&pvh::START_INFO_MAGIC.to_le_bytes());
        header[stub::IDENTITY..][..4].copy_from_slice(&7_u32.to_le_bytes());
        assert!(is_header(&header, 7));
        assert!(!is_header(&header, 8) && !is_header(&header[..stub::IDENTITY + 3], 7));
        header[0] ^= 1;
        assert!(!is_header(&header, 7));
    }
}
