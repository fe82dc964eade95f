//! QEMU's command line as a script. <https://www.qemu.org/docs/master/system/invocation.html>

use unikernel_vocabulary::contract::ports::debug_exit_code;
use unikernel_vocabulary::contract::status;

use super::{Deployment, Exported, script};
use crate::machine::{Accelerator, Boot, PROGRAM, Qemu, qemu::quoted};
use crate::manifest::MachineType;

pub(super) fn write(deployment: &Deployment<'_>) -> Exported {
    let boot = match deployment.hardware.machine_type {
        MachineType::Microvm => {
            Boot::Kernel { path: deployment.kernel.into(), command_line: deployment.command_line.into() }
        }
        MachineType::Pc | MachineType::Q35 => Boot::Iso(deployment.iso.into()),
    };
    let accelerator = if deployment.has_kvm { Accelerator::KvmOrTcg } else { Accelerator::Tcg };
    let qemu = Qemu { boot, hardware: deployment.hardware.clone(), accelerator, extra: Vec::new() };
    let mut lines = vec![format!("exec {PROGRAM}")];
    for argument in qemu.arguments() {
        let argument = quoted(&argument.to_string_lossy());
        match lines.last_mut() {
            // A value stands behind its option.
            Some(line) if !argument.starts_with('-') => *line = format!("{line} {argument}"),
            _ => lines.push(argument),
        }
    }
    lines.push("\"$@\"".into());
    let remarks = vec![
        format!(
            "The exit status is QEMU's: twice the kernel's plus 1 ({} is success, {} is status 1, {} a panic).",
            debug_exit_code(status::SUCCESS),
            debug_exit_code(1),
            debug_exit_code(status::PANIC)
        ),
        "QEMU's own failures exit with 1 as well, and print a reason; `unikernel run` tells the two apart.".into(),
    ];
    script(
        &format!(
            "{} on QEMU, with the console on this terminal; further arguments are passed to QEMU.",
            deployment.name
        ),
        remarks,
        &format!("{}\n", lines.join(" \\\n    ")),
    )
}
