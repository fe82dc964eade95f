//! Files for `kubectl apply -f`: the schemas of Kubernetes and the types of KubeVirt's API accept them.

use std::fs;
use std::path::{Path, PathBuf};

use super::text;
use crate::common::effort::{Effort, is_left_out};
use crate::common::{packages, root, tool};

/// What `unikernel export` writes, as the tests of the library hold it.
const GOLDENS: &str = "build-support/cli/src/machine/export/tests";

/// The golden files with an end of their names that are no errors, and how many there are.
fn goldens(ends: &[&str]) -> Vec<PathBuf> {
    let files =
        fs::read_dir(root().join(GOLDENS)).expect("the golden files").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = files.filter(|path| ends.iter().any(|end| text(path).ends_with(end))).collect();
    files.retain(|path| !fs::read_to_string(path).expect("text").starts_with("error: "));
    files.sort();
    files
}

/// Whether the schemas of Kubernetes accept a file, and what is said about it.
fn validate(path: &Path) -> (bool, String) {
    let program = packages::python("kubernetes-validate", "kubernetes-validate").join("kubernetes-validate");
    let output = tool(text(&program), "python3-venv").arg("--strict").arg(path).output();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn pods_fit_kubernetes_schemas() {
    if is_left_out("Kubernetes' schemas", Effort::All) {
        return;
    }
    let files = goldens(&[".pod.yaml", ".deployment.yaml"]);
    assert_eq!(files.len(), 4);
    for path in &files {
        let (is_valid, said) = validate(path);
        assert!(is_valid && said.contains(" passed for resource "), "{said}");
    }
    // The checker checks.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wrong = folder.path().join("wrong.yaml");
    let right = fs::read_to_string(&files[3]).expect("text");
    for (from, to) in
        [("enableServiceLinks", "enableServicesLinks"), ("enableServiceLinks: false", "enableServiceLinks: \"no\"")]
    {
        assert!(right.contains(from));
        fs::write(&wrong, right.replace(from, to)).expect("written");
        let (is_valid, said) = validate(&wrong);
        assert!(!is_valid && said.contains("nableService"), "{said}");
    }
}

/// A document of YAML as the literal of JSON that it is: Python reads both.
fn documents(path: &Path) -> Vec<serde_json::Value> {
    let python = packages::python("kubernetes-validate", "kubernetes-validate").join("python");
    let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let said = tool(text(&python), "python3-venv").args(["-c", script]).arg(path).run();
    serde_json::from_str(&said).expect("JSON")
}

/// Whether TypeScript accepts constants of types of KubeVirt's API, and what it says.
fn compile(constants: &[(String, serde_json::Value)]) -> (bool, String) {
    let api = packages::npm("kubevirt", &["typescript@5.9", "@kubevirt-ui-ext/kubevirt-api@1.7"]);
    let folder = tempfile::tempdir_in(&api).expect("a temporary folder");
    let mut source = "import type * as kubevirt from \"@kubevirt-ui-ext/kubevirt-api/kubevirt\";\n".to_owned();
    for (index, (kind, document)) in constants.iter().enumerate() {
        source += &format!("export const c{index}: kubevirt.V1{kind} = {document};\n");
    }
    let path = folder.path().join("machines.ts");
    fs::write(&path, source).expect("written");
    let compiler = api.join("node_modules/typescript/bin/tsc");
    let options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
    let output = tool("node", "nodejs").arg(&compiler).args(options).arg(&path).output();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn machines_fit_kubevirts_api() {
    if is_left_out("the types of KubeVirt's API", Effort::All) {
        return;
    }
    let files = goldens(&[".vm.yaml", ".vm-replicas.yaml", ".kubevirt"]);
    assert_eq!(files.len(), 8);
    let mut constants = Vec::new();
    for mut document in files.iter().flat_map(|path| documents(path)) {
        // KubeVirt's OpenAPI leaves out the port of a probe, a number or a name, which Kubernetes' own has.
        let port = "/spec/template/spec/readinessProbe/tcpSocket";
        if let Some(socket) = document.pointer_mut(port).and_then(serde_json::Value::as_object_mut) {
            assert!(socket.remove("port").is_some_and(|port| port.is_u64()), "{socket:?}");
        }
        if document["apiVersion"] == "kubevirt.io/v1" {
            constants.push((document["kind"].as_str().expect("a kind").to_owned(), document));
        }
    }
    assert_eq!(constants.len(), 8);
    let (is_valid, said) = compile(&constants);
    assert!(is_valid, "{said}");
    // The checker checks.
    let (kind, mut document) = constants.swap_remove(0);
    document["spec"]["template"]["spec"]["domain"]["firmwares"] = serde_json::json!({});
    let (is_valid, said) = compile(&[(kind, document)]);
    assert!(!is_valid && said.contains("firmwares"), "{said}");
}
