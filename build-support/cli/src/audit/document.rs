//! An audit as a document: what `unikernel audit --json` prints, a list with one of them for each kernel.
//!
//! ```json
//! {
//!   "format": 1,
//!   "application": "hello",
//!   "loaded_bytes": 6227,
//!   "iso_bytes": 53248,
//!   "budget": { "loaded": 7168, "iso": 53248 },
//!   "components": [{ "name": "boot", "declared": true, "pulled_in_by": null }],
//!   "owners": [{ "kind": "component", "name": "boot", "component": "boot", "code_bytes": 1000, "data_bytes": 200 }],
//!   "undeclared": [{
//!     "component": "clock", "name": "clock::now", "file": "unikernel-rt/src/time.rs", "bytes": 12, "address": 1052672,
//!     "used_by": [{ "how": "inlined", "name": "app::main", "place": "src/main.rs:5" }]
//!   }],
//!   "unattributed": [{ "address": 1060864, "bytes": 8 }],
//!   "asks": [{ "family": "files", "functions": [{
//!     "name": "open64", "callers": [{ "function": "std::sys::fs::unix::File::open_c", "package": "std", "used_by": ["application"] }]
//!   }] }],
//!   "faults": ["..."]
//! }
//! ```
//!
//! The kind of an owner is `component`, `dependency`, `application`, `padding` or `unattributed`; `name` is `null` for the last three,
//! and `component` the component that a dependency is there for. `iso_bytes` is `null`, and `budget` empty, where a kernel's file
//! alone was audited. `asks` is what a program of the standard library asks of the system, empty for others. `faults` are the messages of the failure. Fields may be added. A change to what there is raises `format`.

use serde::Serialize;

use super::components::{By, COMPONENTS};
use super::{Audit, Budget, Family, Finding, Owner};

/// The version of the document.
const FORMAT: u32 = 1;

/// What an audit has found.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    format: u32,
    application: &'a str,
    loaded_bytes: u64,
    iso_bytes: Option<u64>,
    budget: Budget,
    components: Vec<Component>,
    owners: Vec<Bytes<'a>>,
    undeclared: &'a [Finding],
    unattributed: Vec<Range>,
    asks: &'a [Family],
    faults: &'a [String],
}

/// What an application may have, and the size of its image.
#[derive(Clone, Copy, Default, Debug)]
pub struct Limits {
    /// Its budget.
    pub budget: Budget,
    /// The size of its image, where there is one.
    pub iso_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Component {
    name: &'static str,
    declared: bool,
    pulled_in_by: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Bytes<'a> {
    kind: &'static str,
    name: Option<&'a str>,
    component: Option<&'static str>,
    code_bytes: u64,
    data_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Range {
    address: u64,
    bytes: u64,
}

impl Audit {
    /// The audit as a document, with what is known of the application besides and with all that is wrong.
    #[must_use]
    pub fn document<'a>(&'a self, limits: Limits, faults: &'a [String]) -> Document<'a> {
        let components = self.declared.iter().map(|(index, pulled_in_by)| Component {
            name: COMPONENTS[*index].name,
            declared: pulled_in_by.is_none() && COMPONENTS[*index].by != By::Nothing,
            pulled_in_by: *pulled_in_by,
        });
        let owners = self.rows.iter().map(|row| {
            let (kind, name) = match &row.owner {
                Owner::Component(index) => ("component", Some(COMPONENTS[*index].name)),
                Owner::Dependency(name) => ("dependency", Some(name.as_str())),
                Owner::Application => ("application", None),
                Owner::Padding => ("padding", None),
                Owner::Unknown => ("unattributed", None),
            };
            let component = row.owner.component().map(|index| COMPONENTS[index].name);
            Bytes { kind, name, component, code_bytes: row.code_bytes, data_bytes: row.data_bytes }
        });
        Document {
            asks: &self.asks,
            format: FORMAT,
            application: &self.application,
            loaded_bytes: self.loaded_bytes(),
            iso_bytes: limits.iso_bytes,
            budget: limits.budget,
            components: components.collect(),
            owners: owners.collect(),
            undeclared: &self.undeclared,
            unattributed: self.unknown.iter().map(|&(address, bytes)| Range { address, bytes }).collect(),
            faults,
        }
    }
}
