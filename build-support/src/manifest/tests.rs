//! Manifests that fit, and the exact message and place of everything that does not.

use unikernel_vocabulary::{Argument, Declaration, Device, Kind, note::FORMAT};

use super::*;

const GREET: Declaration<'static> = Declaration {
    application: "greet",
    version: "0.1.0",
    devices: &[
        Device { kind: "console", name: "console", fixed: &[] },
        Device { kind: "heap", name: "heap", fixed: &[("size", "1MiB")] },
        Device { kind: "log", name: "log", fixed: &[] },
    ],
    arguments: &[
        Argument { name: "name", kind: Kind::text(2047), default: None },
        Argument { name: "port", kind: Kind::integer(0, 65535), default: Some("80") },
        Argument { name: "loud", kind: Kind::BOOL, default: Some("false") },
        Argument { name: "wait", kind: Kind::DURATION, default: Some("0s") },
        Argument { name: "colour", kind: Kind::words("red|green|blue").optional(), default: None },
        Argument { name: "log.level", kind: Kind::words("off|error|warn|info|debug|trace"), default: Some("info") },
    ],
};

fn check(text: &str) -> Result<Settings, String> {
    const ENCODED: [u8; GREET.encoded_len()] = GREET.encode();
    let manifest = Manifest::parse(text, "manifests/greet.toml").map_err(|report| report.to_string())?;
    manifest.check(&Decoded::new(FORMAT, &ENCODED).unwrap()).map_err(|report| report.to_string())
}

#[test]
fn show() {
    for text in [
        "app = \"greet\"\n[args\nname = \"x\"\n",
        "app = \"greet\"\nname = = 4\n",
        "",
        "[args]\nname = 4",
        "app = 4",
        "app = \"hello\"\n[nonsense]\n",
        "app = \"greet\"\n",
        "app = \"greet\"\n\n[args]\nprot = 8080\nport = \"80\"\nloud = 1\nwait = 2\ncolour = \"gren\"\nxyz = 3\n",
        "app = \"greet\"\n\n[args]\nname = \"x\"\nport = 70000\nwait = \"250\"\nloud = \"true\"\n[machin]\n[net]\nip = 3\n[heap]\nsize = 3\n[console]\nx = 3\n[foo]\n",
        "app = \"greet\"\nport = 3\nargs = 4\nap = 4\nxyz=3\n[machine]\nmemory = 16\ncpus = 0\ntype = \"q36\"\nforward = [80, \"80\", \"80:80\"]\nram = 3",
        "app = \"greet\"\n[args]\nname = \"x\"\n\"log.level\" = 3\n[log]\nport = 3\nlevel = \"inf\"\nfoo = 3\n[machine]\nmemory = \"1MiB\"",
        "app = \"greet\"\n[[args]]\nname = \"x\"\n[log]\nlevel.x = 4",
    ] {
        println!("------\n{}", check(text).map(|s| format!("{s:?}")).unwrap_or_else(|e| e));
    }
    const ENCODED: [u8; GREET.encoded_len()] = GREET.encode();
    println!("-----\n{}", Manifest::none("greet").check(&Decoded::new(FORMAT, &ENCODED).unwrap()).unwrap_err());
    println!("-----\n{}", check(&format!("app = \"greet\"\n[args]\nname = \"{}\"\n", "x".repeat(2046))).unwrap_err());
}
