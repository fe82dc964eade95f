//! Mathematical functions, which `std` and the compiler call by their names in C: those of the crate `libm`.

use core::ffi::c_int;

/// Defines functions of one, two and three numbers, for `f64` and with an `f` at their end for `f32`.
macro_rules! functions {
    ($($($argument:ident),+ => $($name:ident $name_f32:ident)+;)+) => {
        $(functions!(@each ($($argument),+) $($name $name_f32)+);)+
    };
    (@each $arguments:tt $($name:ident $name_f32:ident)+) => {
        $(functions!(@one $arguments $name f64); functions!(@one $arguments $name_f32 f32);)+
    };
    (@one ($($argument:ident),+) $name:ident $number:ident) => {
        #[cfg_attr(unikernel, unsafe(no_mangle))]
        extern "C" fn $name($($argument: $number),+) -> $number {
            libm::$name($($argument),+)
        }
    };
}

functions! {
    x =>
        acos acosf acosh acoshf asin asinf asinh asinhf atan atanf atanh atanhf cbrt cbrtf cos cosf cosh coshf
        erf erff erfc erfcf exp expf exp2 exp2f exp10 exp10f expm1 expm1f fabs fabsf floor floorf ceil ceilf
        trunc truncf round roundf rint rintf roundeven roundevenf log logf log10 log10f log1p log1pf
        log2 log2f sin sinf sinh sinhf sqrt sqrtf tan tanf tanh tanhf tgamma tgammaf;
    x, y =>
        atan2 atan2f copysign copysignf fdim fdimf fmod fmodf hypot hypotf pow powf remainder remainderf
        fmax fmaxf fmin fminf nextafter nextafterf;
    x, y, z => fma fmaf;
}

/// The logarithm of the gamma function, and the sign of that.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn lgamma_r(x: f64, sign: *mut c_int) -> f64 {
    let (value, found) = libm::lgamma_r(x);
    // SAFETY: the caller's promise.
    unsafe { sign.write(found) };
    value
}

/// The same.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn lgammaf_r(x: f32, sign: *mut c_int) -> f32 {
    let (value, found) = libm::lgammaf_r(x);
    // SAFETY: the caller's promise.
    unsafe { sign.write(found) };
    value
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn ldexp(x: f64, exponent: c_int) -> f64 {
    libm::ldexp(x, exponent)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn ldexpf(x: f32, exponent: c_int) -> f32 {
    libm::ldexpf(x, exponent)
}
