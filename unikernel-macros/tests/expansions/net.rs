#[unikernel(console, net(ip = "10.0.0.2"), block, clock)]
fn main(console: Console, net: Net, block: Block, clock: Clock) {}
