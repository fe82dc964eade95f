//! Return types of `main`, and their exit status.

use super::report::Report;
use super::status::Status;
use super::{Boot, Kernel};
use core::fmt::Debug;
use unikernel_vocabulary::contract::status;

/// The application's own exit status: 0 for success, 1 to 99 for its own meanings.
///
/// The runtime uses statuses from 100: 101 panic, 102 fault, 103 boot argument, 104 device missing.
///
/// ```no_run
/// # #![no_main]
/// use unikernel_rt::prelude::*;
///
/// #[unikernel(args(tests = 3))]
/// fn main(tests: u8) -> ExitCode {
///     if tests == 0 { ExitCode::new(2) } else { ExitCode::SUCCESS }
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitCode(u8);

impl ExitCode {
    /// Status 0.
    pub const SUCCESS: ExitCode = ExitCode(status::SUCCESS);
    /// Status 1.
    pub const FAILURE: ExitCode = ExitCode(status::FAILURE);

    /// The status `code`.
    ///
    /// # Panics
    /// Panics if `code` is above 99, which is reserved for the runtime; at compile time in a constant.
    pub const fn new(code: u8) -> Self {
        assert!(code <= status::APPLICATION_MAX, "an application's exit code is 0 to 99");
        ExitCode(code)
    }
}

/// Return types of `main`: `()`, `!`, `Result<(), E>` with a `Debug` error, or [`ExitCode`].
#[diagnostic::on_unimplemented(
    message = "`main` of a unikernel cannot return `{Self}`",
    label = "not a valid return type of `main`",
    note = "help: return `()`, `!`, `Result<(), E>` where `E: Debug`, or `ExitCode`"
)]
pub trait Termination {
    /// The exit status; reports an error first.
    fn status<K: Kernel>(self) -> Status;
}

impl Termination for () {
    fn status<K: Kernel>(self) -> Status {
        Status::SUCCESS
    }
}

impl Termination for ExitCode {
    fn status<K: Kernel>(self) -> Status {
        Status(self.0)
    }
}

impl<E: Debug> Termination for Result<(), E> {
    fn status<K: Kernel>(self) -> Status {
        match self {
            Ok(()) => Status::SUCCESS,
            Err(error) => {
                Report::<K>::begin().formatted(format_args!("error: {error:?}")).end();
                Status::FAILURE
            }
        }
    }
}

/// Converts the return value of `main` into the exit status.
pub fn status<K: Kernel, T: Termination>(_boot: &Boot<K>, outcome: T) -> Status {
    outcome.status::<K>()
}
