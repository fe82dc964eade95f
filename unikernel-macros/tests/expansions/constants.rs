#[unikernel(net(ip), args(port = PORT))]
fn main(net: Net, port: u16) {}
