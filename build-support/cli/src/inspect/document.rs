//! The description of an image as a document: what `unikernel inspect --json` prints.
//!
//! ```json
//! {
//!   "format": 1,
//!   "application": "greet",
//!   "version": "0.2.0",
//!   "async": false,
//!   "command_line": "port=8080",
//!   "firmware": ["bios"],
//!   "devices": [{ "kind": "net", "name": "lan", "options": { "mtu": "1500" } }],
//!   "arguments": [{ "name": "port", "kind": "an integer from 0 to 65535", "value": "8080", "origin": "command-line" }],
//!   "rest": { "name": "rest", "words": ["a", "b=c"] },
//!   "asks": [{ "family": "files", "functions": [{
//!     "name": "open64", "callers": [{ "function": "std::sys::fs::unix::File::open_c", "package": "std", "used_by": ["application"] }]
//!   }] }],
//!   "memory": {
//!     "pvh_entry": 1052688,
//!     "image_end": 1073152,
//!     "segments": [{ "address": 1052672, "file_bytes": 291, "memory_bytes": 291, "access": "r-x" }]
//!   },
//!   "sizes": { "iso_bytes": 49152, "kernel_bytes": 1000, "loaded_bytes": 311 }
//! }
//! ```
//!
//! A field is `null` where an image has no such thing: an ELF has no `command_line`, no `firmware` and no `iso_bytes`; without
//! `args(..rest)` there is no `rest`; what a program of the standard library `asks` of the system, only its symbols tell, which an ISO does not
//! have. Fields may be added. A change to what there is raises `format`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Image, Origin};
use crate::audit::Family;

/// The version of the document.
const FORMAT: u32 = 1;

/// The description of an image.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    format: u32,
    application: String,
    version: String,
    r#async: bool,
    command_line: Option<String>,
    firmware: Option<&'static [&'static str]>,
    devices: Vec<Device>,
    arguments: Vec<Argument>,
    rest: Option<Rest>,
    asks: Option<&'a [Family]>,
    memory: Memory,
    sizes: Sizes,
}

#[derive(Debug, Serialize)]
struct Device {
    kind: String,
    name: String,
    /// Those that were fixed at compile time.
    options: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct Argument {
    name: String,
    kind: String,
    value: Option<String>,
    origin: Origin,
}

#[derive(Debug, Serialize)]
struct Rest {
    name: String,
    words: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Memory {
    pvh_entry: u32,
    image_end: u64,
    segments: Vec<Segment>,
}

#[derive(Debug, Serialize)]
struct Segment {
    address: u64,
    file_bytes: usize,
    memory_bytes: u64,
    access: String,
}

#[derive(Debug, Serialize)]
struct Sizes {
    iso_bytes: Option<u64>,
    kernel_bytes: u64,
    loaded_bytes: u64,
}

impl<'a> Image<'a> {
    /// The description as a document.
    #[must_use]
    pub fn document(&self) -> Document<'a> {
        let declaration = self.kernel.declaration();
        let devices = declaration.devices().map(|device| Device {
            kind: device.kind.into(),
            name: device.name.into(),
            options: device.fixed.map(|(name, value)| (name.into(), value.into())).collect(),
        });
        let arguments = declaration.arguments().map(|argument| {
            let (value, origin) = self.in_force(&argument);
            Argument { name: argument.name.into(), kind: argument.kind.to_string(), value, origin }
        });
        let segments = self.kernel.segments().iter().map(|segment| Segment {
            address: segment.address,
            file_bytes: segment.bytes.len(),
            memory_bytes: segment.memory_size,
            access: segment.access.to_string(),
        });
        Document {
            format: FORMAT,
            application: declaration.application().into(),
            version: declaration.version().into(),
            r#async: declaration.is_async(),
            command_line: self.command_line.map(str::to_owned),
            firmware: self.iso.map(|iso| iso.firmware.words()),
            devices: devices.collect(),
            arguments: arguments.collect(),
            rest: declaration.rest().map(|name| Rest { name: name.into(), words: self.rest() }),
            asks: self.asks,
            memory: Memory {
                pvh_entry: self.kernel.entry(),
                image_end: self.kernel.image_end(),
                segments: segments.collect(),
            },
            sizes: Sizes {
                iso_bytes: self.iso.map(|iso| iso.image_bytes),
                kernel_bytes: self.iso.map_or(self.kernel.bytes().len() as u64, |iso| iso.kernel_bytes),
                loaded_bytes: self.kernel.loaded_size(),
            },
        }
    }
}
