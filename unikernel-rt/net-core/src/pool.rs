//! Memory for what connections and sockets have to keep: blocks that all of them share.

use crate::address::{IpAddr, SocketAddr};
use crate::card::Payload;
use core::net::Ipv4Addr;

/// Bytes of a block: a full segment of an Ethernet.
pub const BLOCK_BYTES: usize = 1460;

/// No block.
pub(crate) const NONE: u32 = u32::MAX;

/// What a block is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    Sent,
    Received,
}

/// What is known of a block: whether its bytes are its own, or lie elsewhere and live for ever.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The one after it in its queue.
    pub(crate) next: u32,
    /// The first of the datagram after this one.
    pub(crate) next_datagram: u32,
    /// Where its bytes begin, of `lasting` or else of its own.
    start: u32,
    len: u32,
    /// The sequence number of its first byte, or the length of its datagram.
    pub(crate) sequence: u32,
    lasting: Option<&'static [u8]>,
    used_for: Use,
    pub(crate) peer: SocketAddr,
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
        used_for: Use::Sent,
        peer: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
    };

    pub(crate) fn len(&self) -> usize {
        self.len as usize
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
    /// The bytes of each block, one after the other.
    bytes: &'m mut [[u8; BLOCK_BYTES]],
    /// The first of those that were used and are free.
    free: u32,
    /// How many were ever used: those after them are free too, and were never touched.
    touched: u32,
    available: u32,
    /// How many more may hold what is received: what nobody reads leaves a quarter of all for answers.
    receivable: u32,
    /// Whether somebody was told that there is nothing to spare.
    is_short: bool,
}

impl<'m> Pool<'m> {
    /// A pool of these blocks, and of as much memory for their bytes: the shorter of both counts.
    pub fn new(blocks: &'m mut [Block], bytes: &'m mut [[u8; BLOCK_BYTES]]) -> Self {
        let count = blocks.len().min(bytes.len()).min(NONE as usize - 1);
        let (blocks, bytes) = (&mut blocks[..count], &mut bytes[..count]);
        Pool {
            blocks,
            bytes,
            free: NONE,
            touched: 0,
            available: count as u32,
            receivable: (count - count / 4) as u32,
            is_short: false,
        }
    }

    /// How many blocks are free.
    pub fn available(&self) -> usize {
        self.available as usize
    }

    /// How many blocks there are.
    pub fn capacity(&self) -> usize {
        self.blocks.len()
    }

    /// How many blocks may be kept for what is to be sent. Some are left to what comes: acknowledgements give back what was sent, and what goes
    /// to this machine itself has to arrive somewhere. Where there are none, [`Pool::has_eased`] tells later that there are some.
    pub(crate) fn spare(&mut self) -> usize {
        let spare = self.unreserved();
        self.is_short |= spare == 0;
        spare
    }

    /// The same, for who only looks.
    pub(crate) fn unreserved(&self) -> usize {
        self.available().saturating_sub(self.capacity() / 8)
    }

    /// How many free blocks may hold what is received.
    pub(crate) fn receivable(&self) -> usize {
        self.available.min(self.receivable) as usize
    }

    /// Whether there is something to spare again, and somebody was told before that there is not.
    #[inline]
    pub(crate) fn has_eased(&self) -> bool {
        self.is_short && self.unreserved() > 0
    }

    /// Those who were told before that there is nothing to spare have been told that there is.
    pub(crate) fn note_told(&mut self) {
        self.is_short = false;
    }

    /// An empty block.
    pub(crate) fn take(&mut self, used_for: Use) -> Option<u32> {
        let of_received = u32::from(used_for == Use::Received);
        if self.receivable < of_received {
            return None;
        }
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
        self.receivable -= of_received;
        let block = &mut self.blocks[at as usize];
        (block.next, block.next_datagram, block.start, block.len, block.lasting) = (NONE, NONE, 0, 0, None);
        block.used_for = used_for;
        Some(at)
    }

