#[cfg(feature = "net")]
#[::unikernel_rt::__private::unikernel(
    net(dhcp),
    args(#[cfg(debug_assertions)]verbose = true)
)]
fn main(net: Net, #[cfg(debug_assertions)] verbose: bool) {}
#[cfg(not(feature = "net"))]
#[::unikernel_rt::__private::unikernel(args(#[cfg(debug_assertions)]verbose = true))]
fn main(#[cfg(debug_assertions)] verbose: bool) {}
