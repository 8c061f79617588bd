//! A Rust file cut into code, comments and text literals, so that each check looks only where it should.

/// A file of the tree with its path from the root.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The file with everything but code blanked out. Offsets and lines stay those of the file.
    pub(crate) code: String,
    /// The same for comments, with their marks.
    pub(crate) comments: String,
    /// The same for what stands inside quotes.
    pub(crate) literals: String,
    line_starts: Vec<usize>,
    test_ranges: Vec<(usize, usize)>,
    /// All of it is test code.
    pub(crate) is_test: bool,
}

impl Source {
    pub(crate) fn parse(path: &str, text: &str) -> Source {
        let [code, comments, literals] = cut(text);
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Source {
            path: path.to_owned(),
            line_starts: std::iter::once(0).chain(starts.map(|(at, _)| at + 1)).collect(),
            test_ranges: test_ranges(&code),
            is_test: is_test_path(path),
            text: text.to_owned(),
            code,
            comments,
            literals,
        }
    }

    /// The line of an offset, counted from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    pub(crate) fn line_text(&self, line: usize) -> &str {
        self.text.lines().nth(line - 1).unwrap_or_default()
    }

    pub(crate) fn in_test(&self, offset: usize) -> bool {
        self.is_test || self.test_ranges.iter().any(|(from, to)| (*from..*to).contains(&offset))
    }

    /// The identifiers, keywords and numbers of the code, with their offsets.
    pub(crate) fn words(&self) -> Vec<(usize, &str)> {
        words(&self.code)
    }

    /// Names of modules that are declared for tests only, in files of their own.
    pub(crate) fn test_modules(&self) -> Vec<&str> {
        let declared = |range: &(usize, usize)| {
            let item = &self.code[range.0..range.1];
            let name = item.split("mod ").nth(1)?.trim().strip_suffix(';')?;
            Some(name.trim())
        };
        self.test_ranges.iter().filter_map(declared).collect()
    }
}

/// The words of a text: runs of letters, digits and underscores.
pub(crate) fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        let inside = letter.is_alphanumeric() || letter == '_';
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, &text[from..at]));
                start = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    found
}

/// Where the bracket that opens at `open` closes; the end of the text when it does not.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// The end of the item that begins at `from`: behind its body, or behind its semicolon.
pub(crate) fn item_end(code: &str, from: usize) -> usize {
    let bytes = code.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'{' => return closing(code, at),
            b'(' | b'[' => at = closing(code, at),
            b';' => return at + 1,
            _ => at += 1,
        }
    }
    code.len()
}

fn is_test_path(path: &str) -> bool {
    path.contains("/tests/") || path.contains("/benches/") || path.ends_with("/tests.rs")
}

fn test_ranges(code: &str) -> Vec<(usize, usize)> {
    const MARK: &str = "#[cfg(test)]";
    code.match_indices(MARK).map(|(at, _)| (at, item_end(code, at + MARK.len()))).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    Comment,
    Literal,
}

/// The text three times: with only its code, only its comments, only its literals.
fn cut(text: &str) -> [String; 3] {
    let mut cuts = [const { String::new() }; 3];
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let (part, length) = next_part(rest, first, before);
        for (cut, owner) in cuts.iter_mut().zip([Part::Code, Part::Comment, Part::Literal]) {
            if owner == part {
                cut.push_str(&rest[..length]);
            } else {
                cut.extend(rest[..length].bytes().map(blank));
            }
        }
        before = rest[..length].chars().next_back().unwrap_or(' ');
        rest = &rest[length..];
    }
    cuts
}

fn blank(byte: u8) -> char {
    if byte == b'\n' { '\n' } else { ' ' }
}

/// What begins here, and how many bytes of it there are.
fn next_part(rest: &str, first: char, before: char) -> (Part, usize) {
    if rest.starts_with("//") {
        return (Part::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Part::Comment, block_comment(rest));
    }
    if first == '"' {
        return (Part::Literal, quoted(rest));
    }
    if first == '\'' {
        return character(rest).map_or((Part::Code, 1), |length| (Part::Literal, length));
    }
    let starts_word = !(before.is_alphanumeric() || before == '_');
    if starts_word && let Some(length) = raw_string(rest) {
        return (Part::Literal, length);
    }
    (Part::Code, first.len_utf8())
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        if rest.as_bytes()[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.as_bytes()[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character literal; `None` for a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    let (_, first) = letters.next()?;
    if first == '\\' {
        letters.next();
        return letters.find(|(_, letter)| *letter == '\'').map(|(at, _)| at + 1);
    }
    letters.next().filter(|(_, letter)| *letter == '\'').map(|(at, _)| at + 1)
}

fn raw_string(rest: &str) -> Option<usize> {
    let marks = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr"));
    let marks = marks.or_else(|| rest.strip_prefix('r'))?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    if !marks[hashes..].starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = rest.len() - marks.len() + hashes + 1;
    Some(rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_comments_and_literals_are_told_apart() {
        let text = "let a: &'x str = \"b // \\\" c\"; // d \"e\"\nlet f = 'g'; /* h /* i */ */ j(r#\"k\"l\"#, '\\'', b\"m\")";
        let source = Source::parse("crates/x/src/lib.rs", text);
        let words_of = |text| words(text).into_iter().map(|(_, word)| word).collect::<String>();
        assert_eq!(words_of(&source.code), "letaxstrletfjb");
        assert_eq!(words_of(&source.comments), "dehi");
        assert_eq!(words_of(&source.literals), "bcgrklm");
        assert_eq!(source.code.len(), text.len());
        assert_eq!(source.line(text.find('j').expect("it stands there")), 2);
    }

    #[test]
    fn test_code_is_known() {
        let text = "fn a() {}\n#[cfg(test)]\nmod b {\n fn c() { let d = [1; 2]; }\n}\nfn e() {}\n#[cfg(test)]\nmod f;\n";
        let source = Source::parse("crates/x/src/lib.rs", text);
        let at = |word: &str| text.find(word).expect("it stands there");
        assert!(!source.in_test(at("fn a")) && source.in_test(at("fn c")));
        assert!(!source.in_test(at("fn e")));
        assert_eq!(source.test_modules(), ["f"]);
        assert!(Source::parse("crates/x/tests/it/main.rs", text).in_test(0));
    }
}
