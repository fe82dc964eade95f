//! `values`: its sources, and every mistake.

use super::{none, one};

#[test]
fn it_names_sources() {
    none("#[unikernel(values(linux))]\nfn main() {}");
    none("#[unikernel(args(port = 80), values(linux, volume, smbios, fw_cfg = true))]\nfn main(port: u16) {}");
    let message =
        "`values` names no source\nexpected one of `linux`, `volume`, `smbios`, `fw_cfg`\nhelp: write `values(linux)`";
    one("#[unikernel(values)]\nfn main() {}", &format!("1:13-1:19 {message}"));
    one("#[unikernel(values(linux = false))]\nfn main() {}", &format!("1:13-1:19 {message}"));
    one(
        "#[unikernel(values(smbus))]\nfn main() {}",
        "1:20-1:25 `values` has no option `smbus`\nexpected one of `linux`, `volume`, `smbios`, `fw_cfg`\nhelp: write `smbios`",
    );
}

#[test]
fn there_is_one_and_it_is_no_parameter() {
    one(
        "#[unikernel(values(linux), values(smbios))]\nfn main() {}",
        "1:13-1:34 duplicate device `values`\nhelp: remove one of them",
    );
    one(
        "#[unikernel(values(linux))]\nfn main(values: u8) {}",
        "2:9-2:15 `values` cannot be a parameter of `main`\nhelp: write `fn main()`",
    );
}
