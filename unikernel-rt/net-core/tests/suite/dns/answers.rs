//! What answers say, and which of them are believed.

use super::server::{A, AAAA, Answer, CNAME, Question, address, authority, name, record};
use super::{Own, resolver};
use core::time::Duration;
use unikernel_net::{DnsFamilies, Error};

fn alias(owner: &str, target: &str) -> Vec<u8> {
    record(&name(owner), CNAME, 60, &name(target))
}

/// RFC 5452, section 9: the server, the port, the number and the question have to be right; the true answer still counts.
#[test]
fn forged_answers_are_not_believed() {
    let mut own = Own::new(1);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    let (handle, questions) = host.begin_and_ask("a.test", DnsFamilies::Ipv4);
    let good = Answer::new(&questions[0], &[address("a.test", 60, "192.0.2.1")]);
    let mut other_port = good.clone();
    other_port.question.port ^= 1;
    let other_name = Answer { question: asked_otherwise(&good.question), ..good.clone() };
    for frame in [
        Answer { id: good.id ^ 1, ..good.clone() }.frame(),
        Answer { flags: 0x0100, ..good.clone() }.frame(),
        Answer { flags: 0x9180, ..good.clone() }.frame(),
        other_port.frame(),
        other_name.frame(),
        good.frame_from("10.0.0.54", 53),
        good.frame_from("10.0.0.53", 54),
    ] {
        host.receive(&frame);
        assert_eq!(host.found(handle), Err(Error::WouldBlock));
    }
    // What is said besides of other names is not taken.
    let besides = [address("b.test", 60, "192.0.2.66"), address("a.test", 60, "192.0.2.1")];
    host.receive(&Answer::new(&questions[0], &besides).frame());
    assert_eq!(host.found(handle).unwrap(), ["192.0.2.1"]);
}

fn asked_otherwise(question: &Question) -> Question {
    let mut message = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    message.extend([name("b.test"), vec![0, A as u8, 0, 1]].concat());
    Question::parse(question.server, question.port, &message)
}

/// RFC 1035, section 3.6.2: aliases in any order, and those that the server does not follow; circles have an end.
#[test]
fn aliases_are_followed() {
    let mut own = Own::new(2);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    let (handle, questions) = host.begin_and_ask("a.test", DnsFamilies::Ipv4);
    let answers = [address("c.test", 60, "192.0.2.3"), alias("b.test", "c.test"), alias("A.Test", "B.test")];
    host.receive(&Answer::new(&questions[0], &answers).frame());
    assert_eq!(host.found(handle).unwrap(), ["192.0.2.3"]);
    host.close(handle);
    // A server that tells the alias alone: its target is asked for.
    let (handle, questions) = host.begin_and_ask("d.test", DnsFamilies::Ipv4);
    let next = host.told(&Answer::new(&questions[0], &[alias("d.test", "e.test")]).frame());
    assert_eq!((next.len(), &next[0].name[..]), (1, "e.test"));
    host.receive(&Answer::new(&next[0], &[address("e.test", 60, "192.0.2.5")]).frame());
    assert_eq!(host.found(handle).unwrap(), ["192.0.2.5"]);
    host.close(handle);
    // Names that stand for each other: in one answer, and one after the other.
    let (handle, questions) = host.begin_and_ask("f.test", DnsFamilies::Ipv4);
    let circle = [alias("f.test", "g.test"), alias("g.test", "f.test")];
    host.receive(&Answer::new(&questions[0], &circle).frame());
    assert_eq!(host.found(handle), Err(Error::ServerFailed));
    host.close(handle);
    let (handle, mut questions) = host.begin_and_ask("h0.test", DnsFamilies::Ipv4);
    let mut count = 0;
    while let Some(question) = questions.pop() {
        let answer = alias(&question.name, &format!("h{}.test", count + 1));
        questions.extend(host.told(&Answer::new(&question, &[answer]).frame()));
        count += 1;
    }
    assert_eq!((count, host.found(handle)), (9, Err(Error::ServerFailed)));
}

/// RFC 2308: no such name, and no address of the family; what either is called depends on both families.
#[test]
fn nothing_has_its_reason() {
    let nothing =
        |question: &Question, flags| Answer { flags, authority: vec![authority(60)], ..Answer::new(question, &[]) };
    let mut own = Own::new(3);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    for (at, (flags, error)) in [
        ([0x8183, 0x8183], Error::NoSuchName),
        ([0x8180, 0x8180], Error::NoAddress),
        ([0x8182, 0x8180], Error::ServerFailed),
        ([0x8185, 0x8185], Error::ServerFailed),
        ([0x8380, 0x8180], Error::Truncated),
    ]
    .into_iter()
    .enumerate()
    {
        let (handle, questions) = host.begin_and_ask(&format!("n{at}.test"), DnsFamilies::Any);
        for (question, flags) in questions.iter().zip(flags) {
            host.receive(&nothing(question, flags).frame());
        }
        assert_eq!(host.found(handle), Err(error), "{flags:x?}");
        host.close(handle);
    }
    // One family has addresses: the other's error is not told.
    let (handle, questions) = host.begin_and_ask("one.test", DnsFamilies::Any);
    assert_eq!(questions[1].kind, AAAA);
    host.receive(&nothing(&questions[1], 0x8180).frame());
    host.receive(&Answer::new(&questions[0], &[address("one.test", 60, "192.0.2.1")]).frame());
    assert_eq!(host.found(handle).unwrap(), ["192.0.2.1"]);
    host.close(handle);
    // Section 2.2 of RFC 2308: an alias whose target has nothing.
    let (handle, questions) = host.begin_and_ask("alias.test", DnsFamilies::Ipv4);
    let answer = Answer { answers: vec![alias("alias.test", "b.test")], ..nothing(&questions[0], 0x8180) };
    host.receive(&answer.frame());
    assert_eq!(host.found(handle), Err(Error::NoAddress));
}

