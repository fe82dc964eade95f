//! Faults of `kv`, and the folders that it reads.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use unikernel_vocabulary::DEVICES;

use super::{faults_in, none, one, split};
use crate::check::Language;
use crate::faults::Faults;
use crate::features::Features;

/// A folder of one test inside of this package, where `dir` can name it; it goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(Folder::dir_of(name));
        fs::create_dir_all(&path).expect("a folder in the package's target folder");
        Folder(path)
    }

    fn dir_of(name: &str) -> String {
        format!("../target/kv-folders/{}-{name}", std::process::id())
    }

    fn dir(&self) -> String {
        Folder::dir_of(self.0.file_name().expect("has a name").to_string_lossy().split_once('-').expect("has a `-`").1)
    }

    fn file(&self, path: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("is in a folder")).expect("writable");
        fs::write(path, "content").expect("writable");
    }

    /// The keys of the files that are embedded, or the fault.
    fn keys(&self) -> Result<Vec<String>, String> {
        let source = format!("#[unikernel(kv(dir = \"{}\"))]\nfn main(kv: Kv) {{}}", self.dir());
        let (annotation, item) = split(&source);
        let mut faults = Faults::default();
        let language = Language { table: DEVICES, features: Features::All };
        match crate::read(annotation, item, language, &mut faults) {
            Some((plan, ..)) => Ok(plan.devices[0].files.iter().map(|file| file.key.clone()).collect()),
            None => Err(faults.described().join("\n")),
        }
    }

    /// Asserts that the folder cannot be embedded, and why; the place is the literal.
    #[track_caller]
    fn refused(&self, why: &str) {
        let dir = self.dir();
        let expected = format!("1:22-1:{} cannot embed `{dir}`: {why}", 24 + dir.len());
        assert_eq!(self.keys(), Err(expected));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn no_fault() {
    none("#[unikernel(kv(dir = \"tests/embedded\"))]\nfn main(kv: Kv) {}");
    none("#[unikernel(kv(fat, block = \"data\"))]\nfn main(kv: Kv) {}");
    none("#[unikernel(kv(fat = true, block = \"data\", name = \"site\"))]\nfn main(site: Kv) {}");
}

#[test]
fn neither_folder_nor_volume() {
    one(
        "#[unikernel(kv)]\nfn main(kv: Kv) {}",
        "1:13-1:15 `kv` needs a folder to embed, or a volume\n\
         help: write `kv(dir = \"site\")` or `kv(fat, block = \"data\")`",
    );
}

#[test]
fn folder_and_volume() {
    one(
        "#[unikernel(kv(dir = \"tests\", name = \"a\", fat))]\nfn main(a: Kv) {}",
        "1:16-1:46 a `kv` is a folder or a volume, not both\n\
         help: write `kv(dir = \"site\")` or `kv(fat, block = \"data\")`",
    );
    one(
        "#[unikernel(kv(block = \"data\", dir = \"tests\"))]\nfn main(kv: Kv) {}",
        "1:16-1:35 a `kv` is a folder or a volume, not both\n\
         help: write `kv(dir = \"site\")` or `kv(fat, block = \"data\")`",
    );
}

#[test]
fn a_volume_without_a_disk_and_a_disk_without_a_volume() {
    one(
        "#[unikernel(kv(fat))]\nfn main(kv: Kv) {}",
        "1:16-1:19 `fat` needs the name of the block device that holds the volume\n\
         help: write `kv(fat, block = \"data\")`",
    );
    one(
        "#[unikernel(kv(block = \"data\"))]\nfn main(kv: Kv) {}",
        "1:24-1:30 `block` names the device of a volume, and the kind of volume is missing\n\
         help: write `kv(fat, block = \"data\")`",
    );
}

#[test]
fn a_disk_that_is_declared_already() {
    let help = "`kv` declares the block device of its volume itself\n\
                help: give it a name of its own: `kv(fat, block = \"data_disk\")`";
    one(
        "#[unikernel(block(name = \"data\"), kv(fat, block = \"data\"))]\nfn main(data: Block, kv: Kv) {}",
        &format!("1:51-1:57 `data` is declared already: {help}"),
    );
    one(
        "#[unikernel(kv(fat, block = \"data\"), kv(name = \"b\", fat, block = \"data\"))]\nfn main(kv: Kv, b: Kv) {}",
        &format!("1:66-1:72 `data` is declared already: {help}"),
    );
    one(
        "#[unikernel(kv(fat, block = \"data\"), block(name = \"data\"))]\nfn main(data: Block, kv: Kv) {}",
        "1:13-1:43 duplicate device `data`: `kv` declares its own `block` of this name\n\
         help: give one of them another name",
    );
}

#[test]
fn a_disk_with_a_name_that_is_none() {
    one(
        "#[unikernel(kv(fat, block = \"my disk\"))]\nfn main(kv: Kv) {}",
        "1:29-1:38 `my disk` cannot name a device: a name is a letter, then letters, digits, `_` and `-`\n\
         help: write `kv(fat, block = \"data\")`",
    );
}

#[test]
fn a_feature_that_is_off() {
    let off = Language { table: DEVICES, features: Features::None };
    let expected = "1:16-1:19 `kv(fat)` needs the feature `kv-fat` of `unikernel-rt`, which is not enabled\n\
                    help: add to Cargo.toml: `unikernel-rt = { ..., features = [\"kv-fat\"] }`";
    let source = "#[unikernel(kv(fat, block = \"data\"))]\nfn main(kv: Kv) {}";
    assert_eq!(faults_in(off, source), [expected]);
    assert_eq!(faults_in(off, "#[unikernel(kv(dir = \"tests\"))]\nfn main(kv: Kv) {}"), [""; 0]);
}

#[test]
fn a_broken_option_is_one_fault() {
    one(
        "#[unikernel(kv(dir = 3))]\nfn main(kv: Kv) {}",
        "1:22-1:23 `dir` takes a string of at most 4096 bytes, not `3`\n\
         help: write `kv(dir = \"3\")`",
    );
}

#[test]
fn a_folder_that_is_not_relative() {
    for dir in ["/etc", ""] {
        one(
            &format!("#[unikernel(kv(dir = \"{dir}\"))]\nfn main(kv: Kv) {{}}"),
            &format!(
                "1:22-1:{} `dir` takes a folder relative to the package, not `{dir}`\n\
                 help: write `kv(dir = \"site\")`",
                24 + dir.len()
            ),
        );
    }
}

#[test]
fn files_are_sorted_by_the_bytes_of_their_keys() {
    let folder = Folder::new("sorted");
    for path in ["b/c", "b-c", "b/a/z", "a", "ä", ".hidden/x y", "Z"] {
        folder.file(path);
    }
    fs::create_dir(folder.0.join("empty")).expect("writable");
    let expected = [".hidden/x y", "Z", "a", "b-c", "b/a/z", "b/c", "ä"].map(str::to_owned);
    assert_eq!(folder.keys(), Ok(expected.to_vec()));
}

#[test]
fn links_inside_of_the_folder_are_followed() {
    let folder = Folder::new("links");
    folder.file("real/file");
    symlink("real/file", folder.0.join("link")).expect("writable");
    symlink("real", folder.0.join("same")).expect("writable");
    assert_eq!(folder.keys(), Ok(["link", "real/file", "same/file"].map(str::to_owned).to_vec()));
}

#[test]
fn a_missing_folder_and_a_file_are_refused() {
    let folder = Folder::new("missing");
    fs::remove_dir(&folder.0).expect("is empty");
    folder.refused("the package has no such folder\nhelp: the path is relative to the folder of Cargo.toml");
    fs::write(&folder.0, "a file").expect("writable");
    folder.refused("it is not a folder");
    fs::remove_file(&folder.0).expect("is there");
}

#[test]
fn links_that_lead_astray_are_refused() {
    let folder = Folder::new("out");
    symlink("/etc/passwd", folder.0.join("out")).expect("writable");
    folder.refused("the link `out` points outside of the folder");

    let folder = Folder::new("around");
    folder.file("inner/file");
    symlink("..", folder.0.join("inner/up")).expect("writable");
    folder.refused("the link `inner/up` points to a folder that contains it");

    let folder = Folder::new("nowhere");
    symlink("absent", folder.0.join("broken")).expect("writable");
    folder.refused("cannot follow the link `broken`: No such file or directory (os error 2)");
}

#[test]
fn names_that_are_no_keys_are_refused() {
    let folder = Folder::new("utf8");
    fs::create_dir(folder.0.join("inner")).expect("writable");
    fs::write(folder.0.join("inner").join(std::ffi::OsStr::from_bytes(b"a\xff")), "").expect("writable");
    folder.refused("the name of `inner/a\u{fffd}` is not UTF-8");

    let folder = Folder::new("long");
    let long = format!("{}/{}", "n".repeat(200), "m".repeat(55));
    folder.file(&long);
    folder.refused(&format!("the path `{long}` has more than 255 bytes"));
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new("socket");
    let _socket = std::os::unix::net::UnixListener::bind(folder.0.join("s")).expect("a socket");
    folder.refused("`s` is neither a file nor a folder");
}

#[test]
fn text_is_compressed_where_that_makes_it_smaller() {
    let folder = Folder::new("compressed");
    let long = "a line of a page\n".repeat(40);
    for (path, content) in [("page.html", &*long), ("sub/style.CSS", &long), ("short.txt", "a"), ("image.png", &long)] {
        folder.file(path);
        fs::write(folder.0.join(path), content).expect("writable");
    }
    let encodings = |precompress: &str| {
        let source = format!("#[unikernel(kv(dir = \"{}\"{precompress}))]\nfn main(kv: Kv) {{}}", folder.dir());
        let (annotation, item) = split(&source);
        let language = Language { table: DEVICES, features: Features::All };
        let (plan, ..) = crate::read(annotation, item, language, &mut Faults::default()).expect("is right");
        let files = plan.devices[0].files.iter();
        files.map(|file| file.encodings.iter().map(|encoding| encoding.coding).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let none: &[&str] = &[];
    // In the order of the keys: image.png, page.html, short.txt, sub/style.CSS.
    assert_eq!(encodings(""), [none; 4]);
    assert_eq!(encodings(", precompress = \"gzip\""), [none, &["gzip"], none, &["gzip"]]);
    assert_eq!(encodings(", precompress = \"gzip, br\""), [none, &["br", "gzip"], none, &["br", "gzip"]]);
}

#[test]
fn precompress_is_for_folders_and_has_known_codings() {
    one(
        "#[unikernel(kv(fat, block = \"data\", precompress = \"gzip\"))]\nfn main(kv: Kv) {}",
        "1:51-1:57 `precompress` is for the files of a folder, and there is no `dir`\n\
         help: write `kv(dir = \"site\", precompress = \"gzip\")`",
    );
    one(
        "#[unikernel(kv(dir = \"tests/embedded\", precompress = \"gzip, brotli\"))]\nfn main(kv: Kv) {}",
        "1:54-1:68 unknown content coding `brotli`: there are `br` and `gzip`\n\
         help: write `br`",
    );
    one(
        "#[unikernel(kv(dir = \"tests/embedded\", precompress))]\nfn main(kv: Kv) {}",
        "1:40-1:51 `precompress` lacks a value: it takes a string of at most 64 bytes\n\
         help: write `kv(precompress = \"text\")`",
    );
    let off = Language { table: DEVICES, features: Features::None };
    let expected = "1:40-1:51 `kv(precompress)` needs the feature `precompress` of `unikernel-rt`, which is not enabled\n\
                    help: add to Cargo.toml: `unikernel-rt = { ..., features = [\"precompress\"] }`";
    let source = "#[unikernel(kv(dir = \"tests/embedded\", precompress = \"gzip\"))]\nfn main(kv: Kv) {}";
    assert_eq!(faults_in(off, source), [expected]);
}

#[test]
fn scsi_is_about_the_disk_of_a_volume() {
    let folder = Folder::new("scsi");
    folder.file("a");
    let source = format!("#[unikernel(kv(dir = \"{}\", scsi))]\nfn main(kv: Kv) {{}}", folder.dir());
    let column = 24 + folder.dir().len() + 2;
    let expected = format!(
        "1:{column}-1:{} `scsi` is about the disk of a volume, and this `kv` has none\n\
         help: write `kv(fat, scsi, block = \"data\")`, or leave `scsi` out",
        column + 4
    );
    one(&source, &expected);
}
