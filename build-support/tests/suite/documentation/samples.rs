//! Rust: whole applications and tests of them are built, in one package; fragments are parsed.

use std::path::Path;
use std::sync::OnceLock;

use super::package::{Built, Package, Samples, Sources};
use super::page::{Block, Page};
use super::{Fault, assert_none, found, pages};
use crate::common::effort::{Effort, is_left_out};

/// What a block of Rust is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Application,
    Test,
    /// Of something that is shown elsewhere as a whole.
    Fragment,
    /// `rust,expansion=NAME`: what the attribute makes of an application.
    Expansion,
}

impl Form {
    fn of(block: &Block) -> Self {
        match () {
            () if block.has("fragment") => Self::Fragment,
            () if block.has("test") => Self::Test,
            () if block.value("expansion").is_some() => Self::Expansion,
            () => Self::Application,
        }
    }
}

/// The samples of the pages, and what is wrong with any Rust in them.
fn samples(pages: &[Page]) -> (Samples, Vec<Fault>) {
    let (mut samples, mut faults) = (Samples::default(), Vec::new());
    for page in pages {
        for block in page.blocks_in(&["rust"]) {
            if let Some(text) = fault(block) {
                faults.push(page.fault(block.line, text));
                continue;
            }
            let place = format!("{}:{}", page.path, block.line);
            let sample = (place, block.text.clone());
            let taken = match Form::of(block) {
                Form::Application => samples.applications.insert(name(page, block), sample),
                Form::Test => samples.tests.insert(format!("{}_{}", name(page, block), block.line), sample),
                Form::Fragment | Form::Expansion => None,
            };
            if let Some((other, _)) = taken {
                let name = name(page, block);
                let text = format!("`{name}` is the name of {other}, too: write `rust,app=NAME`");
                faults.push(page.fault(block.line, text));
            }
        }
    }
    (samples, faults)
}

/// What is wrong with a block, before it is compiled.
fn fault(block: &Block) -> Option<String> {
    if Form::of(block) == Form::Application {
        let is_whole = block.text.contains("#![no_main]") && block.text.contains("#[unikernel");
        return (!is_whole).then(|| "no whole application: write `rust,fragment` if it is to be none".to_owned());
    }
    // Statements and items, a file with attributes of its own, or an attribute.
    let text = &block.text;
    let forms = [format!("fn f() {{ {text} }}"), text.clone(), format!("{text} fn main() {{}}")];
    let errors: Vec<_> = forms.iter().filter_map(|form| syn::parse_file(form).err()).collect();
    (errors.len() == forms.len()).then(|| format!("no Rust: {}", errors[0]))
}

/// The name of a sample: that of its page, unless its block says another one.
fn name(page: &Page, block: &Block) -> String {
    let stem = || Path::new(&page.path).file_stem().expect("a file").to_string_lossy().to_lowercase();
    block.value("app").map_or_else(stem, str::to_owned).replace('-', "_")
}

/// The package of the samples of all pages, and what cargo made of it.
fn package() -> &'static (Package, Built) {
    static PACKAGE: OnceLock<(Package, Built)> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let package = Package::write("samples", &samples(&pages()).0);
        let built = package.build().unwrap_or_else(|error| panic!("{error}"));
        (package, built)
    })
}

/// The applications of all pages, built.
pub(super) fn built() -> &'static Built {
    &package().1
}

/// What is wrong with blocks that show an expansion.
fn expansion_faults(page: &Page, expansion: impl Fn(&str) -> String) -> Vec<Fault> {
    let mut faults = Vec::new();
    for block in page.blocks_in(&["rust"]) {
        let Some(name) = block.value("expansion") else { continue };
        let expansion = expansion(name);
        if !expansion.contains(block.text.trim()) {
            faults.push(page.fault(block.line, format!("`{name}` expands to something else:\n{expansion}")));
        }
    }
    faults
}

#[test]
fn samples_are_built() {
    let pages = pages();
    assert_none(&samples(&pages).1);
    let built = built();
    assert!(built.kernels.len() >= 10, "{:?}", built.kernels);
    let expansions = pages.iter().flat_map(|page| expansion_faults(page, |name| built.expansion(name)));
    assert_none(&expansions.collect::<Vec<_>>());
    for (name, kernel) in &built.kernels {
        unikernel_cli::elf::Kernel::read(kernel).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// The tests that the pages show pass.
#[test]
fn samples_of_tests_pass() {
    if !is_left_out("running the tests that the guide shows", Effort::All) {
        package().0.test().unwrap_or_else(|error| panic!("{error}"));
    }
}

const APPLICATION: &str =
    "#![no_std]\n#![no_main]\nuse unikernel_rt::prelude::*;\n#[unikernel(console)]\nfn main() {}\n";

#[test]
fn a_wrong_sample_is_found() {
    let faults = |text: &str| found(text, |page| samples(std::slice::from_ref(page)).1);
    let right =
        format!("```rust\n{APPLICATION}```\n\n```rust,fragment\nlet a = 1;\n```\n\n```rust,test\nfn b() {{}}\n```\n");
    assert_eq!(faults(&right), [""; 0]);
    let wanted = ["2: no whole application: write `rust,fragment` if it is to be none"];
    assert_eq!(faults("```rust\nfn main() {}\n```\n"), wanted);
    assert_eq!(faults("\n```rust,fragment\nlet a = ;\n```\n"), ["3: no Rust: expected an expression"]);
    let twice = faults(&format!("```rust\n{APPLICATION}```\n\n```rust\n{APPLICATION}```\n"));
    assert_eq!(twice, ["10: `page` is the name of docs/page.md:2, too: write `rust,app=NAME`"]);
}

#[test]
fn a_wrong_expansion_is_found() {
    let faults =
        |text: &str| found(text, |page| expansion_faults(page, |name| format!("fn {name}() {{}}\nfn b() {{}}\n")));
    assert_eq!(faults("```rust,expansion=hello\nfn b() {}\n```\n"), [""; 0]);
    let wanted = ["2: `hello` expands to something else:\nfn hello() {}\nfn b() {}\n"];
    assert_eq!(faults("```rust,expansion=hello\nfn c() {}\n```\n"), wanted);
}

#[test]
fn a_sample_that_does_not_compile_is_found() {
    let source = |text: &str| ("docs/page.md:2".to_owned(), text.to_owned());
    let build = |name: &str, samples: &Samples| Package::write("planted", samples).build().err().expect(name);
    let application = APPLICATION.replace("console", "consoles");
    let applications = Sources::from([("planted".to_owned(), source(&application))]);
    let error = build("no such device", &Samples { applications, ..Samples::default() });
    assert!(error.contains("unknown device `consoles`") && error.contains("src/bin/planted.rs:4:13"), "{error}");
    assert!(error.ends_with("src/bin/planted.rs is at docs/page.md:2"), "{error}");

    let applications = Sources::from([("planted".to_owned(), source(APPLICATION))]);
    let tests = Sources::from([("planted".to_owned(), source("use unikernel_test::Images;\n"))]);
    let error = build("no such type", &Samples { applications, tests });
    assert!(error.contains("tests/planted.rs:1:5") && error.contains("Images"), "{error}");
    assert!(error.ends_with("machines/tests/planted.rs is at docs/page.md:2"), "{error}");
}
