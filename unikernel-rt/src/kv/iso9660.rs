//! ISO 9660 volumes (ECMA-119), for reading.
//!
//! Names are those of Joliet where the volume has them, else of Rock Ridge, else the plain ones, which are in capitals and may be short.
//! A volume is not trusted: every place is checked against the device, and every length against the block that it is in. What a
//! file has beside its first extent, and extents that are interleaved, are not read: nobody writes such.

use super::error::Error;
use super::fat::Disk;
use super::fat::disk::SECTOR_BYTES;

/// Bytes of a block, in which a volume counts, and a sector of a CD-ROM.
pub(super) const BLOCK_BYTES: usize = 2048;

/// Where descriptors begin, and more of them than any volume has.
const FIRST_DESCRIPTOR: u64 = 16;
const DESCRIPTORS: u64 = 16;
/// Types of descriptors.
const PRIMARY: u8 = 1;
const SUPPLEMENTARY: u8 = 2;
/// What each begins with, behind its type: the standard, and its version.
const IDENTIFIER: [u8; 6] = *b"CD001\x01";
/// Offsets in a descriptor.
const LABEL: usize = 40;
const ESCAPE_SEQUENCE: usize = 88;
const BLOCK_SIZE: usize = 128;
const ROOT: usize = 156;
/// The escape sequences of Joliet's three levels of UCS-2.
const JOLIET: [[u8; 3]; 3] = [*b"%/@", *b"%/C", *b"%/E"];

/// Offsets in a record of a directory.
const EXTENT: usize = 2;
const SIZE: usize = 10;
const FLAGS: usize = 25;
const NAME_BYTES: usize = 32;
const NAME: usize = 33;
/// Flags: a directory; what belongs to another file, and is none of its own.
const DIRECTORY: u8 = 2;
const ASSOCIATED: u8 = 4;

/// A label, with spaces behind a short one.
type Label = [u8; 32];

/// The block that was read last.
pub(super) struct Block([u8; BLOCK_BYTES]);

impl Block {
    pub(super) const EMPTY: Self = Block([0; BLOCK_BYTES]);

    async fn load(&mut self, disk: &impl Disk, number: u64) -> Result<&[u8; BLOCK_BYTES], Error> {
        const SECTORS: u64 = (BLOCK_BYTES / SECTOR_BYTES) as u64;
        let first = number * SECTORS;
        if first + SECTORS > disk.sectors() {
            return Err(Error::Corrupt("the volume is larger than the device"));
        }
        disk.read(first, &mut self.0).await?;
        Ok(&self.0)
    }
}

/// Where a file or a directory is.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    first_block: u32,
    size_bytes: u32,
}

impl Extent {
    /// That of a record. It is written twice, for either order of bytes; the first is ours.
    fn of(record: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(*record.get(at..)?.first_chunk()?));
        Some(Extent { first_block: number(EXTENT)?, size_bytes: number(SIZE)? })
    }
}

/// A mounted volume.
pub(super) struct Volume<'d, D> {
    disk: &'d D,
    label: Label,
    root: Extent,
    is_joliet: bool,
}

impl<'d, D: Disk> Volume<'d, D> {
    /// Finds the volume of a disk; `None` where it has none with blocks of the usual size.
    pub(super) async fn mount(disk: &'d D) -> Option<Self> {
        let (mut block, mut volume) = (Block::EMPTY, None);
        for number in FIRST_DESCRIPTOR..FIRST_DESCRIPTOR + DESCRIPTORS {
            let descriptor = block.load(disk, number).await.ok()?;
            let [kind, rest @ ..] = descriptor;
            if !rest.starts_with(&IDENTIFIER) {
                break;
            }
            let root = Extent::of(descriptor.get(ROOT..)?)?;
            match (*kind, &mut volume) {
                (PRIMARY, None) if descriptor.get(BLOCK_SIZE..)?.starts_with(&(BLOCK_BYTES as u16).to_le_bytes()) => {
                    let label = *descriptor.get(LABEL..)?.first_chunk()?;
                    volume = Some(Volume { disk, label, root, is_joliet: false });
                }
                (SUPPLEMENTARY, Some(volume)) if JOLIET.contains(descriptor.get(ESCAPE_SEQUENCE..)?.first_chunk()?) => {
                    (volume.root, volume.is_joliet) = (root, true);
                }
                _ => {}
            }
        }
        volume
    }

