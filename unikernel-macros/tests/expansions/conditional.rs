#[unikernel(#[cfg(feature = "net")] net(dhcp), args(#[cfg(debug_assertions)] verbose = true))]
fn main(#[cfg(feature = "net")] net: Net, #[cfg(debug_assertions)] verbose: bool) {}
