//! The project's size limits, which no application's budget in a Cargo.toml can raise.

use crate::common;
use std::fs;
use std::path::Path;

use unikernel_cli::audit::Budget;
use unikernel_cli::iso;

/// How large images may ever be.
const CEILINGS: &[(&str, Budget)] = &[
    ("hello", Budget { loaded: Some(7 << 10), iso: Some(53_248) }),
    // Without the files that it serves, which are counted apart.
    ("static_web", Budget { loaded: Some(128 << 10), iso: None }),
];

/// The bytes of the files in an application's folder `site`, which are none of the project's.
fn served_bytes(application: &str) -> u64 {
    fn bytes(folder: &Path) -> u64 {
        let Ok(entries) = fs::read_dir(folder) else { return 0 };
        let bytes = |entry: fs::DirEntry| {
            let metadata = entry.metadata().expect("a file or a folder");
            if metadata.is_dir() { bytes(&entry.path()) } else { metadata.len() }
        };
        entries.map(|entry| bytes(entry.expect("an entry"))).sum()
    }
    bytes(&common::kernels::workspace().root().join("apps").join(application).join("site"))
}

#[test]
fn images_stay_below_their_ceilings() {
    for (application, ceiling) in CEILINGS {
        let kernel = common::kernels::read(application);
        let image = iso::write(&kernel, "").expect("an image");
        let loaded = kernel.loaded_size() - served_bytes(application);
        assert_eq!(ceiling.faults(application, loaded, image.len() as u64), [""; 0]);
    }
}

#[test]
fn every_application_has_a_budget_within_its_ceiling() {
    for application in common::kernels::workspace().applications(false) {
        let budget =
            Budget::read(&application.metadata).unwrap_or_else(|fault| panic!("{}: {fault}", application.name));
        let (Some(loaded), Some(iso)) = (budget.loaded, budget.iso) else {
            panic!("`{}` needs `loaded` and `iso` in `[package.metadata.unikernel.budget]`", application.name);
        };
        if let Some((_, ceiling)) = CEILINGS.iter().find(|(name, _)| *name == application.name) {
            let loaded = loaded - served_bytes(&application.name);
            assert_eq!(ceiling.faults(&application.name, loaded, iso), [""; 0], "its budget is above its ceiling");
        }
    }
}

#[test]
fn a_lower_budget_fails() {
    let kernel = common::kernels::read("hello");
    let loaded = kernel.loaded_size();
    let budget = Budget { loaded: Some(loaded - 1), iso: None };
    let [fault] = budget.faults("hello", loaded, 0).try_into().expect("one fault");
    assert!(fault.contains("1 more than its budget"), "{fault}");
}
