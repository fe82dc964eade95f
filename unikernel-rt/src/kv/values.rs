//! The file with values of boot arguments, on a volume with a certain label: FAT, or ISO 9660.

use super::error::Error;
use super::fat::disk::SECTOR_BYTES;
use super::fat::{self, Disk};
use super::iso9660;

/// The labels, in any case: those of cloud-init's two kinds of volumes, and our own.
const LABELS: [&[u8]; 3] = [b"CIDATA", b"CONFIG-2", b"UNIKERNEL"];

/// The files, the first of which counts, and how each begins. Those of cloud-init, whose beginning says what they are, may be another's.
const FILES: [(&str, &[u8]); 3] = [("unikernel.txt", b""), ("user-data", OURS), ("openstack/latest/user_data", OURS)];
const OURS: &[u8] = b"#unikernel";

/// Hands over the bytes of the file, at most `most` of them, comments as spaces; says whether there is one. A disk without such a
/// volume has none, whatever is on it.
pub(crate) async fn read_values(disk: impl Disk, most: usize, byte: impl FnMut(u8)) -> Result<bool, Error> {
    let mut text = Text { byte, room: most, is_line_start: true, is_comment: false };
    Ok(from_fat(&disk, &mut text).await? || from_iso9660(&disk, &mut text).await?)
}

async fn from_fat(disk: &impl Disk, text: &mut Text<impl FnMut(u8)>) -> Result<bool, Error> {
    let Ok(volume) = fat::Volume::mount(disk).await else { return Ok(false) };
    let Ok(label) = volume.label().await else { return Ok(false) };
    if !is_ours(&label) {
        return Ok(false);
    }
    let mut piece = [0; SECTOR_BYTES];
    for (name, beginning) in FILES {
        let mut file = match volume.open(name).await {
            Err(Error::NotFound) => continue,
            file => file?,
        };
        let mut offset = 0;
        loop {
            let length = volume.read(&mut file, offset, &mut piece).await?;
            let piece = piece.get(..length).unwrap_or_default();
            if offset == 0 && !piece.starts_with(beginning) {
                break;
            }
            if !text.add(piece) {
                return Ok(true);
            }
            offset += length as u64;
        }
    }
    Ok(false)
}

async fn from_iso9660(disk: &impl Disk, text: &mut Text<impl FnMut(u8)>) -> Result<bool, Error> {
    let Some(volume) = iso9660::Volume::mount(disk).await.filter(|volume| is_ours(volume.label())) else {
        return Ok(false);
    };
    let mut block = iso9660::Block::EMPTY;
    for (name, beginning) in FILES {
        let Some(file) = volume.find(&mut block, name).await? else { continue };
        let mut offset = 0;
        loop {
            let piece = volume.read(&mut block, file, offset).await?;
            if offset == 0 && !piece.starts_with(beginning) {
                break;
            }
            if !text.add(piece) {
                return Ok(true);
            }
            offset += iso9660::BLOCK_BYTES as u64;
        }
    }
    Ok(false)
}

/// Whether a label, with spaces behind it, is one of those.
fn is_ours(label: &[u8]) -> bool {
    LABELS.iter().any(|ours| ours.eq_ignore_ascii_case(label.trim_ascii_end()))
}

/// Where the text of the file goes.
struct Text<F> {
    byte: F,
    /// For how many more bytes there is room.
    room: usize,
    is_line_start: bool,
    /// Whether this line is a comment: it begins with `#`.
    is_comment: bool,
}

impl<F: FnMut(u8)> Text<F> {
    /// Takes the next piece; returns whether there may be a further one: this one had bytes, and there is room.
    fn add(&mut self, piece: &[u8]) -> bool {
        for next in piece.iter().take(self.room) {
            let is_line_end = *next == b'\n';
            self.is_comment = !is_line_end && (self.is_comment || self.is_line_start && *next == b'#');
            self.is_line_start = is_line_end || self.is_line_start && *next <= b' ';
            (self.byte)(if self.is_comment { b' ' } else { *next });
        }
        self.room = self.room.saturating_sub(piece.len());
        !piece.is_empty() && self.room != 0
    }
}
