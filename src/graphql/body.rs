//! Bodies of text as a page needs them.

use std::sync::{Arc, LazyLock, OnceLock};

use async_graphql::{Object, SimpleObject};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::nodes::at_hand;
use crate::domain::error::{Error, Expected, FieldError, Problem, Result};
use crate::text::markdown::{self, Rendered};

/// Most words of an excerpt.
const LONGEST_EXCERPT: i32 = 1_000;

/// Bytes of bodies that are kept with what became of them.
const KEPT_BYTES: u64 = 8 * 1_024 * 1_024;
/// What an entry takes beside.
const OVERHEAD: usize = 256;
/// Bytes of a body for which room is made at first.
const USUAL_BYTES: u64 = 8_192;

/// What was rendered lately: the same few bodies are read again and again, and to clean one takes longer than to find it.
static KEPT: LazyLock<Cache<String, Arc<Rendered>, Bytewise>> =
    LazyLock::new(|| Cache::with_weighter((KEPT_BYTES / USUAL_BYTES) as usize, KEPT_BYTES, Bytewise));

#[derive(Clone)]
struct Bytewise;

impl Weighter<String, Arc<Rendered>> for Bytewise {
    fn weight(&self, markdown: &String, rendered: &Arc<Rendered>) -> u64 {
        let headings = rendered.headings.iter().map(|heading| heading.text.len() + heading.anchor.len()).sum::<usize>();
        u64::try_from(OVERHEAD + markdown.len() + rendered.html.len() + headings).unwrap_or(u64::MAX)
    }
}

fn rendered(markdown: &str) -> Arc<Rendered> {
    if let Some(kept) = KEPT.get(markdown) {
        return kept;
    }
    let rendered = Arc::new(markdown::render(markdown));
    KEPT.insert(markdown.to_owned(), Arc::clone(&rendered));
    rendered
}

/// A body of text, read once for all the forms asked for.
pub struct Body {
    markdown: String,
    text: OnceLock<String>,
    rendered: OnceLock<Arc<Rendered>>,
}

impl Body {
    /// A body of this Markdown.
    pub fn new(markdown: &str) -> Self {
        Self { markdown: markdown.to_owned(), text: OnceLock::new(), rendered: OnceLock::new() }
    }

    fn plain_text(&self) -> &str {
        self.text.get_or_init(|| markdown::plain_text(&self.markdown))
    }

    fn rendered(&self) -> &Rendered {
        self.rendered.get_or_init(|| rendered(&self.markdown))
    }
}

/// A heading in a body, for a table of contents.
#[derive(SimpleObject)]
pub struct Heading {
    /// 1 to 6.
    level: i32,
    /// The heading without marks.
    text: String,
    /// The `id` that the heading has in the HTML.
    anchor: String,
}

/// A body of text in the forms that a page needs.
#[Object]
impl Body {
    /// The text as it was written, in Markdown.
    fn markdown(&self) -> &str {
        &self.markdown
    }

    /// Sanitised HTML, safe to put into a page as it is.
    fn html(&self) -> &str {
        &self.rendered().html
    }

    /// Plain text, paragraphs parted by blank lines.
    fn text(&self) -> &str {
        self.plain_text()
    }

    /// The beginning of the plain text, ending at a word.
    async fn excerpt(
        &self,
        #[graphql(desc = "How many words, 1 to 1000; 40 by default.")] words: Option<i32>,
    ) -> async_graphql::Result<String> {
        Ok(excerpt(self.plain_text(), words.unwrap_or(40))?)
    }

    /// Minutes that a reader needs, at least one.
    async fn reading_minutes(&self) -> i32 {
        markdown::reading_minutes(self.plain_text())
    }

    /// The headings in their order.
    async fn headings(&self) -> Vec<Heading> {
        let headings = self.rendered().headings.iter();
        headings.map(|h| Heading { level: i32::from(h.level), text: h.text.clone(), anchor: h.anchor.clone() }).collect()
    }
}

/// The first words of a text.
fn excerpt(text: &str, words: i32) -> Result<String> {
    let words = usize::try_from(words).ok().filter(|_| (1..=LONGEST_EXCERPT).contains(&words));
    let words = words.ok_or_else(|| Error::from(FieldError::new("words", Problem::Malformed(Expected::Size(LONGEST_EXCERPT as usize)))))?;
    Ok(markdown::excerpt(text, words))
}

at_hand!(Body { "markdown" => Self::markdown, "html" => Self::html, "text" => Self::text });
