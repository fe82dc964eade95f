//! The crate and module of code, from the path of its source file or the name of its symbol.
//!
//! Paths differ with the way of building: plain `cargo build` leaves the folders of this machine in the line tables, the
//! builds of images give them other names, and an application of another workspace has the runtime in cargo's registry or in a
//! checkout. What they have in common is the end: a package's folder, `src`, and the file.

use std::fmt;

/// Where code or data comes from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// A file or module of `unikernel-rt`, as `arch/pci`.
    Runtime(String),
    /// A file or module of `unikernel-vocabulary`, as `value/integer`.
    Vocabulary(String),
    /// Another crate, by its name in code.
    Crate(String),
    /// The application itself.
    Application,
}

/// What tells the application from other crates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApplicationSource {
    /// The folder of its main file, as the line tables have it; `None` where they do not tell.
    pub folder: Option<String>,
    /// The folder that it was compiled in, the root of its workspace, with a `/` at its end; empty where the line tables do not
    /// tell.
    pub root: String,
    /// The name of its crate.
    pub crate_name: String,
}

impl Source {
    /// Reads the path of a source file.
    #[must_use]
    pub fn of_path(path: &str, application: &ApplicationSource) -> Self {
        let parts = normalised(path);
        let is_in = |folder: &String| parts.starts_with(&normalised(folder));
        if application.folder.as_ref().is_some_and(is_in) {
            return Self::Application;
        }
        // The library's own crates are several folders deep: `library/stdarch/crates/core_arch/src`.
        if let Some(library) = parts.iter().position(|part| *part == "library")
            && let [part, ..] = parts[library + 1..]
            && (parts.contains(&"rustc") || parts.contains(&"rustlib"))
        {
            let name = if part == "stdarch" { "core" } else { part };
            return Self::Crate(crate_name(name));
        }
        // What a build script or a macro wrote: `build/NAME-HASH/out/FILE`.
        if let Some(out) = parts.iter().position(|part| *part == "out")
            && let [.., "build", package] = parts[..out]
        {
            let name = package.rsplit_once('-').map_or(package, |(name, _)| name);
            return Self::of_crate(&crate_name(name), "lib", application);
        }
        // The last one: there are folders of that name further up, in cargo's registry for one. In a package that has none, C for one, that
        // is the last one, with the folder of an index and the package below it.
        let is_registry = |at: usize| {
            parts[at - 1] == "registry" && parts.get(at + 2).is_some_and(|folder| without_version(folder) != *folder)
        };
        let src = parts.iter().rposition(|part| *part == "src").filter(|at| *at > 0 && !is_registry(*at));
        let Some(src) = src else {
            let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
            let package = folders.iter().rfind(|folder| without_version(folder) != **folder).or(folders.last());
            return Self::Crate(
                package.map_or_else(|| "nameless".into(), |folder| crate_name(without_version(folder))),
            );
        };
        let file = parts[src + 1..].join("/");
        let file = file.strip_suffix(".rs").unwrap_or(&file);
        let package = without_version(parts[src - 1]);
        // In the project itself the folder has a shorter name than the package.
        let package = if parts[..src].ends_with(&["build-support", "vocabulary"]) { VOCABULARY } else { package };
        Self::of_crate(&crate_name(package), file, application)
    }

    /// Reads the demangled name of a symbol; none where it tells nothing: `memcpy`, `.Lanon.1`.
    #[must_use]
    pub fn of_symbol(name: &str, application: &ApplicationSource) -> Option<Self> {
        // What the compiler makes of a program of `std` for C to call: its `main`, into which the start of `std` is inlined.
        if name == "main" {
            return Some(Self::Application);
        }
        let name = name.strip_prefix("switch.table.").unwrap_or(name);
        // `<a::B as c::D>::e` is of where `a::B` is, `<&mut a::B as ..>` and `<[a::B]>` too.
        let path = name.trim_start_matches(['<', '&', '*', '[', '(']).trim_start_matches("mut ");
        let path = path.trim_start_matches("dyn ");
        let end = path.find([' ', '<', '>', ',', ';', ']', ')', '{']).unwrap_or(path.len());
        let (name, module) = path[..end].split_once("::")?;
        let named = |c: char| c.is_alphanumeric() || c == '_';
        let is_crate = !name.is_empty() && name.chars().all(named);
        is_crate.then(|| Self::of_crate(name, &module.replace("::", "/"), application))
    }

    fn of_crate(name: &str, file: &str, application: &ApplicationSource) -> Self {
        match name {
            RUNTIME => Self::Runtime(file.into()),
            VOCABULARY => Self::Vocabulary(file.into()),
            _ if name == application.crate_name => Self::Application,
            _ => Self::Crate(name.into()),
        }
    }

    /// Whether it is of the compiler's own libraries, which do something for whoever calls them.
    #[must_use]
    pub fn is_library(&self) -> bool {
        matches!(self, Self::Crate(name) if ["core", "alloc", "compiler_builtins"].contains(&name.as_str()))
    }
}

pub(super) const RUNTIME: &str = "unikernel_rt";
pub(super) const VOCABULARY: &str = "unikernel_vocabulary";

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runtime(path) => write!(f, "unikernel-rt/src/{path}"),
            Self::Vocabulary(path) => write!(f, "unikernel-vocabulary/src/{path}"),
            Self::Crate(name) => write!(f, "{name}"),
            Self::Application => f.write_str("the application"),
        }
    }
}

/// The name that code has for a package.
pub(super) fn crate_name(package: &str) -> String {
    package.replace('-', "_")
}

/// The parts of a path, with `.` and `..` resolved.
fn normalised(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts
}

/// `smoltcp` of `smoltcp-0.12.0`, and `spin` of `spin-1.0.0-rc.1`: the version begins at the first `-` with a number behind it.
fn without_version(folder: &str) -> &str {
    let begins = |at: &(usize, &str)| {
        let version = &folder[at.0 + 1..];
        version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')
    };
    folder.match_indices('-').find(begins).map_or(folder, |(at, _)| &folder[..at])
}

#[cfg(test)]
mod tests;
