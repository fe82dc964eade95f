//! Checks the configuration that cargo passes to a build script: target, host and linker.

use std::ffi::OsString;
use std::path::Path;

/// The only supported target, whose prebuilt `core` is linked into the kernel.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Reads a variable of the environment.
pub(crate) type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Returns why a kernel cannot be linked, and how to fix that; `None` if it can.
pub(crate) fn faults(variable: Variable<'_>) -> Vec<String> {
    let text = |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned());
    let mut faults = Vec::new();
    let (target, host) = (text("TARGET").unwrap_or_default(), text("HOST").unwrap_or_default());
    if target != TARGET && host != TARGET {
        faults.push(format!(
            "a unikernel is built on x86_64 Linux, for `{TARGET}`; this is `{host}`, building for `{target}`: build on a machine, \
             a virtual machine or a container with x86_64 Linux and glibc"
        ));
    } else if target != TARGET {
        faults.push(format!(
            "a unikernel is built for `{TARGET}`, not `{target}`: remove `build.target` from .cargo/config.toml and \
             `CARGO_BUILD_TARGET` from the environment, or run `cargo build --target {TARGET}`"
        ));
    }
    if let Some(linker) = text("RUSTC_LINKER").filter(|linker| is_bare_linker(linker)) {
        faults.push(format!(
            "the linker `{linker}` is called directly, but a kernel is linked through a C compiler, which runs LLD: remove \
             `target.{TARGET}.linker` from .cargo/config.toml, or set it to `cc`"
        ));
    }
    faults
}

/// Whether it is a linker, not a compiler driver: `ld.lld`, `rust-lld`, `mold`, `x86_64-linux-gnu-ld`.
fn is_bare_linker(path: &str) -> bool {
    let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
    let words = || name.split(['-', '.']);
    words().any(|word| matches!(word, "ld" | "ld64" | "lld" | "mold" | "gold" | "wild" | "link"))
        && !words().any(|word| matches!(word, "cc" | "gcc" | "clang"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Vec<String> {
        faults(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[track_caller]
    fn fault(variables: &[(&str, &str)], begin: &str, help: &str) {
        let faults = of(variables);
        assert!(faults.len() == 1 && faults[0].starts_with(begin) && faults[0].contains(help), "{faults:?}");
    }

    #[test]
    fn the_usual_toolchain_is_fine() {
        for linker in
            [None, Some("cc"), Some("/usr/bin/clang-18"), Some("x86_64-linux-gnu-gcc"), Some("gcc-ld-wrapper")]
        {
            let mut variables = vec![("TARGET", TARGET), ("HOST", TARGET)];
            variables.extend(linker.map(|linker| ("RUSTC_LINKER", linker)));
            assert_eq!(of(&variables), [""; 0], "{linker:?}");
        }
        // From another host the linker that is configured may do.
        assert_eq!(of(&[("TARGET", TARGET), ("HOST", "aarch64-unknown-linux-gnu")]), [""; 0]);
    }

    #[test]
    fn another_target_is_named_with_where_it_may_be_set() {
        for target in
            ["wasm32-unknown-unknown", "x86_64-unknown-none", "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"]
        {
            let begin = format!("a unikernel is built for `{TARGET}`, not `{target}`: ");
            fault(&[("TARGET", target), ("HOST", TARGET)], &begin, "`CARGO_BUILD_TARGET`");
        }
    }

    #[test]
    fn another_host_is_told_where_to_build() {
        for host in ["aarch64-apple-darwin", "x86_64-pc-windows-msvc", "aarch64-unknown-linux-gnu"] {
            let begin = format!("a unikernel is built on x86_64 Linux, for `{TARGET}`; this is `{host}`");
            fault(&[("TARGET", host), ("HOST", host)], &begin, "container");
        }
    }

    #[test]
    fn a_linker_that_is_no_compiler_is_refused() {
        for linker in ["rust-lld", "/usr/bin/ld.lld", "mold", "ld", "x86_64-linux-gnu-ld.bfd", "wild", "lld-link.exe"] {
            let variables = [("TARGET", TARGET), ("HOST", TARGET), ("RUSTC_LINKER", linker)];
            fault(&variables, &format!("the linker `{linker}` is called directly"), "set it to `cc`");
        }
    }
}
