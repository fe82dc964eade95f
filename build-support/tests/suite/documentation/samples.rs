//! Rust: whole applications are built as kernels, in one package; fragments are parsed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::page::{Block, Page};
use super::{Fault, assert_none, found, pages};
use crate::common::root;

/// What samples use besides the runtime, as the workspace has it.
const DEPENDENCIES: [&str; 7] =
    ["embassy-sync", "embassy-time", "embedded-io", "embedded-io-async", "log", "rand_core", "reqwless"];

/// Without these: `alloc` is for kernels that declare a heap.
const LEFT_OUT: [&str; 1] = ["alloc"];

/// Each name, with the page and the text of its application.
type Samples = BTreeMap<String, (String, String)>;

/// The applications of the pages, and what is wrong with the other Rust.
fn samples(pages: &[Page]) -> (Samples, Vec<Fault>) {
    let (mut samples, mut faults) = (Samples::new(), Vec::new());
    for page in pages {
        for block in page.blocks_in(&["rust"]) {
            if let Some(text) = fault(block) {
                faults.push(page.fault(block.line, text));
            } else if is_application(block) {
                let place = format!("{}:{}", page.path, block.line);
                let name = name(page, block);
                if let Some((other, _)) = samples.insert(name.clone(), (place, block.text.clone())) {
                    faults.push(
                        page.fault(block.line, format!("`{name}` is the name of {other}, too: write `rust,app=NAME`")),
                    );
                }
            }
        }
    }
    (samples, faults)
}

fn is_application(block: &Block) -> bool {
    !block.has("fragment") && !block.has("test") && !block.words.iter().any(|word| word.starts_with("expansion="))
}

/// What is wrong with a block, before it is compiled.
fn fault(block: &Block) -> Option<String> {
    if is_application(block) {
        let is_whole = block.text.contains("#![no_main]") && block.text.contains("#[unikernel");
        return (!is_whole).then(|| "no whole application: write `rust,fragment` if it is to be none".to_owned());
    }
    // Statements and items, a file with attributes of its own, or an attribute.
    let text = &block.text;
    let forms = [format!("fn f() {{ {text} }}"), text.clone(), format!("{text} fn main() {{}}")];
    let errors: Vec<_> = forms.iter().filter_map(|form| syn::parse_file(form).err()).collect();
    (errors.len() == forms.len()).then(|| format!("no Rust: {}", errors[0]))
}

/// The name of an application: that of its page, unless its block says another one.
fn name(page: &Page, block: &Block) -> String {
    let given = block.words.iter().find_map(|word| word.strip_prefix("app="));
    let stem = || Path::new(&page.path).file_stem().expect("a file").to_string_lossy().to_lowercase();
    given.map_or_else(stem, str::to_owned).replace('-', "_")
}

/// What cargo made of the applications of all pages.
pub(super) fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| build("samples", &samples(&pages()).0).unwrap_or_else(|error| panic!("{error}")))
}

/// Built applications.
pub(super) struct Built {
    /// The ELF of each, by its name.
    pub(super) kernels: BTreeMap<String, PathBuf>,
    /// Where the attribute leaves what it expands to.
    expansions: PathBuf,
}

/// Builds applications in one package, which is called `package`.
fn build(package: &str, samples: &Samples) -> Result<Built, String> {
    let folder = root().join("target/documentation");
    let target = folder.join("target");
    let folder = folder.join(package);
    write(&folder.join("Cargo.toml"), &manifest(package));
    write(&folder.join("build.rs"), "fn main() {\n    unikernel_build::link();\n}\n");
    // What the samples embed.
    write(&folder.join("site/index.html"), "<h1>Hello</h1>\n");
    let sources = folder.join("src/bin");
    // The versions that were fetched to build this very test.
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    if !folder.join("Cargo.lock").exists() || read(&folder.join("lock")) != lock {
        write(&folder.join("Cargo.lock"), &lock);
        write(&folder.join("lock"), &lock);
    }
    for (name, (_, text)) in samples {
        write(&sources.join(format!("{name}.rs")), text);
    }
    for entry in fs::read_dir(&sources).expect("the sources").flatten() {
        let is_sample = entry.path().file_stem().is_some_and(|stem| samples.keys().any(|name| stem == name.as_str()));
        if !is_sample {
            fs::remove_file(entry.path()).expect("of a sample that is no more");
        }
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--offline", "--message-format=json-render-diagnostics", "--target-dir"])
        .arg(&target)
        .current_dir(&folder);
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(variable);
    }
    let output = cargo.env("CARGO_INCREMENTAL", "0").stdin(Stdio::null()).output().expect("cargo");
    if !output.status.success() {
        let places: Vec<_> =
            samples.iter().map(|(name, (place, _))| format!("src/bin/{name}.rs is at {place}")).collect();
        return Err(format!("{}\n{}", String::from_utf8_lossy(&output.stderr), places.join("\n")));
    }
    let kernels = samples.keys().map(|name| (name.clone(), target.join("debug").join(name))).collect();
    let messages = String::from_utf8_lossy(&output.stdout);
    let expansions = messages.lines().find_map(|line| out_directory(line, &folder)).expect("the build script ran");
    Ok(Built { kernels, expansions })
}

