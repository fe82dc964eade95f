//! The database. A note that was put or removed is on the disk when the call returns.

use std::sync::{Mutex, PoisonError};

use redb::{Database, Error, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use crate::disk::Disk;

const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");

/// The memory for pages of the disk.
const CACHE_BYTES: usize = 4 << 20;

/// The notes of a disk.
pub(crate) struct Store {
    database: Database,
    /// What all notes cost; whoever changes it is the one who writes.
    used: Mutex<u64>,
    /// What they may cost.
    limit: u64,
}

/// What became of a note.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Made,
    Replaced,
    Full,
}

impl Store {
    pub(crate) fn open(disk: Disk) -> Result<Self, Error> {
        let limit = limit(disk.capacity());
        let database = Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(disk)?;
        let transaction = database.begin_write()?;
        let mut used = 0;
        for entry in transaction.open_table(NOTES)?.iter()? {
            let (name, text) = entry?;
            used += cost(name.value(), text.value());
        }
        transaction.commit()?;
        Ok(Self { database, used: Mutex::new(used), limit })
    }

    /// The names of all notes, in their order.
    pub(crate) fn names(&self) -> Result<Vec<String>, Error> {
        let notes = self.database.begin_read()?.open_table(NOTES)?;
        notes.iter()?.map(|entry| Ok(entry?.0.value().to_owned())).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, Error> {
        let notes = self.database.begin_read()?.open_table(NOTES)?;
        Ok(notes.get(name)?.map(|text| text.value().to_owned()))
    }

    pub(crate) fn put(&self, name: &str, text: &str) -> Result<Put, Error> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = self.database.begin_write()?;
        let mut notes = transaction.open_table(NOTES)?;
        let before = notes.insert(name, text)?.map(|before| cost(name, before.value()));
        let after = *used - before.unwrap_or(0) + cost(name, text);
        drop(notes);
        if after > self.limit {
            transaction.abort()?;
            return Ok(Put::Full);
        }
        transaction.commit()?;
        *used = after;
        Ok(if before.is_some() { Put::Replaced } else { Put::Made })
    }

    /// Removes a note, if there is one.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, Error> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = self.database.begin_write()?;
        let mut notes = transaction.open_table(NOTES)?;
        let freed = notes.remove(name)?.map(|text| cost(name, text.value()));
        drop(notes);
        transaction.commit()?;
        *used -= freed.unwrap_or(0);
        Ok(freed.is_some())
    }
}

/// What a note takes, as redb allocates it: pages of a power of two.
fn cost(name: &str, text: &str) -> u64 {
    (name.len() + text.len() + 128).next_power_of_two() as u64
}

/// What notes may take of a storage. redb doubles it until that fails, after which it must be opened anew; and it writes copies of pages,
/// which may be half full: so that this never happens, a quarter is for notes.
fn limit(capacity: u64) -> u64 {
    let largest = capacity.saturating_sub(capacity / 16).max(1).ilog2();
    (1 << largest) / 4
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::File;
    use std::path::Path;

    use super::*;

    fn open(path: &Path) -> Store {
        Store::open(Disk::open(path).expect("a disk")).expect("a store")
    }

    /// Notes of all lengths are put, replaced and removed until it is full again and again: no operation fails.
    #[test]
    fn a_full_disk_refuses_notes_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("disk");
        for (size, seed) in [(4_u64 << 20, 1), ((16 << 20) - 4096, 2), (11 << 20, 3)] {
            File::create(&path).and_then(|file| file.set_len(size)).expect("a sparse file");
            let mut random = fastrand::Rng::with_seed(seed);
            let mut expected = BTreeMap::new();
            let mut store = open(&path);
            let mut full = 0;
            for round in 0..1_200 {
                let name = format!("{:04}", random.u32(..2_000));
                if random.u8(..8) == 0 {
                    assert_eq!(store.remove(&name).expect("room"), expected.remove(&name).is_some(), "{name}");
                } else {
                    let text =
                        name.repeat(1 << random.u32(..14)).chars().take(random.usize(..20_000)).collect::<String>();
                    match store.put(&name, &text).expect("room") {
                        Put::Made => assert_eq!(expected.insert(name, text), None),
                        Put::Replaced => assert!(expected.insert(name, text).is_some()),
                        Put::Full => full += 1,
                    }
                }
                if round % 400 == 399 {
                    drop(store);
                    store = open(&path);
                }
            }
            assert!(full > 100 || size > 12 << 20, "{full}");
            assert_eq!(store.names().expect("names"), expected.keys().cloned().collect::<Vec<_>>());
            for (name, text) in &expected {
                assert_eq!(store.get(name).expect("it is read").as_ref(), Some(text));
            }
        }
    }
}
