//! `values(linux)`: a command line as it is written for Linux, which is how urunc starts a guest.
//!
//! `ip=` sets the addresses of an interface. Where there is an `init=`, what stands before `--` is not for the application: words of
//! it that nobody declared are counted, and the variables of a program of `std` are there without their prefix.

use super::{COMMAND_LINE, Given, rest, set, take};
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use unikernel_vocabulary::command_line::linux::{InterfaceFault, InterfaceWord, init_at, init_words, kernel_words};
use unikernel_vocabulary::command_line::{is_foreign, words_mut};

/// The word that sets the addresses of an interface.
pub(super) const INTERFACE: &[u8] = b"ip";

/// What precedes the name of a variable where it is a boot argument.
const VARIABLE: &[u8] = b"env.";

/// Reads a line into the values of `K`.
pub(super) fn read<K: Kernel>(line: &'static mut [u8], values: &mut [Given], rest: &mut Option<rest::Words>) {
    let Some(at) = init_at(line) else {
        return words_mut(line).for_each(|word| take::<K>(word, values, rest, COMMAND_LINE));
    };
    let (before, behind) = line.split_at_mut(at);
    let mut ignored = 0;
    for word in kernel_words(before) {
        let is_it = |name: &[u8]| name == word.key || name.strip_prefix(VARIABLE) == Some(word.key);
        match K::DECLARATION.arguments.iter().position(|argument| is_it(argument.name.as_bytes())) {
            Some(index) => set::<K>(index, word, values, COMMAND_LINE),
            None if word.key == INTERFACE => set_interface::<K>(word.value, values),
            None => ignored += u32::from(!is_foreign(word.key)),
        }
    }
    if ignored > 0 {
        let report = Report::<K>::begin().text("words of the environment that are not declared, and ignored: ");
        report.decimal(ignored).end();
    }
    for word in init_words(behind, at) {
        take::<K>(word, values, rest, COMMAND_LINE);
    }
}

/// Sets the options of a `net` as `ip=` says.
pub(super) fn set_interface<K: Kernel>(value: Option<&'static mut [u8]>, values: &mut [Given]) {
    let word = InterfaceWord::read(value.unwrap_or_default()).unwrap_or_else(|InterfaceFault { text, why }| {
        Report::<K>::boot_argument(INTERFACE).text("`: `").bytes(text).text(why).stop(Status::ARGUMENT)
    });
    let mut interfaces = K::DECLARATION.devices.iter().filter(|device| device.kind == "net");
    let Some(interface) = interfaces.clone().nth(word.number) else {
        if interfaces.next().is_none() {
            return; // it is for nobody here
        }
        let report = Report::<K>::boot_argument(INTERFACE).text("`: there is no `eth").decimal(word.number as u32);
        report.text("`; the first `net` of the annotation is `eth0`").stop(Status::ARGUMENT)
    };
    // An address of one's own takes the place of DHCP.
    let dhcp = match word.ip {
        Some(_) => Some("false"),
        None => word.dhcp.then_some("true"),
    };
    for (argument, place) in K::DECLARATION.arguments.iter().zip(values) {
        let option = argument.name.strip_prefix(interface.name).and_then(|option| option.strip_prefix('.'));
        let given = match option {
            Some("ip") => word.ip,
            Some("gateway") => word.gateway,
            Some("dns") if cfg!(feature = "dns") => word.dns,
            Some("dhcp") => dhcp,
            _ => None,
        };
        *place = given.or(*place);
    }
}
