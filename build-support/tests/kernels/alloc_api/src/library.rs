//! The public modules of `alloc`.

use alloc::alloc::{alloc_zeroed, dealloc, realloc};
use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, LinkedList, VecDeque};
use alloc::ffi::CString;
use alloc::rc::{self, Rc};
use alloc::string::{String, ToString};
use alloc::sync::{self, Arc};
use alloc::task::Wake;
use alloc::vec::Vec;
use alloc::{fmt, format, str, vec};
use core::alloc::Layout;
use core::cmp::Reverse;
use core::error::Error;
use core::hint::black_box;
use core::iter;
use core::pin::pin;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Poll, Waker};

pub(crate) fn check() {
    raw_memory();
    boxes();
    counted();
    vectors();
    slices();
    collections();
    strings();
    formats();
    wakers();
}

fn raw_memory() {
    let layout = Layout::array::<u64>(black_box(5)).expect("is small");
    // SAFETY: the layout is not empty, and each block goes back with the layout that it has.
    unsafe {
        let block = alloc_zeroed(layout);
        assert_eq!(block.cast::<u64>().add(4).read(), 0);
        let block = realloc(block, layout, 4096);
        dealloc(block, Layout::from_size_align(4096, layout.align()).expect("is small"));
    }
}

fn boxes() {
    let error: Box<dyn Error + Send + Sync> = Box::from(black_box("a reason"));
    assert_eq!(format!("{error} {error:?}"), "a reason \"a reason\"");
    let error = Box::<dyn Error>::from(black_box("7x").parse::<u32>().unwrap_err());
    assert!(error.downcast_ref::<core::num::ParseIntError>().is_some());
    let closure: Box<dyn Fn(u32) -> u32> = Box::new(|number| number + 1);
    assert_eq!(closure(black_box(1)), 2);
    let text: Box<str> = Box::from(black_box("text"));
    assert_eq!(text.into_string(), "text");
    assert_eq!(iter::repeat_n(3, black_box(4)).collect::<Box<[u32]>>().clone().len(), 4);
}

fn counted() {
    let shared = Rc::new(black_box(5));
    let weak: rc::Weak<u32> = Rc::downgrade(&shared);
    assert_eq!(weak.upgrade().as_deref(), Some(&5));
    drop(shared);
    assert!(weak.upgrade().is_none());
    let mut shared: Arc<[u32]> = Arc::from(vec![1, 2, black_box(3)]);
    let other = Arc::clone(&shared);
    Arc::make_mut(&mut shared)[0] = 9;
    assert_eq!((other[0], shared[0]), (1, 9));
    let cycle = Arc::new_cyclic(|own: &sync::Weak<u32>| own.strong_count() as u32 + black_box(7));
    assert_eq!(Arc::try_unwrap(cycle), Ok(7));
    let text: Rc<str> = Rc::from(black_box("text"));
    assert_eq!(text.to_uppercase(), "TEXT");
}

fn vectors() {
    let mut numbers: Vec<u32> = (0..black_box(100)).rev().collect();
    numbers.extend_from_within(..10);
    numbers.retain(|number| number % 3 != 0);
    numbers.dedup();
    numbers.splice(1..3, [7, 7, 7]);
    numbers.drain(..2);
    numbers.insert(1, 5);
    assert_eq!(numbers.swap_remove(1), 5);
    numbers.truncate(60);
    let tail = numbers.split_off(30);
    numbers.append(&mut tail.clone());
    numbers.shrink_to_fit();
    assert!(Vec::<u64>::new().try_reserve(usize::MAX / 4).is_err());
    assert_eq!(numbers.leak().len(), 60);
}

fn slices() {
    let mut words = ["pear", "fig", "apple", "kiwi"].map(String::from).to_vec();
    words.sort();
    words.sort_by_key(|word| Reverse(word.len()));
    words.sort_by_cached_key(|word| word.len());
    words.sort_unstable();
    assert_eq!((words.join("+"), words.concat().len()), ("apple+fig+kiwi+pear".to_owned(), 16));
    assert_eq!(words.binary_search_by(|word| word.as_str().cmp("kiwi")), Ok(2));
    words.rotate_left(black_box(1));
    let mut long: Vec<u64> = (0..black_box(2000)).map(|number| number * 7919 % 2003).collect();
    long.sort();
    assert!(long.is_sorted());
    long.select_nth_unstable(1000);
    assert_eq!([1, 2].repeat(black_box(3)), [1, 2, 1, 2, 1, 2]);
}

