//! Counters of a machine that runs: a page that its plugin has mapped, read as a file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::Counts;

const PAGE_BYTES: u64 = 4096;
/// How many counters there are, in the order of the plugin's `struct counters`.
const COUNTERS: usize = 8;

/// The counters of a running machine, for the plugin's `counters=FILE`.
#[derive(Debug)]
pub struct Live {
    file: File,
    path: PathBuf,
}

/// The counters, with what tells whether the processor waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) counts: Counts,
    pub(super) is_idle: bool,
    /// How often it began to wait.
    pub(super) idles: u64,
}

impl Live {
    /// Makes the file in `folder`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let path = folder.join("counters");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        file.set_len(PAGE_BYTES)?;
        Ok(Self { file, path })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The counters as they are now.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self) -> io::Result<Counts> {
        Ok(self.reading()?.counts)
    }

    pub(super) fn reading(&self) -> io::Result<Reading> {
        let mut bytes = [0; COUNTERS * 8];
        self.file.read_exact_at(&mut bytes, 0)?;
        let (words, _) = bytes.as_chunks::<8>();
        let [instructions, port_io, halts, interrupts, device_io, notifications, idle, idles] =
            std::array::from_fn(|index| u64::from_ne_bytes(words[index]));
        let counts = Counts { instructions, port_io, halts, interrupts, device_io, notifications };
        Ok(Reading { counts, is_idle: idle != 0, idles })
    }

    /// Waits until the processor has begun to wait once more than `idles` times, and waits; `None` where it does not in time.
    pub(super) fn idle_after(&self, idles: u64, patience: Duration) -> io::Result<Option<Reading>> {
        let began = Instant::now();
        while began.elapsed() < patience {
            let reading = self.reading()?;
            if reading.is_idle && reading.idles > idles {
                return Ok(Some(reading));
            }
            thread::sleep(Duration::from_micros(50));
        }
        Ok(None)
    }
}
