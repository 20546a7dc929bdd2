//! Markdown to what a page needs: sanitised HTML, plain text, headings, reading time.

use std::collections::HashSet;
use std::sync::LazyLock;

use comrak::nodes::NodeValue;
use comrak::{Anchorizer, Arena, Node, Options, format_html, parse_document};

/// Words a minute that adults read silently in a non-specialist text (Brysbaert 2019 finds 238 for English;
/// Indonesian words are longer, so fewer of them).
const WORDS_PER_MINUTE: usize = 200;

/// A heading of a body, for a table of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    pub text: String,
    /// The `id` of the heading in the HTML.
    pub anchor: String,
}

/// A body as a page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Safe to put into a page as it is.
    pub html: String,
    pub headings: Vec<Heading>,
}

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tag_attributes("h1", ["id"])
        .add_tag_attributes("h2", ["id"])
        .add_tag_attributes("h3", ["id"])
        .add_tag_attributes("h4", ["id"])
        .add_tag_attributes("h5", ["id"])
        .add_tag_attributes("h6", ["id"])
        .add_tags(["input"])
        .add_tag_attribute_values("input", "type", ["checkbox"])
        .add_tag_attributes("input", ["checked", "disabled"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(Some("noopener noreferrer"));
    cleaner
});

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.parse.smart = false;
    // Raw HTML passes through here and is cleaned afterwards, together with everything else.
    options.render.r#unsafe = true;
    options
}

/// Takes away every tag.
static TEXT_ONLY: LazyLock<ammonia::Builder<'static>> = LazyLock::new(ammonia::Builder::empty);

/// The text of Markdown without marks, its paragraphs parted by blank lines.
pub fn plain_text(markdown: &str) -> String {
    let arena = Arena::new();
    let mut text = String::with_capacity(markdown.len());
    push_text(parse_document(&arena, markdown, &options()), &mut text);
    text.truncate(text.trim_end().len());
    text
}

/// Renders Markdown (CommonMark with tables, strikethrough, autolinks and task lists).
pub fn render(markdown: &str) -> Rendered {
    let arena = Arena::new();
    let options = options();
    let root = parse_document(&arena, markdown, &options);
    let mut rendered = Rendered::default();
    let mut anchors = Anchorizer::new();
    for node in root.descendants() {
        let NodeValue::Heading(heading) = &node.data().value else { continue };
        let (level, text) = (heading.level, inline_text(node));
        let anchor = anchors.anchorize(&text);
        rendered.headings.push(Heading { level, text, anchor });
    }
    let headings: Vec<Node<'_>> = root.descendants().filter(|node| matches!(node.data().value, NodeValue::Heading(_))).collect();
    for (at, node) in headings.into_iter().enumerate() {
        node.prepend(arena.alloc(NodeValue::HtmlInline(mark(at)).into()));
    }
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    // Writing to a string does not fail.
    let _ = format_html(root, &options, &mut html);
    rendered.html = CLEANER.clean(&with_heading_ids(&html, &rendered.headings)).to_string();
    rendered
}

/// Marks the place of a heading that Markdown made, which raw HTML can't be taken for; cleaning removes what is left of it.
fn mark(at: usize) -> String {
    format!("<!--heading {at}-->")
}

/// Gives the headings that Markdown made their ids, in one pass.
fn with_heading_ids(html: &str, headings: &[Heading]) -> String {
    let mut out = String::with_capacity(html.len() + headings.len() * 32);
    let mut rest = html;
    for (at, heading) in headings.iter().enumerate() {
        let marked = format!("<h{}>{}", heading.level, mark(at));
        let Some(found) = rest.find(&marked) else { break };
        out.push_str(&rest[..found]);
        out.push_str(&format!("<h{} id=\"{}\">", heading.level, heading.anchor.replace('"', "")));
        rest = &rest[found + marked.len()..];
    }
    out.push_str(rest);
    out
}

/// Appends the text of every paragraph, heading, table row and code block, each closed by a blank line.
/// Nothing here recurses: documents are as deep as their authors like.
fn push_text(root: Node<'_>, out: &mut String) {
    for node in root.descendants() {
        let text = match &node.data().value {
            NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableRow(_) => inline_text(node),
            NodeValue::CodeBlock(code) => code.literal.trim_end().to_owned(),
            NodeValue::HtmlBlock(block) => text_of_html(&block.literal),
            _ => continue,
        };
        if !text.is_empty() {
            out.push_str(&text);
            out.push_str("\n\n");
        }
    }
}

