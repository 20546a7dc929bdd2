//! A first look at a document, before it is parsed.

use super::Refusal;
use crate::config::Limits;

/// Deepest nesting of brackets: the parser has no limit of its own for lists and objects.
const DEEPEST_BRACKETS: usize = 50;

/// Counts tokens and the nesting of brackets without parsing, strings and comments apart.
pub fn scan(query: &str, limits: &Limits) -> Result<(), Refusal> {
    let bytes = query.as_bytes();
    let (mut at, mut tokens, mut depth) = (0, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => continue,
            b'#' => {
                at += bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len() - at);
                continue;
            }
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'"' => {
                let unended = || format!("The string that begins at byte {start} does not end.");
                at = string_end(bytes, start).ok_or_else(|| Refusal::new("GRAPHQL_PARSE_FAILED", unended()))?
            }
            _ if byte == b'_' || byte.is_ascii_alphanumeric() => {
                while bytes.get(at).is_some_and(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()) {
                    at += 1;
                }
                check_number(&query[start..at], bytes.get(at))?;
            }
            _ => {}
        }
        tokens += 1;
        if tokens > limits.query_tokens {
            return Err(Refusal::over(
                "a number of tokens",
                "TOO_MANY_TOKENS",
                format!("more than {}", limits.query_tokens),
                limits.query_tokens,
            ));
        }
        if depth > DEEPEST_BRACKETS {
            return Err(Refusal::over(
                "a nesting of brackets",
                "QUERY_TOO_DEEP",
                format!("more than {DEEPEST_BRACKETS}"),
                DEEPEST_BRACKETS,
            ));
        }
    }
    Ok(())
}

/// Refuses a whole number that no `Int` can hold: the library would find out only while it runs, when much may have been done.
fn check_number(word: &str, next: Option<&u8>) -> Result<(), Refusal> {
    let is_whole = word.bytes().all(|byte| byte.is_ascii_digit()) && next != Some(&b'.');
    if !is_whole || word.parse::<i64>().is_ok_and(|number| number <= -i64::from(i32::MIN)) {
        return Ok(());
    }
    Err(Refusal::new("GRAPHQL_VALIDATION_FAILED", format!("{word} is no Int, which has 32 bits.")))
}

/// The place after the string that begins at `start`. A string without an end has none: the parser would take what
/// follows for tokens, which would then not have been counted.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let is_block = bytes[start..].starts_with(b"\"\"\"");
    let mut at = start + if is_block { 3 } else { 1 };
    loop {
        let rest = bytes.get(at..)?;
        match rest.first()? {
            b'"' if !is_block => return Some(at + 1),
            b'\n' | b'\r' if !is_block => return None,
            b'"' if rest.starts_with(b"\"\"\"") => return Some(at + 3),
            b'\\' if !is_block => at += 2,
            b'\\' if rest.starts_with(b"\\\"\"\"") => at += 4,
            _ => at += 1,
        }
    }
}
