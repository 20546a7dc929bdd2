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
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
                continue;
            }
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'"' if query[start..].starts_with("\"\"\"") => {
                at = start + 3;
                while at < bytes.len() && !query.as_bytes()[at..].starts_with(b"\"\"\"") {
                    at += if bytes[at..].starts_with(b"\\\"\"\"") { 4 } else { 1 };
                }
                at = (at + 3).min(bytes.len());
            }
            b'"' => {
                while at < bytes.len() && bytes[at] != b'"' && bytes[at] != b'\n' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(bytes.len());
            }
            _ if byte == b'_' || byte.is_ascii_alphanumeric() => {
                while bytes.get(at).is_some_and(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()) {
                    at += 1;
                }
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
