//! Functions and lines by address, with the functions that were inlined there.

use addr2line::gimli;
use object::{Object, ObjectSymbol};

use super::Error;
use crate::elf::Kernel;
use crate::elf::debug_information::Context;

/// What stands for the workspace's folder in a kernel.
const WORKSPACE: &str = "/workspace/";

/// The functions that do nothing but report, and stand above every panic: by their files, or their names.
const REPORTING_FILES: [&str; 4] = [
    "unikernel-rt/src/kernel/exit.rs:",
    "unikernel-rt/src/kernel/panic.rs:",
    "unikernel-rt/src/kernel/report.rs:",
    "unikernel-rt/src/arch/stack.rs:",
];
const REPORTING_NAME: &str = "rust_begin_unwind";

/// The debug information of a kernel.
pub(super) struct Frames<'a> {
    context: Context<'a>,
    symbols: Vec<(std::ops::Range<u64>, String)>,
}

/// A function, and where in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// `FILE:LINE:COLUMN`.
    pub(super) place: Option<String>,
}

impl<'a> Frames<'a> {
    pub(super) fn read(kernel: &'a Kernel) -> Result<Self, Error> {
        let malformed = |error: &dyn std::fmt::Display| Error::Malformed(error.to_string());
        let file = object::File::parse(kernel.bytes()).map_err(|error| malformed(&error))?;
        let symbols = file.symbols().filter_map(|symbol| {
            let range = symbol.address()..symbol.address() + symbol.size();
            (symbol.kind() == object::SymbolKind::Text && !range.is_empty()).then_some((range, symbol.name().ok()?))
        });
        let symbols: Vec<_> = symbols.map(|(range, name)| (range, demangled(name))).collect();
        if symbols.is_empty() {
            return Err(Error::Stripped);
        }
        let dwarf = kernel.debug_information().map_err(|error| malformed(&error))?;
        let context = Context::from_dwarf(dwarf).map_err(|error| malformed(&error))?;
        Ok(Self { context, symbols })
    }

    /// Whether the debug information of the function at an address has more than line tables: the name that linkers know.
    pub(super) fn is_described(&self, address: u64) -> bool {
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else { return false };
        let mut names = std::iter::from_fn(|| frames.next().ok().flatten()).filter_map(|frame| frame.function);
        names.any(|function| function.raw_name().is_ok_and(|name| name.starts_with("_")))
    }

    /// The functions at an address: the innermost inlined one first, the one that is really there last; without debug information,
    /// what the symbols say, and at an address that is in no function, one that says so.
    pub(super) fn at(&self, address: u64) -> Result<Vec<Function>, Error> {
        let malformed = |error: gimli::Error| Error::Malformed(error.to_string());
        let mut functions = Vec::new();
        let mut frames = self.context.find_frames(address).skip_all_loads().map_err(malformed)?;
        while let Some(frame) = frames.next().map_err(malformed)? {
            let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
            let place = frame.location.and_then(|location| {
                let file = location.file?;
                let mut place = file.strip_prefix(WORKSPACE).unwrap_or(file).to_owned();
                for number in [location.line, location.column].into_iter().flatten() {
                    place.push_str(&format!(":{number}"));
                }
                Some(place)
            });
            functions.push(Function { name: name.map(|name| demangled(&name)).unwrap_or_default(), place });
        }
        if functions.is_empty() {
            functions.push(Function { name: "<unknown>".into(), place: None });
        }
        // Line tables name a function without its modules; its symbol names them, too.
        let symbol = self.symbols.iter().find(|(range, _)| range.contains(&address));
        if let (Some(function), Some((_, name))) = (functions.last_mut(), symbol) {
            function.name.clone_from(name);
        }
        Ok(functions)
    }
}

impl Function {
    /// Whether it is part of the report, not of what is reported.
    pub(super) fn is_reporting(&self) -> bool {
        let is_in = |place: &String| REPORTING_FILES.iter().any(|file| place.contains(file));
        self.place.as_ref().is_some_and(is_in) || self.name.ends_with(REPORTING_NAME)
    }
}

/// The name of a function in Rust, without the hash.
fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}
