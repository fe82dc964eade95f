//! Volumes, made once for all tests.

extern crate std;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::string::{String, ToString};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::vec::Vec;
use std::{env, format, fs, vec};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Fat12,
    Fat16,
    Fat32,
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Kind::Fat12, Kind::Fat16, Kind::Fat32];

    /// Options of `mkfs.vfat`, and the size in KiB.
    fn options(self) -> (&'static [&'static str], u32) {
        match self {
            Kind::Fat12 => (&["-F", "12"], 1440),
            Kind::Fat16 => (&["-F", "16", "-S", "1024", "-s", "1"], 12 << 10), // whose sectors are larger than the disk's
            Kind::Fat32 => (&["-F", "32", "-s", "1"], 34 << 10),
        }
    }
}

/// A volume, and what was put there.
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

/// The volume of a kind.
pub(super) fn made(kind: Kind) -> &'static Made {
    static ALL: LazyLock<[Made; 3]> = LazyLock::new(|| Kind::ALL.map(make));
    &ALL[kind as usize]
}

/// What is in a file: bytes that are nowhere else.
pub(super) fn content(key: &str, length: usize) -> Vec<u8> {
    let seed = key.bytes().fold(length as u64, |seed, byte| seed.wrapping_mul(257) + u64::from(byte));
    let mut random = fastrand::Rng::with_seed(seed);
    (0..length).map(|_| random.u8(..)).collect()
}

/// A folder that goes when it is done with. `tempfile` is not for this package: the compile-fail tests would build what kernels
/// depend on with the features that `tempfile` wants of it.
pub(in crate::kv) struct Folder(pub(in crate::kv) PathBuf);

impl Folder {
    pub(in crate::kv) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("unikernel-rt-{}-{number}", std::process::id()));
        fs::create_dir(&path).expect("a folder below the temporary one");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A volume with a label, and one file in its root.
pub(super) fn with_file(kind: Kind, label: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let folder = Folder::new();
    let (image, file) = (folder.0.join("volume"), folder.0.join(name));
    let (options, kib) = kind.options();
    run("mkfs.vfat", "dosfstools", options, &["-n", label, "-C", path(&image), &kib.to_string()]);
    fs::write(&file, content).expect("writable");
    run("mcopy", "mtools", &["-i", path(&image)], &[path(&file), "::"]);
    fs::read(&image).expect("was made")
}

fn make(kind: Kind) -> Made {
    let folder = Folder::new();
    let image = folder.0.join("volume");
    let (options, kib) = kind.options();
    run("mkfs.vfat", "dosfstools", options, &["-n", "VOLUME", "-C", path(&image), &kib.to_string()]);
    let mut files = BTreeMap::from([
        ("a".to_string(), b"foo\n".to_vec()),
        ("b".to_string(), b"bar\n".to_vec()),
        ("empty".to_string(), vec![]),
        ("UPPER.TXT".to_string(), b"upper".to_vec()),
    ]);
    let mut add = |key: &str, length: usize| {
        files.insert(key.to_string(), content(key, length));
    };
    for length in [1, 511, 512, 513, 1023, 1024, 1025, 2048, 65_535, 65_536] {
        add(&format!("sizes/{length}.bin"), length);
    }
    add("img/logo.png", 3000);
    add("img/longer than eight and three.txt", 40);
    add("Mixed Case.Html", 70);
    add("grüße 你好.txt", 80);
    add(".well-known/a.b.c.d", 90);
    add(&"n".repeat(200), 100);
    for index in 0..60 {
        add(&format!("many/a file with a long name, number {index}"), index); // the folder takes several clusters
    }
    // With holes between small files that come and go, what is written last is in pieces.
    let mtools = |program: &str, arguments: &[&str]| run(program, "mtools", &["-i", path(&image)], arguments);
    let small = folder.0.join("small");
    fs::write(&small, [0; 1500]).expect("writable");
    let pieces: Vec<String> = (0..50).map(|index| format!("::piece{index}")).collect();
    for piece in &pieces {
        mtools("mcopy", &[path(&small), piece]);
    }
    let goes: Vec<&str> = pieces.iter().step_by(2).map(String::as_str).collect();
    mtools("mdel", &goes);
    files.insert("fragmented.bin".to_string(), content("fragmented.bin", 50_001));
    files.insert("deep/1/2/3/fragmented.bin".to_string(), content("deep", 54_321));
    let root = folder.0.join("files");
    let mut order: Vec<&String> = files.keys().collect();
    order.sort_by_key(|key| !key.contains("fragmented"));
    for key in &order {
        let file = root.join(key);
        fs::create_dir_all(file.parent().expect("is below a folder")).expect("writable");
        fs::write(&file, &files[*key]).expect("writable");
    }
    mtools("mcopy", &[path(&root.join("fragmented.bin")), "::"]);
    mtools("mcopy", &["-s", path(&root.join("deep")), "::"]);
    for piece in pieces.iter().skip(1).step_by(2) {
        mtools("mdel", &[piece]);
    }
    let entries = fs::read_dir(&root).expect("readable").map(|entry| entry.expect("readable").path());
    let entries: Vec<_> =
        entries.filter(|entry| !entry.ends_with("fragmented.bin") && !entry.ends_with("deep")).collect();
    let mut arguments: Vec<&str> = vec!["-s"];
    arguments.extend(entries.iter().map(|entry| path(entry)));
    arguments.push("::");
    mtools("mcopy", &arguments);
    // At last, where it is free to the end.
    files.insert("large.bin".to_string(), content("large.bin", 300_000));
    fs::write(&small, &files["large.bin"]).expect("writable");
    mtools("mcopy", &[path(&small), "::large.bin"]);
    Made { bytes: fs::read(&image).expect("was made"), files }
}

pub(in crate::kv) fn path(path: &Path) -> &str {
    path.to_str().expect("the temporary folder has a plain name")
}

pub(in crate::kv) fn run(program: &str, package: &str, options: &[&str], arguments: &[&str]) {
    let output = Command::new(program)
        .args(options)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .env("MTOOLS_SKIP_CHECK", "1")
        .output();
    let output = output
        .unwrap_or_else(|error| panic!("cannot run `{program}`: {error}; install the Debian package `{package}`"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
