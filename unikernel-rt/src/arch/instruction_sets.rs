//! The instruction sets that this build was compiled for, as the entry code checks and enables them.
//!
//! `-C target-cpu` and `-C target-feature` let the compiler use them in any function. The entry code is assembly, so it runs on every
//! processor: it looks for each of them, then enables the registers that they need (Intel SDM volume 1, chapter 13). A build without
//! such options has an empty table, and no code for it.

/// A feature that CPUID reports.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Feature {
    leaf: u32,
    subleaf: u32,
    /// Where EAX, EBX, ECX or EDX is: see the constants below.
    register: u32,
    /// The bits that must be set.
    mask: u32,
    /// Its name, the end of a line, and zeros.
    name: [u8; NAME_BYTES],
}

const NAME_BYTES: usize = 24;

/// Offsets for the entry code.
pub(crate) const SUBLEAF_OFFSET: usize = core::mem::offset_of!(Feature, subleaf);
pub(crate) const REGISTER_OFFSET: usize = core::mem::offset_of!(Feature, register);
pub(crate) const MASK_OFFSET: usize = core::mem::offset_of!(Feature, mask);
pub(crate) const NAME_OFFSET: usize = core::mem::offset_of!(Feature, name);

/// The entry code pushes EDX first and EAX last.
const EAX: u32 = 0;
const EBX: u32 = 4;
const ECX: u32 = 8;
const EDX: u32 = 12;

const EXTENDED: u32 = 0x8000_0001;

impl Feature {
    const fn new(name: &str, (leaf, subleaf): (u32, u32), register: u32, mask: u32) -> Self {
        let mut bytes = [0; NAME_BYTES];
        assert!(name.len() + 3 <= NAME_BYTES);
        let mut index = 0;
        while index < name.len() {
            bytes[index] = name.as_bytes()[index];
            index += 1;
        }
        bytes[index] = b'\r';
        bytes[index + 1] = b'\n';
        Self { leaf, subleaf, register, mask, name: bytes }
    }
}

macro_rules! instruction_sets {
    ($($name:literal: $leaf:expr, $register:ident, $bit:literal;)*) => {
        /// What the compiler can be told of, the newest first: it says most about the processor that is wanted. Each with whether this
        /// build was compiled for it.
        const KNOWN: &[(bool, Feature)] = &[
            $((cfg!(target_feature = $name), Feature::new($name, $leaf, $register, 1 << $bit)),)*
            // A hypervisor may have the instructions and not offer their registers.
            (XCR0 != 0, Feature::new("xsave", (1, 0), ECX, 1 << 26)),
            (XCR0 != 0, Feature::new("registers of avx", (0xd, 0), EAX, XCR0)),
        ];

        /// Every name that the compiler can be told.
        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),*];
    };
}

// Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E.
instruction_sets! {
    "avx512f": (7, 0), EBX, 16;
    "avx512fp16": (7, 0), EDX, 23;
    "avx512vp2intersect": (7, 0), EDX, 8;
    "avx512bf16": (7, 1), EAX, 5;
    "avx512vpopcntdq": (7, 0), ECX, 14;
    "avx512bitalg": (7, 0), ECX, 12;
    "avx512vnni": (7, 0), ECX, 11;
    "avx512vbmi2": (7, 0), ECX, 6;
    "avx512vbmi": (7, 0), ECX, 1;
    "avx512ifma": (7, 0), EBX, 21;
    "avx512vl": (7, 0), EBX, 31;
    "avx512bw": (7, 0), EBX, 30;
    "avx512cd": (7, 0), EBX, 28;
    "avx512dq": (7, 0), EBX, 17;
    "avxvnniint16": (7, 1), EDX, 10;
    "avxneconvert": (7, 1), EDX, 5;
    "avxvnniint8": (7, 1), EDX, 4;
    "avxifma": (7, 1), EAX, 23;
    "avxvnni": (7, 1), EAX, 4;
    "sha512": (7, 1), EAX, 0;
    "sm4": (7, 1), EAX, 2;
    "sm3": (7, 1), EAX, 1;
    "vpclmulqdq": (7, 0), ECX, 10;
    "vaes": (7, 0), ECX, 9;
    "gfni": (7, 0), ECX, 8;
    "avx2": (7, 0), EBX, 5;
    "fma": (1, 0), ECX, 12;
    "f16c": (1, 0), ECX, 29;
    "avx": (1, 0), ECX, 28;
    "widekl": (0x19, 0), EBX, 2;
    "kl": (7, 0), ECX, 23;
    "sha": (7, 0), EBX, 29;
    "adx": (7, 0), EBX, 19;
    "rdseed": (7, 0), EBX, 18;
    "bmi2": (7, 0), EBX, 8;
    "bmi1": (7, 0), EBX, 3;
    "lzcnt": (EXTENDED, 0), ECX, 5;
    "tbm": (EXTENDED, 0), ECX, 21;
    "sse4a": (EXTENDED, 0), ECX, 6;
    "movbe": (1, 0), ECX, 22;
    "rdrand": (1, 0), ECX, 30;
    "aes": (1, 0), ECX, 25;
    "pclmulqdq": (1, 0), ECX, 1;
    "xsaves": (0xd, 1), EAX, 3;
    "xsavec": (0xd, 1), EAX, 1;
    "xsaveopt": (0xd, 1), EAX, 0;
    "xsave": (1, 0), ECX, 26;
    "popcnt": (1, 0), ECX, 23;
    "cmpxchg16b": (1, 0), ECX, 13;
    "sse4.2": (1, 0), ECX, 20;
    "sse4.1": (1, 0), ECX, 19;
    "ssse3": (1, 0), ECX, 9;
    "sse3": (1, 0), ECX, 0;
}

