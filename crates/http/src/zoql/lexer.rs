//! From characters to words.

use super::Fault;

/// The most characters of a query. Zuora states no limit; two hundred conditions fit well.
pub(crate) const QUERY_CHARS_MAX: usize = 10_000;

/// A word of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword or the name of a field.
    Word(&'a str),
    /// What stands between quotes, escapes included.
    Quoted(&'a str),
    /// A number or a date without quotes.
    Bare(&'a str),
    /// `,`
    Comma,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `=`, `!=`, `<`, `<=`, `>`, `>=` or `<>`.
    Operator(&'a str),
    /// `*`
    Star,
}

/// A word and the number of its first character, counted from one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    pub(super) token: Token<'a>,
    pub(super) place: usize,
}

/// The words of a query.
pub(super) fn tokens(query: &str) -> Result<Vec<Placed<'_>>, Fault> {
    if query.len() > QUERY_CHARS_MAX && query.chars().count() > QUERY_CHARS_MAX {
        let complaint = format!("a query has at most {QUERY_CHARS_MAX} characters");
        return Err(Fault::Malformed(complaint.into()));
    }
    let mut lexer = Lexer { rest: query, place: 1 };
    let mut tokens = Vec::new();
    while let Some(placed) = lexer.next_token()? {
        tokens.push(placed);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    place: usize,
}

impl<'a> Lexer<'a> {
    fn next_token(&mut self) -> Result<Option<Placed<'a>>, Fault> {
        let blank = self.rest.len() - self.rest.trim_start().len();
        self.take(blank);
        let place = self.place;
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let token = match first {
            ',' => self.one(Token::Comma),
            '(' => self.one(Token::Open),
            ')' => self.one(Token::Close),
            '*' => self.one(Token::Star),
            '=' | '<' | '>' | '!' => self.operator()?,
            '\'' | '"' => self.quoted(first)?,
            '-' | '+' | '0'..='9' => Token::Bare(self.run(is_bare)),
            letter if letter.is_ascii_alphabetic() || letter == '_' => {
                Token::Word(self.run(is_word))
            }
            _ => return Err(Fault::at(place, "a character that ZOQL has no use for")),
        };
        Ok(Some(Placed { token, place }))
    }

    /// Takes bytes that end at a character.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.place += taken.chars().count();
        self.rest = rest;
        taken
    }

    fn one(&mut self, token: Token<'a>) -> Token<'a> {
        self.take(1);
        token
    }

    fn run(&mut self, belongs: fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn operator(&mut self) -> Result<Token<'a>, Fault> {
        let two = self.rest.get(..2).unwrap_or_default();
        let length = match (two, self.rest.as_bytes().first()) {
            ("<=" | ">=" | "!=" | "<>", _) => 2,
            (_, Some(b'=' | b'<' | b'>')) => 1,
            _ => return Err(Fault::at(self.place, "'!' without '='")),
        };
        Ok(Token::Operator(self.take(length)))
    }

    fn quoted(&mut self, quote: char) -> Result<Token<'a>, Fault> {
        let place = self.place;
        let mut escaped = false;
        for (at, letter) in self.rest.char_indices().skip(1) {
            if !escaped && letter == quote {
                let text = self.take(at + 1);
                return Ok(Token::Quoted(&text[1..at]));
            }
            escaped = !escaped && letter == '\\';
        }
        Err(Fault::at(place, "a quote that is never closed"))
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Letters belong too: they are in dates, and `1or` had better be one wrong number than two words.
fn is_bare(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '+' | ':' | '.' | '_')
}

/// What the text between quotes means: a backslash takes its special meaning from what follows.
pub(super) fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => unescaped(letters.next()),
            other => other,
        });
    }
    text
}

fn unescaped(letter: Option<char>) -> char {
    match letter {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        // The lexer ends no text behind a single backslash.
        other => other.unwrap_or('\\'),
    }
}

/// What a pattern asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// The text itself.
    Exactly(String),
    /// Whatever starts with it.
    Prefix(String),
    /// More than that.
    Other,
}

/// Reads the text between the quotes of a `like`.
pub(super) fn pattern(raw: &str) -> Pattern {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' if letters.as_str().is_empty() => return Pattern::Prefix(text),
            '%' | '_' => return Pattern::Other,
            '\\' => text.push(unescaped(letters.next())),
            other => text.push(other),
        }
    }
    Pattern::Exactly(text)
}
