//! An application's size budget, from its Cargo.toml.
//!
//! ```toml
//! [package.metadata.unikernel.budget]
//! loaded = "6KiB" # the bytes of the kernel's loadable segments
//! iso = 53248     # the bytes of its image
//! ```
//!
//! Where a package has several binaries, `[package.metadata.unikernel.bin.NAME.budget]` is the budget of one of them.
//!
//! Sizes are spelled as boot arguments are: bytes, or a number with a unit in quotes.

use serde::Serialize;
use serde_json::Value;
use unikernel_vocabulary::{Kind, nearest};

use crate::table::grouped;

/// The size limits of an application; without a limit, the size is not checked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Budget {
    /// Bytes of the kernel's loadable segments.
    pub loaded: Option<u64>,
    /// Bytes of the image.
    pub iso: Option<u64>,
}

const KEYS: [&str; 2] = ["loaded", "iso"];

impl Budget {
    /// Reads the budget in a package's `metadata.unikernel`; a package without one has no bounds.
    ///
    /// # Errors
    /// A key is unknown or a value is no size: the text of the fault.
    pub fn read(metadata: &Value) -> Result<Self, String> {
        let mut budget = Self::default();
        let Some(table) = metadata.get("budget") else { return Ok(budget) };
        let table = table.as_object().ok_or("`budget` is not a table\nhelp: write `budget = { loaded = \"6KiB\" }`")?;
        for (key, value) in table {
            let bytes = match key.as_str() {
                "loaded" => &mut budget.loaded,
                "iso" => &mut budget.iso,
                _ => {
                    let near = nearest(key, KEYS.into_iter());
                    let help = near
                        .map_or("a budget is of `loaded` and `iso`".into(), |near| format!("did you mean `{near}`?"));
                    return Err(format!("a budget has no key `{key}`\nhelp: {help}"));
                }
            };
            *bytes = Some(size(key, value)?);
        }
        Ok(budget)
    }

    /// What `application` has outgrown, one text each.
    #[must_use]
    pub fn faults(&self, application: &str, loaded: u64, iso: u64) -> Vec<String> {
        let fault = |key: &str, what: &str, bytes: u64, bound: Option<u64>| {
            let bound = bound.filter(|bound| bytes > *bound)?;
            Some(format!(
                "the {what} of `{application}` has {} bytes, {} more than its budget of {}\n\
                 help: make it smaller, or raise `{key}` of `[package.metadata.unikernel.budget]` in its Cargo.toml",
                grouped(bytes),
                grouped(bytes - bound),
                grouped(bound)
            ))
        };
        let loaded = fault("loaded", "loaded image", loaded, self.loaded);
        loaded.into_iter().chain(fault("iso", "ISO", iso, self.iso)).collect()
    }
}

fn size(key: &str, value: &Value) -> Result<u64, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    unikernel_vocabulary::value::size(&text).map_err(|_| {
        let why =
            Kind::SIZE.check(&text).map_or_else(|mismatch| mismatch.to_string(), |()| format!("`{text}` is no size"));
        format!("the budget `{key}` is wrong: {why}")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_have_units_or_none() {
        let budget = Budget::read(&json!({ "internal": true, "budget": { "loaded": "6KiB", "iso": 53248 } }));
        assert_eq!(budget, Ok(Budget { loaded: Some(6144), iso: Some(53_248) }));
    }

    #[test]
    fn a_package_without_a_budget_has_no_bounds() {
        assert_eq!(Budget::read(&Value::Null), Ok(Budget::default()));
        assert_eq!(Budget::read(&json!({ "internal": true })), Ok(Budget::default()));
        assert_eq!(Budget::default().faults("hello", u64::MAX, u64::MAX), [""; 0]);
    }

    #[test]
    fn an_unknown_key_is_told_with_the_nearest_known_one() {
        let fault = Budget::read(&json!({ "budget": { "load": 1 } })).unwrap_err();
        assert_eq!(fault, "a budget has no key `load`\nhelp: did you mean `loaded`?");
        let fault = Budget::read(&json!({ "budget": { "stack": 1 } })).unwrap_err();
        assert_eq!(fault, "a budget has no key `stack`\nhelp: a budget is of `loaded` and `iso`");
    }

    #[test]
    fn a_value_that_is_no_size_is_told() {
        for value in [json!("6 KB"), json!(-1), json!(1.5), json!(true)] {
            let fault = Budget::read(&json!({ "budget": { "iso": value } })).unwrap_err();
            assert!(fault.starts_with("the budget `iso` is wrong: "), "{fault}");
        }
        assert!(Budget::read(&json!({ "budget": 6144 })).is_err());
    }

    #[test]
    fn one_byte_more_than_the_budget_is_too_much() {
        let budget = Budget { loaded: Some(6144), iso: Some(53_248) };
        assert_eq!(budget.faults("hello", 6144, 53_248), [""; 0]);
        assert_eq!(
            budget.faults("hello", 6145, 55_296),
            [
                "the loaded image of `hello` has 6,145 bytes, 1 more than its budget of 6,144\n\
                 help: make it smaller, or raise `loaded` of `[package.metadata.unikernel.budget]` in its Cargo.toml",
                "the ISO of `hello` has 55,296 bytes, 2,048 more than its budget of 53,248\n\
                 help: make it smaller, or raise `iso` of `[package.metadata.unikernel.budget]` in its Cargo.toml",
            ]
        );
    }
}
