//! Paths and symbols as compilers write them.

use super::{ApplicationSource, Source};

fn application() -> ApplicationSource {
    ApplicationSource {
        folder: Some("/workspace/apps/static_web/src".into()),
        root: "/workspace/".into(),
        crate_name: "static_web".into(),
    }
}

fn path(path: &str) -> Source {
    Source::of_path(path, &application())
}

fn symbol(name: &str) -> Option<Source> {
    Source::of_symbol(name, &application())
}

fn third(name: &str) -> Source {
    Source::Crate(name.into())
}

#[test]
fn the_runtime_is_found_wherever_it_is_built_from() {
    for folder in [
        "/workspace/unikernel-rt",
        "/home/src/lib/unikernel-rt",
        "/home/u/.cargo/registry/src/mirror-0123456789abcdef/unikernel-rt-0.1.0",
        "/registry/unikernel-rt-1.0.0-rc.1",
        "/cargo/git/checkouts/unikernel-2f1/abc/unikernel-rt",
    ] {
        assert_eq!(path(&format!("{folder}/src/arch/pci.rs")), Source::Runtime("arch/pci".into()), "{folder}");
    }
    assert_eq!(path("/workspace/build-support/vocabulary/src/value/size.rs"), Source::Vocabulary("value/size".into()));
    assert_eq!(path("/registry/unikernel-vocabulary-0.1.0/src/kind.rs"), Source::Vocabulary("kind".into()));
    assert_eq!(path("/workspace/build-support/link/src/lib.rs"), third("link"));
    assert_eq!(path("/workspace/apps/vocabulary/src/main.rs"), third("vocabulary"));
}

#[test]
fn the_application_is_the_folder_of_its_main_file() {
    assert_eq!(path("/workspace/apps/static_web/src/main.rs"), Source::Application);
    assert_eq!(path("/workspace/apps/static_web/src/http/parse.rs"), Source::Application);
    assert_eq!(path("/workspace/apps/static_web/src/bin/../main.rs"), Source::Application);
    assert_eq!(path("/workspace/apps/static_webs/src/main.rs"), third("static_webs"));
    assert_eq!(path("/target/release/build/static_web-0a1b/out/table.rs"), Source::Application);
}

#[test]
fn libraries_of_the_compiler_go_by_their_names() {
    let library = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library";
    assert_eq!(path(&format!("{library}/core/src/fmt/mod.rs")), third("core"));
    assert_eq!(path(&format!("{library}/core/src/../../stdarch/crates/core_arch/src/x86/cpuid.rs")), third("core"));
    assert_eq!(path(&format!("{library}/alloc/src/vec/mod.rs")), third("alloc"));
    assert_eq!(path(&format!("{library}/compiler-builtins/compiler-builtins/src/mem.rs")), third("compiler_builtins"));
    assert_eq!(path("/rust/lib/rustlib/src/rust/library/core/src/ptr/mod.rs"), third("core"));
    assert!(path(&format!("{library}/core/src/fmt/mod.rs")).is_library());
    assert!(!path("/registry/embedded-io-0.7.1/src/lib.rs").is_library());
}

#[test]
fn crates_of_a_registry_lose_their_versions() {
    assert_eq!(path("/registry/uart_16550-0.9.0/src/backend/pio.rs"), third("uart_16550"));
    assert_eq!(path("/registry/embassy-executor-0.9.1/src/raw/mod.rs"), third("embassy_executor"));
    assert_eq!(path("/registry/spin-1.0.0-rc.1/src/lib.rs"), third("spin"));
    assert_eq!(path("/registry/base64-0.22/lib.rs"), third("base64"));
    assert_eq!(path("/home/u/.cargo/registry/src/mirror-0123456789abcdef/ring-0.17.14/crypto/mem.c"), third("ring"));
    assert_eq!(path("/registry/x86_64-0.15.5/src/instructions/port.rs"), third("x86_64"));
    assert_eq!(path("lib.rs"), third("nameless"));
}

#[test]
fn symbols_tell_by_their_first_path() {
    assert_eq!(symbol("unikernel_rt::boot::entry::entry"), Some(Source::Runtime("boot/entry/entry".into())));
    assert_eq!(
        symbol("<unikernel_rt::devices::console::Serial as unikernel_rt::kernel::Console>::write"),
        Some(Source::Runtime("devices/console/Serial".into()))
    );
    assert_eq!(
        symbol("<&mut unikernel_rt::report::Report<K> as core::fmt::Write>::write_str"),
        path_of("report/Report")
    );
    assert_eq!(
        symbol("<static_web::_::__unikernel_Kernel as unikernel_rt::kernel::Kernel>::run"),
        Some(Source::Application)
    );
    assert_eq!(symbol("core::ptr::drop_in_place<static_web::Page>"), Some(third("core")));
    assert_eq!(symbol("switch.table.core::fmt::num::radix"), Some(third("core")));
    for nothing in ["memcpy", ".Lanon.cf55673c09511fe65bca7789610e88f3.9", ".LCPI7_0", "", "__image_start"] {
        assert_eq!(symbol(nothing), None, "{nothing}");
    }
}

fn path_of(module: &str) -> Option<Source> {
    Some(Source::Runtime(module.into()))
}
