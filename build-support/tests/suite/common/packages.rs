//! Programs and schemas that packages bring, unpacked below `target` instead of installed: no service starts on this host.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::{root, tool};

/// The folder of all packages, with the lock of who makes one: tests of several threads and processes want the same ones.
fn locked() -> (PathBuf, File) {
    let all = root().join("target/packages");
    fs::create_dir_all(&all).expect("a folder");
    let lock = File::create(all.join("lock")).expect("a file");
    lock.lock().expect("a lock");
    (all, lock)
}

/// The folder of a package, made by `fill` if it is not there yet.
fn folder(name: &str, fill: impl FnOnce(&Path)) -> PathBuf {
    let (all, _lock) = locked();
    let place = all.join(name);
    if !place.exists() {
        let partial = tempfile::Builder::new().prefix(name).tempdir_in(&all).expect("a folder");
        fill(partial.path());
        fs::rename(partial.keep(), &place).expect("a new name");
    }
    place
}

/// The files of a Debian package.
pub(crate) fn debian(name: &str) -> PathBuf {
    folder(name, |folder| {
        // Its own user cannot write there, about which it would only complain.
        let mut apt = tool("apt-get", "apt").args(["-q", "-o", "APT::Sandbox::User=", "download", name]);
        apt.command.current_dir(folder);
        apt.run();
        let mut entries = fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.path());
        let archive = entries.find(|path| path.extension().is_some_and(|extension| extension == "deb"));
        tool("dpkg-deb", "dpkg").arg("-x").arg(archive.expect("an archive")).arg(folder).run();
    })
}

/// The programs of a package of Python's. They know where they are, so that their folder is made where it stays.
pub(crate) fn python(name: &str, requirement: &str) -> PathBuf {
    let (all, _lock) = locked();
    let place = all.join(format!("python-{name}"));
    if !place.join("complete").exists() {
        let _ = fs::remove_dir_all(&place); // of a run that was ended
        tool("python3", "python3-venv").args(["-m", "venv"]).arg(&place).run();
        tool(place.join("bin/pip").to_str().expect("UTF-8"), "python3-venv").args(["-q", "install", requirement]).run();
        fs::write(place.join("complete"), "").expect("written");
    }
    place.join("bin")
}

/// The folder with `node_modules` of some packages; none of their scripts has run.
pub(crate) fn npm(name: &str, packages: &[&str]) -> PathBuf {
    folder(&format!("npm-{name}"), |folder| {
        fs::write(folder.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n").expect("written");
        let mut npm = tool("npm", "npm").args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]);
        npm.command.current_dir(folder);
        npm.args(packages).run();
    })
}
