//! Cargo's configuration files, as far as they touch an image.
//!
//! The flags of an image are given to cargo as `CARGO_ENCODED_RUSTFLAGS`, which silences every other source of flags
//! (<https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags>). The user's own, such as the frame pointers of a
//! `.cargo/config.toml`, must not get lost by that, so they are found here by cargo's own rules and put in front.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{env, fs, io};

use cargo_platform::{Cfg, Platform};
use toml::{Table, Value};

use super::Error;
use super::toolchain::{self, Toolchain};

/// The files, the one that counts most first, and the environment.
pub(super) struct Configuration {
    files: Vec<(PathBuf, Table)>,
    variable: fn(&str) -> Option<OsString>,
}

impl Configuration {
    /// Reads the files that cargo reads when started in `directory`.
    pub(super) fn read(directory: &Path) -> Result<Self, Error> {
        let homes = directory.ancestors().map(|folder| folder.join(".cargo")).chain(toolchain::cargo_home());
        let mut seen = BTreeSet::new();
        let mut files = Vec::new();
        for home in homes.filter(|home| seen.insert(home.clone())) {
            // The name without an extension is cargo's older one, and wins where both are there.
            for name in ["config", "config.toml"] {
                let path = home.join(name);
                match fs::read_to_string(&path) {
                    Ok(text) => {
                        let table = Table::from_str(&text).map_err(|error| Error::Configuration {
                            path: path.clone(),
                            reason: error.to_string().trim_end().into(),
                        })?;
                        files.push((path, table));
                        break;
                    }
                    Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                    Err(error) => return Err(Error::Configuration { path, reason: error.to_string() }),
                }
            }
        }
        Ok(Self { files, variable: |name| env::var_os(name) })
    }

    /// The flags that cargo would give `rustc` by itself.
    pub(super) fn rustflags(&self, toolchain: &Toolchain) -> Vec<OsString> {
        if let Some(flags) = (self.variable)("CARGO_ENCODED_RUSTFLAGS") {
            return split(&flags, '\u{1f}');
        }
        if let Some(flags) = (self.variable)("RUSTFLAGS") {
            return split(&flags, ' ');
        }
        let cfg: Vec<Cfg> = toolchain.cfg.lines().filter_map(|line| line.parse().ok()).collect();
        let matches = |key: &str| Platform::from_str(key).is_ok_and(|platform| platform.matches(&toolchain.host, &cfg));
        let triple = toolchain.host.to_uppercase().replace('-', "_");
        let target = self.collect(&format!("CARGO_TARGET_{triple}_RUSTFLAGS"), |file| {
            let tables = file.get("target").and_then(Value::as_table).into_iter().flatten();
            tables.filter(|(key, _)| matches(key)).filter_map(|(_, table)| table.get("rustflags")).collect()
        });
        if !target.is_empty() {
            return target;
        }
        self.collect("CARGO_BUILD_RUSTFLAGS", |file| {
            file.get("build").and_then(|build| build.get("rustflags")).into_iter().collect()
        })
    }

    /// The target that plain `cargo build` would build for, where it is not the host's.
    pub(super) fn other_target(&self, toolchain: &Toolchain) -> bool {
        let files = || self.files.iter().find_map(|(_, file)| file.get("build")?.get("target"));
        match (self.variable)("CARGO_BUILD_TARGET") {
            Some(target) => target != toolchain.host.as_str(),
            None => files().is_some_and(|target| target.as_str() != Some(&toolchain.host)),
        }
    }

    /// What configuration says of key `panic` of a profile; the Cargo.toml counts less.
    pub(super) fn panic(&self, profile: &str) -> Option<String> {
        let name = format!("CARGO_PROFILE_{}_PANIC", profile.to_uppercase().replace('-', "_"));
        (self.variable)(&name).map(|value| value.to_string_lossy().into_owned()).or_else(|| {
            let panics = |file: &Table| Some(file.get("profile")?.get(profile)?.get("panic")?.as_str()?.to_owned());
            self.files.iter().find_map(|(_, file)| panics(file))
        })
    }

    /// Lists are joined, what counts more comes last.
    fn collect<'a>(&'a self, variable: &str, find: impl Fn(&'a Table) -> Vec<&'a Value>) -> Vec<OsString> {
        let files = self.files.iter().rev().flat_map(|(_, file)| find(file)).flat_map(|value| match value {
            Value::String(flags) => split(&flags.into(), ' '),
            Value::Array(flags) => flags.iter().filter_map(|flag| flag.as_str().map(OsString::from)).collect(),
            _ => Vec::new(),
        });
        files.chain((self.variable)(variable).into_iter().flat_map(|flags| split(&flags, ' '))).collect()
    }
}

