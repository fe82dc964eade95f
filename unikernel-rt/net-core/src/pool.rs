//! Memory for what connections and sockets have to keep: blocks that all of them share.

use crate::card::Payload;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Bytes of a block: a full segment of an Ethernet.
pub const BLOCK_BYTES: usize = 1460;

/// No block.
pub(crate) const NONE: u32 = u32::MAX;

/// The memory of some bytes, or a reference to some that live for ever.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The one after it in its queue.
    pub(crate) next: u32,
    /// The first of the datagram after this one.
    pub(crate) next_datagram: u32,
    /// Where its bytes begin, of `lasting` or else of `bytes`.
    start: u32,
    len: u32,
    /// The sequence number of its first byte, or the length of its datagram.
    pub(crate) sequence: u32,
    lasting: Option<&'static [u8]>,
    pub(crate) peer: SocketAddr,
    bytes: [u8; BLOCK_BYTES],
}

impl Block {
    /// A block with nothing in it.
    pub const FREE: Block = Block {
        next: NONE,
        next_datagram: NONE,
        start: 0,
        len: 0,
        sequence: 0,
        lasting: None,
        peer: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        bytes: [0; BLOCK_BYTES],
    };

    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let all = self.lasting.unwrap_or(&self.bytes);
        all.get(self.start as usize..(self.start + self.len) as usize).unwrap_or_default()
    }

    fn payload(&self, skip: usize, most: usize) -> Payload<'_> {
        match self.lasting {
            Some(lasting) => {
                let start = self.start as usize + skip;
                let end = (start + most).min((self.start + self.len) as usize);
                Payload::Static(lasting.get(start..end).unwrap_or_default())
            }
            None => {
                let bytes = self.bytes().get(skip..).unwrap_or_default();
                Payload::Borrowed(&bytes[..bytes.len().min(most)])
            }
        }
    }

    /// Takes bytes after those that it has; how many.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> usize {
        let end = (self.start + self.len) as usize;
        let Some(room) = self.bytes.get_mut(end..).filter(|_| self.lasting.is_none()) else { return 0 };
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        self.len += count as u32;
        count
    }

    /// Drops bytes from its front.
    pub(crate) fn drop_front(&mut self, count: usize) {
        let count = (count as u32).min(self.len);
        self.start += count;
        self.len -= count;
        self.sequence = self.sequence.wrapping_add(count);
    }
}

/// All blocks.
pub struct Pool<'m> {
    blocks: &'m mut [Block],
    /// The first of those that were used and are free.
    free: u32,
    /// How many were ever used: those after them are free too, and were never touched.
    touched: u32,
    available: u32,
}

impl<'m> Pool<'m> {
    /// A pool of these blocks.
    pub fn new(blocks: &'m mut [Block]) -> Self {
        let available = u32::try_from(blocks.len()).unwrap_or(NONE - 1);
        Pool { blocks, free: NONE, touched: 0, available }
    }

    /// How many blocks are free.
    pub fn available(&self) -> usize {
        self.available as usize
    }

    /// How many blocks there are.
    pub fn capacity(&self) -> usize {
        self.blocks.len()
    }

    /// An empty block.
    pub(crate) fn take(&mut self) -> Option<u32> {
        let at = if self.free != NONE {
            let at = self.free;
            self.free = self.blocks.get(at as usize)?.next;
            at
        } else {
            let at = self.touched;
            self.blocks.get(at as usize)?;
            self.touched += 1;
            at
        };
        self.available -= 1;
        let block = &mut self.blocks[at as usize];
        (block.next, block.next_datagram, block.start, block.len, block.lasting) = (NONE, NONE, 0, 0, None);
        Some(at)
    }

    /// Gives a block back.
    pub(crate) fn release(&mut self, at: u32) {
        let free = self.free;
        if let Some(block) = self.get_mut(at) {
            block.next = free;
            self.free = at;
            self.available += 1;
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: u32) -> Option<&Block> {
        self.blocks.get(at as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, at: u32) -> Option<&mut Block> {
        self.blocks.get_mut(at as usize)
    }

    /// The block after this one.
    pub(crate) fn next(&self, at: u32) -> u32 {
        self.get(at).map_or(NONE, |block| block.next)
    }
}

/// Bytes in order, in blocks of the pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    head: u32,
    tail: u32,
    bytes: u32,
    blocks: u32,
}

/// A place in a queue, to find one near to it again: a block, and the offset of its first byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    block: u32,
    offset: u32,
}

impl Cursor {
    pub(crate) const NONE: Cursor = Cursor { block: NONE, offset: 0 };
}

