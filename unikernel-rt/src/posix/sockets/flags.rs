//! The flags of receiving and sending, as C numbers them.

use crate::posix::errno::{ENOTSUP, Errno};
use core::ffi::c_int;

const MSG_PEEK: c_int = 0x2;
pub(super) const MSG_TRUNC: c_int = 0x20;
const MSG_DONTWAIT: c_int = 0x40;
/// Of sending: what ends a record, what is confirmed of a neighbour, that more follows. They are hints.
const HINTS: c_int = 0x80 | 0x800 | 0x8000;
/// No signal tells that the peer is gone, and no descriptor is passed: there are no signals and no other programs.
const MOOT: c_int = 0x4000 | 0x4000_0000;

/// How bytes are received or sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct How {
    /// They stay.
    pub(super) is_peek: bool,
    /// It does not wait.
    pub(super) is_nonblocking: bool,
    /// The length of the datagram is told, whatever of it has room.
    pub(super) tells_length: bool,
}

impl How {
    pub(super) fn to_receive(flags: c_int) -> Result<Self, Errno> {
        Self::of(flags, MSG_PEEK | MSG_TRUNC)
    }

    pub(super) fn to_send(flags: c_int) -> Result<Self, Errno> {
        Self::of(flags, HINTS)
    }

    /// Each flag that is not supported is an error, rather than done without.
    fn of(flags: c_int, allowed: c_int) -> Result<Self, Errno> {
        if flags & !(allowed | MSG_DONTWAIT | MOOT) != 0 {
            return Err(ENOTSUP);
        }
        Ok(How {
            is_peek: flags & MSG_PEEK != 0,
            is_nonblocking: flags & MSG_DONTWAIT != 0,
            tells_length: flags & MSG_TRUNC != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ENOTSUP, How};

    #[test]
    fn what_is_not_supported_is_an_error() {
        const MSG_OOB: i32 = 1;
        const MSG_NOSIGNAL: i32 = 0x4000;
        assert_eq!(How::to_receive(MSG_OOB), Err(ENOTSUP));
        assert_eq!(How::to_send(2), Err(ENOTSUP), "nobody peeks at what is sent");
        assert_eq!(How::to_send(MSG_NOSIGNAL), Ok(How::default()));
        let how = How { is_peek: true, is_nonblocking: true, tells_length: true };
        assert_eq!(How::to_receive(0x2 | 0x20 | 0x40), Ok(how));
    }
}