    /// The label.
    pub(super) fn label(&self) -> &Label {
        &self.label
    }

    /// Finds a file by its path, in any case.
    pub(super) async fn find(&self, block: &mut Block, path: &str) -> Result<Option<Extent>, Error> {
        let (mut found, mut rest) = (self.root, Some(path));
        while let Some(path) = rest {
            let (name, kind);
            (name, kind, rest) = match path.split_once('/') {
                Some((name, rest)) => (name, DIRECTORY, Some(rest)),
                None => (path, 0, None),
            };
            match self.find_in(block, found, name, kind).await? {
                Some(extent) => found = extent,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// Finds what a folder has of this name, a file or a folder.
    async fn find_in(&self, block: &mut Block, folder: Extent, name: &str, kind: u8) -> Result<Option<Extent>, Error> {
        let mut offset = 0;
        loop {
            let mut records = self.read(block, folder, offset).await?;
            if records.is_empty() {
                return Ok(None);
            }
            // No record spans two blocks: zeros fill the rest of one.
            while let Some(length) = records.first().copied().filter(|length| *length != 0) {
                let Some((record, rest)) = records.split_at_checked(length.into()) else {
                    return Err(Error::Corrupt("a record of a folder is longer than its block"));
                };
                if is_named(record, name, kind, self.is_joliet) {
                    return Ok(Extent::of(record));
                }
                records = rest;
            }
            offset += BLOCK_BYTES as u64;
        }
    }

    /// Reads what an extent has in the block at an offset; nothing behind its end.
    pub(super) async fn read<'b>(&self, block: &'b mut Block, extent: Extent, offset: u64) -> Result<&'b [u8], Error> {
        let rest = u64::from(extent.size_bytes).saturating_sub(offset) as usize;
        if rest == 0 {
            return Ok(&[]);
        }
        let number = u64::from(extent.first_block) + offset / BLOCK_BYTES as u64;
        let bytes = block.load(self.disk, number).await?;
        Ok(bytes.get(..rest).unwrap_or(bytes))
    }
}

/// Whether a record is of a file or a folder, as `kind` says, of this name.
fn is_named(record: &[u8], name: &str, kind: u8, is_joliet: bool) -> bool {
    let (Some(flags), Some(length)) = (record.get(FLAGS), record.get(NAME_BYTES)) else { return false };
    let names = record.get(NAME..).and_then(|rest| rest.split_at_checked((*length).into()));
    let Some((plain, rest)) = names.filter(|_| flags & (DIRECTORY | ASSOCIATED) == kind) else { return false };
    if is_joliet {
        let (units, _) = plain.as_chunks();
        let units = units.iter().map(|unit| u16::from_be_bytes(*unit).try_into().unwrap_or(0_u8));
        return units.take_while(|unit| *unit != b';').map(|unit| unit.to_ascii_lowercase()).eq(name.bytes());
    }
    // A byte for an even length comes between the name and what Rock Ridge has.
    let rest = if length % 2 == 0 { rest.get(1..).unwrap_or_default() } else { rest };
    match alternate_name(rest) {
        Some(alternate) => alternate.eq_ignore_ascii_case(name.as_bytes()),
        None => {
            let plain = plain.split(|byte| *byte == b';').next().unwrap_or_default();
            plain.eq_ignore_ascii_case(name.as_bytes()) || is_short_for(plain, name)
        }
    }
}

/// The name that Rock Ridge gives a file (SUSP 1.12, section 4; RRIP 1.12, section 4.1.4).
fn alternate_name(mut entries: &[u8]) -> Option<&[u8]> {
    while let [first, second, length, ..] = entries {
        let (entry, rest) = entries.split_at_checked((*length).into())?;
        // Signature, length, version, flags.
        let [_, _, _, _, content @ ..] = entry else { return None };
        if [*first, *second] == *b"NM" {
            return content.get(1..);
        }
        entries = rest;
    }
    None
}

/// Whether a plain name is what eight and three characters leave of a name.
fn is_short_for(plain: &[u8], name: &str) -> bool {
    let Some((stem, extension)) = name.split_once('.') else { return false };
    let stem = stem.as_bytes().iter().take(8);
    let short = stem.chain(b".").chain(extension.as_bytes().iter().take(3));
    plain.iter().map(u8::to_ascii_lowercase).eq(short.copied())
}

#[cfg(test)]
mod tests;
