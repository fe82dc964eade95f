//! The profile that an image is built with: it must abort on a panic.
//!
//! Only the Cargo.toml at the workspace's root has profiles that count, so an application that is moved to a repository of its
//! own leaves this line behind. Without it the kernel would be built with an unwinder that cannot work.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use toml::{Table, Value};

use super::configuration::Configuration;
use super::error::{Error, help};

/// The profiles that exist without being written down, and what they inherit from.
const BUILT_IN: [(&str, Option<&str>); 4] =
    [("dev", None), ("release", None), ("test", Some("dev")), ("bench", Some("release"))];

/// The profile for debuggers. Where a Cargo.toml does not define it, it is this.
pub const DEBUGGING: &str = "debugging";
const DEBUGGING_DEFINITION: [&str; 5] =
    ["inherits=\"release\"", "opt-level=1", "lto=\"off\"", "codegen-units=16", "debug=\"full\""];

/// Rejects a profile that unwinds or does not exist; returns the cargo options that define the default `debugging` profile.
pub(super) fn check(manifest: &Path, configuration: &Configuration, profile: &str) -> Result<Vec<String>, Error> {
    let unreadable = |reason: String| Error::Configuration { path: manifest.to_owned(), reason };
    let text = fs::read_to_string(manifest).map_err(|error| unreadable(error.to_string()))?;
    let table = Table::from_str(&text).map_err(|error| unreadable(error.to_string().trim_end().into()))?;
    let profiles = table.get("profile").and_then(Value::as_table).cloned().unwrap_or_default();
    let is_ours = profile == DEBUGGING && !profiles.contains_key(profile);
    let inherited = if is_ours { "release" } else { profile };
    match panic_strategy(&profiles, |profile| configuration.panic(profile), inherited) {
        Ok(strategy) if strategy == "abort" && is_ours => {
            let option = |definition| ["--config".into(), format!("profile.{DEBUGGING}.{definition}")];
            Ok(DEBUGGING_DEFINITION.into_iter().flat_map(option).collect())
        }
        Ok(strategy) if strategy == "abort" => Ok(Vec::new()),
        Ok(_) => Err(Error::Unwinds { profile: inherited.into(), manifest: manifest.into() }),
        Err(Unknown) => {
            let known = BUILT_IN.iter().map(|(name, _)| *name).chain(profiles.keys().map(String::as_str));
            Err(Error::NoProfile { profile: profile.into(), manifest: manifest.into(), help: help(profile, known) })
        }
    }
}

/// The error for an undefined profile.
#[derive(Debug, PartialEq, Eq)]
struct Unknown;

/// What a profile does on a panic: its own word, else that of the profile it inherits from, else `unwind`.
fn panic_strategy(
    profiles: &Table,
    configured: impl Fn(&str) -> Option<String>,
    profile: &str,
) -> Result<String, Unknown> {
    let mut name = profile;
    // Cargo refuses a circle of profiles; here it merely ends.
    for _ in 0..=profiles.len() + BUILT_IN.len() {
        let table = profiles.get(name);
        let built_in = BUILT_IN.iter().copied().find(|(built_in, _)| *built_in == name);
        if let Some(strategy) = configured(name) {
            return Ok(strategy);
        }
        if let Some(strategy) = table.and_then(|table| table.get("panic")).and_then(Value::as_str) {
            return Ok(strategy.into());
        }
        let parent = table.and_then(|table| table.get("inherits")).and_then(Value::as_str);
        match (parent, built_in) {
            (Some(parent), _) | (None, Some((_, Some(parent)))) => name = parent,
            (None, Some((_, None))) => return Ok("unwind".into()),
            (None, None) => return Err(Unknown),
        }
    }
    Err(Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strategy(profiles: &str, profile: &str) -> Result<String, Unknown> {
        panic_strategy(&profiles.parse().expect("TOML"), |_| None, profile)
    }

    #[test]
    fn cargo_unwinds_unless_it_is_told() {
        assert_eq!(strategy("", "release").as_deref(), Ok("unwind"));
        assert_eq!(strategy("release.lto = \"fat\"", "release").as_deref(), Ok("unwind"));
        assert_eq!(strategy("release.panic = \"abort\"", "release").as_deref(), Ok("abort"));
        assert_eq!(strategy("release.panic = \"abort\"", "dev").as_deref(), Ok("unwind"));
    }

    #[test]
    fn a_profile_inherits() {
        let profiles = "release.panic = \"abort\"\n[small]\ninherits = \"release\"\n[loud]\ninherits = \"small\"\n\
                        panic = \"unwind\"";
        assert_eq!(strategy(profiles, "small").as_deref(), Ok("abort"));
        assert_eq!(strategy(profiles, "loud").as_deref(), Ok("unwind"));
        assert_eq!(strategy(profiles, "bench").as_deref(), Ok("abort"));
        assert_eq!(strategy(profiles, "smal"), Err(Unknown));
        assert_eq!(strategy("a.inherits = \"b\"\nb.inherits = \"a\"", "a"), Err(Unknown));
    }

    /// The options for cargo that a Cargo.toml needs for a profile.
    fn options(text: &str, profile: &str) -> Result<Vec<String>, Error> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let manifest = folder.path().join("Cargo.toml");
        fs::write(&manifest, text).expect("a file");
        check(&manifest, &Configuration::read(folder.path())?, profile)
    }

    #[test]
    fn the_profile_for_debuggers_is_defined_where_nobody_does() {
        let release = "[profile.release]\npanic = \"abort\"\n";
        let defined = options(release, DEBUGGING).expect("a profile");
        let [first, second, ..] = defined.as_slice() else { panic!("{defined:?}") };
        assert_eq!((first.as_str(), second.as_str()), ("--config", "profile.debugging.inherits=\"release\""));
        assert_eq!(defined.len(), 2 * DEBUGGING_DEFINITION.len());
        let own = format!("{release}[profile.debugging]\ninherits = \"release\"\nopt-level = 0\n");
        assert_eq!(options(&own, DEBUGGING).expect("a profile"), [""; 0]);
        assert_eq!(options(release, "release").expect("a profile"), [""; 0]);
    }

    #[test]
    fn the_profile_for_debuggers_aborts_as_the_one_of_images() {
        let Err(Error::Unwinds { profile, .. }) = options("[profile.release]\n", DEBUGGING) else {
            panic!("it unwinds");
        };
        assert_eq!(profile, "release", "where the line is to be written");
        assert!(options("[profile.release]\npanic = \"abort\"\n", "debuging").is_err());
    }

    #[test]
    fn the_configuration_counts_more_than_the_manifest() {
        let profiles = "release.panic = \"abort\"".parse().expect("TOML");
        let configured = |profile: &str| (profile == "release").then(|| "unwind".to_owned());
        assert_eq!(panic_strategy(&profiles, configured, "release").as_deref(), Ok("unwind"));
    }
}