/// What XCR0 is set to (Intel SDM volume 1, section 13.3); 0 where the build needs no more registers than SSE has.
pub(crate) const XCR0: u32 = {
    const X87_SSE_AVX: u32 = 0b111;
    const AVX_512: u32 = 0b111 << 5;
    match (cfg!(target_feature = "avx"), cfg!(target_feature = "avx512f")) {
        (_, true) => X87_SSE_AVX | AVX_512,
        (true, false) => X87_SSE_AVX,
        (false, false) => 0,
    }
};

/// How many entries [`REQUIRED`] has.
const REQUIRED_COUNT: usize = {
    let (mut count, mut index) = (0, 0);
    while index < KNOWN.len() {
        count += KNOWN[index].0 as usize;
        index += 1;
    }
    count
};

/// Everything that the processor must have, beyond what every 64-bit processor has.
pub(crate) static REQUIRED: [Feature; REQUIRED_COUNT] = {
    let mut required = [Feature::new("", (0, 0), EAX, 0); REQUIRED_COUNT];
    let (mut count, mut index) = (0, 0);
    while index < KNOWN.len() {
        let (is_required, feature) = &KNOWN[index];
        if *is_required {
            required[count] = *feature;
            count += 1;
        }
        index += 1;
    }
    required
};

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{NAMES, REQUIRED_COUNT, XCR0};
    use std::collections::BTreeSet;
    use std::process::Command;
    use std::string::String;
    use std::vec::Vec;

    /// What every 64-bit processor has.
    const BASELINE: [&str; 3] = ["fxsr", "sse", "sse2"];

    /// The features that the compiler enables for `options`, as `cfg` tells them to a crate.
    fn features(options: &[&str]) -> Vec<String> {
        let output = Command::new("rustc").args(["--print", "cfg"]).args(options).output().expect("rustc starts");
        let text = String::from_utf8(output.stdout).expect("is text");
        let names = text.lines().filter_map(|line| line.strip_prefix("target_feature=\"")?.strip_suffix('"'));
        names.map(String::from).collect()
    }

    /// A new compiler or processor with more features makes this fail.
    #[test]
    fn the_table_has_every_feature_of_the_newest_processors() {
        let mut known: BTreeSet<&str> = NAMES.iter().copied().collect();
        assert_eq!(known.len(), NAMES.len(), "duplicate name");
        known.extend(BASELINE);
        for cpu in ["x86-64-v4", "diamondrapids", "sierraforest", "arrowlake-s", "znver5", "bdver4", "native"] {
            let features = features(&["-C", &std::format!("target-cpu={cpu}")]);
            assert!(features.len() > BASELINE.len(), "{cpu}: {features:?}");
            for feature in features {
                assert!(known.contains(feature.as_str()), "{cpu}: `{feature}` is not in the table");
            }
        }
    }

    #[test]
    fn nothing_is_checked_or_enabled_without_options() {
        if !cfg!(target_feature = "sse3") {
            assert_eq!((REQUIRED_COUNT, XCR0), (0, 0));
        }
        assert_eq!(cfg!(target_feature = "avx"), XCR0 != 0);
    }
}
