//! The ceilings of this project: no application's own budget, and nothing in a Cargo.toml, can raise them.

mod common;

use build_support::audit::Budget;
use build_support::iso;

/// How large images may ever be.
const CEILINGS: &[(&str, Budget)] = &[("hello", Budget { loaded: Some(6 << 10), iso: Some(53_248) })];

#[test]
fn images_stay_below_their_ceilings() {
    for (application, ceiling) in CEILINGS {
        let kernel = common::kernels::read(application);
        let image = iso::write(&kernel, "").expect("an image");
        assert_eq!(ceiling.faults(application, kernel.loaded_size(), image.len() as u64), [""; 0]);
    }
}

#[test]
fn every_application_has_a_budget_within_its_ceiling() {
    for application in common::kernels::workspace().applications(false).expect("applications") {
        let budget =
            Budget::read(&application.metadata).unwrap_or_else(|fault| panic!("{}: {fault}", application.name));
        let (Some(loaded), Some(iso)) = (budget.loaded, budget.iso) else {
            panic!("`{}` needs `loaded` and `iso` in `[package.metadata.unikernel.budget]`", application.name);
        };
        if let Some((_, ceiling)) = CEILINGS.iter().find(|(name, _)| *name == application.name) {
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
