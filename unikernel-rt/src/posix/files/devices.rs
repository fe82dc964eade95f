//! The devices in `/dev` that every system has: they are there where anything is mounted.

use super::{Kind, Status};
use crate::posix::console::Console;
use crate::posix::descriptors::{Object, Whence};
use crate::posix::errno::Errno;
use crate::posix::random::{self, Fill};
use alloc::sync::Arc;

/// The device of a path from the root; random numbers are there where `entropy` is declared.
pub(super) fn find(path: &str) -> Option<Arc<dyn Object>> {
    Some(match path.strip_prefix("dev/")? {
        "stdin" | "stdout" | "stderr" | "console" | "tty" => Arc::new(Console),
        "null" => Arc::new(Device::Null),
        "zero" => Arc::new(Device::Zero),
        "random" | "urandom" => Arc::new(Device::Random(random::declared()?)),
        _ => return None,
    })
}

/// What takes everything, and gives nothing, zeros, or random numbers.
enum Device {
    Null,
    Zero,
    Random(&'static Fill),
}

impl Object for Device {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        match self {
            Device::Null => return Ok(0),
            Device::Zero => buffer.fill(0),
            Device::Random(fill) => fill(buffer),
        }
        Ok(buffer.len())
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        Ok(bytes.len())
    }

    fn read_at(&self, _offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.read(buffer)
    }

    fn write_at(&self, _offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
        self.write(bytes)
    }

    fn seek(&self, _whence: Whence, _distance: i64) -> Result<u64, Errno> {
        Ok(0)
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(Status { kind: Kind::CharacterDevice, ..Status::default() })
    }
}
