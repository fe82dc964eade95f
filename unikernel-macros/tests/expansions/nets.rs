#[unikernel(net(name = "lan", ip = "10.0.0.2/24"), net(name = "wan", dhcp, mac = "52:54:00:12:34:56", send_buffer = "64KiB"))]
fn main(lan: Net, wan: Net) -> ! {}
