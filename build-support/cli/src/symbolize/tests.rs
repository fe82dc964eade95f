//! Streams with reports in them, and streams that only look like it. Whole backtraces are tested by booting kernels.

use std::collections::BTreeMap;

use super::report::{Crash, Reader};

const REPORT: &str = "unikernel: page fault: writing to unmapped address 0x8, error code 0x2\n  \
    rip=0x0000000000102b81   rsp=0x0000000000114f50   flg=0x0000000000000046\n  \
    rax=0x0000000000000008   rbx=0x0000000000117004   rcx=0x0000000000105471\n  \
    rbp=0x0000000000000007   r8 =0x0000000000000001   r9 =0x0000000000000001\n  \
    0x114f68: 0x1040a5\n  0x114fa8: 0x101f81\n  image=0x7a9bd64f\nunikernel: exit status 102\n";

fn crash() -> Crash {
    Crash {
        instruction: 0x10_2b81,
        stack: 0x11_4f50,
        frame: 7,
        words: BTreeMap::from([(0x11_4f68, 0x10_40a5), (0x11_4fa8, 0x10_1f81)]),
        image: 0x7a9b_d64f,
    }
}

/// The reports in a stream, each with what is left of the stream behind it.
fn found(stream: &[u8]) -> Vec<(Crash, usize)> {
    let mut reader = Reader::default();
    let reports = stream.iter().enumerate().filter_map(|(at, byte)| Some((reader.take(*byte)?, stream.len() - at - 1)));
    reports.collect()
}

#[test]
fn a_report_ends_with_its_last_line() {
    let after = "unikernel: exit status 102\n".len();
    assert_eq!(found(REPORT.as_bytes()), [(crash(), after)]);
    let among_others = format!("starting\n\x1b[31mred\x1b[m\n{REPORT}\nbye");
    assert_eq!(found(among_others.as_bytes()), [(crash(), after + 4)]);
    assert_eq!(found(REPORT.replace('\n', "\r\n").as_bytes()), [(crash(), after + 1)], "as a terminal logs it");
}

#[test]
fn reports_follow_each_other() {
    assert_eq!(found(REPORT.repeat(3).as_bytes()).len(), 3);
    // One that another one interrupts is none.
    let (half, _) = REPORT.split_once("  image").unwrap();
    assert_eq!(found(format!("{half}{REPORT}").as_bytes()).len(), 1);
    let interrupted = half.to_owned() + "\nunikernel: another crash while reporting, at 0x1\n  image=0x7a9bd64f\n";
    assert_eq!(found(interrupted.as_bytes()), []);
}

#[test]
fn what_only_looks_like_it_is_no_report() {
    for stream in [
        "  image=0x7a9bd64f\n",
        "  rip=0x1 rsp=0x2\n  and then\n  image=0x7a9bd64f\n",
        "  rip=0x1 rsp=0x2\n  0x1: none\n  image=0x7a9bd64f\n",
        "  rip=x rsp=0x2\n  image=0x7a9bd64f\n",
        "  rip=0x1 rsp=0x2\nimage=0x7a9bd64f\n",
        "  rip=0x1 rsp=0x2\n  image=0x7a9bd64f1\n",
        "  rip=0x1 rsp=0x2\n  image=0x7a9bd64f",
    ] {
        assert_eq!(found(stream.as_bytes()), [], "{stream}");
    }
    let long = format!("  rip=0x1{}\n  image=0x7a9bd64f\n", " rax=0x2".repeat(100_000));
    assert_eq!(found(long.as_bytes()), []);
    assert_eq!(found(b"  rip=0x1\n  \xff\xfe\n  image=0x1\n"), []);
}

#[test]
fn damage_never_panics() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut reports = 0;
    for _ in 0..20_000 {
        let mut stream = REPORT.as_bytes().to_vec();
        for _ in 0..random.usize(0..4) {
            let at = random.usize(..stream.len());
            stream[at] = *random.choice(b"0123456789abcdefx=: \nri\xff").unwrap();
        }
        reports += found(&stream).len();
    }
    assert!(reports > 5_000, "{reports}");
}
