//! Files of Debian packages, without installing them: a kernel for the guest alone, and no nginx that starts on the host.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Failure, output};

/// Downloads and unpacks a package below `folder`, unless it is there; returns where.
pub(super) fn unpacked(folder: &Path, package: &str) -> Result<PathBuf, Failure> {
    let place = folder.join(package);
    if place.is_dir() {
        return Ok(place);
    }
    output::progress("Downloading", format_args!("{package} (Debian)"));
    let partial = folder.join(format!("{package}.partial"));
    let _ = fs::remove_dir_all(&partial); // of a run that was ended
    fs::create_dir_all(&partial).map_err(|error| format!("cannot make `{}`: {error}", partial.display()))?;
    let mut apt = Command::new("apt-get");
    // Its own user cannot write there, about which it would only complain.
    apt.args(["-q", "-o", "APT::Sandbox::User=", "download", package]).current_dir(&partial);
    succeed(apt, "apt-get")
        .map_err(|error| format!("{error}\nhelp: the lists of packages may be old, or missing: apt-get update"))?;
    let entries = fs::read_dir(&partial).map_err(|error| format!("cannot read `{}`: {error}", partial.display()))?;
    let archive =
        entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "deb"));
    let archive = archive.ok_or_else(|| format!("apt-get has not downloaded `{package}`"))?;
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("-x").arg(&archive).arg(&partial);
    succeed(unpack, "dpkg-deb")?;
    fs::rename(&partial, &place).map_err(|error| format!("cannot move `{}`: {error}", partial.display()))?;
    Ok(place)
}

/// The kernel's package behind the one that always names the newest.
pub(super) fn newest_kernel() -> Result<String, Failure> {
    let mut apt = Command::new("apt-cache");
    apt.args(["depends", "linux-image-cloud-amd64"]);
    let text = succeed(apt, "apt-cache")?;
    let name = text.lines().find_map(|line| line.trim().strip_prefix("Depends: "));
    name.map(str::to_owned).ok_or_else(|| {
        "there is no package `linux-image-cloud-amd64`\nhelp: this part needs Debian, and its lists of packages: apt-get update".into()
    })
}

/// Runs a program to its end, which must be a success; returns what it printed.
pub(super) fn succeed(mut command: Command, name: &str) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("cannot run `{name}`: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{name}` failed: {}", String::from_utf8_lossy(&output.stderr).trim_end()))
    }
}
