//! Counts what a guest executes and how often it leaves the machine, exactly, by a plugin of QEMU's TCG.
//!
//! The counts hardly depend on the machine that they are taken on, so they can be held against a budget, and against a table
//! of what they were ([`table`]).

mod live;
mod measure;
mod peer;
pub mod table;

use std::ops::Sub;
use std::path::{Path, PathBuf};

use unikernel_cli::plugin;

pub use live::Live;
pub use measure::{Failure, Measure, Step, images, measures};

const SOURCE: &str = include_str!("counts/plugin.c");

/// What has been executed up to a point, or between two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Instructions; each iteration of a repeated string instruction is one.
    pub instructions: u64,
    /// Reads and writes of I/O ports.
    pub port_io: u64,
    /// Times that the processor was halted.
    pub halts: u64,
    /// Returns from interrupts and exceptions.
    pub interrupts: u64,
    /// Accesses to registers of devices in memory, where `devices=on`.
    pub device_io: u64,
    /// Notifications of virtio devices, which are among those accesses.
    pub notifications: u64,
}

impl Sub for Counts {
    type Output = Self;

    /// What was executed since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        let since = |now: u64, then: u64| now.saturating_sub(then);
        Self {
            instructions: since(self.instructions, earlier.instructions),
            port_io: since(self.port_io, earlier.port_io),
            halts: since(self.halts, earlier.halts),
            interrupts: since(self.interrupts, earlier.interrupts),
            device_io: since(self.device_io, earlier.device_io),
            notifications: since(self.notifications, earlier.notifications),
        }
    }
}

/// Builds the plugin into `folder`, and returns its path, for QEMU's `-plugin PATH,NAME=ADDRESS,...`.
///
/// `counters=FILE` makes the counters readable while the machine runs ([`Live`]), `devices=on` counts accesses to devices in
/// memory, too, and makes the guest several times slower.
///
/// # Errors
/// There is no C compiler, or the folder cannot be written.
pub fn plugin(folder: &Path) -> Result<PathBuf, plugin::Error> {
    plugin::compile(folder, "counts", SOURCE)
}

/// The counts at `point`, from what QEMU printed to standard error; `end` is the point at which it ended.
#[must_use]
pub fn at(point: &str, printed: &str) -> Option<Counts> {
    let line = printed.lines().find_map(|line| line.strip_prefix("counts ")?.strip_prefix(point)?.strip_prefix(' '))?;
    let value = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok());
    Some(Counts {
        instructions: value("instructions")?,
        port_io: value("port_io")?,
        halts: value("halts")?,
        interrupts: value("interrupts")?,
        device_io: value("device_io")?,
        notifications: value("notifications")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_among_other_lines() {
        let printed = "warning\ncounts main instructions=12 port_io=3 halts=0 interrupts=5 device_io=7 notifications=1\n\
                       counts end instructions=99 port_io=4 halts=1 interrupts=6 device_io=8 notifications=2\n";
        let main = Counts { instructions: 12, port_io: 3, halts: 0, interrupts: 5, device_io: 7, notifications: 1 };
        assert_eq!(at("main", printed), Some(main));
        let end = at("end", printed).expect("is there");
        assert_eq!((end.halts, (end - main).instructions, (end - main).notifications), (1, 87, 1));
        assert_eq!(at("mai", printed), None);
        assert_eq!(at("main", "counts main instructions=x port_io=3"), None);
    }
}
