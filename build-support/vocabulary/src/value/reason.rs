//! Why a text is not a valid value: one byte, without a message.

/// Why a text is not a value of its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It does not match the grammar.
    Malformed,
    /// It is less than the least value.
    TooSmall,
    /// It is more than the greatest value, or does not fit 64 bits.
    TooLarge,
    /// It has more bytes than allowed.
    TooLong,
    /// It contains a NUL, which would end a command line.
    Nul,
    /// It is a number without the unit that it needs.
    UnitMissing,
    /// It has a unit that is not known.
    UnitUnknown,
    /// It has digits below one nanosecond.
    TooFine,
    /// It is an address whose prefix is not a number of bits in such an address.
    Prefix,
}
