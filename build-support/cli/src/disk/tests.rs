//! What is written is what QEMU and tar would read: by their formats' descriptions; the boot tests ask the programs themselves.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::*;

fn size(text: &str) -> DiskSize {
    text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn written(format: DiskFormat, image: &[u8], size: DiskSize) -> (Vec<u8>, u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("disk");
    let mut file = WholeFile::create(&path).expect("begun");
    format.write(&mut file, image, size).expect("written");
    file.finish().expect("finished");
    (fs::read(&path).expect("there"), space(&path))
}

fn space(path: &Path) -> u64 {
    path.metadata().expect("there").blocks() * 512
}

/// Some clusters with contents, one of zeros among them, and an end within a cluster.
fn image() -> Vec<u8> {
    let mut image = vec![0; 3 * 65536 + 2048];
    image[..2048].fill(0x11);
    image[2 * 65536 + 5] = 0x22;
    let end = image.len() - 1;
    image[end] = 0x33;
    image
}

#[test]
fn sizes_are_whole_sectors_that_a_bios_boots_from() {
    assert_eq!(size("8MiB").bytes(), 8 << 20);
    assert_eq!(size("8389120").bytes(), 8_389_120);
    assert_eq!(size("2TiB").bytes(), 2 << 40);
    for (text, message) in [
        ("1GB", "`1GB` has an unknown unit: the known ones are `KiB`, `MiB`, `GiB`, `TiB`"),
        ("0", "`0` is less than 8MiB: a BIOS boots from no disk that is smaller than one cylinder"),
        ("8191KiB", "`8191KiB` is less than 8MiB: a BIOS boots from no disk that is smaller than one cylinder"),
        ("8388609", "`8388609` is no whole number of sectors of 512 bytes: the next one is `8389120`"),
        ("3TiB", "`3TiB` is more than 2TiB: a BIOS reaches no further"),
    ] {
        assert_eq!(text.parse::<DiskSize>().expect_err(text), message);
    }
    for text in ["", "-8MiB", "99999999999999999999999", "99999999999TiB", "8 MiB", "8MiB ", "0x800000MiB", "1.5GiB"] {
        assert!(text.parse::<DiskSize>().is_err(), "{text}");
    }
}

#[test]
fn the_usual_size_is_enough_for_the_image() {
    assert_eq!(DiskFormat::Raw.usual_size(53_248), size("8MiB"));
    assert_eq!(DiskFormat::Qcow2.usual_size((9 << 20) + 1), size("10MiB"));
    assert_eq!(DiskFormat::Gce.usual_size(53_248), size("1GiB"));
    assert_eq!(DiskFormat::Gce.usual_size((1 << 30) + 1), size("2GiB"));
}

#[test]
fn a_disk_that_is_too_small_is_refused_with_one_that_is_not() {
    assert_eq!(DiskFormat::Raw.check(size("8MiB"), 8 << 20), Ok(()));
    let text = |format: DiskFormat, given, bytes| format.check(size(given), bytes).expect_err(given).to_string();
    assert_eq!(
        text(DiskFormat::Raw, "8MiB", (8 << 20) + 1),
        "the image has 8388609 bytes, more than a disk of 8MiB\nhelp: write `--disk 9MiB`"
    );
    assert_eq!(
        text(DiskFormat::Gce, "1025MiB", 4096),
        "Google Compute Engine imports disks of whole GiB, and 1025MiB is none\nhelp: write `--disk 2GiB`"
    );
    assert_eq!(DiskFormat::Gce.check(size("3GiB"), 4096), Ok(()));
}

#[test]
fn a_raw_disk_is_the_image_and_a_hole() {
    let (bytes, space) = written(DiskFormat::Raw, &image(), size("64MiB"));
    assert_eq!(bytes.len(), 64 << 20);
    assert!(bytes.starts_with(&image()) && bytes[image().len()..].iter().all(|byte| *byte == 0));
    assert!(space <= 1 << 20, "{space}");
}

#[test]
fn an_archive_has_one_sparse_file() {
    let image = image();
    let (bytes, _) = written(DiskFormat::Gce, &image, size("1GiB"));
    assert!(bytes.len() < 8192, "{}", bytes.len());
    // No name and no time.
    assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    let mut archive = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut archive).expect("gzip");
    assert_eq!(&archive[257..265], b"ustar  \0", "the old format of GNU");
    let mut archive = tar::Archive::new(&archive[..]);
    let mut entries = archive.entries().expect("entries");
    let mut entry = entries.next().expect("one").expect("read");
    assert_eq!(entry.path().expect("a name").as_ref(), Path::new("disk.raw"));
    assert_eq!(entry.size(), 1 << 30);
    let mut start = vec![0; image.len()];
    entry.read_exact(&mut start).expect("read");
    assert!(start == image);
    drop(entry);
    assert!(entries.next().is_none());
    // More than the eleven octal digits of a size hold.
    let (bytes, _) = written(DiskFormat::Gce, &image, size("16GiB"));
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
    let entry = archive.entries().expect("entries").next().expect("one").expect("read");
    assert_eq!(entry.size(), 16 << 30);
}

#[test]
fn a_qcow2_has_the_clusters_that_are_not_zero() {
    let (image, disk) = (image(), size("2GiB"));
    let (bytes, _) = written(DiskFormat::Qcow2, &image, disk);
    let number =
        |at: usize, length: usize| bytes[at..at + length].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    assert_eq!((number(0, 4), number(4, 4), number(20, 4), number(24, 8)), (0x5146_49fb, 3, 16, 2 << 30));
    // Header, refcount table and block, L1, L2 and three clusters.
    assert_eq!(bytes.len(), 8 * 65536);
    let refcounts = number(number(48, 8) as usize, 8) as usize;
    let counts: Vec<_> = (0..9).map(|cluster| number(refcounts + 2 * cluster, 2)).collect();
    assert_eq!(counts, [1, 1, 1, 1, 1, 1, 1, 1, 0]);
    assert_eq!(number(36, 4), 4, "an entry of the L1 table for each 512 MiB");
    let l1 = number(40, 8) as usize;
    assert_eq!((1..4).map(|entry| number(l1 + 8 * entry, 8)).max(), Some(0));
    let at = |entry: u64| (entry & !(1 << 63)) as usize;
    let l2 = at(number(l1, 8));
    for (index, expected) in image.chunks(65536).enumerate() {
        match at(number(l2 + 8 * index, 8)) {
            0 => assert_eq!(index, 1, "the cluster of zeros"),
            cluster => assert!(bytes[cluster..].starts_with(expected), "{index}"),
        }
    }
}

#[test]
fn equal_images_give_equal_disks() {
    for format in [DiskFormat::Qcow2, DiskFormat::Gce] {
        let both = [0, 1].map(|_| written(format, &image(), size("1GiB")).0);
        assert!(both[0] == both[1], "{format:?}");
    }
}
