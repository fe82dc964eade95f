//! Features of the runtime, for what is emitted in kernels: where it is, the features in force are those of the application.

/// Emits `items` where the feature `async` is on.
#[cfg(feature = "async")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_async {
    ($($items:tt)*) => { $($items)* };
}

/// Emits nothing, because the feature `async` is off.
#[cfg(not(feature = "async"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_async {
    ($($items:tt)*) => {};
}
