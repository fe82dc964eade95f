//! What `--json` prints: the commands that make, show and audit an image describe it consistently.

use crate::command_line::{stderr, stdout, unikernel};
use crate::common::root;
use serde_json::Value;

/// Runs a command at the root of this repository, and reads the document that it prints.
fn document(arguments: &[&str]) -> Value {
    let output =
        unikernel().current_dir(root()).args(arguments).arg("--json").output().expect("the program under test");
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

#[test]
fn iso_inspect_and_audit_agree() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("hello.iso");
    let name = path.to_str().expect("UTF-8");

    let written = document(&["iso", "-p", "hello", "-o", name, "--firmware", "bios,uefi"]);
    let written = written.as_array().and_then(|list| list.first()).expect("one image");
    assert_eq!((&written["name"], &written["path"]), (&"hello".into(), &name.into()));
    assert_eq!(written["iso_bytes"], path.metadata().expect("the image").len());

    let shown = document(&["inspect", name]);
    for field in ["format", "application", "firmware", "command_line"] {
        assert!(!shown[field].is_null(), "{field}");
        assert_eq!(shown[field], written[field], "{field}");
    }
    assert_eq!(shown["sizes"]["iso_bytes"], written["iso_bytes"]);
    assert_eq!(shown["sizes"]["loaded_bytes"], written["loaded_bytes"]);

    let audited = document(&["audit", "-p", "hello"]);
    let audited = audited.as_array().and_then(|list| list.first()).expect("one kernel");
    assert_eq!((&audited["application"], &audited["loaded_bytes"]), (&"hello".into(), &written["loaded_bytes"]));
    assert_eq!((&audited["undeclared"], &audited["faults"]), (&Value::Array(Vec::new()), &Value::Array(Vec::new())));
    let bytes =
        |owner: &Value| owner["code_bytes"].as_u64().expect("bytes") + owner["data_bytes"].as_u64().expect("bytes");
    let owners = audited["owners"].as_array().expect("a list");
    assert_eq!(owners.iter().map(bytes).sum::<u64>(), written["loaded_bytes"].as_u64().expect("bytes"));
    assert!(owners.iter().any(|owner| owner["kind"] == "component" && owner["name"] == "boot"), "{owners:?}");
}

#[test]
fn nothing_is_printed_where_there_is_no_audit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("stripped.elf");
    std::fs::write(&path, b"not a kernel").expect("written");
    let output = unikernel().args(["audit", "--json"]).arg(&path).output().expect("the program under test");
    assert!(!output.status.success());
    assert_eq!(stdout(&output), "", "no document where there is no audit");
}