/// The text that readers see of raw HTML.
fn text_of_html(html: &str) -> String {
    let text = TEXT_ONLY.clean(html).to_string();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&quot;", "\"").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How deep quotes are nested in a text, found without parsing it: the most `>` that begin a line, list markers between
/// them allowed. The parser bounds lists by itself, quotes it does not.
pub fn quote_depth(markdown: &str) -> usize {
    let is_marker = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\t' | '>' | '-' | '+' | '*' | '.' | ')');
    markdown.lines().map(|line| line.chars().take_while(|c| is_marker(*c)).filter(|c| *c == '>').count()).max().unwrap_or_default()
}

fn inline_text(node: Node<'_>) -> String {
    let mut text = String::new();
    for inner in node.descendants() {
        match &inner.data().value {
            NodeValue::Text(literal) => text.push_str(literal),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak | NodeValue::TableCell => text.push(' '),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// The first `words` words of a plain text, with an ellipsis when there are more.
pub fn excerpt(text: &str, words: usize) -> String {
    let mut all = text.split_whitespace();
    let taken: Vec<&str> = all.by_ref().take(words).collect();
    let mut excerpt = taken.join(" ");
    if all.next().is_some() {
        excerpt.truncate(excerpt.trim_end_matches([',', ';', ':', '.', '–', '-']).len());
        excerpt.push('…');
    }
    excerpt
}

/// Minutes that a reader needs, at least one.
pub fn reading_minutes(text: &str) -> i32 {
    let minutes = text.split_whitespace().count().div_ceil(WORDS_PER_MINUTE).max(1);
    i32::try_from(minutes).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{excerpt, plain_text, quote_depth, reading_minutes, render};
    use proptest::prelude::*;

    #[test]
    fn a_body_gives_html_text_and_headings() {
        let markdown = "## Sasaran *wilayah*\n\nTiga **kecamatan**:\n\n- Bissappu\n- Eremerasa\n\n## Sasaran wilayah\n";
        let body = render(markdown);
        assert!(body.html.contains("<h2 id=\"sasaran-wilayah\">Sasaran <em>wilayah</em></h2>"), "{}", body.html);
        assert!(body.html.contains("<h2 id=\"sasaran-wilayah-1\">"), "{}", body.html);
        assert_eq!(plain_text(markdown), "Sasaran wilayah\n\nTiga kecamatan:\n\nBissappu\n\nEremerasa\n\nSasaran wilayah");
        assert_eq!(body.headings[0].text, "Sasaran wilayah");
    }

    #[test]
    fn raw_html_is_read_and_takes_no_headings_id() {
        let markdown = "<h2>Mentah</h2>\n\n## Asli\n\n<div>Harga &amp; <b>mutu</b> <script>x</script></div>\n";
        let body = render(markdown);
        assert!(body.html.contains("<h2>Mentah</h2>") && body.html.contains("<h2 id=\"asli\">Asli</h2>"), "{}", body.html);
        assert!(!body.html.contains("heading 0"), "{}", body.html);
        assert_eq!(plain_text(markdown), "Mentah\n\nAsli\n\nHarga & mutu");
    }

    #[test]
    fn scripts_and_bad_links_are_removed() {
        let html =
            render("<script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)> <a href=\"data:text/html,x\">y</a>")
                .html;
        for bad in ["script", "javascript", "onerror", "data:"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
    }

    #[test]
    fn excerpts_end_at_a_word() {
        assert_eq!(excerpt("Satu dua, tiga empat", 2), "Satu dua…");
        assert_eq!(excerpt("Satu dua", 5), "Satu dua");
        assert_eq!(reading_minutes(&"kata ".repeat(401)), 3);
    }

    #[test]
    fn deep_nesting_is_measured_and_survived() {
        assert_eq!(quote_depth("a\n> > 1. > b\n- c > d"), 3);
        for unit in [">", "> ", "- ", "1. ", "*", "[", "> - "] {
            let markdown = unit.repeat(2_000);
            assert!(render(&markdown).html.len() < 1_000_000 && plain_text(&markdown).len() < 1_000_000, "{unit}");
        }
    }

    proptest! {
        #[test]
        fn no_markdown_yields_a_script(body in "(\\PC|[<>\"'`\\[\\]()!#*\\n]){0,200}") {
            let html = render(&body).html.to_lowercase();
            prop_assert!(!html.contains("<script") && !html.contains("<iframe"));
        }
    }
}
