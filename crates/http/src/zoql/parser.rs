//! From words to a query.
//!
//! ```text
//! query     = "select" field *("," field) "from" "PaymentMethod" ["where" either]
//! either    = both *("or" both)
//! both      = condition *("and" condition)
//! condition = "(" either ")" / field operator value / field "like" text
//! value     = text / number / date / "true" / "false" / "null"
//! ```

use std::collections::HashSet;

use cardfile_domain::{
    id::EntityId,
    query::{Comparison, Condition},
};

use super::{
    Fault, Select,
    compare::{Asker, Literal, starts_with},
    field::Field,
    lexer::{Pattern, Placed, Token, pattern, unescape},
    moment::Precision,
    unanswerable::Unanswerable,
};

/// "A maximum of 200 conditions" — ZOQL limitations.
pub(super) const CONDITIONS_MAX: usize = 200;
/// How deep parentheses may be nested. Zuora has none at all.
pub(super) const NESTING_MAX: usize = 32;
/// The one object there is.
const OBJECT: &str = "PaymentMethod";

/// Words that lead from one part of a query to the next.
const SPOKEN: [&str; 6] = ["select", "from", "where", "and", "or", "like"];

/// Words of SQL that stand where ZOQL has nothing.
const NOT_SPOKEN: [&str; 12] = [
    "order", "limit", "offset", "group", "having", "join", "left", "inner", "in", "is", "not",
    "between",
];

