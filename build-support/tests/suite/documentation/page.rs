//! A page of Markdown, taken apart.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::Fault;

/// A page, and what the checks look at.
pub(super) struct Page {
    /// From the root of the repository.
    pub(super) path: String,
    pub(super) text: String,
    pub(super) blocks: Vec<Block>,
    pub(super) links: Vec<(usize, String)>,
    /// Code in running text.
    pub(super) codes: Vec<(usize, String)>,
    /// What a link to a heading names.
    pub(super) anchors: HashSet<String>,
    /// Lines of tables and code blocks.
    pub(super) unwrapped: Vec<Range<usize>>,
}

/// A code block.
pub(super) struct Block {
    /// Its first line of code.
    pub(super) line: usize,
    pub(super) language: String,
    /// The words behind the language.
    pub(super) words: Vec<String>,
    pub(super) text: String,
}

impl Page {
    pub(super) fn parse(path: String, text: String) -> Self {
        let mut page = Page {
            path,
            text: String::new(),
            blocks: vec![],
            links: vec![],
            codes: vec![],
            anchors: HashSet::new(),
            unwrapped: vec![],
        };
        let line_of = |offset: usize| text[..offset].matches('\n').count() + 1;
        let (mut heading, mut block) = (None::<String>, None::<Block>);
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            let line = line_of(range.start);
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.add_anchor(&heading.take().unwrap_or_default()),
                Event::Start(Tag::CodeBlock(kind)) => {
                    page.unwrapped.push(line..line_of(range.end) + 1);
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    let mut words = info.split(',').map(|word| word.trim().to_owned());
                    let language = words.next().unwrap_or_default();
                    block = Some(Block { line: line + 1, language, words: words.collect(), text: String::new() });
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Start(Tag::Table(_)) => page.unwrapped.push(line..line_of(range.end) + 1),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push((line, dest_url.to_string()));
                }
                Event::Text(piece) => {
                    if let Some(block) = &mut block {
                        block.text += &piece;
                    } else if let Some(heading) = &mut heading {
                        *heading += &piece;
                    }
                }
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        *heading += &code;
                    }
                    page.codes.push((line, code.to_string()));
                }
                _ => {}
            }
        }
        page.text = text;
        page
    }

    /// Adds the anchor of a heading, as forges and mdBook name it.
    fn add_anchor(&mut self, heading: &str) {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut unique = anchor.clone();
        let mut number = 0;
        while !self.anchors.insert(unique) {
            number += 1;
            unique = format!("{anchor}-{number}");
        }
    }

    pub(super) fn fault(&self, line: usize, text: impl Into<String>) -> Fault {
        Fault { page: self.path.clone(), line, text: text.into() }
    }

    /// The code blocks in one of these languages.
    pub(super) fn blocks_in(&self, languages: &[&str]) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |block| languages.contains(&block.language.as_str()))
    }
}

impl Block {
    pub(super) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|other| other == word)
    }

    /// The value of a word `key=value`.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }
}

#[test]
fn a_page_is_taken_apart() {
    let text =
        "# A `b` of c?\n\n# A b of c\n\n[x](y.md#z)\n\n```rust,fragment\nlet a = 1;\n```\n\n| `d` |\n|---|\n| e |\n";
    let page = Page::parse("p.md".into(), text.into());
    assert_eq!(page.anchors, HashSet::from(["a-b-of-c".into(), "a-b-of-c-1".into()]));
    assert_eq!(page.links, [(5, "y.md#z".into())]);
    assert_eq!(page.codes, [(1, "b".into()), (11, "d".into())]);
    let [block] = &page.blocks[..] else { panic!("one block") };
    assert_eq!((block.line, &*block.language, &*block.text), (8, "rust", "let a = 1;\n"));
    assert!(block.has("fragment") && !block.has("rust"));
}
