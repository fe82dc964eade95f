//! Names of packages: those that cargo, rustc and clippy accept without a warning, for a binary and a library.

use std::path::Path;

use super::super::failure::Failure;

/// Lines of the templates with it are not too long for rustfmt. (A registry takes 64.)
const LONGEST: usize = 60;

/// Words of the language, in all editions: a crate of such a name could not be used.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Crates that come with the compiler.
const STANDARD: &[&str] = &["alloc", "core", "proc-macro", "proc_macro", "std", "test"];

/// Folders of cargo's output.
const OUTPUT: &[&str] = &["build", "deps", "examples", "incremental"];

/// Packages that a template depends on: cargo would take the project for one of them.
const DEPENDENCIES: &[&str] = &["axum", "embassy-sync", "heapless", "httparse", "serde", "tokio", "tower"];

/// Checks the name of a package; `is_given` if it is not that of the folder.
pub(super) fn check(name: &str, is_given: bool, path: &Path) -> Result<(), Failure> {
    let Some(why) = fault(name) else { return Ok(()) };
    let mut text = format!("`{name}` cannot be the name of the package: {why}");
    if let Some(better) = better(name) {
        let command = if is_given || path.file_name().is_none_or(|last| last != name) {
            format!("unikernel new {} --name {better}", path.display())
        } else {
            format!("unikernel new {}", path.with_file_name(&better).display())
        };
        text.push_str(&format!("\nhelp: write `{command}`"));
    }
    Err(Failure::Text(text))
}

/// What is wrong with a name.
fn fault(name: &str) -> Option<String> {
    let is_ours = name == "unikernel" || name.strip_prefix("unikernel-").or(name.strip_prefix("unikernel_")).is_some();
    if name.is_empty() {
        Some("it is empty".to_owned())
    } else if let Some(letter) = name.chars().find(|letter| !matches!(letter, 'a'..='z' | '0'..='9' | '-' | '_')) {
        let kind = if letter.is_ascii_uppercase() { "a capital letter" } else { "not allowed" };
        Some(format!("`{}` is {kind}, and names consist of a to z, 0 to 9, `-` and `_`", letter.escape_debug()))
    } else if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        Some("it does not begin with a letter".to_owned())
    } else if name.ends_with(['-', '_']) || name.replace('-', "_").contains("__") {
        Some("`-` and `_` stand between two letters or digits".to_owned())
    } else if name.len() > LONGEST {
        Some(format!("it is longer than {LONGEST} letters"))
    } else if KEYWORDS.contains(&name) {
        Some("it is a keyword of Rust".to_owned())
    } else if STANDARD.contains(&name) {
        Some("a crate of the compiler has this name".to_owned())
    } else if OUTPUT.contains(&name) {
        Some("cargo has a folder of this name for its output".to_owned())
    } else if is_ours || DEPENDENCIES.contains(&name.replace('_', "-").as_str()) {
        Some("it is that of a package which it may depend on".to_owned())
    } else {
        None
    }
}

/// A similar name that is allowed.
fn better(name: &str) -> Option<String> {
    let mut better = String::new();
    for letter in name.chars() {
        match letter.to_ascii_lowercase() {
            letter @ ('a'..='z' | '0'..='9') => better.push(letter),
            _ if better.is_empty() || better.ends_with(['-', '_']) => {}
            '_' => better.push('_'),
            _ => better.push('-'),
        }
    }
    better.truncate(LONGEST);
    let better = better.trim_end_matches(['-', '_']);
    let candidates = [better.to_owned(), format!("my-{better}")];
    candidates.into_iter().find(|candidate| candidate != name && candidate != "my-" && fault(candidate).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names() {
        for name in ["a", "web", "my-web", "my_web2", "x86-boot", "kernel", "main", "boot", "unikernels"] {
            assert_eq!(fault(name), None, "{name}");
        }
        assert_eq!(fault(&"a".repeat(LONGEST)), None);
    }

    #[test]
    fn bad_names_and_what_to_write_instead() {
        for (name, why, instead) in [
            ("", "empty", None),
            ("2web", "begin with a letter", Some("my-2web")),
            ("-", "begin with a letter", None),
            ("_web", "begin with a letter", Some("web")),
            ("web-", "between two", Some("web")),
            ("my--web", "between two", Some("my-web")),
            ("my-_web", "between two", Some("my-web")),
            ("Web", "capital letter", Some("web")),
            ("my web", "` ` is not allowed", Some("my-web")),
            ("web.rs", "`.` is not allowed", Some("web-rs")),
            ("bücher", "`ü` is not allowed", Some("b-cher")),
            ("a\nb", "`\\n` is not allowed", Some("a-b")),
            ("日本", "is not allowed", None),
            ("async", "keyword", Some("my-async")),
            ("test", "crate of the compiler", Some("my-test")),
            ("core", "crate of the compiler", Some("my-core")),
            ("deps", "its output", Some("my-deps")),
            ("unikernel-rt", "depend on", Some("my-unikernel-rt")),
            ("unikernel_test", "depend on", Some("my-unikernel_test")),
            ("heapless", "depend on", Some("my-heapless")),
        ] {
            let fault = fault(name).unwrap_or_else(|| panic!("{name}"));
            assert!(fault.contains(why), "{name}: {fault}");
            assert_eq!(better(name).as_deref(), instead, "{name}");
        }
        assert!(fault(&"a".repeat(LONGEST + 1)).is_some());
        assert_eq!(better(&"a".repeat(LONGEST + 1)), Some("a".repeat(LONGEST)));
    }

    /// Whatever is offered is accepted.
    #[test]
    fn what_is_written_instead_is_a_good_name() {
        let mut random = fastrand::Rng::with_seed(15);
        for _ in 0..20_000 {
            let name: String = (0..random.usize(..12))
                .map(|_| random.choice(['a', 'Z', '9', '-', '_', '.', ' ', 'é']).unwrap())
                .collect();
            assert!(better(&name).is_none_or(|better| fault(&better).is_none()), "{name}");
        }
    }

    #[test]
    fn the_help_is_a_command_that_works() {
        let text = |name: &str, is_given, path: &str| match check(name, is_given, path.as_ref()) {
            Err(Failure::Text(text)) => text,
            other => panic!("{other:?}"),
        };
        let help = text("Web", false, "apps/Web");
        assert!(help.ends_with("\nhelp: write `unikernel new apps/web`"), "{help}");
        let help = text("Web", true, "apps/w");
        assert!(help.ends_with("\nhelp: write `unikernel new apps/w --name web`"), "{help}");
        let help = text("Web", false, ".");
        assert!(help.ends_with("\nhelp: write `unikernel new . --name web`"), "{help}");
    }
}