    /// Gives a block back.
    pub(crate) fn release(&mut self, at: u32) {
        let free = self.free;
        if let Some(block) = self.get_mut(at) {
            block.next = free;
            let was_received = block.used_for == Use::Received;
            self.receivable += u32::from(was_received);
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

    /// The bytes of a block.
    #[inline]
    pub(crate) fn bytes(&self, at: u32) -> &[u8] {
        let (Some(block), Some(own)) = (self.get(at), self.bytes.get(at as usize)) else { return &[] };
        let all = block.lasting.unwrap_or(own);
        all.get(block.start as usize..(block.start + block.len) as usize).unwrap_or_default()
    }

    /// The room after a block's bytes; there is none after those that lie elsewhere.
    pub(crate) fn room(&mut self, at: u32) -> &mut [u8] {
        let Some(block) = self.blocks.get(at as usize).filter(|block| block.lasting.is_none()) else { return &mut [] };
        let end = (block.start + block.len) as usize;
        self.bytes.get_mut(at as usize).and_then(|own| own.get_mut(end..)).unwrap_or_default()
    }

    /// Bytes were written to [`Pool::room`].
    pub(crate) fn grow(&mut self, at: u32, count: usize) {
        if let Some(block) = self.get_mut(at) {
            block.len += count as u32;
        }
    }

    /// Copies bytes behind those that a block has; how many.
    pub(crate) fn append(&mut self, at: u32, bytes: &[u8]) -> usize {
        let room = self.room(at);
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        self.grow(at, count);
        count
    }

    fn payload(&self, at: u32, skip: usize, most: usize) -> Payload<'_> {
        let lasting = self.get(at).and_then(|block| Some((block, block.lasting?)));
        match lasting {
            Some((block, lasting)) => {
                let start = block.start as usize + skip;
                let end = (start + most).min((block.start + block.len) as usize);
                Payload::Static(lasting.get(start..end).unwrap_or_default())
            }
            None => {
                let bytes = self.bytes(at).get(skip..).unwrap_or_default();
                Payload::Borrowed(&bytes[..bytes.len().min(most)])
            }
        }
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
    pub(crate) fn push(&mut self, pool: &mut Pool<'_>, used_for: Use, mut bytes: &[u8], most_blocks: usize) -> usize {
        let mut count = 0;
        while !bytes.is_empty() {
            let taken = pool.append(self.tail, bytes);
            self.bytes += taken as u32;
            count += taken;
            bytes = &bytes[taken..];
            if bytes.is_empty() || self.blocks() >= most_blocks {
                break;
            }
            let Some(at) = pool.take(used_for) else { break };
            self.push_block(pool, at);
        }
        count
    }

    /// Puts a reference to bytes at the end; whether there was room.
    pub(crate) fn push_static(&mut self, pool: &mut Pool<'_>, bytes: &'static [u8]) -> bool {
        let Ok(len) = u32::try_from(bytes.len()) else { return false };
        let Some(at) = pool.take(Use::Sent) else { return false };
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
            let bytes = pool.bytes(at);
            let taken = bytes.len().min(room.len());
            room[..taken].copy_from_slice(&bytes[..taken]);
            count += taken;
            at = block.next;
        }
        count
    }

    /// The bytes at the front that lie side by side.
    pub(crate) fn front<'p>(&self, pool: &'p Pool<'_>) -> &'p [u8] {
        pool.bytes(self.head)
    }

    /// Lets `fill` write behind the last bytes, as far as there is room side by side, in at most so many blocks; gives what it does.
    /// `None` without room.
    pub(crate) fn push_with<R>(
        &mut self,
        pool: &mut Pool<'_>,
        most_blocks: usize,
        least: usize,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Option<R> {
        let is_new = pool.room(self.tail).len() < least.max(1);
        let at = if !is_new {
            self.tail
        } else if self.blocks() < most_blocks {
            pool.take(Use::Sent)?
        } else {
            return None;
        };
        let room = pool.room(at);
        let most = room.len();
        let (count, result) = fill(room);
        let count = count.min(most);
        pool.grow(at, count);
        if !is_new {
            self.bytes += count as u32;
        } else if count > 0 {
            self.push_block(pool, at);
        } else {
            pool.release(at);
        }
        Some(result)
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
            *part = pool.payload(at, skip, most - bytes);
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
