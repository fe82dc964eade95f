//! Whom shared bytes are given to, and what a report says.

use super::*;

fn index(name: &str) -> usize {
    COMPONENTS.iter().position(|component| component.name == name).expect("a component")
}

fn declared(names: &[&str]) -> Declared {
    names.iter().map(|name| (index(name), None)).collect()
}

fn runtime(path: &str) -> Source {
    Source::Runtime(path.into())
}

#[test]
fn shared_bytes_are_of_who_would_need_them_anyway() {
    let owner = |sources: &[Source]| {
        let sources = sources.iter().cloned().collect();
        Owner::of_shared(&sources, &declared(&["boot", "console"])).map(|owner| owner.to_string())
    };
    let (core, own) = (Source::Crate("core".into()), Source::Application);
    assert_eq!(owner(&[]), None);
    assert_eq!(owner(&[runtime("devices/console"), runtime("kernel/report")]).as_deref(), Some("boot"));
    assert_eq!(owner(&[own.clone(), runtime("devices/console")]).as_deref(), Some("console"));
    assert_eq!(owner(&[own.clone(), core]).as_deref(), Some("core"));
    assert_eq!(owner(&[own, runtime("kernel/arguments")]).as_deref(), Some("application"), "the declared one");
    assert_eq!(owner(&[runtime("kernel/arguments")]).as_deref(), Some("arguments"), "which is a fault");
    assert_eq!(owner(&[runtime("nobody/knows")]).as_deref(), Some("unattributed"));
}

fn example(unknown: u64, undeclared: Vec<Finding>) -> Audit {
    let row = |owner, code_bytes, data_bytes| Row { owner, code_bytes, data_bytes };
    let mut rows = vec![
        row(Owner::Component(index("boot")), 1000, 200),
        row(Owner::Component(index("console")), 65, 0),
        row(Owner::Dependency("core".into()), 700, 0),
        row(Owner::Dependency("uart_16550".into()), 35, 0),
    ];
    if unknown > 0 {
        rows.push(row(Owner::Unknown, 0, unknown));
    }
    let declared = if undeclared.is_empty() { declared(&["boot", "console", "serial"]) } else { declared(&["boot"]) };
    Audit {
        application: "app".into(),
        declared,
        rows,
        undeclared,
        unknown: vec![(0x103000, unknown)],
        asks: Vec::new(),
    }
}

#[test]
fn the_table_has_a_row_for_each_owner_and_their_sum() {
    assert_eq!(
        example(0, Vec::new()).table().to_string(),
        "component      code  data  bytes  why\n\
         boot          1,000   200  1,200  in every kernel\n\
         console          65     0     65  declared\n\
         core            700     0    700  dependency\n\
         uart_16550       35     0     35  for serial\n\
         padding           0     0      0\n\
         unattributed      0     0      0  limit 1 %\n\
         loaded        1,800   200  2,000\n"
    );
}

#[test]
fn a_component_that_was_not_declared_is_a_fault_with_its_users() {
    let user = |how, name: &str, place: &str| User { how, name: name.into(), place: place.into() };
    let finding = Finding {
        component: "console",
        name: "write".into(),
        file: "unikernel-rt/src/devices/console.rs".into(),
        bytes: 65,
        address: 0x101d22,
        used_by: BTreeSet::from([
            user(Use::Referred, "main", "apps/app/src/main.rs:13"),
            user(Use::Inlined, "run", ""),
        ]),
    };
    let audit = example(0, vec![finding]);
    assert_eq!(
        audit.faults(),
        ["`app` holds 65 bytes of the component `console`, which it does not declare\n  \
            `write` (unikernel-rt/src/devices/console.rs): 65 bytes at 0x101d22\n    \
              inlined into `run`\n    \
              used by `main` (apps/app/src/main.rs:13)\n\
          help: declare it, `#[unikernel(console)]`, or remove what uses it"]
    );
    let table = audit.table().to_string();
    assert!(table.contains("65  NOT DECLARED\n") && table.contains("35  for serial, NOT DECLARED\n"), "{table}");
}

#[test]
fn one_byte_of_a_hundred_may_be_unknown() {
    assert_eq!(example(20, Vec::new()).faults(), [""; 0]);
    assert_eq!(
        example(21, Vec::new()).faults(),
        ["`app`: 21 of 2,021 bytes cannot be attributed; the limit is 1 %\n  21 bytes at 0x103000"]
    );
}

#[test]
fn a_stripped_kernel_cannot_be_audited() {
    let linked = Kernel::parse(crate::elf::fixture::Fixture::new().bytes()).expect("a kernel");
    let stripped = Kernel::parse(linked.stripped()).expect("a kernel still");
    assert!(matches!(audit(&stripped), Err(Error::Stripped)));
}

#[test]
fn the_document_says_the_same_to_programs() {
    let finding = Finding {
        component: "console",
        name: "write".into(),
        file: "devices/console.rs".into(),
        bytes: 65,
        address: 0x10_1000,
        used_by: BTreeSet::from([User { how: Use::Inlined, name: "main".into(), place: "src/main.rs:5".into() }]),
    };
    let mut audit = example(3, vec![finding]);
    let caller = Caller {
        function: "std::fs::read".into(),
        package: "std".into(),
        used_by: BTreeSet::from(["application".into()]),
    };
    audit.asks = vec![Family { family: "files", functions: vec![Function { name: "open64", callers: vec![caller] }] }];
    let limits = Limits { budget: Budget { loaded: Some(7168), iso: None }, iso_bytes: Some(53_248) };
    let faults = ["too large".to_owned()];
    let document = audit.document(limits, &faults);
    let read = serde_json::to_value(&document).expect("JSON");
    let expected = serde_json::json!({
        "format": 1,
        "application": "app",
        "loaded_bytes": 2003,
        "iso_bytes": 53_248,
        "budget": { "loaded": 7168, "iso": null },
        "components": [{ "name": "boot", "declared": false, "pulled_in_by": null }],
        "owners": [
            { "kind": "component", "name": "boot", "component": "boot", "code_bytes": 1000, "data_bytes": 200 },
            { "kind": "component", "name": "console", "component": "console", "code_bytes": 65, "data_bytes": 0 },
            { "kind": "dependency", "name": "core", "component": null, "code_bytes": 700, "data_bytes": 0 },
            { "kind": "dependency", "name": "uart_16550", "component": "serial", "code_bytes": 35, "data_bytes": 0 },
            { "kind": "unattributed", "name": null, "component": null, "code_bytes": 0, "data_bytes": 3 },
        ],
        "undeclared": [{
            "component": "console",
            "name": "write",
            "file": "devices/console.rs",
            "bytes": 65,
            "address": 0x10_1000,
            "used_by": [{ "how": "inlined", "name": "main", "place": "src/main.rs:5" }],
        }],
        "unattributed": [{ "address": 0x10_3000, "bytes": 3 }],
        "asks": [{
            "family": "files",
            "functions": [{
                "name": "open64",
                "callers": [{ "function": "std::fs::read", "package": "std", "used_by": ["application"] }],
            }],
        }],
        "faults": ["too large"],
    });
    assert_eq!(read, expected);
}