pub(super) struct Parser<'a> {
    tokens: &'a [Placed<'a>],
    asker: Asker,
    conditions: usize,
    nesting: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(tokens: &'a [Placed<'a>], entity: EntityId) -> Self {
        let asker = Asker { entity, precision: Precision::Millisecond };
        Self { tokens, asker, conditions: 0, nesting: 0 }
    }

    pub(super) fn query(mut self) -> Result<Select, Fault> {
        self.keyword("select", "a query begins with 'select'")?;
        let fields = self.fields()?;
        self.keyword("from", "'from PaymentMethod' must follow the fields")?;
        self.object()?;
        let condition = if self.takes("where") { Some(self.either()?) } else { None };
        match self.tokens {
            [] => Ok(Select { fields, condition }),
            [next, ..] => Err(unexpected(*next, "nothing can follow here")),
        }
    }

    fn fields(&mut self) -> Result<Vec<Field>, Fault> {
        let mut fields = Vec::new();
        let mut seen = HashSet::new();
        loop {
            let (field, _) = self.field("a field is expected")?;
            if seen.insert(field.clone()) {
                fields.push(field);
            }
            if !self.takes_token(Token::Comma) {
                return Ok(fields);
            }
        }
    }

    fn object(&mut self) -> Result<(), Fault> {
        match self.next() {
            Some(Placed { token: Token::Word(name), .. }) if name.eq_ignore_ascii_case(OBJECT) => {
                Ok(())
            }
            Some(Placed { token: Token::Word(_), .. }) => Err(Fault::UnknownObject),
            other => Err(wrong(other, "the name of an object is expected")),
        }
    }

    fn either(&mut self) -> Result<Condition, Fault> {
        let mut parts = vec![self.both()?];
        while self.takes("or") {
            parts.push(self.both()?);
        }
        Ok(sole(parts).unwrap_or_else(Condition::Any))
    }

    fn both(&mut self) -> Result<Condition, Fault> {
        let mut parts = vec![self.condition()?];
        while self.takes("and") {
            parts.push(self.condition()?);
        }
        Ok(sole(parts).unwrap_or_else(Condition::All))
    }

    fn condition(&mut self) -> Result<Condition, Fault> {
        let place = self.place();
        if !self.takes_token(Token::Open) {
            return self.comparison();
        }
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            let complaint = format!("parentheses are nested deeper than {NESTING_MAX}");
            return Err(Fault::at(place, &complaint));
        }
        let inner = self.either()?;
        self.nesting -= 1;
        match self.next() {
            Some(Placed { token: Token::Close, .. }) => Ok(inner),
            other => Err(wrong(other, "')' is expected")),
        }
    }

    fn comparison(&mut self) -> Result<Condition, Fault> {
        let (field, place) = self.field("a condition is expected")?;
        self.conditions += 1;
        if self.conditions > CONDITIONS_MAX {
            let complaint = format!("a query has at most {CONDITIONS_MAX} conditions");
            return Err(Fault::at(place, &complaint));
        }
        let unanswerable =
            |why: Unanswerable| Fault::at(place, &format!("{} {why}", field.pascal()));
        if self.takes("like") {
            return self.like(&field)?.map_err(unanswerable);
        }
        let comparison = self.operator()?;
        let literal = self.literal()?;
        self.asker.compare(&field, comparison, &literal).map_err(unanswerable)
    }

    fn like(&mut self, field: &Field) -> Result<Result<Condition, Unanswerable>, Fault> {
        let next = self.next();
        let Some(Placed { token: Token::Quoted(raw), place }) = next else {
            return Err(wrong(next, "'like' is followed by a text"));
        };
        match pattern(raw) {
            Pattern::Exactly(text) => {
                Ok(self.asker.compare(field, Comparison::Equal, &Literal::Text(text)))
            }
            Pattern::Prefix(prefix) => Ok(starts_with(field, &prefix)),
            Pattern::Other => Err(Fault::at(
                place,
                "the only pattern that is supported is a text followed by one '%' ('\\%' and \
                 '\\_' stand for themselves)",
            )),
        }
    }

    fn operator(&mut self) -> Result<Comparison, Fault> {
        let next = self.next();
        match next.map(|next| next.token) {
            Some(Token::Operator("=")) => Ok(Comparison::Equal),
            Some(Token::Operator("!=" | "<>")) => Ok(Comparison::NotEqual),
            Some(Token::Operator("<")) => Ok(Comparison::Less),
            Some(Token::Operator("<=")) => Ok(Comparison::LessOrEqual),
            Some(Token::Operator(">")) => Ok(Comparison::Greater),
            Some(Token::Operator(">=")) => Ok(Comparison::GreaterOrEqual),
            _ => Err(wrong(next, "one of = != < <= > >= like is expected")),
        }
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let next = self.next();
        match next.map(|next| next.token) {
            Some(Token::Quoted(raw)) => Ok(Literal::Text(unescape(raw))),
            Some(Token::Bare(text)) => Ok(Literal::Bare(text.to_owned())),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("null") => Ok(Literal::Null),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Ok(Literal::Flag(true)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => {
                Ok(Literal::Flag(false))
            }
            Some(Token::Word(_)) => {
                Err(wrong(next, "a value is expected; texts stand between quotes"))
            }
            _ => Err(wrong(next, "a value is expected")),
        }
    }

    fn field(&mut self, expected: &str) -> Result<(Field, usize), Fault> {
        let next = self.next();
        match next {
            Some(Placed { token: Token::Word(name), place }) if !is_reserved(name) => {
                match (Field::named(name), self.tokens.first()) {
                    (Some(field), _) => Ok((field, place)),
                    (None, Some(Placed { token: Token::Open, place })) => {
                        Err(Fault::at(*place, "functions are not supported"))
                    }
                    (None, _) => Err(Fault::unknown_field(name)),
                }
            }
            Some(Placed { token: Token::Star, place }) => {
                Err(Fault::at(place, "'*' is not supported: name the fields"))
            }
            _ => Err(wrong(next, expected)),
        }
    }

    fn keyword(&mut self, keyword: &str, complaint: &str) -> Result<(), Fault> {
        if self.takes(keyword) {
            return Ok(());
        }
        let next = self.next();
        Err(wrong(next, complaint))
    }

    /// Takes the next word if it is this keyword.
    fn takes(&mut self, keyword: &str) -> bool {
        let found = matches!(
            self.tokens.first(),
            Some(Placed { token: Token::Word(word), .. }) if word.eq_ignore_ascii_case(keyword)
        );
        if found {
            self.next();
        }
        found
    }

    fn takes_token(&mut self, token: Token<'_>) -> bool {
        let found = self.tokens.first().is_some_and(|next| next.token == token);
        if found {
            self.next();
        }
        found
    }

    fn next(&mut self) -> Option<Placed<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn place(&self) -> usize {
        self.tokens.first().map_or(0, |next| next.place)
    }
}

/// The only part, or all of them back.
fn sole(mut parts: Vec<Condition>) -> Result<Condition, Vec<Condition>> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            Err(parts)
        }
        None => Err(parts),
    }
}

/// Whether a word can be no field: it has a place of its own in a query, or in one of SQL.
fn is_reserved(word: &str) -> bool {
    let mut reserved = NOT_SPOKEN.iter().chain(&SPOKEN);
    reserved.any(|reserved| reserved.eq_ignore_ascii_case(word))
}

fn wrong(next: Option<Placed<'_>>, expected: &str) -> Fault {
    match next {
        Some(next) => unexpected(next, expected),
        None => Fault::Malformed(format!("{expected}, but the query ends").into()),
    }
}

/// Says what is wrong with a word; where it is a known one, why.
fn unexpected(next: Placed<'_>, expected: &str) -> Fault {
    let known = match next.token {
        Token::Word(word) => NOT_SPOKEN.iter().find(|known| known.eq_ignore_ascii_case(word)),
        _ => None,
    };
    match known {
        Some(word) => Fault::at(next.place, &format!("'{word}' is not supported")),
        None => Fault::at(next.place, expected),
    }
}