/// `$OUT_DIR` of the package in `folder`, if a line of cargo's messages has it.
fn out_directory(line: &str, folder: &Path) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let is_ours = message["package_id"].as_str().is_some_and(|id| id.contains(&folder.display().to_string()));
    let directory = message["out_dir"].as_str().filter(|_| is_ours && message["reason"] == "build-script-executed")?;
    Some(directory.into())
}

/// What is wrong with a block that shows an expansion: `rust,expansion=NAME`.
fn expansion_faults(page: &Page, expansions: &Path) -> Vec<Fault> {
    let mut faults = Vec::new();
    for block in page.blocks_in(&["rust"]) {
        let Some(name) = block.words.iter().find_map(|word| word.strip_prefix("expansion=")) else { continue };
        let expansion = read(&expansions.join(format!("unikernel-expansion-{name}.rs")));
        if block.text.trim().is_empty() || !expansion.contains(block.text.trim()) {
            faults.push(page.fault(block.line, format!("`{name}` expands to something else:\n{expansion}")));
        }
    }
    faults
}

/// The Cargo.toml of the package: the runtime with its features, and the workspace's dependencies.
fn manifest(package: &str) -> String {
    let root = root();
    let toml = |path: &Path| read(path).parse::<toml::Table>().expect("TOML");
    let features: Vec<_> = toml(&root.join("unikernel-rt/Cargo.toml"))["features"]
        .as_table()
        .expect("features")
        .keys()
        .filter(|feature| !LEFT_OUT.contains(&feature.as_str()))
        .cloned()
        .collect();
    let workspace = toml(&root.join("Cargo.toml"));
    let dependencies: String =
        DEPENDENCIES.map(|name| format!("{name} = {}\n", workspace["workspace"]["dependencies"][name])).concat();
    let root = root.display();
    format!(
        "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         unikernel-rt = {{ path = \"{root}/unikernel-rt\", features = {features:?} }}\n{dependencies}\n\
         [build-dependencies]\nunikernel-build.path = \"{root}/build-support/link\"\n\n\
         [lints.rust]\nwarnings = \"deny\"\n\n[profile.dev]\npanic = \"abort\"\ndebug = false\n"
    )
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Writes a file unless it is as it should be: cargo goes by the time.
fn write(path: &Path, text: &str) {
    if read(path) != text {
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
}

#[test]
fn samples_are_built() {
    assert_none(&samples(&pages()).1);
    let Built { kernels, expansions } = built();
    assert!(kernels.len() >= 10, "{kernels:?}");
    assert_none(&pages().iter().flat_map(|page| expansion_faults(page, expansions)).collect::<Vec<_>>());
    for (name, kernel) in kernels {
        unikernel_cli::elf::Kernel::read(kernel).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_wrong_sample_is_found() {
    let faults = |text: &str| found(text, |page| samples(std::slice::from_ref(page)).1);
    let application = "#![no_std]\n#![no_main]\nuse unikernel_rt::prelude::*;\n#[unikernel(console)]\nfn main() {}\n";
    assert_eq!(faults(&format!("```rust\n{application}```\n\n```rust,fragment\nlet a = 1;\n```\n")), [""; 0]);
    assert_eq!(
        faults("```rust\nfn main() {}\n```\n"),
        ["2: no whole application: write `rust,fragment` if it is to be none"]
    );
    assert_eq!(faults("\n```rust,fragment\nlet a = ;\n```\n"), ["3: no Rust: expected an expression"]);
    let twice = faults(&format!("```rust\n{application}```\n\n```rust\n{application}```\n"));
    assert_eq!(twice, ["10: `page` is the name of docs/page.md:2, too: write `rust,app=NAME`"]);
}

#[test]
fn a_wrong_expansion_is_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder.path().join("unikernel-expansion-hello.rs"), "fn a() {}\nfn b() {}\n");
    let faults = |text: &str| found(text, |page| expansion_faults(page, folder.path()));
    assert_eq!(faults("```rust,expansion=hello\nfn b() {}\n```\n"), [""; 0]);
    assert_eq!(
        faults("```rust,expansion=hello\nfn c() {}\n```\n"),
        ["2: `hello` expands to something else:\nfn a() {}\nfn b() {}\n"]
    );
    assert_eq!(faults("```rust,expansion=none\nfn b() {}\n```\n"), ["2: `none` expands to something else:\n"]);
}

#[test]
fn a_sample_that_does_not_compile_is_found() {
    let text = "#![no_std]\n#![no_main]\nuse unikernel_rt::prelude::*;\n#[unikernel(consoles)]\nfn main() {}\n";
    let samples = Samples::from([("planted".to_owned(), ("docs/page.md:2".to_owned(), text.to_owned()))]);
    let error = build("planted", &samples).err().expect("no such device");
    assert!(error.contains("unknown device `consoles`"), "{error}");
    assert!(error.contains("src/bin/planted.rs:4:13") && error.ends_with("is at docs/page.md:2"), "{error}");
}
