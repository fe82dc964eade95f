//! Reads images with other programs: xorriso, isoinfo, 7z, bsdtar, and Linux itself.

use std::{fs, io::Write, path::PathBuf};

use crate::common::{loader, tool};
use tempfile::TempDir;
use unikernel_cli::iso;

/// A folder with an image in it.
struct Image {
    folder: TempDir,
    path: PathBuf,
}

impl Image {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.iso");
        fs::write(&path, iso::write(loader::kernel(), "port=80").unwrap()).unwrap();
        Self { folder, path }
    }

    /// Checks the kernel that a program has put into the folder.
    fn check_extracted(&self) {
        let extracted = fs::read(self.folder.path().join("KERNEL.ELF")).unwrap();
        assert!(extracted == loader::kernel().stripped(), "the kernel was changed on its way");
    }
}

/// Each of `parts` stands in `text`, whatever the spaces are.
fn contains(text: &str, parts: &[&str]) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(words(text).contains(&words(part)), "no `{part}` in:\n{text}");
    }
}

#[test]
fn xorriso_finds_volume_boot_image_and_file() {
    let image = Image::new();
    let size = loader::kernel().stripped().len();
    let text = tool("xorriso", "xorriso")
        .arg("-indev")
        .arg(&image.path)
        .args(["-report_el_torito", "plain", "-report_system_area", "plain", "-lsl", "/"])
        .run();
    contains(
        &text,
        &[
            "Volume id : 'LOADER'",
            "Boot record : El Torito , MBR",
            "El Torito boot img : 1 BIOS y none 0x0000 0x00 4 0",
            "MBR partition : 1 0x80 0x17 0",
            &format!("{size} Jan 1 1980 'KERNEL.ELF'"),
        ],
    );
    // A boot image that is no file is "hidden"; there is to be no other warning.
    let severe = |line: &&str| ["WARNING", "FAILURE", "SORRY", "FATAL"].iter().any(|word| line.contains(word));
    let warnings: Vec<&str> = text.lines().filter(severe).collect();
    assert!(warnings.iter().all(|line| line.contains("Found hidden El-Torito image")), "{warnings:#?}");
}

#[test]
fn isoinfo_lists_the_file() {
    let image = Image::new();
    let size = loader::kernel().stripped().len();
    let list = tool("isoinfo", "genisoimage").args(["-l", "-i"]).arg(&image.path).run();
    contains(&list, &[&format!("{size} Jan 1 1980 [ 22 00] KERNEL.ELF;1")]);
    let header = tool("isoinfo", "genisoimage").args(["-d", "-i"]).arg(&image.path).run();
    contains(&header, &["Volume id: LOADER", "Boot media 0 (No Emulation Boot)", "Nsect 4", "Bootoff 0 0"]);
}

#[test]
fn seven_zip_lists_and_extracts() {
    let image = Image::new();
    let list = tool("7z", "p7zip-full").arg("l").arg(&image.path).run();
    contains(&list, &["Type = Iso", "Volume: LOADER", "KERNEL.ELF"]);
    let out = format!("-o{}", image.folder.path().display());
    tool("7z", "p7zip-full").args(["x", "-y", &out]).arg(&image.path).arg("KERNEL.ELF").run();
    image.check_extracted();
}

#[test]
fn bsdtar_lists_and_extracts() {
    let image = Image::new();
    let list = tool("bsdtar", "libarchive-tools").arg("-tf").arg(&image.path).run();
    assert_eq!(list, ".\nKERNEL.ELF\n");
    tool("bsdtar", "libarchive-tools").arg("-C").arg(image.folder.path()).arg("-xf").arg(&image.path).run();
    image.check_extracted();
}

/// Needs root, a loop device, and a Linux that knows iso9660. Where one of them is missing the reason is printed past the
/// test runner, and what can still be checked is: that it is the machine's fault.
#[test]
fn linux_mounts_it() {
    let image = Image::new();
    let folder = image.folder.path().join("mounted");
    fs::create_dir(&folder).unwrap();
    let output = tool("mount", "mount").args(["-t", "iso9660", "-o", "loop,ro"]).arg(&image.path).arg(&folder).output();
    if output.status.success() {
        let names: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let copied = names.iter().map(|name| fs::read(folder.join(name)).unwrap()).collect::<Vec<_>>();
        tool("umount", "mount").arg(&folder).run();
        assert_eq!(names, ["kernel.elf"], "Linux shows the names of ISO 9660 in small letters");
        assert!(copied[0] == loader::kernel().stripped(), "the kernel was changed on its way");
        return;
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let known = fs::read_to_string("/proc/filesystems").unwrap().contains("iso9660");
    let is_root = tool("id", "coreutils").arg("-u").run().trim() == "0";
    let has_loop = fs::metadata("/dev/loop-control").is_ok();
    assert!(
        !(known && is_root && has_loop),
        "root, loop devices and iso9660 are all here, but Linux refuses the image: {message}"
    );
    // Past the capture of the test runner, which hides what passing tests print.
    writeln!(
        std::io::stderr(),
        "WARNING: the loop mount of an image was NOT tested on this machine (root: {is_root}, loop devices: {has_loop}, \
         iso9660 in the kernel: {known}): {}",
        message.trim()
    )
    .unwrap();
}
