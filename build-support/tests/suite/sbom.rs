//! Bills of materials: they list what was linked into a kernel, all of it and nothing else.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use unikernel_cli::audit::{self, Owner};
use unikernel_cli::cargo::Workspace;
use unikernel_cli::iso;
use unikernel_cli::sbom::{self, File};

use crate::command_line::kernel::{Scratch, exit};
use crate::command_line::{stderr, stdout, unikernel};
use crate::common::{kernels, root};

/// The bill of materials of an application or test kernel.
fn bill(application: &str) -> Value {
    let workspace = Workspace::find(&root()).expect("this workspace");
    let application = workspace.application(application).expect("an application");
    let inventory = workspace.inventory().expect("its packages");
    let path = kernels::kernel(&application.name);
    let made = sbom::make(&kernels::read(&application.name), &path, &application, &inventory, &[]);
    serde_json::to_value(made.unwrap_or_else(|error| panic!("{error}"))).expect("JSON")
}

fn names(bill: &Value, kind: &str) -> BTreeSet<String> {
    let components = bill["components"].as_array().expect("a list").iter();
    let components = components.filter(|component| component["type"] == kind);
    components.map(|component| component["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn hello_lists_what_is_in_it() {
    let bill = bill("hello");
    let packages = names(&bill, "library");
    for name in ["unikernel-rt", "uart_16550", "core"] {
        assert!(packages.contains(name), "{packages:?}");
    }
    // Macros and build scripts leave nothing in a kernel; neither do drivers that it does not use, nor the heap.
    for name in ["unikernel-macros", "unikernel-build", "syn", "serde", "smoltcp", "alloc", "hello"] {
        assert!(!packages.contains(name), "{packages:?}");
    }
    assert_eq!(names(&bill, "file"), BTreeSet::new());
    let uart = bill["components"].as_array().expect("a list").iter().find(|part| part["name"] == "uart_16550");
    let uart = uart.expect("it is listed");
    assert_eq!(uart["purl"], format!("pkg:cargo/uart_16550@{}", uart["version"].as_str().expect("a version")));
    assert_eq!(uart["hashes"][0]["content"].as_str().map(str::len), Some(64), "{uart}");
    assert_eq!(uart["licenses"][0]["expression"], "MIT OR Apache-2.0");
    // Every reference leads somewhere.
    let mut known: BTreeSet<_> =
        bill["components"].as_array().expect("a list").iter().map(|part| part["bom-ref"].as_str()).collect();
    known.insert(bill["metadata"]["component"]["bom-ref"].as_str());
    for dependency in bill["dependencies"].as_array().expect("a list") {
        let to = dependency["dependsOn"].as_array().expect("a list").iter();
        for reference in to.chain([&dependency["ref"]]) {
            assert!(known.contains(&reference.as_str()), "{reference} in {known:?}");
        }
    }
}

#[test]
fn every_dependency_of_an_audit_is_listed() {
    for application in ["static_web", "greet"] {
        let bill = bill(application);
        let listed: BTreeSet<_> = names(&bill, "library").iter().map(|name| name.replace('-', "_")).collect();
        let audit = audit::audit(&kernels::read(application)).expect("an audit");
        for row in &audit.rows {
            if let Owner::Dependency(name) = &row.owner {
                // A package in a folder of another name is in an audit by that of its folder.
                let package = match name.as_str() {
                    "http" => "static_web_http",
                    "net_core" => "unikernel_net",
                    name => name,
                };
                let is_listed = listed.contains(name) || listed.contains(package);
                assert!(is_listed, "`{name}` is missing in {listed:?}");
            }
        }
    }
}

#[test]
fn embedded_files_are_listed_with_their_hashes() {
    let bill = bill("static_web");
    let files = names(&bill, "file");
    for name in ["site/index.html", "site/docs/index.html", "site/style.css"] {
        assert!(files.contains(name), "{files:?}");
        let path = root().join("apps/static_web").join(name);
        let expected = crate::common::tool("sha256sum", "coreutils").arg(path).run();
        let listed = bill["components"].as_array().expect("a list").iter().find(|part| part["name"] == name);
        let hash = listed.and_then(|part| part["hashes"][0]["content"].as_str()).expect("a hash");
        assert!(expected.starts_with(hash), "{expected} is not {hash}");
    }
}

#[test]
fn an_image_has_a_bill_beside_it_which_names_its_hash() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("hello.iso");
    let make = |date: Option<&str>| {
        let mut command = unikernel();
        command.current_dir(root()).args(["iso", "-p", "hello", "--sbom", "--json", "-o"]).arg(&image);
        match date {
            Some(date) => command.env("SOURCE_DATE_EPOCH", date),
            None => command.env_remove("SOURCE_DATE_EPOCH"),
        };
        command.output().expect("the program under test")
    };
    let output = make(None);
    assert!(output.status.success(), "{}", stderr(&output));
    let written: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let path = folder.path().join("hello.cdx.json");
    assert_eq!(written[0]["sbom_path"], path.display().to_string());
    let first = fs::read_to_string(&path).expect("beside the image");
    assert!(first.contains("\"specVersion\": \"1.6\"") && !first.contains("timestamp"), "{first}");
    assert!(!first.contains(&root().display().to_string()), "it names a folder of this machine: {first}");

    let document: Value = serde_json::from_str(&first).expect("JSON");
    let bytes = fs::read(&image).expect("the image");
    let kernel = iso::read(&bytes).expect("an image").kernel;
    let expected = [File::new("KERNEL.ELF", &kernel), File::new("hello.iso", &bytes)];
    let parts = document["metadata"]["component"]["components"].as_array().expect("a list");
    for (part, expected) in parts.iter().zip(expected) {
        assert_eq!(part["name"], expected.name());
        assert_eq!(part["hashes"][0]["content"], expected.sha256());
    }

    // Equal images have equal bills; a date is the one that is given.
    assert!(make(None).status.success());
    assert_eq!(fs::read_to_string(&path).expect("written again"), first);
    assert!(make(Some("1700000000")).status.success());
    let dated = fs::read_to_string(&path).expect("written again");
    assert!(dated.contains("\"timestamp\": \"2023-11-14T22:13:20Z\""), "{dated}");
    let output = make(Some("yesterday"));
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("`SOURCE_DATE_EPOCH` is `yesterday`, not a number of seconds\nhelp: "));
}

#[test]
fn an_image_alone_says_what_is_missing() {
    let kernel = Scratch::new(&exit(1));
    let output = unikernel().args(["inspect", "--sbom"]).arg(kernel.path()).output().expect("the program under test");
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), String::new()));
    let text = stderr(&output);
    assert!(text.contains("does not list the packages that it was built from\nhelp: "), "{text}");
    assert!(text.contains("`unikernel inspect -p scratch --sbom`"), "{text}");
}
