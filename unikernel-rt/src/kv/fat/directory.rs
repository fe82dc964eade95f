//! Directories: iteration over slots, and lookup by name.

use super::disk::{Disk, Sector};
use super::name::Name;
use super::{SECTOR_BYTES, Volume};
use crate::kv::error::Error;
use crate::kv::key;
use hadris_fat_raw::lfn::Assembler;
use hadris_fat_raw::{ChainGuard, ENTRY_SIZE, MAX_DIR_ENTRIES, RootLocation, ShortEntry, Slot};

/// A place in a directory.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    /// The cluster; `None` in the root of FAT12 and FAT16, which is no chain.
    chain: Option<(u32, ChainGuard)>,
    /// Where the next slot is, relative to the cluster or to the root.
    offset: u32,
    /// How many slots there were.
    slots: u32,
}

/// What a slot holds that is no part of a name.
pub(super) enum Found {
    Entry(ShortEntry),
    End,
}

impl Walk {
    /// Of the directory that begins at a cluster.
    pub(super) fn of_chain(first: u32) -> Self {
        Walk { chain: Some((first, ChainGuard::new(first))), offset: 0, slots: 0 }
    }

    /// How many slots it has come past.
    pub(super) fn slots(&self) -> u32 {
        self.slots
    }
}

impl<D: Disk> Volume<D> {
    pub(super) fn root(&self) -> Walk {
        match self.geometry.root() {
            RootLocation::Fixed { .. } => Walk { chain: None, offset: 0, slots: 0 },
            RootLocation::Cluster(cluster) => Walk::of_chain(cluster),
        }
    }

    /// The directory of an entry, its place checked.
    pub(super) fn directory(&self, entry: &ShortEntry) -> Result<Walk, Error> {
        let first = entry.first_cluster(self.geometry.kind());
        self.cluster_at(first)?;
        Ok(Walk::of_chain(first))
    }

    /// The next slot.
    pub(super) async fn slot(&self, sector: &mut Sector, walk: &mut Walk) -> Result<Slot, Error> {
        if walk.slots >= MAX_DIR_ENTRIES {
            return Err(Error::Corrupt("a folder has more entries than one can have"));
        }
        let start = match (&mut walk.chain, self.geometry.root()) {
            (None, RootLocation::Fixed { start, size }) => {
                if u64::from(walk.offset) >= size {
                    return Ok(Slot::End);
                }
                start
            }
            (None, RootLocation::Cluster(_)) => return Ok(Slot::End), // never: such a root is a chain
            (Some((cluster, guard)), _) => {
                if walk.offset >= self.geometry.cluster_size() {
                    let Some(next) = self.next(sector, *cluster).await? else { return Ok(Slot::End) };
                    if !guard.step(next) {
                        return Err(Error::Corrupt("the cluster chain of a folder is a loop"));
                    }
                    (*cluster, walk.offset) = (next, 0);
                }
                self.cluster_at(*cluster)?
            }
        };
        let byte = start + u64::from(walk.offset);
        let (slots, _) = self.sector_at(sector, byte).await?.as_chunks::<ENTRY_SIZE>();
        let index = byte as usize % SECTOR_BYTES / ENTRY_SIZE;
        let slot = slots.get(index).map_or(Slot::End, Slot::parse);
        walk.offset += ENTRY_SIZE as u32;
        walk.slots += 1;
        Ok(slot)
    }

    /// The next entry; the slots of its long name are then in `long`.
    pub(super) async fn entry(
        &self,
        sector: &mut Sector,
        walk: &mut Walk,
        long: &mut Assembler,
    ) -> Result<Found, Error> {
        long.reset();
        loop {
            match self.slot(sector, walk).await? {
                Slot::End => return Ok(Found::End),
                Slot::Free => long.reset(),
                Slot::Long(part) => long.push(&part),
                Slot::Short(entry) if entry.is_visible() => return Ok(Found::Entry(entry)),
                Slot::Short(_) => long.reset(),
            }
        }
    }

    /// The entry of a directory that has the name `part`.
    pub(super) async fn entry_named(
        &self,
        sector: &mut Sector,
        walk: &mut Walk,
        long: &mut Assembler,
        part: &[u8],
    ) -> Result<ShortEntry, Error> {
        while let Found::Entry(entry) = self.entry(sector, walk, long).await? {
            if Name::new(&entry, long).is(part) {
                return Ok(entry);
            }
        }
        Err(Error::NotFound)
    }

    /// The entry of a file.
    pub(super) async fn find(&self, sector: &mut Sector, key: &str) -> Result<ShortEntry, Error> {
        let mut long = Assembler::new();
        let mut walk = self.root();
        let mut parts = key::parts(key)?;
        let mut part = parts.next().ok_or(Error::NotFound)?;
        loop {
            let entry = self.entry_named(sector, &mut walk, &mut long, part).await?;
            match (parts.next(), entry.is_dir()) {
                (None, false) => return Ok(entry),
                (Some(next), true) => {
                    walk = self.directory(&entry)?;
                    part = next;
                }
                (None, true) | (Some(_), false) => return Err(Error::NotFound),
            }
        }
    }
}
