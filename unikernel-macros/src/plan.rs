//! The checked plan of one kernel: what `check` promises and `expand` relies on.
//!
//! Nothing in it changes once it is made. Every name is known to the vocabulary, every option has its text in the
//! grammar of its kind, and every parameter of `main` has its source.

use proc_macro2::{Span, TokenStream};
use syn::{Ident, Type};
use unikernel_vocabulary::{DeviceSpec, OptionSpec};

/// One kernel.
pub(crate) struct Plan {
    /// The name of the user's function, with its place.
    pub(crate) main: Ident,
    /// Whether it is an `async fn`.
    pub(crate) asynchronous: bool,
    /// What it returns.
    pub(crate) output: Output,
    /// The declared devices, in the order of the annotation.
    pub(crate) devices: Vec<Device>,
    /// The arguments of `args(...)`, in the order of the annotation.
    pub(crate) arguments: Vec<Argument>,
    /// The name of what takes all other words of the command line.
    pub(crate) rest: Option<String>,
    /// The variables of `env(...)`, in the order of the annotation.
    pub(crate) variables: Vec<Variable>,
    /// The parameters of `main`, in its order.
    pub(crate) parameters: Vec<Parameter>,
}

/// What `main` returns, as far as it changes the expansion.
pub(crate) enum Output {
    /// Nothing is written: `()`.
    Unit,
    /// `!`, which is no type that a generic function of stable Rust can be called with.
    Never,
    /// A type, which the runtime's trait judges.
    Type(Box<Type>),
}

/// One declared device.
pub(crate) struct Device {
    pub(crate) spec: &'static DeviceSpec,
    /// The name of its parameter and of its options on the boot command line.
    pub(crate) name: String,
    /// Where it is declared.
    pub(crate) span: Span,
    /// Every option that was given, in the order of the annotation.
    pub(crate) options: Vec<DeviceOption>,
    /// The files that it embeds, sorted by key.
    pub(crate) files: Vec<File>,
    /// The device below it, which it declares and uses alone.
    pub(crate) backing: Option<Backing>,
}

/// A device that another one declares for itself: it is no parameter of `main`.
pub(crate) struct Backing {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// Its options.
    pub(crate) fixed: &'static [(&'static str, &'static str)],
}

/// A file that is embedded.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct File {
    /// Its path below the folder, with `/` between its parts.
    pub(crate) key: String,
    /// What it was compressed to.
    pub(crate) encodings: Vec<Encoding>,
}

/// A compressed file.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Encoding {
    /// The name of its content coding.
    pub(crate) coding: &'static str,
    /// Its path below `OUT_DIR`.
    pub(crate) path: String,
}

/// One option that a device was given.
pub(crate) struct DeviceOption {
    pub(crate) spec: &'static OptionSpec,
    pub(crate) text: String,
    pub(crate) span: Span,
    /// Whether it has no value here, and so must be given one at boot.
    pub(crate) is_required: bool,
}

/// One boot argument.
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) default: Option<Default>,
}

/// The default of a boot argument.
pub(crate) enum Default {
    /// A literal.
    Text {
        /// As it would stand on the command line.
        text: String,
        span: Span,
    },
    /// An expression that only the compiler can evaluate.
    Constant(TokenStream),
}

/// One variable of the environment.
pub(crate) struct Variable {
    pub(crate) name: String,
    /// What it is where the boot command line does not say; without, it must be said there.
    pub(crate) value: Option<String>,
}

/// One parameter of `main`.
pub(crate) struct Parameter {
    pub(crate) source: Source,
    pub(crate) ty: Type,
}

/// Where the value of a parameter comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// The device of this index.
    Device(usize),
    /// The argument of this index.
    Argument(usize),
    /// The words that no argument takes.
    Rest,
    /// The executor.
    Spawner,
}

impl Plan {
    /// Whether this is a program of the standard library.
    pub(crate) fn is_of_std(&self) -> bool {
        self.devices.iter().any(|device| device.spec.kind == "std")
    }

    /// Whether `main` takes a device.
    pub(crate) fn is_parameter(&self, device: &Device) -> bool {
        self.parameters.iter().any(|parameter| match parameter.source {
            Source::Device(index) => self.devices[index].name == device.name,
            Source::Argument(_) | Source::Rest | Source::Spawner => false,
        })
    }
}

impl Device {
    /// Whether it declares the device `name` for itself.
    pub(crate) fn is_backed_by(&self, name: &str) -> bool {
        self.backing.as_ref().is_some_and(|backing| backing.name == name)
    }

    /// An option that was given.
    pub(crate) fn option(&self, name: &str) -> Option<&DeviceOption> {
        self.options.iter().find(|option| option.spec.name == name)
    }

    /// The text of an option: what was given, else its default.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let given = self.option(name).map(|option| option.text.as_str());
        given.or_else(|| self.spec.option(name).and_then(|spec| spec.default))
    }
}
