//! In place of SCSI commands, without the feature `scsi`: no device is a host, and so the code for hosts vanishes.

use super::geometry::Unit;
use super::identity::Serial;
use super::{Device, Error, Operation};
use crate::drivers::virtio::queue::requests::{Answer, HEADER_BYTES};

/// There is none.
pub(super) enum Host {}

/// What an answer would mean.
#[derive(PartialEq, Eq)]
#[expect(dead_code, reason = "there is no answer")]
pub(super) enum Verdict {
    Again,
    Failed(Error),
}

impl Host {
    pub(super) fn transfer(&self, _: Unit, _: Operation, _: u64, _: u32) -> [u8; HEADER_BYTES] {
        match *self {}
    }

    pub(super) fn verdict(&self, _: u8, _: &Answer, _: Operation) -> Option<Verdict> {
        match *self {}
    }
}

/// A device has one disk, which is selected.
impl Device {
    pub(super) fn find_disks(&mut self) {}

    pub(crate) fn is_host(&self) -> bool {
        false
    }

    pub(crate) fn places(&self) -> usize {
        1
    }

    pub(crate) fn select_place(&mut self, _: usize) -> bool {
        true
    }

    #[cfg(feature = "kv-fat")]
    pub(crate) fn select_place_to_read(&mut self, _: usize) -> bool {
        true
    }

    pub(crate) fn take_place(&mut self, _: usize) {}

    pub(super) fn unit_serial(&mut self) -> Option<Serial> {
        None
    }

    pub(crate) fn unit(&self) -> Option<(u8, u16)> {
        None
    }
}
