//! The entropy source.

use unikernel_vocabulary::Hardware as Needs;

use super::{Hardware, Request};
use crate::machine::Error;

/// Adds one source if any device needs it.
pub(super) fn plan(hardware: &mut Hardware, request: &Request<'_>) -> Result<(), Error> {
    hardware.has_entropy = request.declaration.devices_on(Needs::RandomSource).next().is_some();
    Ok(())
}
