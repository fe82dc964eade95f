//! Functions of C, called by C.

use unikernel_rt::unikernel;

unsafe extern "C" {
    safe fn plain(fails: i32);
    safe fn fortified(fails: i32);
}

#[unikernel(std, console, tmp(size = "1MiB"), args(fails = 0))]
fn main(fails: i32) {
    plain(0);
    fortified(fails);
}
