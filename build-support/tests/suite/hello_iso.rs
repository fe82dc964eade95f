//! Boots the image that `unikernel iso` makes of the smallest application, on every BIOS and from every drive.

use std::path::PathBuf;

use crate::common::qemu::{self, Outcome};
use crate::common::{bochs, program, tool};
use tempfile::TempDir;

struct Image {
    _folder: TempDir,
    path: PathBuf,
}

fn image(application: &str, manifest: Option<&str>) -> Image {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.iso");
    let mut unikernel = tool(program(), "unikernel-cli").args(["iso", "--package", application, "--output"]);
    unikernel = unikernel.arg(&path);
    if let Some(manifest) = manifest {
        unikernel = unikernel.args(["--manifest", manifest]);
    }
    unikernel.run();
    Image { _folder: folder, path }
}

#[track_caller]
fn check(outcome: &Outcome, console: &str, machine: &str) {
    assert_eq!(outcome.console, console, "{machine}");
    assert_eq!(outcome.code, Some(1), "{machine}"); // success, by the debug exit device
}

#[test]
fn from_cd_and_disk_on_seabios() {
    let image = image("hello", None);
    let path = image.path.display();
    let (cd, disk) = (format!("{path}"), format!("file={path},format=raw,if=ide,snapshot=on"));
    for machine in ["pc", "q35"] {
        check(&qemu::run(["-machine", machine, "-m", "16", "-cdrom", &cd]), "Hello from hello\n", machine);
        check(&qemu::run(["-machine", machine, "-m", "2", "-cdrom", &cd]), "Hello from hello\n", machine);
    }
    check(&qemu::run(["-machine", "pc", "-m", "16", "-drive", &disk]), "Hello from hello\n", "disk");
}

/// The size at which SeaBIOS spoils a kernel that QEMU has loaded (see `boot.rs`) is no exception here: the image is read later.
#[test]
fn from_cd_at_every_step_from_the_floor() {
    let image = image("hello", None);
    let path = image.path.display().to_string();
    for memory_kib in (1152..=2048).step_by(32) {
        let memory = format!("{memory_kib}K");
        check(&qemu::run(["-machine", "pc", "-m", &memory, "-cdrom", &path]), "Hello from hello\n", &memory);
    }
}

#[test]
fn from_cd_and_disk_on_bochs() {
    let image = image("hello", None);
    assert_eq!(bochs::run(&image.path, "cdrom"), "Hello from hello\n");
    let mut disk = std::fs::read(&image.path).unwrap();
    disk.resize(8 * 16 * 63 * 512, 0); // the geometry that Bochs is told
    std::fs::write(&image.path, disk).unwrap();
    assert_eq!(bochs::run(&image.path, "disk"), "Hello from hello\n");
}

#[test]
fn the_values_of_a_manifest_are_in_the_image() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("greet-test.toml");
    let text = "app = \"greet\"\n\n[args]\nname = 'a \"quoted\" \\ Grüße, 世界'\ntimes = 1\nshout = true\n";
    std::fs::write(&manifest, text).unwrap();
    let image = image("greet", manifest.to_str());
    let outcome = qemu::run(["-m", "16", "-cdrom", &image.path.display().to_string()]);
    check(&outcome, "Hello, a \"quoted\" \\ Grüße, 世界!!!\npatience: 1000 ms\n", "pc");
}