/// Flags between separators. Bytes that are no UTF-8 cannot be split on stable Rust without `unsafe`; cargo refuses them too.
fn split(flags: &OsString, separator: char) -> Vec<OsString> {
    let flags = flags.to_string_lossy();
    flags.split(separator).map(str::trim).filter(|flag| !flag.is_empty()).map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toolchain() -> Toolchain {
        Toolchain {
            release: "1.95.0".into(),
            sysroot: PathBuf::new(),
            commit: None,
            host: "x86_64-unknown-linux-gnu".into(),
            cfg: "unix\ntarget_os=\"linux\"\n".into(),
        }
    }

    fn configuration(files: &[&str], variable: fn(&str) -> Option<OsString>) -> Configuration {
        let files = files.iter().map(|text| (PathBuf::new(), text.parse().expect("TOML"))).collect();
        Configuration { files, variable }
    }

    fn flags(files: &[&str], variable: fn(&str) -> Option<OsString>) -> Vec<OsString> {
        configuration(files, variable).rustflags(&toolchain())
    }

    #[test]
    fn nothing_is_configured() {
        assert!(flags(&[], |_| None).is_empty());
    }

    #[test]
    fn lists_of_all_files_are_joined_and_the_nearest_comes_last() {
        let near = "[build]\nrustflags = [\"-Cforce-frame-pointers=yes\"]";
        assert_eq!(
            flags(&[near, "build.rustflags = \"-A  dead_code\""], |_| None),
            ["-A", "dead_code", "-Cforce-frame-pointers=yes"]
        );
    }

    #[test]
    fn flags_of_the_target_silence_those_of_the_build() {
        let file = "build.rustflags = [\"-Ca\"]\n[target.'cfg(unix)']\nrustflags = [\"-Cb\"]\n\
                    [target.'cfg(windows)']\nrustflags = [\"-Cc\"]\n[target.x86_64-unknown-linux-gnu]\nrustflags = \"-Cd\"";
        let mut found = flags(&[file], |_| None);
        found.sort();
        assert_eq!(found, ["-Cb", "-Cd"]);
    }

    #[test]
    fn the_environment_silences_the_files() {
        let file = "build.rustflags = [\"-Ca\"]";
        let spaces = |name: &str| (name == "RUSTFLAGS").then(|| "-Cx -Cy".into());
        assert_eq!(flags(&[file], spaces), ["-Cx", "-Cy"]);
        let encoded = |name: &str| match name {
            "CARGO_ENCODED_RUSTFLAGS" => Some("-Cx\u{1f}--cfg=a b".into()),
            _ => Some("-Cnever".into()),
        };
        assert_eq!(flags(&[file], encoded), ["-Cx", "--cfg=a b"]);
        let more = |name: &str| (name == "CARGO_BUILD_RUSTFLAGS").then(|| "-Cz".into());
        assert_eq!(flags(&[file], more), ["-Ca", "-Cz"]);
    }

    #[test]
    fn another_target_is_noticed_wherever_it_is_configured() {
        let is_other = |file: &str, variable| configuration(&[file], variable).other_target(&toolchain());
        assert!(!is_other("", |_| None));
        assert!(!is_other("build.target = \"x86_64-unknown-linux-gnu\"", |_| None));
        assert!(is_other("build.target = \"wasm32-unknown-unknown\"", |_| None));
        assert!(is_other("build.target = [\"wasm32-unknown-unknown\"]", |_| None));
        assert!(is_other("", |name| (name == "CARGO_BUILD_TARGET").then(|| "x86_64-unknown-none".into())));
        assert!(!is_other("build.target = \"wasm32-unknown-unknown\"", |_| Some("x86_64-unknown-linux-gnu".into())));
    }

    #[test]
    fn a_profile_is_configured_by_the_environment_or_a_file() {
        let file = "[profile.release]\npanic = \"unwind\"";
        assert_eq!(configuration(&[file], |_| None).panic("release").as_deref(), Some("unwind"));
        assert_eq!(configuration(&[file], |_| None).panic("dev"), None);
        let variable = |name: &str| (name == "CARGO_PROFILE_RELEASE_PANIC").then(|| "abort".into());
        assert_eq!(configuration(&[file], variable).panic("release").as_deref(), Some("abort"));
    }
}
