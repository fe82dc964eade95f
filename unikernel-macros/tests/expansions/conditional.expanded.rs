#[cfg(feature = "net")]
#[::unikernel_rt::prelude::unikernel(
    net(dhcp),
    args(#[cfg(debug_assertions)]verbose = true)
)]
fn main(net: Net, #[cfg(debug_assertions)] verbose: bool) {}
#[cfg(not(feature = "net"))]
#[::unikernel_rt::prelude::unikernel(args(#[cfg(debug_assertions)]verbose = true))]
fn main(#[cfg(debug_assertions)] verbose: bool) {}
