//! Checks what a DHCP server is to be told of its client.

use unikernel_vocabulary::value::{CLIENT_ID, HOST_NAME};

use super::Check;
use crate::manifest::report::Fault;

impl Check<'_> {
    /// Checks the names that the manifest gives; the others are checked when the application is compiled.
    pub(super) fn clients(&mut self) {
        let is_net = |name| self.declaration.devices().any(|device| device.kind == "net" && device.name == name);
        let of_nets = self.arguments.iter().filter(|slot| is_net(slot.place().0));
        let faults = of_nets.filter_map(|slot| {
            let given = slot.given.as_ref()?;
            let text = given.text.as_deref()?;
            let wrong =
                [HOST_NAME, CLIENT_ID].into_iter().find(|of| of.option == slot.place().1 && !(of.is_valid)(text))?;
            let fault = Fault::new(format!("`{text}` cannot be {}: {}", wrong.what, wrong.rule));
            let help = format!("write `{} = \"{}\"`", wrong.option, wrong.example);
            Some(fault.at(given.span.clone(), format!("not {}", wrong.what)).help(help))
        });
        let faults: Vec<_> = faults.collect();
        self.faults.extend(faults);
    }
}
