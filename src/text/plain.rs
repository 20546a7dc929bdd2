//! Plain text of readers as HTML, and the initials of a name.

use linkify::{LinkFinder, LinkKind};
use unicode_normalization::UnicodeNormalization;

/// What a link of a reader's says to search engines and to whom it leads: that nobody vouches for it.
const LINK: &str = r#" rel="nofollow ugc noopener noreferrer""#;

/// `text` with its characters escaped, its http and https addresses as links, its blank lines between paragraphs and its other
/// line breaks kept. Nothing else of it is markup.
pub fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    let lines = text.lines().map(str::trim_end).collect::<Vec<_>>();
    for paragraph in lines.split(|line| line.is_empty()).filter(|paragraph| !paragraph.is_empty()) {
        html.push_str("<p>");
        for (at, line) in paragraph.iter().enumerate() {
            if at > 0 {
                html.push_str("<br>\n");
            }
            push_line(line, &mut html);
        }
        html.push_str("</p>\n");
    }
    html
}

fn push_line(line: &str, html: &mut String) {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    for span in finder.spans(line) {
        let text = span.as_str();
        let is_link = span.kind().is_some() && ["http://", "https://"].iter().any(|scheme| text.to_ascii_lowercase().starts_with(scheme));
        if is_link {
            html.push_str("<a href=\"");
            push_escaped(text, html);
            html.push('"');
            html.push_str(LINK);
            html.push('>');
            push_escaped(text, html);
            html.push_str("</a>");
        } else {
            push_escaped(text, html);
        }
    }
}

fn push_escaped(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

/// The first letters of the first and the last word of a name, in capitals: one for a name of one word, none where there is no letter.
pub fn initials(name: &str) -> String {
    let name: String = name.nfc().collect();
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let (first, last) = (letters.next(), letters.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// One of twelve colours, always the same for a name, dark enough for white letters: `#rrggbb`.
pub fn colour(name: &str) -> &'static str {
    const COLOURS: [&str; 12] = [
        "#8a3324", "#9a5b13", "#6b6b1f", "#3f6f2a", "#1f6f54", "#1b6b73", "#24618a", "#34509a", "#55449a", "#7a3b93", "#93356f", "#5c5c66",
    ];
    // FNV-1a, so that the colour stays the same in every version.
    let hash = name.trim().to_lowercase().bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    COLOURS[hash as usize % COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::{colour, html, initials};
    use proptest::prelude::*;

    #[test]
    fn lines_paragraphs_and_links_are_kept_and_markup_is_not() {
        let text = "Terima kasih <b>pak</b>!\nLihat https://desa.example/a?b=1&c=2.\n\n\n\"javascript:alert(1)\" & 'x'";
        assert_eq!(
            html(text),
            "<p>Terima kasih &lt;b&gt;pak&lt;/b&gt;!<br>\nLihat <a href=\"https://desa.example/a?b=1&amp;c=2\" rel=\"nofollow ugc noopener \
             noreferrer\">https://desa.example/a?b=1&amp;c=2</a>.</p>\n<p>&quot;javascript:alert(1)&quot; &amp; &#39;x&#39;</p>\n"
        );
        assert_eq!((html(""), html("\r\n \n")), (String::new(), String::new()));
    }

    #[test]
    fn names_have_initials() {
        for (name, expected) in
            [("Siti Rahmatia", "SR"), ("budi", "B"), ("H. Andi Baso Amier", "HA"), ("  ", ""), ("😀 (Élan) ya", "ÉY"), ("1 2 3", "13")]
        {
            assert_eq!(initials(name), expected, "{name}");
        }
        assert_eq!(colour("Siti"), colour(" SITI "));
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in "\\PC{0,200}") {
            let html = html(&text);
            let bare = html.replace("<p>", "").replace("</p>", "").replace("<br>", "").replace("</a>", "");
            let links = bare.matches("<a href=\"http").count();
            prop_assert_eq!(bare.matches('<').count(), links);
        }
    }
}
