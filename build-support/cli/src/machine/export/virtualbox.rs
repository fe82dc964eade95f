//! A script of `VBoxManage` commands. <https://www.virtualbox.org/manual/topics/vboxmanage.html>

use std::net::Ipv4Addr;

use unikernel_vocabulary::contract::ports::COM1;

use super::{Deployment, Exported, Unsuitable, console, mebibytes, script, without_smbios};
use crate::machine::hardware::{Console, Link};
use crate::machine::{ports, qemu::quoted};
use crate::manifest::MachineType;

/// The maximum number of network cards.
const MOST_CARDS: usize = 8;
/// The minimum memory.
const LEAST_MEBIBYTES: u64 = 4;

pub(super) fn write(deployment: &Deployment<'_>) -> Result<Exported, Unsuitable> {
    let hardware = deployment.hardware;
    if let Some(disk) = hardware.disks.first() {
        return Err(Unsuitable(format!(
            "VirtualBox has no virtio block device, which `{}` needs\nhelp: choose another format",
            disk.name
        )));
    }
    if hardware.cards.len() > MOST_CARDS {
        return Err(Unsuitable(format!("VirtualBox supports at most {MOST_CARDS} network cards")));
    }
    let mut remarks: Vec<String> =
        vec!["The exit status is only on the console; VirtualBox only sees that the machine is off.".into()];
    without_smbios(hardware, &mut remarks);
    if hardware.has_entropy {
        remarks.push("There is no virtio-rng: random numbers come from the processor (RDSEED, RDRAND).".into());
    }
    let name = quoted(deployment.name);
    let chipset = if hardware.machine_type == MachineType::Pc { "piix3" } else { "ich9" };
    let memory = mebibytes(hardware.memory_bytes).max(LEAST_MEBIBYTES);
    let mut lines = vec![
        format!("VBoxManage createvm --name {name} --ostype Other_64 --register"),
        format!("VBoxManage modifyvm {name} --memory {memory} --cpus {} --chipset {chipset}", hardware.cpus),
        format!(
            "VBoxManage modifyvm {name} --ioapic on --acpi on --rtcuseutc on --boot1 dvd --boot2 none --boot3 none"
        ),
        format!("VBoxManage storagectl {name} --name boot --add ide"),
        format!(
            "VBoxManage storageattach {name} --storagectl boot --port 0 --device 0 --type dvddrive --medium {}",
            quoted(&deployment.iso.to_string_lossy())
        ),
    ];
    if console::has(hardware, Console::Serial) {
        let file = format!("--uart1 {COM1:#x} 4 --uartmode1 file \"$PWD/\"{name}.console");
        lines.insert(3, format!("VBoxManage modifyvm {name} {file}"));
    }
    for (index, card) in hardware.cards.iter().enumerate() {
        let number = index + 1;
        let mac: String = card.mac_text().split(':').collect();
        let link = match &card.link {
            Link::Tap(tap) => format!("bridged --bridgeadapter{number} {}", quoted(tap)),
            // Not `nat`: the host is .2 there, which is a common address of the guest.
            Link::User { v4, forward: forwards, .. } => {
                let network = quoted(&format!("{}-{}", deployment.name, card.name));
                let host = Ipv4Addr::from_bits(v4.network.to_bits() + 1);
                if v4.guest == host {
                    return Err(Unsuitable(format!(
                        "`{}` has the address {host}, which is the host's in a network of VirtualBox's\nhelp: give it another \
                         one: `{}.ip`",
                        card.name, card.name
                    )));
                }
                if v4.host != host {
                    remarks.push(format!("The host, and the gateway, of `{}` is {host}, not {}.", card.name, v4.host));
                }
                let (at, prefix) = (v4.network, v4.prefix);
                lines.push(format!(
                    "VBoxManage natnetwork add --netname {network} --network {at}/{prefix} --enable --dhcp on"
                ));
                for forward in forwards {
                    let (protocol, from, to) = (forward.protocol.name(), forward.host, forward.guest);
                    let rule = format!("{protocol}{from}:{protocol}:[{}]:{from}:[{}]:{to}", ports::HOST, v4.guest);
                    lines.push(format!(
                        "VBoxManage natnetwork modify --netname {network} --port-forward-4 {}",
                        quoted(&rule)
                    ));
                }
                lines.push(format!("VBoxManage natnetwork start --netname {network}"));
                format!("natnetwork --nat-network{number} {network}")
            }
        };
        lines.push(format!(
            "VBoxManage modifyvm {name} --nic{number} {link} --nictype{number} virtio --macaddress{number} {mac}"
        ));
    }
    let front_end = if console::has(hardware, Console::Screen) { "gui" } else { "headless" };
    lines.push(format!("VBoxManage startvm {name} --type {front_end}"));
    let mut what = format!("Makes and starts {} on VirtualBox", deployment.name);
    if console::has(hardware, Console::Serial) {
        what += &format!("; the console goes to {}.console here", deployment.name);
    }
    what += ".";
    Ok(script(&what, remarks, &format!("{}\n", lines.join("\n"))))
}