fn collections() {
    let mut map: BTreeMap<String, u32> = (0..black_box(200)).map(|number| (number.to_string(), number)).collect();
    *map.entry("7".to_string()).or_default() += 1;
    assert_eq!(map.range("70".to_string()..).next(), Some((&"70".to_string(), &70)));
    assert_eq!(map.split_off("5").into_values().max(), Some(99));
    map.retain(|_, number| *number > 100);
    let set: BTreeSet<u32> = map.values().copied().collect();
    assert_eq!((set.first(), set.intersection(&[150, 900].into()).count()), (Some(&101), 1));
    let mut heap: BinaryHeap<u32> = [3, 1, black_box(4)].into();
    assert_eq!((heap.pop(), heap.into_sorted_vec()), (Some(4), vec![1, 3]));
    let mut list: LinkedList<String> = ["a", "b"].map(String::from).into();
    list.push_front("c".to_string());
    assert_eq!(list.into_iter().collect::<String>(), "cab");
    let mut queue: VecDeque<u32> = (0..black_box(10)).collect();
    queue.rotate_left(3);
    queue.make_contiguous().sort();
    assert_eq!((queue.pop_back(), queue.range(2..4).sum::<u32>()), (Some(9), 5));
}

fn strings() {
    let bytes = black_box(b"a\xff\xc3\xa9");
    assert_eq!(String::from_utf8_lossy(bytes), "a\u{fffd}\u{e9}");
    assert!(String::from_utf8(bytes.to_vec()).unwrap_err().to_string().starts_with("invalid utf-8"));
    assert!(matches!(black_box(Cow::Borrowed("x")) + "", Cow::Borrowed("x")));
    assert_eq!(black_box("Stra\u{df}e \u{3a3}\u{391}\u{3a3}").to_uppercase(), "STRASSE \u{3a3}\u{391}\u{3a3}");
    assert_eq!(black_box("\u{3a3}\u{391}\u{3a3}").to_lowercase(), "\u{3c3}\u{3b1}\u{3c2}");
    assert_eq!(black_box("a-b-c").replace('-', "").replacen("ab", "x", 1), "xc");
    assert_eq!(black_box(" a  b ").split_whitespace().rev().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(black_box("a,b;c").split([',', ';']).flat_map(str::chars).collect::<String>(), "abc");
    assert_eq!(black_box("needle in a haystack").find("haystack"), Some(12));
    assert_eq!(black_box("tab\t\u{1f600}").escape_debug().to_string(), "tab\\t\u{1f600}");
    assert_eq!(
        String::from_utf16(&black_box("\u{1f600}x").encode_utf16().collect::<Vec<_>>()).expect("is valid").len(),
        5
    );
    let c = CString::new(black_box("text")).expect("has no zero byte");
    // SAFETY: it ends with a zero byte.
    assert_eq!(unsafe { core::ffi::CStr::from_ptr(black_box(c.as_ptr())) }.to_string_lossy(), "text");
    assert!(CString::new(black_box("a\0b")).is_err());
    for (letter, is) in [('\u{3b1}', true), ('\u{301}', false), ('\u{4e2d}', true)] {
        assert_eq!(black_box(letter).is_alphabetic(), is);
    }
    assert!(black_box('\u{664}').is_numeric() && black_box('\u{3a3}').is_uppercase());
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Record {
    name: String,
    values: Vec<Option<i8>>,
}

fn formats() {
    let record = Record { name: "n".to_string(), values: vec![None, Some(black_box(-3))] };
    assert_eq!(format!("{record:?}"), "Record { name: \"n\", values: [None, Some(-3)] }");
    assert_eq!(format!("{record:#?}").lines().count(), 9);
    assert_eq!(format!("{:>8}|{:^+8.2}|{:#010b}|{:e}", "r", 1.5, 5, 1500), "       r| +1.50  |0b00000101|1.5e3");
    assert_eq!(format!("{:?} {:?}", (1, 'c'), "a\"\n"), "(1, 'c') \"a\\\"\\n\"");
    assert_eq!(fmt::format(format_args!("{:p}", black_box(0x10 as *const u8))), "0x10");
    let mut text = String::new();
    fmt::write(&mut text, format_args!("{:05}", black_box(-42))).expect("a string takes all");
    assert_eq!(text, "-0042");
}

struct Count(AtomicU32);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn wakers() {
    let count = Arc::new(Count(AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    let mut future = pin!(async {
        let mut polled = false;
        core::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if core::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    });
    while future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {}
    assert_eq!(count.0.load(Ordering::Relaxed), 2);
}
