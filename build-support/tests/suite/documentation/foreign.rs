//! Lists of words on the command line that pass although no application declares them: `text,foreign`.

use unikernel_vocabulary::command_line::is_foreign;

use super::page::Page;
use super::{Fault, assert_none, found, pages};

fn check(page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    for block in page.blocks_in(&["text"]).filter(|block| block.has("foreign")) {
        for word in block.text.split_whitespace() {
            // A name with a dot at its end stands for all that begin with it.
            let example = if word.ends_with('.') { format!("{word}x") } else { word.to_owned() };
            if !is_foreign(example) {
                faults.push(page.fault(block.line, format!("`{word}` does not pass")));
            }
        }
    }
    faults
}

#[test]
fn the_words_that_pass_do_pass() {
    let pages = pages();
    let is_list = |page: &&Page| page.blocks.iter().any(|block| block.has("foreign"));
    assert_eq!(pages.iter().filter(is_list).count(), 1, "one page has the list");
    assert_none(&pages.iter().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn a_wrong_word_is_found() {
    assert_eq!(found("```text,foreign\nconsole i8042.\n```\n", check), [""; 0]);
    let wanted = ["2: `consoles` does not pass", "2: `i8043.` does not pass"];
    assert_eq!(found("```text,foreign\nconsoles i8043.\n```\n", check), wanted);
}
