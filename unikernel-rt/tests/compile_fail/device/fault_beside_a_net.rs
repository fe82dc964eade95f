#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[task(pool_size = LAN_SOCKETS)]
async fn serve(_net: Net) {}

#[unikernel(net(ip = "10.0.0.2/99"), nett(name = "lan", ip = "10.0.1.2/24"))]
async fn main(net: Net, lan: Net, spawner: Spawner) {
    spawner.spawn(serve(lan).expect("a free task"));
    for _ in 0..NET_SOCKETS {
        spawner.spawn(serve(net).expect("a free task"));
    }
}
