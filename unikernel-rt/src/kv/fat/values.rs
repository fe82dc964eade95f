//! The file with values of boot arguments, on a volume with a certain label.

use super::{Disk, Sector, Volume};
use crate::kv::error::Error;
use hadris_fat_raw::{FatKind, Slot};

/// The labels, in any case: those of cloud-init's two kinds of volumes, and our own.
const LABELS: [&[u8]; 3] = [b"CIDATA", b"CONFIG-2", b"UNIKERNEL"];

/// The file, in the root.
const FILE: &str = "unikernel.txt";

/// A label as a volume has it, with spaces behind a short one.
type Label = [u8; 11];

/// Hands over the bytes of the file, at most `most` of them, comments as spaces; says whether there is one. A disk without such a
/// volume has none, whatever is on it.
pub(crate) async fn read_values(disk: impl Disk, most: usize, mut byte: impl FnMut(u8)) -> Result<bool, Error> {
    let Ok(volume) = Volume::mount(disk).await else { return Ok(false) };
    let Ok(label) = volume.label().await else { return Ok(false) };
    if !LABELS.iter().any(|ours| ours.eq_ignore_ascii_case(label.trim_ascii_end())) {
        return Ok(false);
    }
    let mut file = match volume.open(FILE).await {
        Err(Error::NotFound) => return Ok(false),
        file => file?,
    };
    let (mut piece, mut offset, mut comments) = ([0; super::SECTOR_BYTES], 0, Comments::BEFORE);
    while offset < most {
        let length = volume.read(&mut file, offset as u64, &mut piece).await?;
        if length == 0 {
            break;
        }
        let pieces = piece.iter().take(length.min(most - offset));
        pieces.for_each(|next| byte(comments.blank(*next)));
        offset += length;
    }
    Ok(true)
}

impl<D: Disk> Volume<D> {
    /// The label: that in the root folder, else that in the boot sector.
    async fn label(&self) -> Result<Label, Error> {
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

/// Finds comments: lines that begin with `#`.
struct Comments {
    is_line_start: bool,
    is_inside: bool,
}

impl Comments {
    const BEFORE: Self = Comments { is_line_start: true, is_inside: false };

    /// The next byte, as a space if it is of a comment.
    fn blank(&mut self, byte: u8) -> u8 {
        let is_line_end = byte == b'\n';
        self.is_inside = !is_line_end && (self.is_inside || self.is_line_start && byte == b'#');
        self.is_line_start = is_line_end || self.is_line_start && byte <= b' ';
        if self.is_inside { b' ' } else { byte }
    }
}
