//! Where code on a page comes from: file and lines below it, as a link where the repository has pages.

use std::ops::Range;
use std::path::Path;

use super::html::escape;
use super::page::Page;
use super::{include, scan};
use crate::git::Git;

/// Directives that show a file's lines as code.
const SHOWING: [&str; 2] = ["include", "rustdoc_include"];

/// The repository's address in a browser: `git-repository-url` of `[output.html]`, or else what the course at `root` was
/// cloned from, where that is a host with pages.
pub(super) fn repository(root: &Path, html: &toml::Table) -> Option<String> {
    if let Some(url) = html.get("git-repository-url").and_then(toml::Value::as_str) {
        return Some(url.trim_end_matches('/').to_owned());
    }
    web_address(&Git::open(root).ok()?.ask(["config", "--get", "remote.origin.url"]).ok()?)
}

/// The page of a repository, by the address that it is cloned from. Who clones it, and with what secret, is no part of it.
fn web_address(remote: &str) -> Option<String> {
    let rest = ["https://", "ssh://"].iter().find_map(|scheme| remote.strip_prefix(scheme));
    let (host, path) = match rest {
        Some(rest) => rest.split_once('/')?,
        // As ssh has it: `git@host:owner/name`.
        None => remote.split_once(':').filter(|(host, _)| host.contains('@') && !host.contains('/'))?,
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    // A port of ssh's has no pages.
    let host = if remote.starts_with("ssh:") { host.split(':').next()? } else { host };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (host.contains('.') && path.contains('/')).then(|| format!("https://{host}/{path}"))
}

/// The line below code that is `lines` of `file`, a path from the repository's root.
pub(super) fn caption(repository: Option<&str>, file: &str, lines: &Range<usize>) -> String {
    let (first, last) = (lines.start, lines.end.saturating_sub(1));
    let named = match last.saturating_sub(first) {
        0 => format!("<code>{}</code>, line {first}", escape(file)),
        _ => format!("<code>{}</code>, lines {first} to {last}", escape(file)),
    };
    match repository {
        Some(url) => {
            let address = format!("{url}/blob/HEAD/{file}#L{first}-L{last}");
            format!("<p class=\"code-origin\"><a href=\"{}\">{named}</a></p>", escape(&address))
        }
        None => format!("<p class=\"code-origin\">{named}</p>"),
    }
}

/// For each block of code that is a region of a file: where it ends, and its caption.
pub(super) fn captions(page: &Page<'_>, text: &str) -> Vec<(Range<usize>, String)> {
    let mut captions = Vec::new();
    let mut pending = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if let Some(found) = of_line(page, line.trim()) {
            pending = Some(found);
        } else if line.starts_with("```")
            && let Some(caption) = pending.take()
        {
            captions.push((at..at, format!("\n{caption}\n\n")));
        }
    }
    captions
}

fn of_line(page: &Page<'_>, line: &str) -> Option<String> {
    let (name, argument, _) = scan::directive(line).filter(|_| line.starts_with("{{#"))?;
    let (file, region) = argument.split_whitespace().next()?.split_once(':')?;
    if !SHOWING.contains(&name) {
        return None;
    }
    let source = page.sources.book.join("src").join(&page.path);
    let path = include::normal(&source.parent()?.join(file));
    let lines = include::lines_of(&path, region)?;
    Some(caption(page.sources.repository.as_deref(), &page.sources.shown(&path), &lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_repository_the_caption_names_file_and_lines() {
        let caption = caption(None, "solutions/01/src/lib.rs", &(4..9));
        assert_eq!(
            caption,
            "<p class=\"code-origin\"><code>solutions/01/src/lib.rs</code>, lines 4 to 8</p>"
        );
    }

    #[test]
    fn with_a_repository_it_links_the_lines() {
        let caption = caption(Some("https://example.org/course"), "src/lib.rs", &(4..5));
        assert_eq!(
            caption,
            "<p class=\"code-origin\"><a href=\"https://example.org/course/blob/HEAD/src/lib.rs#L4-L4\"><code>src/lib.rs\
             </code>, line 4</a></p>"
        );
    }

    #[test]
    fn a_repository_has_a_page_where_it_is_cloned_from_a_host() {
        for remote in [
            "https://git.example/owner/course.git",
            "https://somebody:secret@git.example/owner/course",
            "git@git.example:owner/course.git",
            "ssh://git@git.example:2222/owner/course.git/",
        ] {
            let page = web_address(remote.trim_end_matches('/'));
            assert_eq!(page.as_deref(), Some("https://git.example/owner/course"), "{remote}");
        }
        for remote in ["/srv/course", "../course", "file:///srv/course", "C:/course", "host:course"] {
            assert_eq!(web_address(remote), None, "{remote}");
        }
    }

    #[test]
    fn a_book_may_name_its_repository_itself() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(repository(folder.path(), &toml::Table::new()), None);
        let html = "git-repository-url = \"https://a.b/c/\"".parse().unwrap();
        assert_eq!(repository(folder.path(), &html).as_deref(), Some("https://a.b/c"));
    }
}
