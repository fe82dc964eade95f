//! The label of a volume.

use super::{Disk, Sector, Volume};
use crate::kv::error::Error;
use hadris_fat_raw::{FatKind, Slot};

/// A label as a volume has it, with spaces behind a short one.
type Label = [u8; 11];

impl<D: Disk> Volume<D> {
    /// The label: that in the root folder, else that in the boot sector.
    pub(in crate::kv) async fn label(&self) -> Result<Label, Error> {
        let mut sector = Sector::EMPTY;
        let mut walk = self.root();
        loop {
            match self.slot(&mut sector, &mut walk).await? {
                Slot::Short(entry) if entry.is_label() => return Ok(entry.name()),
                Slot::End => break,
                _ => {}
            }
        }
        let at = if self.geometry.kind() == FatKind::Fat32 { 71 } else { 43 };
        let boot = self.sector_at(&mut sector, 0).await?;
        Ok(boot.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default())
    }
}
