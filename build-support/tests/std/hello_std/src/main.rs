//! An ordinary program, which is a kernel as well.

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {
    println!("{}", greeting());
}

fn greeting() -> &'static str {
    "Hello from std!"
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_greets() {
        assert!(super::greeting().starts_with("Hello"));
    }
}
