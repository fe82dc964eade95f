//! `clock`: found and started whether or not `main` takes it, because sleeping needs no parameter.

use quote::quote;

use super::{Part, variable};
use crate::plan::{Device, Plan};

pub(super) fn part(device: &Device, _plan: &Plan) -> Part {
    let clock = variable(&device.name, device.span);
    Part { attach: quote!(let #clock = __unikernel_rt::clock::attach(__unikernel_boot);), ..Part::default() }
}
