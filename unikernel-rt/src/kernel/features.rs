//! The runtime's features, for code that is emitted in kernels: a `cfg` there would test the application's features.

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
