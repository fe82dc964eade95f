//! Arithmetic that is a call of a function of `compiler_builtins`, and numbers as text.

use alloc::string::ToString;
use core::hint::black_box;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

pub(crate) fn check() {
    wide_integers();
    floats();
    addresses();
}

fn wide_integers() {
    let (large, small) = (black_box(u128::MAX / 3), black_box(10_u128.pow(20)));
    assert_eq!(large / small, 1_134_274_556_403_128_211);
    assert_eq!(large % small, large - large / small * small);
    assert_eq!(large.checked_mul(small), None);
    assert_eq!(black_box(-7_i128).rem_euclid(black_box(3)), 2);
    assert_eq!(black_box(i128::MIN).checked_div(black_box(-1)), None);
    assert_eq!(black_box(i128::MIN).to_string().parse(), Ok(i128::MIN));
    assert_eq!(black_box(1_u128) << black_box(100) >> black_box(98), 4);
    assert_eq!(black_box(1_u128 << 100).leading_zeros() + black_box(1_u128 << 70).trailing_zeros(), 97);
    assert_eq!(black_box(u64::MAX).isqrt() + black_box(1000_u64).ilog10() as u64, 0xffff_ffff + 3);
    assert_eq!(alloc::format!("{:x}", black_box(u128::MAX)), "f".repeat(32));
}

fn floats() {
    for text in ["0.1", "1e308", "5e-324", "-0.0", "123456789.12345679", "inf", "NaN"] {
        let number: f64 = black_box(text).parse().expect("is a number");
        assert_eq!(number.to_string().parse::<f64>().map(f64::to_bits), Ok(number.to_bits()), "{text}");
        let number: f32 = black_box(text).parse().expect("is a number");
        assert_eq!(number.to_string().parse::<f32>().map(f32::to_bits), Ok(number.to_bits()), "{text}");
    }
    assert_eq!(
        alloc::format!("{:.3} {:e} {:?}", black_box(2.0_f64 / 3.0), black_box(1e-7), black_box(1.0)),
        "0.667 1e-7 1.0"
    );
    assert_eq!(black_box(7.5_f64) % black_box(2.0), 1.5);
    assert_eq!(black_box(7.5_f32) % black_box(2.0), 1.5);
    assert_eq!(black_box(1e30_f64) as u128, 1_000_000_000_000_000_019_884_624_838_656);
    assert_eq!(black_box(-1e30_f32) as i128, -1_000_000_015_047_466_219_876_688_855_040);
    assert_eq!(black_box(u128::MAX) as f64 + black_box(i128::MIN) as f64, 2_f64.powi_by_hand(127));
    assert_eq!(black_box(u128::MAX) as f32, 2_f32.powi_by_hand(128));
    assert_eq!(black_box(2.9_f64) as u64 + black_box(300.0_f32) as u64, 302);
    assert!(black_box(f64::NAN).max(black_box(1.0)) == 1.0 && black_box(-1.5_f64).abs().clamp(0.0, 1.0) == 1.0);
    assert_eq!(Duration::from_secs_f64(black_box(1.25)).mul_f32(black_box(2.0)), Duration::from_millis(2500));
    assert_eq!(alloc::format!("{:?}", Duration::from_micros(black_box(1500))), "1.5ms");
}

trait PowerByHand {
    fn powi_by_hand(self, exponent: u32) -> Self;
}

macro_rules! power_by_hand {
    ($($float:ty)*) => {$(
        impl PowerByHand for $float {
            fn powi_by_hand(self, exponent: u32) -> Self {
                core::iter::repeat_n(self, exponent as usize).product()
            }
        }
    )*};
}

power_by_hand!(f32 f64);

fn addresses() {
    for text in ["10.0.0.2", "::1", "2001:db8::ff00:42:8329", "::ffff:10.0.0.2"] {
        assert_eq!(black_box(text).parse::<IpAddr>().expect("is an address").to_string(), text);
    }
    let socket: SocketAddr = black_box("[fe80::1%3]:80").parse().expect("is an address");
    assert_eq!(socket.to_string(), "[fe80::1%3]:80");
}