/// RFC 1035, section 7.4; RFC 2308, section 5; RFC 2181, section 8: answers are kept for as long as they are told to be, and no longer.
#[test]
fn answers_are_kept_for_their_time() {
    let mut own = Own::new(4);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    let [two, five] = ["192.0.2.1", "192.0.2.2"].map(|own| if own.ends_with('1') { (own, 120) } else { (own, 300) });
    let good = [address("kept.test", two.1, two.0), address("kept.test", five.1, five.0)];
    for (case, answers, authority, seconds) in [
        ("kept.test", good.to_vec(), vec![], 120),
        ("none.test", vec![], vec![authority(90)], 90),
        ("nothing.test", vec![], vec![], 0),
        ("zero.test", vec![address("zero.test", 0, "192.0.2.1")], vec![], 0),
        ("negative.test", vec![address("negative.test", 1 << 31, "192.0.2.1")], vec![], 0),
        ("long.test", vec![address("long.test", 1 << 30, "192.0.2.1")], vec![], 86_400),
    ] {
        let (handle, questions) = host.begin_and_ask(case, DnsFamilies::Ipv4);
        let [question] = &questions[..] else { panic!("{case}: {questions:?}") };
        host.receive(&Answer { authority, ..Answer::new(question, &answers) }.frame());
        let found = host.found(handle);
        host.close(handle);
        if seconds > 0 {
            host.pass(Duration::from_secs(seconds) - Duration::from_millis(1));
            let (handle, questions) = host.begin_and_ask(case, DnsFamilies::Ipv4);
            assert!(questions.is_empty(), "{case} is kept");
            assert_eq!(host.found(handle), found);
            host.close(handle);
            host.pass(Duration::from_millis(1));
        }
        let (handle, questions) = host.begin_and_ask(case, DnsFamilies::Ipv4);
        assert_eq!(questions.len(), 1, "{case} is asked for again");
        host.close(handle);
    }
    // The memory for four answers keeps four.
    for at in 0..20 {
        let case = format!("x{at}.test");
        let (handle, questions) = host.begin_and_ask(&case, DnsFamilies::Ipv4);
        host.receive(&Answer::new(&questions[0], &[address(&case, 1000 + at, "192.0.2.1")]).frame());
        host.close(handle);
    }
    let kept: Vec<_> = (0..20)
        .filter(|at| {
            let (handle, questions) = host.begin_and_ask(&format!("x{at}.test"), DnsFamilies::Ipv4);
            host.close(handle);
            questions.is_empty()
        })
        .collect();
    assert!(kept.len() == 4 && kept.contains(&19), "{kept:?}");
}

/// RFC 1035, section 4.2.1; RFC 7766: what is cut is asked for by TCP, with the message that the caller is given.
#[test]
fn truncated_answers_are_asked_for_by_tcp() {
    let mut own = Own::new(5);
    let mut host = resolver(&mut own, &["10.0.0.53"]);
    let (handle, questions) = host.begin_and_ask("long.test", DnsFamilies::Ipv4);
    let mut buffer = [0; 512];
    assert_eq!(host.split().0.0.tcp_request(handle, &mut buffer), Err(Error::WouldBlock));
    host.receive(&Answer { flags: 0x8380, ..Answer::new(&questions[0], &[]) }.frame());
    assert_eq!(host.found(handle), Err(Error::Truncated));
    assert_eq!(host.split().0.0.tcp_request(handle, &mut buffer[..200]), Err(Error::NoMemory));
    let (server, bytes) = host.split().0.0.tcp_request(handle, &mut buffer).unwrap();
    assert_eq!(server, "10.0.0.53:53".parse().unwrap());
    assert_eq!(usize::from(u16::from_be_bytes([buffer[0], buffer[1]])), bytes - 2);
    let question = Question::parse(server.ip(), 0, &buffer[2..bytes]);
    assert_eq!((&question.name[..], question.kind), ("long.test", A));
    let now = host.now;
    for wrong in [vec![], Answer { flags: 0x8380, ..Answer::new(&question, &[]) }.message()] {
        assert_eq!(host.split().0.0.tcp_answer(handle, &wrong, now), Err(Error::ServerFailed));
    }
    let all: Vec<_> = (1..200).map(|at| address("long.test", 60, &format!("192.0.2.{at}"))).collect();
    host.split().0.0.tcp_answer(handle, &Answer::new(&question, &all).message(), now).unwrap();
    let found = host.found(handle).unwrap();
    assert_eq!((found.len(), &found[0][..]), (8, "192.0.2.1"));
}
