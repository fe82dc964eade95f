//! QEMU's console options: the first console is standard input and output.

use crate::machine::hardware::{Console, Hardware};

/// The options for consoles that are not on the virtio bus.
pub(super) fn options(hardware: &Hardware) -> Vec<[&'static str; 2]> {
    let mut options = Vec::new();
    for (console, backend) in with_backends(hardware) {
        match console {
            Console::Serial => {
                options.extend(backend.chardev());
                options.push(["-serial", backend.serial()]);
            }
            Console::Screen => options.push(["-vga", "std"]),
            Console::Virtio => options.extend(backend.chardev()),
        }
    }
    options
}

/// The console on the bus of virtio devices: the kind and properties of the device, and the option for its port 0.
pub(super) fn on_virtio(hardware: &Hardware) -> Option<(&'static str, &'static str, [String; 2])> {
    let (_, backend) = with_backends(hardware).find(|(console, _)| *console == Console::Virtio)?;
    Some(("serial", ",max_ports=1", ["-device".into(), backend.port().into()]))
}

/// The backend of a console.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backend {
    /// QEMU's standard input and output.
    Terminal,
    /// None: the terminal already shows the same text.
    Nothing,
}

impl Backend {
    fn chardev(self) -> Option<[&'static str; 2]> {
        match self {
            Self::Terminal => Some(["-chardev", "stdio,id=console"]),
            Self::Nothing => None,
        }
    }

    fn port(self) -> &'static str {
        match self {
            Self::Terminal => "virtconsole,chardev=console",
            Self::Nothing => "virtconsole",
        }
    }

    fn serial(self) -> &'static str {
        match self {
            Self::Terminal => "chardev:console",
            Self::Nothing => "null",
        }
    }
}

fn with_backends(hardware: &Hardware) -> impl Iterator<Item = (Console, Backend)> {
    let is_text = |console: &&Console| **console != Console::Screen;
    let terminal = hardware.consoles.iter().find(is_text);
    hardware.consoles.iter().map(move |console| {
        let backend = if Some(console) == terminal { Backend::Terminal } else { Backend::Nothing };
        (*console, backend)
    })
}
