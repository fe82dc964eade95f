//! `tmp`: a tree of files in memory, mounted at its name.

use quote::quote;

use super::Part;
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let (name, size) = (&device.name, device.text("size").unwrap_or_default());
    Part {
        attach: quote!(__unikernel_rt::std::mount_memory(#name, const { __unikernel_rt::std::bytes(#size) });),
        ..Part::default()
    }
}
