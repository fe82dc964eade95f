#[unikernel(net(ip = "10.0.0.2/99"), nett(name = "lan", ip), heap)]
fn main(net: Net) {}
