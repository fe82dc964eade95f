//! What is done for the user while a machine runs, besides running it.

use crate::symbolize::Symbolizer;

/// What [`super::run`] does besides; nothing, by default.
#[derive(Debug, Default)]
pub struct Watch {
    /// Adds backtraces to what the console says.
    pub symbolizer: Option<Symbolizer>,
}

impl Watch {
    /// What is shown of what the console said.
    pub(super) fn console(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        match &mut self.symbolizer {
            Some(symbolizer) => symbolizer.feed(&bytes),
            None => bytes,
        }
    }
}
