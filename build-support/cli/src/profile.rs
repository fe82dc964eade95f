//! Exact profiles of a guest's instructions with call stacks: folded stacks and flame graphs.
//!
//! A plugin of QEMU's TCG sees every block of instructions that is executed, and follows calls and returns (`plugin.c`):
//! nothing is sampled, and the kernel needs neither frame pointers nor unwind tables. The debug information, which is not
//! loaded, then names the functions, inlined ones too.
//!
//! Instructions are not time. Under TCG, and more so under KVM, an access to a device costs as much as thousands of
//! instructions, which is why those have a graph of their own.

mod symbols;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::elf::Kernel;
use crate::plugin;
use symbols::Symbols;

const SOURCE: &str = include_str!("profile/plugin.c");

/// No stack is deeper: the plugin's own bound.
const DEEPEST: usize = 512;

/// What is counted with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Instructions.
    Instructions,
    /// Accesses to I/O ports, and to registers of devices in memory.
    DeviceAccesses,
}

impl Weight {
    /// The word for many of them.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::DeviceAccesses => "device accesses",
        }
    }
}

/// What a guest executed, by address and stack.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// By number: the stack below, and where its callee returns to.
    stacks: HashMap<u32, (u32, u64)>,
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    stack: u32,
    address: u64,
    instructions: u64,
    device_accesses: u64,
}

/// Counts by stack: functions from the outermost to the innermost, with semicolons between them.
pub type Folded = BTreeMap<String, u64>;

/// An error of making a profile.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plugin's file has an invalid line.
    #[error("line {0} of the profile cannot be read: `{1}`")]
    Line(usize, String),
    /// The kernel's debug information.
    #[error("the kernel's debug information cannot be read: {0}")]
    Symbols(String),
    /// The flame graph.
    #[error("cannot draw a flame graph: {0}")]
    Graph(String),
}

/// Builds the plugin into `folder`, and returns its path, for QEMU's `-plugin PATH,out=FILE`.
///
/// # Errors
/// There is no C compiler, or the folder cannot be written.
pub fn plugin(folder: &Path) -> Result<PathBuf, plugin::Error> {
    plugin::compile(folder, "profile", SOURCE)
}

impl Profile {
    /// Reads what the plugin wrote.
    ///
    /// # Errors
    /// It is not that.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut profile = Self::default();
        for (index, line) in text.lines().enumerate() {
            let malformed = || Error::Line(index + 1, line.chars().take(80).collect());
            let mut words = line.split(' ');
            let kind = words.next();
            let numbers: Vec<u64> = words.map(str::parse).collect::<Result<_, _>>().map_err(|_| malformed())?;
            let stack = |number: u64| u32::try_from(number).map_err(|_| malformed());
            match (kind, &numbers[..]) {
                (Some("stack"), [id, parent, returns]) => {
                    profile.stacks.insert(stack(*id)?, (stack(*parent)?, *returns));
                }
                (Some("at"), [id, address, instructions, device_accesses]) => profile.rows.push(Row {
                    stack: stack(*id)?,
                    address: *address,
                    instructions: *instructions,
                    device_accesses: *device_accesses,
                }),
                _ => return Err(malformed()),
            }
        }
        Ok(profile)
    }

    /// Counts by stack, with the functions of `kernel`; what is executed elsewhere is `firmware`.
    ///
    /// # Errors
    /// The debug information of `kernel` is malformed.
    pub fn fold(&self, kernel: &Kernel, weight: Weight) -> Result<Folded, Error> {
        let mut symbols = Symbols::read(kernel)?;
        let mut folded = Folded::new();
        let mut callers: HashMap<u32, String> = HashMap::new();
        for row in &self.rows {
            let count = match weight {
                Weight::Instructions => row.instructions,
                Weight::DeviceAccesses => row.device_accesses,
            };
            if count == 0 {
                continue;
            }
            let stack = match symbols.path(row.address)? {
                None => "firmware".to_owned(),
                Some(path) => {
                    let named = match callers.entry(row.stack) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(new) => new.insert(self.callers(row.stack, &mut symbols)?),
                    };
                    format!("{named}{path}")
                }
            };
            *folded.entry(stack).or_default() += count;
        }
        Ok(folded)
    }

    /// The functions of the kernel that are on a stack, each with a semicolon behind it.
    fn callers(&self, stack: u32, symbols: &mut Symbols<'_>) -> Result<String, Error> {
        let mut returns = Vec::new();
        let mut at = stack;
        while let Some((parent, address)) = self.stacks.get(&at).filter(|_| returns.len() < DEEPEST) {
            returns.push(*address);
            at = *parent;
        }
        let mut named = String::new();
        for address in returns.into_iter().rev() {
            // The call is before the address that it returns to; what the firmware called is not ours.
            if let Some(path) = symbols.path(address.saturating_sub(1))? {
                named += &path;
                named.push(';');
            }
        }
        Ok(named)
    }
}