impl Queue {
    pub(crate) const EMPTY: Queue = Queue { head: NONE, tail: NONE, bytes: 0, blocks: 0 };

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.bytes as usize
    }

    /// How many blocks they take.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks as usize
    }

    /// Puts a block at the end.
    pub(crate) fn push_block(&mut self, pool: &mut Pool<'_>, at: u32) {
        let Some(len) = pool.get_mut(at).map(|block| {
            block.next = NONE;
            block.len
        }) else {
            return;
        };
        match pool.get_mut(self.tail) {
            Some(tail) => tail.next = at,
            None => self.head = at,
        }
        self.tail = at;
        self.bytes += len;
        self.blocks += 1;
    }

    /// Copies bytes to the end, into at most so many blocks in all; how many bytes.
    pub(crate) fn push(&mut self, pool: &mut Pool<'_>, mut bytes: &[u8], most_blocks: usize) -> usize {
        let mut count = 0;
        while !bytes.is_empty() {
            let taken = pool.get_mut(self.tail).map_or(0, |tail| tail.append(bytes));
            self.bytes += taken as u32;
            count += taken;
            bytes = &bytes[taken..];
            if bytes.is_empty() || self.blocks() >= most_blocks {
                break;
            }
            let Some(at) = pool.take() else { break };
            self.push_block(pool, at);
        }
        count
    }

    /// Puts a reference to bytes at the end; whether there was room.
    pub(crate) fn push_static(&mut self, pool: &mut Pool<'_>, bytes: &'static [u8]) -> bool {
        let Ok(len) = u32::try_from(bytes.len()) else { return false };
        let Some(at) = pool.take() else { return false };
        if let Some(block) = pool.get_mut(at) {
            (block.lasting, block.len) = (Some(bytes), len);
        }
        self.push_block(pool, at);
        true
    }

    /// Removes bytes from the front.
    pub(crate) fn consume(&mut self, pool: &mut Pool<'_>, count: usize) {
        let mut count = count.min(self.len());
        self.bytes -= count as u32;
        while let Some(block) = pool.get_mut(self.head) {
            let len = block.len();
            if count < len || (count == len && count == 0) {
                block.drop_front(count);
                return;
            }
            count -= len;
            let next = block.next;
            pool.release(self.head);
            self.blocks -= 1;
            self.head = next;
            if next == NONE {
                self.tail = NONE;
            }
            if count == 0 {
                return;
            }
        }
    }

    /// Copies bytes from the front, without removing them; how many.
    pub(crate) fn peek(&self, pool: &Pool<'_>, buffer: &mut [u8]) -> usize {
        let (mut at, mut count) = (self.head, 0);
        while let Some(block) = pool.get(at)
            && count < buffer.len()
        {
            let room = &mut buffer[count..];
            let bytes = block.bytes();
            let taken = bytes.len().min(room.len());
            room[..taken].copy_from_slice(&bytes[..taken]);
            count += taken;
            at = block.next;
        }
        count
    }

    /// Up to `most` bytes from an offset on, in as many parts as there is room for; gives how many bytes and parts. The cursor is
    /// where the last call ended, and is moved.
    pub(crate) fn parts<'p>(
        &self,
        pool: &'p Pool<'_>,
        cursor: &mut Cursor,
        offset: usize,
        most: usize,
        parts: &mut [Payload<'p>],
    ) -> (usize, usize) {
        if pool.get(cursor.block).is_none() || cursor.offset as usize > offset {
            *cursor = Cursor { block: self.head, offset: 0 };
        }
        while let Some(block) = pool.get(cursor.block)
            && cursor.offset as usize + block.len() <= offset
        {
            *cursor = Cursor { block: block.next, offset: cursor.offset + block.len };
        }
        let (mut at, mut skip, mut bytes, mut count) = (cursor.block, offset - cursor.offset as usize, 0, 0);
        while let Some(block) = pool.get(at)
            && bytes < most
            && let Some(part) = parts.get_mut(count)
        {
            *part = block.payload(skip, most - bytes);
            bytes += part.bytes().len();
            count += 1;
            skip = 0;
            at = block.next;
        }
        (bytes, count)
    }

    /// Gives all blocks back.
    pub(crate) fn clear(&mut self, pool: &mut Pool<'_>) {
        while self.head != NONE {
            let next = pool.next(self.head);
            pool.release(self.head);
            self.head = next;
        }
        *self = Queue::EMPTY;
    }
}

impl Cursor {
    /// Bytes were removed from the front of the queue.
    pub(crate) fn shift(&mut self, count: usize) {
        match (self.offset as usize).checked_sub(count) {
            Some(offset) => self.offset = offset as u32,
            None => *self = Cursor::NONE,
        }
    }
}

#[cfg(test)]
mod tests;
