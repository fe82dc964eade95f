//! Names for addresses: functions from the debug information, inlined ones too, else from the symbols.

use std::collections::HashMap;

use addr2line::gimli;
use object::{Object, ObjectSymbol, SymbolKind};

use super::Error;
use crate::elf::Kernel;
use crate::elf::debug_information::Context;

pub(super) struct Symbols<'a> {
    kernel: &'a Kernel,
    context: Context<'a>,
    /// By address: where it begins, and its name.
    functions: Vec<(u64, String)>,
    /// What was asked before.
    known: HashMap<u64, Option<String>>,
}

impl<'a> Symbols<'a> {
    pub(super) fn read(kernel: &'a Kernel) -> Result<Self, Error> {
        let malformed = |error: &dyn std::fmt::Display| Error::Symbols(error.to_string());
        let file = object::File::parse(kernel.bytes()).map_err(|error| malformed(&error))?;
        let dwarf = kernel.debug_information().map_err(|error| malformed(&error))?;
        let context = Context::from_dwarf(dwarf).map_err(|error| malformed(&error))?;
        let is_code = |symbol: &object::Symbol<'_, '_>| symbol.kind() == SymbolKind::Text || symbol.size() > 0;
        let mut functions: Vec<_> = file
            .symbols()
            .filter(is_code)
            .filter_map(|symbol| Some((symbol.address(), name(symbol.name().ok()?))))
            .collect();
        functions.sort();
        Ok(Self { kernel, context, functions, known: HashMap::new() })
    }

    /// The functions at an address of the kernel's code, from the one that is really there to the innermost inlined one, with
    /// semicolons between them; `None` for any other address.
    pub(super) fn path(&mut self, address: u64) -> Result<Option<String>, Error> {
        if let Some(known) = self.known.get(&address) {
            return Ok(known.clone());
        }
        let path = self.look_up(address).map_err(|error| Error::Symbols(error.to_string()))?;
        self.known.insert(address, path.clone());
        Ok(path)
    }

    fn look_up(&self, address: u64) -> Result<Option<String>, gimli::Error> {
        let is_inside = |segment: &&crate::elf::Segment| (segment.address..segment.end()).contains(&address);
        if self.kernel.segments().iter().find(is_inside).is_none_or(|segment| !segment.access.execute) {
            return Ok(None);
        }
        let mut names = Vec::new();
        let mut frames = self.context.find_frames(address).skip_all_loads()?;
        while let Some(frame) = frames.next()? {
            if let Some(function) = &frame.function {
                let module = frame.location.as_ref().and_then(|location| location.file).and_then(module);
                names.push(in_module(module.as_deref(), &name(&function.raw_name()?)));
            }
        }
        if names.is_empty() {
            let behind = self.functions.partition_point(|(start, _)| *start <= address);
            let symbol = behind.checked_sub(1).map(|index| self.functions[index].1.clone());
            names.push(symbol.unwrap_or_else(|| format!("{address:#x}")));
        }
        names.reverse();
        Ok(Some(names.join(";")))
    }
}

/// A function's path without its hash, and without what means something in a file of folded stacks.
fn name(raw: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(raw)).replace(';', ",").replace('\n', " ")
}

/// The module that a source file is, by its path: `smoltcp-0.14.0/src/iface/mod.rs` is `smoltcp::iface`.
fn module(path: &str) -> Option<String> {
    let (before, within) = path.rsplit_once("/src/")?;
    let folder = before.rsplit('/').next()?;
    let version = folder.char_indices().find(|(at, _)| {
        folder[*at..].strip_prefix('-').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
    });
    let package = version.map_or(folder, |(at, _)| &folder[..at]);
    let within = within.strip_suffix(".rs").unwrap_or(within);
    let names = within.split('/').filter(|name| !matches!(*name, "mod" | "lib" | "main"));
    let all: Vec<_> = std::iter::once(package).chain(names).collect();
    Some(all.join("::").replace('-', "_"))
}

/// A function as it is shown. Line tables have its bare name, with the types that it is made for: in a graph they are noise.
fn in_module(module: Option<&str>, function: &str) -> String {
    let bare = match function.split_once('<') {
        Some((bare, _)) if !bare.is_empty() => bare,
        _ => function,
    };
    match module {
        Some(module) if !bare.contains("::") => format!("{module}::{bare}"),
        _ => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_shown_with_their_modules() {
        for (path, expected) in [
            ("/registry/src/x/smoltcp-0.14.0/src/iface/mod.rs", "smoltcp::iface"),
            ("/rustc/0123/library/core/src/slice/index.rs", "core::slice::index"),
            ("unikernel-rt/src/net/tcp.rs", "unikernel_rt::net::tcp"),
            ("apps/ping/src/main.rs", "ping"),
        ] {
            assert_eq!(module(path).as_deref(), Some(expected));
        }
        assert_eq!(module("odd.rs"), None);
        assert_eq!(in_module(Some("core::slice"), "get<u8, core::ops::Range>"), "core::slice::get");
        assert_eq!(in_module(Some("a"), "{closure#0}"), "a::{closure#0}");
        assert_eq!(in_module(Some("a"), "<[u8] as b::C>::d"), "<[u8] as b::C>::d");
        assert_eq!(in_module(None, "memcpy"), "memcpy");
    }

    #[test]
    fn names_are_without_hashes_and_semicolons() {
        assert_eq!(name("_ZN4core3fmt9Formatter9write_str17h0123456789abcdefE"), "core::fmt::Formatter::write_str");
        assert_eq!(name("<[u8; 4] as Trait>::f"), "<[u8, 4] as Trait>::f");
    }
}
