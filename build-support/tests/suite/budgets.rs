//! The project's size limits, which no application's budget in a Cargo.toml can raise.

use crate::common;
use std::fs;
use std::io::Read;
use std::path::Path;

use unikernel_cli::audit::Budget;
use unikernel_cli::iso;

/// How large images may ever be.
const CEILINGS: &[(&str, Budget)] = &[
    ("hello", Budget { loaded: Some(7 << 10), iso: Some(53_248) }),
    // Without the files that it serves, which are counted apart. It was 128 KiB with a network that had neither SYN cookies, selective
    // acknowledgements, congestion control nor path MTU discovery, and is to be that again.
    ("static_web", Budget { loaded: Some(144 << 10), iso: None }),
];

/// The bytes of the files in an application's folder `site`, which are none of the project's, as they are and as they are compressed in its
/// kernel.
fn served_bytes(application: &str) -> u64 {
    let files = files(&common::kernels::workspace().root().join("apps").join(application).join("site"));
    let elf = fs::read(common::kernels::kernel(application)).expect("a kernel");
    let compressed = files.iter().filter(|file| !file.is_empty()).map(|file| compressed_bytes(&elf, file));
    files.iter().map(|file| file.len() as u64).sum::<u64>() + compressed.sum::<u64>()
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let files = |entry: fs::DirEntry| {
        let is_folder = entry.file_type().expect("a type").is_dir();
        if is_folder { files(&entry.path()) } else { vec![fs::read(entry.path()).expect("a file")] }
    };
    entries.flat_map(|entry| files(entry.expect("an entry"))).collect()
}

/// The size of this file in gzip's format in a kernel; 0 where it is not there.
fn compressed_bytes(elf: &[u8], file: &[u8]) -> u64 {
    const MAGIC: [u8; 4] = [0x1f, 0x8b, 8, 0];
    let places = elf.windows(MAGIC.len()).enumerate().filter(|(_, bytes)| *bytes == MAGIC).map(|(place, _)| place);
    let sizes = places.filter_map(|place| {
        let mut rest = &elf[place..];
        let (mut bytes, before) = (Vec::new(), rest.len());
        flate2::bufread::GzDecoder::new(&mut rest).read_to_end(&mut bytes).ok()?;
        (bytes == file).then(|| (before - rest.len()) as u64)
    });
    sizes.max().unwrap_or(0)
}

#[test]
fn compressed_files_are_found_in_a_kernel() {
    let root = common::kernels::workspace().root().to_owned();
    let page = fs::read(root.join("apps/static_web/site/docs/index.html")).expect("a page");
    let elf = fs::read(common::kernels::kernel("static_web")).expect("a kernel");
    let bytes = compressed_bytes(&elf, &page);
    assert!(bytes > 100 && bytes < page.len() as u64, "{bytes}");
    assert_eq!(compressed_bytes(&elf, &page[1..]), 0);
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
