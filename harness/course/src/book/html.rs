//! HTML as text: escaped, and kept together inside a Markdown page.

/// `text` as the content of an element or the value of a double-quoted attribute.
///
/// `{{#` is broken up, so that mdBook does not take the text for a directive.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '{' => escaped.push_str("&#123;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// `html` without a blank line: in Markdown one would end the block, and the rest would be read as text.
///
/// A blank line counts only inside `pre`, where a line break may as well be written as a character reference.
pub(super) fn block(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    for line in html.trim().lines() {
        if line.trim().is_empty() {
            kept.push_str("&#10;");
            continue;
        }
        if !kept.is_empty() && !kept.ends_with("&#10;") {
            kept.push('\n');
        } else if kept.ends_with("&#10;") {
            // The reference stands for the blank line; the break before this line is one of its own.
            kept.push_str("&#10;");
        }
        kept.push_str(line);
    }
    kept.replace("{{#", "&#123;&#123;#")
}

/// `<pre><code>` with `code`, in a language that the theme colors.
pub(crate) fn code_block(language: &str, code: &str) -> String {
    format!("<pre><code class=\"language-{}\">{}\n</code></pre>", escape(language), escape(code.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_no_blank_line_and_says_the_same() {
        let block = block("<pre>a\n\nb\n\n\nc\nd</pre>\n");
        assert!(!block.contains("\n\n"), "{block}");
        assert_eq!(block.replace("&#10;", "\n"), "<pre>a\n\nb\n\n\nc\nd</pre>");
    }

    #[test]
    fn text_is_no_markup_and_no_directive() {
        assert_eq!(escape("<a \"b\"> & {{#quiz x}}"), "&lt;a &quot;b&quot;&gt; &amp; &#123;&#123;#quiz x}}");
    }
}
