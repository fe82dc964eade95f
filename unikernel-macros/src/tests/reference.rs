//! The page of the attribute, `declarations.md`: written from the vocabulary, so that it says what the macro accepts.
//!
//! `UPDATE_GOLDEN=1 cargo test -p unikernel-macros reference` writes it anew. The tests of the runtime's documentation compile its samples.

use std::fmt::Write as _;
use std::path::Path;

use unikernel_vocabulary::command_line::FOREIGN;
use unikernel_vocabulary::devices::RESERVED;
use unikernel_vocabulary::{DEVICES, DeviceSpec, Hardware, OptionSpec, Parameter, When};

/// What the vocabulary does not know.
const BEGIN: &str = r#"
```no_run
# #![no_main]
# use unikernel_rt::println;
use unikernel_rt::prelude::*;

#[unikernel(console, clock, args(port = 80, greeting = "hello"))]
fn main(console: Console, port: u16, greeting: &'static str) {
    println!("{greeting} from port {port}");
}
```

The file begins with `#![no_std]` and `#![no_main]`. `main` is a `fn` or an `async fn`, the latter with `spawner: Spawner` where
wanted; it returns nothing, `!`, `Result<(), E>` or `ExitCode`. Its parameters have the names of what is declared, in any order;
`_console` is `console`. `#[cfg(...)]` may stand before a declaration, an option, an argument and a parameter.

`crate = rt` is the path of the runtime, where the package does not have it as `unikernel_rt`; the same in `#[task]`.

# Boot arguments

`args(port = 80, greeting = "hello", name)` declares the boot arguments `port`, `greeting` and `name`, each a parameter of `main`. One
without a default is required, unless its type is an `Option`. A default is a literal or a constant. The type is that of the parameter: an
integer, `bool`, `&'static str`, an IP address, `Duration`, an `Option` of these, or any type with `FromArg`.

`args(..rest)` takes all other words of the boot command line, by the parameter `rest: Rest`:

```no_run
# #![no_main]
# use unikernel_rt::println;
use unikernel_rt::prelude::*;

#[unikernel(console, args(port = 80, ..rest))]
fn main(port: u16, rest: Rest) {
    for word in rest {
        println!("{port}: {word}");
    }
}
```

# Programs of the standard library

`std` makes an ordinary program of it, which plain cargo builds for the host, and the program `unikernel` as an image. There is no
`#![no_std]` and no `#![no_main]` then, devices are no parameters, and `build.rs` calls `unikernel_build::link_std()`. `env(...)`
declares variables of its environment; one without a value must be given at boot, as `env.NAME=value`:

```no_run
use unikernel_rt::unikernel;

#[unikernel(std, console, args(times = 2), env(GREETING = "hello"))]
fn main(times: u8) {
    for _ in 0..times {
        println!("{}", std::env::var("GREETING").unwrap_or_default());
    }
}
```
"#;

/// A `main` for a declaration.
fn sample(spec: &DeviceSpec) -> String {
    let backing = spec.requires.map(|required| format!("{required}, ")).unwrap_or_default();
    let parameter = match (spec.parameter, spec.type_name) {
        (Parameter::Never, _) | (_, None) => String::new(),
        (_, Some(ty)) => format!("{}: {ty}", spec.kind),
    };
    let name = parameter.split(':').next().unwrap_or_default();
    let body = if name.is_empty() { "{}".to_owned() } else { format!("{{\n    let _ = {name};\n}}") };
    // A folder that there is wherever this is compiled.
    let example = spec.example.replace("\"site\"", "\"src\"");
    format!(
        "```no_run\n# #![no_main]\nuse unikernel_rt::prelude::*;\n\n#[unikernel({backing}{example})]\nfn main({parameter}) {body}\n```\n"
    )
}

fn option(option: &OptionSpec) -> String {
    let default = match (option.default, option.kind.optional) {
        (Some(default), _) => format!("`{default}`"),
        (None, true) => "none".to_owned(),
        (None, false) => "required".to_owned(),
    };
    let when = match option.when {
        When::Fixed => "",
        When::Boot => "yes",
    };
    let feature = option.feature.map_or(String::new(), |feature| format!("`{feature}`"));
    let kind = option.kind.to_string().replace('|', "\\|");
    format!("| `{}` | {} | {kind} | {default} | {when} | {feature} |\n", option.name, option.help)
}

fn hardware(hardware: Hardware) -> &'static str {
    match hardware {
        Hardware::NetworkCard => "a virtio network card",
        Hardware::Disk => "a virtio disk",
        Hardware::RandomSource => "RDRAND, RDSEED or a virtio-rng",
        Hardware::SerialPort => "a serial port",
        Hardware::Screen => "a VGA text screen",
        Hardware::VirtioConsole => "a virtio console",
    }
}

fn device(spec: &DeviceSpec) -> String {
    let mut text = format!("\n# `{}`\n\n", spec.kind);
    match (spec.parameter, spec.type_name) {
        (Parameter::Required, Some(ty)) => write!(text, "`main` takes it as `{}: {ty}`.", spec.kind),
        (Parameter::Optional, Some(ty)) => write!(text, "`main` may take it as `{}: {ty}`.", spec.kind),
        _ => write!(text, "It is no parameter of `main`."),
    }
    .expect("a string takes everything");
    if spec.several {
        text.push_str(" There may be several, each with a `name = \"...\"`, which is then the name of the parameter.");
    }
    if let Some(feature) = spec.feature {
        text.push_str(&format!(" It needs the feature `{feature}` of `unikernel-rt`."));
    }
    if let Some(other) = spec.requires {
        text.push_str(&format!(" It needs `{other}`."));
    }
    let needed: Vec<&str> = spec.hardware.iter().copied().map(hardware).collect();
    if !needed.is_empty() {
        text.push_str(&format!(" The machine has {}.", needed.join(" and ")));
    }
    text.push_str("\n\n");
    text.push_str(&sample(spec));
    if !spec.options.is_empty() {
        text.push_str("\n| option | what it is | value | default | at boot | feature |\n|---|---|---|---|---|---|\n");
        text.extend(spec.options.iter().map(option));
    }
    text
}

fn page() -> String {
    let mut text = BEGIN.trim_start().to_owned();
    text.extend(DEVICES.iter().copied().map(device));
    let code = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let foreign: Vec<&str> = FOREIGN.split_terminator('|').collect();
    text.push_str(&format!(
        "\n# The boot command line\n\n\
         Words are separated by spaces: `port=8080 greeting=\"hello you\" net.ip=192.168.1.20/24`. In quotes, `\\\"` and `\\\\` stand for `\"` and\n\
         `\\`. An option with \"at boot\" is the argument `DEVICE.OPTION`. A word that nobody declared stops the boot, except for these, which\n\
         hypervisors and people add by habit (`*` stands for any end of a word): {}.\n\n\
         No argument and no device is called like a kind of device, or {}.\n",
        code(&foreign),
        code(RESERVED)
    ));
    text
}

#[test]
fn the_page_is_what_the_vocabulary_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("declarations.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, page()).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).expect("the page");
    assert!(written == page(), "`UPDATE_GOLDEN=1 cargo test -p unikernel-macros reference` writes {}", path.display());
}

#[test]
fn the_page_has_every_option_with_its_range() {
    let page = page();
    for spec in DEVICES {
        for option in spec.options {
            let row = format!("| `{}` | {} | {} |", option.name, option.help, option.kind);
            assert!(page.contains(&row), "{row}");
        }
    }
    assert!(page.contains("an integer from 576 to 9216 | `1500` |"), "a range and a default");
}
