//! Proves that a kernel contains only what its application declares.
//!
//! [`audit`] attributes every loaded byte of a linked kernel: to a component of the runtime ([`components`]), to a dependency, to
//! the application, or to padding. What a kernel may hold follows from the declaration that it carries. Code is found by its
//! line tables, `code`; data by name or by reference, `data`; both are described there. A function that was inlined
//! counts where it was written, and a kernel fails as well when code of an undeclared component surrounds what remains of it.
//!
//! It reads what the linker made, not what an ISO carries: symbols, line tables and relocations are not loaded.

mod asks;
mod budget;
mod code;
pub mod components;
mod data;
mod document;
mod error;
mod findings;
mod image;
mod origins;
mod report;
mod source;

use std::collections::{BTreeMap, BTreeSet};

pub use self::{
    asks::{Caller, Family, Function, summary},
    budget::Budget,
    document::{Document, Limits},
    error::Error,
    findings::{Finding, Use, User},
    origins::{Origins, origins},
    source::{ApplicationSource, Source},
};
use self::{
    code::Lines,
    components::{COMPONENTS, Declared},
    image::Image,
};
use crate::elf::Kernel;

/// At most one in this number of bytes may be unattributed.
const BYTES_FOR_AN_UNKNOWN_ONE: u64 = 100;

/// The owner of a byte, in the order of the table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Owner {
    /// A component of the runtime, by its index in [`COMPONENTS`].
    Component(usize),
    /// Another crate.
    Dependency(String),
    /// The application.
    Application,
    /// Padding.
    Padding,
    /// Unattributed.
    Unknown,
}

/// The loaded bytes of one owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The owner.
    pub owner: Owner,
    /// Bytes in executable segments.
    pub code_bytes: u64,
    /// Bytes in others.
    pub data_bytes: u64,
}

/// The result of an audit.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The application's name.
    pub application: String,
    /// The components that the kernel may have.
    pub declared: Declared,
    /// The owners of all bytes, each once, in order.
    pub rows: Vec<Row>,
    /// Code and data of other components.
    pub undeclared: Vec<Finding>,
    /// The unknown ranges, by address and size.
    pub unknown: Vec<(u64, u64)>,
    /// What a program of the standard library asks of the system; empty for others.
    pub asks: Vec<Family>,
}

/// Attributes every loaded byte of a kernel.
///
/// # Errors
/// When the kernel was stripped, or linked or compiled without what an audit reads.
pub fn audit(kernel: &Kernel) -> Result<Audit, Error> {
    let image = Image::read(kernel)?;
    let lines = Lines::read(kernel)?;
    let spans = lines.spans(&image)?;
    let code_at = |address: u64| Some(findings::span_at(&spans, address)?.frames.first()?.source.clone());
    let pieces = data::pieces(&image, lines.application(), code_at);

    let declared = components::declared(&kernel.declaration());
    let mut owners = BTreeMap::<Owner, Row>::new();
    let mut unknown = Vec::new();
    let mut count = |owner: Owner, range: &std::ops::Range<u64>, is_code: bool| {
        let bytes = range.end - range.start;
        if owner == Owner::Unknown {
            unknown.push((range.start, bytes));
        }
        let row = Row { owner: owner.clone(), code_bytes: 0, data_bytes: 0 };
        let row = owners.entry(owner).or_insert(row);
        *(if is_code { &mut row.code_bytes } else { &mut row.data_bytes }) += bytes;
    };
    for span in &spans {
        let owner = span.frames.first().map(|frame| Owner::of(&frame.source));
        count(owner.unwrap_or(Owner::nobody(span.is_padding)), &span.range, true);
    }
    for piece in &pieces {
        let owner = Owner::of_shared(&piece.sources, &declared);
        count(owner.unwrap_or(Owner::nobody(piece.is_padding)), &piece.range, false);
    }
    let undeclared = findings::find(&image, &spans, &pieces, &declared);
    let application = kernel.declaration().application().to_owned();
    let asks = if is_std(kernel) { asks::find(&image, &spans, &pieces) } else { Vec::new() };
    Ok(Audit { application, declared, rows: owners.into_values().collect(), undeclared, unknown, asks })
}

/// What a kernel asks of the system: nothing but as a program of the standard library; `None` where its symbols would have to tell, and
/// it has none.
#[must_use]
pub fn asks(kernel: &Kernel) -> Option<Vec<Family>> {
    if is_std(kernel) { audit(kernel).ok().map(|audit| audit.asks) } else { Some(Vec::new()) }
}

fn is_std(kernel: &Kernel) -> bool {
    kernel.declaration().devices().any(|device| device.kind == "std")
}

impl Audit {
    /// All loaded bytes.
    #[must_use]
    pub fn loaded_bytes(&self) -> u64 {
        self.rows.iter().map(Row::bytes).sum()
    }

    /// The bytes of one owner.
    #[must_use]
    pub fn bytes_of(&self, owner: &Owner) -> u64 {
        self.rows.iter().filter(|row| row.owner == *owner).map(Row::bytes).sum()
    }

    /// Whether more is unknown than may be.
    #[must_use]
    pub fn is_vague(&self) -> bool {
        self.bytes_of(&Owner::Unknown) * BYTES_FOR_AN_UNKNOWN_ONE > self.loaded_bytes()
    }
}

impl Row {
    /// Code and data.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.code_bytes + self.data_bytes
    }
}

impl Owner {
    fn of(source: &Source) -> Self {
        match source {
            Source::Runtime(_) | Source::Vocabulary(_) => {
                components::component_of(source).map_or(Self::Unknown, Self::Component)
            }
            Source::Crate(name) => Self::Dependency(name.clone()),
            Source::Application => Self::Application,
        }
    }

    /// The one of several that would need it anyway.
    fn of_shared(sources: &BTreeSet<Source>, declared: &Declared) -> Option<Self> {
        let is_declared =
            |source: &Source| components::component_of(source).is_none_or(|index| declared.contains_key(&index));
        let owners = sources.iter().map(|source| (!is_declared(source), Self::of(source)));
        owners.min().map(|(_, owner)| owner)
    }

    const fn nobody(is_padding: bool) -> Self {
        if is_padding { Self::Padding } else { Self::Unknown }
    }

    /// The component that it is, or is there for.
    #[must_use]
    pub fn component(&self) -> Option<usize> {
        match self {
            Self::Component(index) => Some(*index),
            Self::Dependency(name) => components::component_of(&Source::Crate(name.clone())),
            _ => None,
        }
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Component(index) => f.write_str(COMPONENTS[*index].name),
            Self::Dependency(name) => f.write_str(name),
            Self::Application => f.write_str("application"),
            Self::Padding => f.write_str("padding"),
            Self::Unknown => f.write_str("unattributed"),
        }
    }
}

#[cfg(test)]
mod tests;
