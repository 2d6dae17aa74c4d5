//! Reads Rust source far enough to say which paths it names. Comments, strings and test code name none.

/// A path that a source file names; `use` trees are spelled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The line, from 1 on.
    pub line: usize,
    /// Its segments, `*` for a glob.
    pub segments: Vec<String>,
}

/// What a source file names outside its tests.
#[derive(Debug, Default)]
pub struct Source {
    /// Every path, a single word too.
    pub named: Vec<Named>,
    /// Modules that are there for tests only (`#[cfg(test)] mod name;`): their files are no part of the program.
    pub test_modules: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    PathSep,
    Mark(char),
}

type Tokens = [(usize, Token)];

/// Reads a source file.
pub fn scan(text: &str) -> Source {
    let tokens = tokens(&blank(text));
    let (program, test_modules) = without_tests(&tokens);
    Source { named: paths(&program), test_modules }
}

/// The text with comments, strings and characters as blanks; lines stay where they are.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(first) = chars.get(at) {
        let opaque = opaque(&chars[at..]);
        match opaque {
            0 => out.push(*first),
            _ => out.extend(chars[at..].iter().take(opaque).map(|c| if *c == '\n' { '\n' } else { ' ' })),
        }
        at += opaque.max(1);
    }
    out
}

/// The length of the comment, string or character that begins here; 0: none does.
fn opaque(rest: &[char]) -> usize {
    match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => quoted(rest, 1, '"'),
        ['\'', '\\', _, ..] => quoted(rest, 3, '\''),
        ['\'', _, '\'', ..] => 3, // anything else after a quote is a lifetime
        ['r', '"' | '#', ..] => raw_string(rest),
        _ => 0,
    }
}

fn quoted(rest: &[char], mut at: usize, end: char) -> usize {
    while let Some(c) = rest.get(at) {
        match c {
            '\\' => at += 2,
            c if *c == end => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn raw_string(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0; // r#type
    }
    let closes = |at: &usize| rest[*at] == '"' && rest[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    (2 + hashes..rest.len()).find(closes).map_or(rest.len(), |at| at + 1 + hashes)
}

fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut tokens = vec![];
    for (line, text) in text.lines().enumerate() {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (token, length) = match first {
                _ if word > 0 => (Some(Token::Word(rest[..word].into())), word),
                ':' if rest.starts_with("::") => (Some(Token::PathSep), 2),
                c if c.is_whitespace() => (None, c.len_utf8()),
                c => (Some(Token::Mark(c)), c.len_utf8()),
            };
            tokens.extend(token.map(|token| (line + 1, token)));
            rest = &rest[length..];
        }
    }
    tokens
}

/// Drops what `#[cfg(test)]` stands before.
fn without_tests(tokens: &Tokens) -> (Vec<(usize, Token)>, Vec<String>) {
    let cfg_test = ["[", "cfg", "(", "test", ")", "]"];
    let begins =
        |at: usize, words: &[&str]| words.iter().zip(&tokens[at..]).filter(|(w, (_, t))| spells(t, w)).count() == words.len();
    let (mut kept, mut modules, mut at) = (vec![], vec![], 0);
    while at < tokens.len() {
        let attribute = spells(&tokens[at].1, "#") && begins(at + 1, &cfg_test);
        if spells(&tokens[at].1, "#") && tokens.len() > at + 1 && spells(&tokens[at + 1].1, "!") && begins(at + 2, &cfg_test) {
            return (vec![], modules); // #![cfg(test)]: all of it is
        }
        if !attribute {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let item = at + 1 + cfg_test.len();
        at = end_of_item(tokens, item);
        if let [(_, Token::Word(keyword)), (_, Token::Word(name)), (_, Token::Mark(';'))] = &tokens[item..at]
            && keyword == "mod"
        {
            modules.push(name.clone());
        }
    }
    (kept, modules)
}

fn spells(token: &Token, text: &str) -> bool {
    match token {
        Token::Word(word) => word == text,
        Token::PathSep => text == "::",
        Token::Mark(mark) => text.chars().eq([*mark]),
    }
}

/// Behind the `;` or the closing brace of the item that begins here; its other attributes are part of it.
fn end_of_item(tokens: &Tokens, from: usize) -> usize {
    let mut depth = 0;
    for (at, (_, token)) in tokens.iter().enumerate().skip(from) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            Token::Mark(';') if depth == 0 => return at + 1,
            _ => continue,
        }
        if depth == 0 && *token == Token::Mark('}') {
            return at + 1;
        }
    }
    tokens.len()
}

fn paths(tokens: &Tokens) -> Vec<Named> {
    let (mut named, mut at) = (vec![], 0);
    while at < tokens.len() {
        match &tokens[at].1 {
            Token::Word(word) if word == "use" && !tokens.get(at + 1).is_some_and(|(_, t)| spells(t, "<")) => {
                at = use_tree(tokens, at + 1, &[], &mut named);
            }
            Token::Word(_) if names_an_attribute(tokens, at) => at += 1,
            Token::Word(_) => at = path(tokens, at, &mut named),
            _ => at += 1,
        }
    }
    named
}

/// `#[kube(…)]` is a word that a derive reads, not the crate; `#[tokio::test]` is a path.
fn names_an_attribute(tokens: &Tokens, at: usize) -> bool {
    let before = at >= 2 && spells(&tokens[at - 2].1, "#") && spells(&tokens[at - 1].1, "[");
    before && !matches!(tokens.get(at + 1), Some((_, Token::PathSep)))
}

/// A path outside `use`: words with `::` between them.
fn path(tokens: &Tokens, from: usize, named: &mut Vec<Named>) -> usize {
    let (mut segments, mut at) = (vec![], from);
    while let Some((_, Token::Word(word))) = tokens.get(at) {
        segments.push(word.clone());
        at += 1;
        if !matches!(tokens[at..], [(_, Token::PathSep), (_, Token::Word(_)), ..]) {
            break;
        }
        at += 1;
    }
    named.push(Named { line: tokens[from].0, segments });
    at
}

/// One branch of a `use` tree; returns where it ends.
fn use_tree(tokens: &Tokens, from: usize, prefix: &[String], named: &mut Vec<Named>) -> usize {
    let (mut segments, mut at) = (prefix.to_vec(), from);
    while let Some((line, token)) = tokens.get(at) {
        match token {
            Token::Word(word) if word == "as" => at += 1, // its other name says nothing
            Token::Word(word) if word == "self" && !segments.is_empty() => {}
            Token::Word(word) => segments.push(word.clone()),
            Token::Mark('*') => segments.push("*".into()),
            Token::PathSep => {}
            Token::Mark('{') => loop {
                at = use_tree(tokens, at + 1, &segments, named);
                if !tokens.get(at).is_some_and(|(_, t)| spells(t, ",")) {
                    return at + 1;
                }
            },
            Token::Mark(_) => {
                let selfish = at > from && spells(&tokens[at - 1].1, "self");
                if segments.len() > prefix.len() || selfish {
                    named.push(Named { line: (*line).min(tokens[from].0), segments });
                }
                return at;
            }
        }
        at += 1;
    }
    at
}
