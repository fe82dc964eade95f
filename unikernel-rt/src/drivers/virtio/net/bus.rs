//! What a card is reached by: a transport, or a fake that tests play.

use super::super::{Refusal, Transport};
use super::ring::Areas;
use virtio_drivers::transport::Transport as _;

/// What the driver asks of what the device is reached by: a transport, or a fake in tests.
pub(crate) trait Bus {
    /// Resets the device and agrees on features.
    fn negotiate(&mut self, wanted: u64) -> Result<u64, Refusal>;
    /// Reads 8 bits of the configuration.
    fn read_config_8(&self, offset: usize) -> Option<u8>;
    /// Reads 16 bits of the configuration.
    fn read_config_16(&self, offset: usize) -> Option<u16>;
    /// Sets a queue up.
    fn set_queue(&mut self, queue: u16, size: u16, areas: Areas) -> Result<(), Refusal>;
    /// Lets the device work.
    fn start(&mut self);
    /// Stops it for good.
    fn stop(&mut self);
    /// Takes back its interrupt.
    fn acknowledge(&mut self);
    /// Tells it that there is something in a queue.
    fn notify(&self, queue: u16);
}

impl Bus for Transport {
    fn negotiate(&mut self, wanted: u64) -> Result<u64, Refusal> {
        Transport::negotiate(self, wanted)
    }

    fn read_config_8(&self, offset: usize) -> Option<u8> {
        self.read_config_space(offset).ok()
    }

    fn read_config_16(&self, offset: usize) -> Option<u16> {
        self.read_config_space(offset).ok()
    }

    fn set_queue(&mut self, queue: u16, size: u16, areas: Areas) -> Result<(), Refusal> {
        self.set_ring(queue, size, [areas.descriptors, areas.driver, areas.device])
    }

    fn start(&mut self) {
        Transport::start(self);
    }

    fn stop(&mut self) {
        self.reset();
    }

    fn acknowledge(&mut self) {
        Transport::acknowledge(self);
    }

    #[inline]
    fn notify(&self, queue: u16) {
        Transport::notify(self, queue);
    }
}
