//! Bodies of text as a page needs them.

use async_graphql::{Object, SimpleObject};

use crate::domain::error::{Error, Expected, FieldError, Problem, Result};
use crate::text::markdown::{self, Rendered};

/// Most words of an excerpt.
const LONGEST_EXCERPT: i32 = 1_000;

/// A body of text, rendered once for all the forms asked for.
pub struct Body {
    markdown: String,
    rendered: std::sync::OnceLock<Rendered>,
}

impl Body {
    /// A body of this Markdown.
    pub fn new(markdown: &str) -> Self {
        Self { markdown: markdown.to_owned(), rendered: std::sync::OnceLock::new() }
    }

    fn rendered(&self) -> &Rendered {
        self.rendered.get_or_init(|| markdown::render(&self.markdown))
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
    async fn markdown(&self) -> &str {
        &self.markdown
    }

    /// Sanitised HTML, safe to put into a page as it is.
    async fn html(&self) -> &str {
        &self.rendered().html
    }

    /// Plain text, paragraphs parted by blank lines.
    async fn text(&self) -> &str {
        &self.rendered().text
    }

    /// The beginning of the plain text, ending at a word.
    async fn excerpt(
        &self,
        #[graphql(desc = "How many words, 1 to 1000; 40 by default.")] words: Option<i32>,
    ) -> async_graphql::Result<String> {
        Ok(excerpt(&self.rendered().text, words.unwrap_or(40))?)
    }

    /// Minutes that a reader needs, at least one.
    async fn reading_minutes(&self) -> i32 {
        markdown::reading_minutes(&self.rendered().text)
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
