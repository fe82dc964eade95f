//! The memory of one socket, and its datagrams.

use super::{NONE, Pool, Queue, Received};
use crate::address::SocketAddr;
use crate::chains::Chain;
use crate::error::Error;
use crate::pool::Use;
use crate::wakers;
use core::task::Waker;

/// The memory of one socket.
#[derive(Debug)]
pub struct UdpSocket {
    pub(super) chain: Chain,
    /// Tells the handles of those that had this memory before.
    pub(super) generation: u32,
    pub(super) state: Option<State>,
}

impl UdpSocket {
    /// A socket of nobody.
    pub const FREE: UdpSocket = UdpSocket { chain: Chain::EMPTY, generation: 0, state: None };

    pub(super) fn port(&self) -> Option<u16> {
        self.state.as_ref().map(|state| state.local.port())
    }
}

/// A socket that is bound.
#[derive(Debug)]
pub(super) struct State {
    pub(super) local: SocketAddr,
    pub(super) peer: Option<SocketAddr>,
    pub(super) error: Option<Error>,
    pub(super) waker: Option<Waker>,
    pub(super) datagrams: Datagrams,
}

impl State {
    pub(super) fn new(local: SocketAddr) -> Self {
        State { local, peer: None, error: None, waker: None, datagrams: Datagrams::EMPTY }
    }

    pub(super) fn wake(&mut self) {
        wakers::wake(&mut self.waker);
    }
}

/// Datagrams in order.
#[derive(Debug)]
pub(super) struct Datagrams {
    first: u32,
    last: u32,
    blocks: usize,
}

impl Datagrams {
    const EMPTY: Datagrams = Datagrams { first: NONE, last: NONE, blocks: 0 };

    pub(super) fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// Takes a datagram, if all of it has room.
    pub(super) fn push(&mut self, pool: &mut Pool<'_>, bytes: &[u8], peer: SocketAddr, most_blocks: usize) -> bool {
        let mut queue = Queue::EMPTY;
        // A datagram without bytes is one too, and takes a block.
        let Some(first) = pool.take(Use::Received) else { return false };
        queue.push_block(pool, first);
        let left = most_blocks.saturating_sub(self.blocks);
        if left == 0 || queue.push(pool, Use::Received, bytes, left) < bytes.len() {
            queue.clear(pool);
            return false;
        }
        if let Some(block) = pool.get_mut(first) {
            (block.sequence, block.peer) = (bytes.len() as u32, peer);
        }
        match pool.get_mut(self.last) {
            Some(last) => last.next_datagram = first,
            None => self.first = first,
        }
        self.last = first;
        self.blocks += queue.blocks();
        true
    }

    /// Copies the first datagram.
    pub(super) fn peek(&self, pool: &Pool<'_>, buffer: &mut [u8]) -> Option<Received> {
        let first = pool.get(self.first)?;
        let (length, peer) = (first.sequence as usize, first.peer);
        let (mut at, mut bytes) = (self.first, 0);
        while let Some(block) = pool.get(at) {
            let room = &mut buffer[bytes..];
            let count = block.len().min(room.len());
            room[..count].copy_from_slice(&pool.bytes(at)[..count]);
            bytes += count;
            at = block.next;
        }
        Some(Received { bytes, length, peer })
    }

    pub(super) fn drop_first(&mut self, pool: &mut Pool<'_>) {
        let Some(next) = pool.get(self.first).map(|block| block.next_datagram) else { return };
        let mut at = self.first;
        while at != NONE {
            let after = pool.next(at);
            pool.release(at);
            self.blocks -= 1;
            at = after;
        }
        self.first = next;
        if next == NONE {
            self.last = NONE;
        }
    }

    pub(super) fn clear(&mut self, pool: &mut Pool<'_>) {
        while !self.is_empty() {
            self.drop_first(pool);
        }
    }
}
