//! Listings: all files below a folder, in the order of the volume.

use super::directory::{Found, Walk};
use super::disk::{Disk, Sector};
use super::name::Name;
use super::{ENTRY_BYTES, Volume};
use crate::kv::error::Error;
use crate::kv::key::{self, Key};
use hadris_fat_raw::lfn::Assembler;

/// Most folders inside each other.
const DEPTH: usize = 16;

/// A listing in progress.
pub(crate) struct List<'p> {
    /// What is still to be looked up, at the beginning.
    prefix: Option<&'p str>,
    /// How the names in the first folder begin.
    name: &'p [u8],
    levels: [Level; DEPTH],
    depth: usize,
    key: Key,
    /// How many slots may still be read: more than the volume has would mean to go in circles.
    slots: u64,
    long: Assembler,
    sector: Sector,
}

/// A folder that is being listed.
#[derive(Clone, Copy)]
struct Level {
    walk: Walk,
    /// How much of the key is its own.
    key_length: u8,
}

impl<'p> List<'p> {
    /// Of the keys that begin with `prefix`.
    pub(crate) fn new(prefix: &'p str) -> Self {
        let nowhere = Level { walk: Walk::of_chain(0), key_length: 0 };
        List {
            prefix: Some(prefix),
            name: &[],
            levels: [nowhere; DEPTH],
            depth: 0,
            key: Key::EMPTY,
            slots: 0,
            long: Assembler::new(),
            sector: Sector::EMPTY,
        }
    }

    /// Begins to list a folder, whose key is there.
    fn descend(&mut self, walk: Walk) -> Result<(), Error> {
        let level = self.levels.get_mut(self.depth).ok_or(Error::LongKey)?;
        *level = Level { walk, key_length: self.key.length() };
        self.depth += 1;
        Ok(())
    }
}

impl<D: Disk> Volume<D> {
    /// The next file of a listing: its key, and its size in bytes. After an error about one key, the listing goes on; after one
    /// about the volume or the device, it is at its end.
    pub(crate) async fn next_listed(&self, list: &mut List<'_>) -> Option<Result<(Key, u64), Error>> {
        let next = self.try_next(list).await;
        if let Err(Error::NotFat(_) | Error::Corrupt(_) | Error::Io | Error::BadKey) = next {
            list.depth = 0;
        }
        next.transpose()
    }

    async fn try_next(&self, list: &mut List<'_>) -> Result<Option<(Key, u64)>, Error> {
        if let Some(prefix) = list.prefix.take() {
            self.begin(list, prefix).await?;
        }
        while let Some(index) = list.depth.checked_sub(1) {
            let Some(level) = list.levels.get_mut(index) else { break };
            list.key.cut(level.key_length);
            let before = level.walk.slots();
            let found = self.entry(&mut list.sector, &mut level.walk, &mut list.long).await?;
            let read = u64::from(level.walk.slots() - before);
            list.slots = list.slots.checked_sub(read).ok_or(Error::Corrupt("folders contain each other"))?;
            let Found::Entry(entry) = found else {
                list.depth = index;
                continue;
            };
            let name = Name::new(&entry, &mut list.long);
            if !name.is_sane() {
                return Err(Error::Corrupt("a file name is invalid"));
            }
            name.add_to(&mut list.key)?;
            if index == 0 && !is_begun_by(&list.key, level.key_length, list.name) {
                continue;
            }
            if entry.is_dir() {
                list.key.push(b"/")?;
                list.descend(self.directory(&entry)?)?;
            } else {
                self.check_extent(&entry)?;
                return Ok(Some((list.key, u64::from(entry.size()))));
            }
        }
        Ok(None)
    }

    /// Looks up the folder of the prefix; where there is none, nothing is listed.
    async fn begin<'p>(&self, list: &mut List<'p>, prefix: &'p str) -> Result<(), Error> {
        let (folder, name) = key::split_prefix(prefix);
        list.name = name.as_bytes();
        let data_bytes = self.geometry.data_end() - self.geometry.data_start();
        list.slots = data_bytes / ENTRY_BYTES + u64::from(hadris_fat_raw::MAX_DIR_ENTRIES);
        let mut walk = self.root();
        for part in key::parts(folder)? {
            let found = self.entry_named(&mut list.sector, &mut walk, &mut list.long, part).await;
            let entry = match found {
                Ok(entry) if entry.is_dir() => entry,
                Ok(_) | Err(Error::NotFound) => return Ok(()),
                Err(error) => return Err(error),
            };
            walk = self.directory(&entry)?;
            list.key.push(part)?;
            list.key.push(b"/")?;
        }
        list.descend(walk)
    }
}

/// Whether the name that begins at `start` of a key begins with `name`.
fn is_begun_by(key: &Key, start: u8, name: &[u8]) -> bool {
    let rest = key.as_str().as_bytes().get(usize::from(start)..).unwrap_or_default();
    rest.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name))
}