/// A function of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it executed itself.
    pub own: u64,
    /// That, and what it called or had inlined.
    pub with_callees: u64,
}

/// The functions of a profile, those that execute the most themselves first.
#[must_use]
pub fn functions(folded: &Folded) -> Vec<Function> {
    let mut functions: HashMap<&str, (u64, u64)> = HashMap::new();
    for (stack, count) in folded {
        let frames: Vec<&str> = stack.split(';').collect();
        for (index, name) in frames.iter().enumerate() {
            // Once, however often it is on the stack.
            if !frames[..index].contains(name) {
                functions.entry(name).or_default().1 += count;
            }
        }
        if let Some(innermost) = frames.last() {
            functions.entry(innermost).or_default().0 += count;
        }
    }
    let function = |(name, (own, with_callees)): (&str, _)| Function { name: name.to_owned(), own, with_callees };
    let mut all: Vec<_> = functions.into_iter().map(function).collect();
    all.sort_by(|one, other| other.own.cmp(&one.own).then_with(|| one.name.cmp(&other.name)));
    all
}

/// The lines of a file of folded stacks, as flame graph programs read them.
#[must_use]
pub fn lines(folded: &Folded) -> String {
    folded.iter().map(|(stack, count)| format!("{stack} {count}\n")).collect()
}

/// Draws a flame graph, an SVG that zooms and searches in a browser.
///
/// # Errors
/// There is nothing to draw, or `to` takes nothing.
pub fn draw(folded: &Folded, title: &str, weight: Weight, to: &mut impl Write) -> Result<(), Error> {
    let mut options = inferno::flamegraph::Options::default();
    title.clone_into(&mut options.title);
    weight.unit().clone_into(&mut options.count_name);
    options.deterministic = true;
    let lines = lines(folded);
    inferno::flamegraph::from_lines(&mut options, lines.lines(), to).map_err(|error| Error::Graph(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_line_by_line() {
        let profile = Profile::parse("stack 1 0 100\nstack 2 1 200\nat 2 300 7 1\n").expect("is one");
        assert_eq!(profile.stacks[&2], (1, 200));
        assert_eq!((profile.rows[0].instructions, profile.rows[0].device_accesses), (7, 1));
        for wrong in ["stack 1 0", "at 1 2 3 x", "nonsense", "stack 5000000000 0 1"] {
            assert!(matches!(Profile::parse(wrong), Err(Error::Line(1, _))), "{wrong}");
        }
    }

    #[test]
    fn functions_are_counted_with_and_without_their_callees() {
        let folded = Folded::from([("main;a;b".into(), 5), ("main;b".into(), 3), ("main;a".into(), 7)]);
        let counts = |name: &str| functions(&folded).iter().find(|f| f.name == name).map(|f| (f.own, f.with_callees));
        assert_eq!([counts("main"), counts("a"), counts("b")], [Some((0, 15)), Some((7, 12)), Some((8, 8))]);
        assert_eq!(functions(&Folded::from([("f;f".into(), 2)]))[0].with_callees, 2, "recursion is counted once");
        assert_eq!(lines(&folded), "main;a 7\nmain;a;b 5\nmain;b 3\n");
        let mut graph = Vec::new();
        draw(&folded, "test", Weight::Instructions, &mut graph).expect("is drawn");
        let graph = String::from_utf8_lossy(&graph);
        let title = graph.split("<title>").find_map(|part| part.strip_prefix("main ")?.split('<').next());
        assert_eq!(title, Some("(15 instructions, 100.00%)"));
    }
}
