//! A source of random numbers, for what needs one.

use unikernel_vocabulary::Hardware as Needs;

use super::{Hardware, Request};
use crate::machine::Error;

/// One source, however many need it.
pub(super) fn plan(hardware: &mut Hardware, request: &Request<'_>) -> Result<(), Error> {
    hardware.has_entropy = request.declaration.devices_on(Needs::RandomSource).next().is_some();
    Ok(())
}
