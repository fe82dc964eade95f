//! The folders that an application embeds, read from its annotation: a build script has to name them to cargo.
//!
//! A macro of stable Rust cannot say what it has read, and `include_bytes!` covers files that were there, not new ones. This is
//! no parser of Rust: it finds `#[unikernel(...)]` outside of comments and texts, and in it the `dir = "..."` of each `kv(...)`.
//! What is misspelt is for the macro to tell.

/// The folders of the `kv` devices in a source text.
pub(super) fn embedded(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let mut folders = Vec::new();
    let mut rest = &tokens[..];
    while !rest.is_empty() {
        let begin = [Token::Other('#'), Token::Other('['), Token::Word("unikernel"), Token::Other('(')];
        if rest.starts_with(&begin) {
            let (inside, after) = group(&rest[begin.len()..]);
            folders.extend(folders_in(inside));
            rest = after;
        } else {
            rest = &rest[1..];
        }
    }
    folders
}

fn folders_in(mut annotation: &[Token]) -> Vec<String> {
    let mut folders = Vec::new();
    while !annotation.is_empty() {
        if annotation.starts_with(&[Token::Word("kv"), Token::Other('(')]) {
            let (options, after) = group(&annotation[2..]);
            folders.extend(options.windows(3).filter_map(|window| match window {
                [Token::Word("dir"), Token::Other('='), Token::Text(folder)] => Some(folder.clone()),
                _ => None,
            }));
            annotation = after;
        } else {
            annotation = &annotation[1..];
        }
    }
    folders
}

/// Splits after the parenthesis that closes the one before.
fn group<'t, 's>(tokens: &'t [Token<'s>]) -> (&'t [Token<'s>], &'t [Token<'s>]) {
    let mut depth = 1;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Other('(') => depth += 1,
            Token::Other(')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&tokens[..index], &tokens[index + 1..]);
        }
    }
    (tokens, &[])
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token<'s> {
    Word(&'s str),
    Text(String),
    Other(char),
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (token, length) = if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (None, comment(rest))
        } else if first == '"' {
            text(rest)
        } else if let Some((token, length)) = raw_text(rest) {
            (Some(token), length)
        } else if first == '\'' {
            (None, character(rest))
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (Some(Token::Word(&rest[..length])), length)
        } else if first.is_whitespace() {
            (None, first.len_utf8())
        } else {
            (Some(Token::Other(first)), first.len_utf8())
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    tokens
}

/// How long a comment is, with those inside of it.
fn comment(source: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < source.len() {
        if source[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if source[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += source[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    source.len()
}

/// A text, and how long it is; of the escapes, those of a path that anybody writes.
fn text(source: &str) -> (Option<Token<'_>>, usize) {
    let mut value = String::new();
    let mut chars = source.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (Some(Token::Text(value)), at + 1),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => value.push(char),
        }
    }
    (None, source.len())
}

/// A text such as `r#"..."#`.
fn raw_text(source: &str) -> Option<(Token<'_>, usize)> {
    let after = source.strip_prefix('r')?;
    let hashes = after.find(|c| c != '#')?;
    let inside = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", &after[..hashes]);
    let length = inside.find(&end)?;
    Some((Token::Text(inside[..length].to_owned()), 1 + hashes + 1 + length + end.len()))
}

/// How long a character is, as in `'"'`; a lifetime is one character long here, its name is a word.
fn character(source: &str) -> usize {
    let mut chars = source.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            let end = chars.skip(1).find(|(_, char)| *char == '\'');
            end.map_or(source.len(), |(at, _)| at + 1)
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::embedded;

    #[test]
    fn folders_are_found_in_annotations() {
        let source =
            "#[unikernel(console, kv(dir = \"site\"), args(a = \"dir\"), kv(name=\"b\",dir=r#\"t/u\"#))]\nfn main() {}";
        assert_eq!(embedded(source), ["site", "t/u"]);
        let lines = "#[unikernel(\n    kv(\n        // the pages\n        dir = \"my \\\"site\\\"\", /* dir = \"x\" */\n    ),\n)]";
        assert_eq!(embedded(lines), ["my \"site\""]);
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        for source in [
            "",
            "fn main() {}",
            "// #[unikernel(kv(dir = \"site\"))]",
            "/* /* */ #[unikernel(kv(dir = \"site\"))] */",
            "const A: &str = \"#[unikernel(kv(dir = \\\"site\\\"))]\";",
            "const A: &str = r##\"#[unikernel(kv(dir = \"site\"))]\"##;",
            "#[other(kv(dir = \"site\"))]",
            "#[unikernel(args(dir = \"site\"))]",
            "#[unikernel(kv(fat, block = \"data\"))]",
            "#[unikernel(kv(dir = 3))]",
        ] {
            assert_eq!(embedded(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn what_comes_before_does_not_hide_one() {
        for before in [
            "const Q: char = '\"';",
            "const Q: char = '\\'';",
            "const Q: char = '\\u{22}';",
            "fn f<'a>(a: &'a str) {}",
            "const Ä: u8 = b'/';",
            "'",
        ] {
            assert_eq!(embedded(&format!("{before}\n#[unikernel(kv(dir = \"site\"))]")), ["site"], "{before}");
        }
    }

    #[test]
    fn torn_sources_end() {
        let source = "#[unikernel(kv(dir = \"site\", /* */ name = r#\"a\"#), x('a'))]";
        for end in 0..source.len() {
            embedded(&source[..end]);
        }
    }
}
