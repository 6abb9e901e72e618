//! The built book in memory, as it is served: a build replaces it whole, and no reader meets half of one.

use std::collections::BTreeMap;
use std::path::Path;

use axum::body::Bytes;

/// A file of the built book.
#[derive(Clone, Debug)]
pub struct File {
    /// Its content.
    pub content: Bytes,
    /// Its media type.
    pub media_type: &'static str,
}

/// The built book.
#[derive(Clone, Debug, Default)]
pub struct Site {
    files: BTreeMap<String, File>,
}

/// What differs between two builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Pages whose text changed.
    pub pages: Vec<String>,
    /// A style, a script or the table of contents changed: a page must be loaded anew.
    pub theme: bool,
}

impl Site {
    /// Reads a built book.
    pub fn read(folder: &Path) -> std::io::Result<Self> {
        let mut files = BTreeMap::new();
        visit(folder, "", &mut |path, file| {
            let content = Bytes::from(std::fs::read(file)?);
            files.insert(path.to_owned(), File { content, media_type: media_type(path) });
            Ok(())
        })?;
        Ok(Self { files })
    }

    /// A book of one page, for what there is to say when the book can't be built.
    pub fn of_page(html: String) -> Self {
        let file = File { content: Bytes::from(html), media_type: media_type("index.html") };
        Self { files: BTreeMap::from([("index.html".to_owned(), file)]) }
    }

    /// The file that a request's path names.
    pub fn get(&self, path: &str) -> Option<&File> {
        let path = path.trim_start_matches('/');
        if path.is_empty() || path.ends_with('/') {
            return self.files.get(&format!("{path}index.html"));
        }
        self.files.get(path)
    }

    /// What a reader who has `before` open must load anew.
    pub fn changes_since(&self, before: &Self) -> Changes {
        let mut changes = Changes::default();
        for (path, file) in &self.files {
            let old = before.files.get(path);
            if is_page(path) {
                if old.is_some_and(|old| main(&old.content) != main(&file.content)) {
                    changes.pages.push(path.clone());
                }
            } else if !is_search_index(path) && old.is_none_or(|old| old.content != file.content) {
                changes.theme = true;
            }
        }
        // A new page is in the table of contents; a page that is gone is not.
        changes.theme |= before.files.keys().any(|path| is_page(path) && !self.files.contains_key(path));
        changes
    }
}

/// Calls `on_file` with each file below `folder`, and its path from there with forward slashes.
pub(super) fn visit(
    folder: &Path,
    prefix: &str,
    on_file: &mut impl FnMut(&str, &Path) -> std::io::Result<()>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            visit(&entry.path(), &format!("{path}/"), on_file)?;
        } else {
            on_file(&path, &entry.path())?;
        }
    }
    Ok(())
}

/// A page's own text: the frame around it names files by their hashes, and the search index changes with every word.
fn main(html: &[u8]) -> &[u8] {
    let text = std::str::from_utf8(html).unwrap_or_default();
    // A single letter is found by the standard library's own code, which is optimized.
    let find = |tag: &str| text.match_indices('<').map(|(at, _)| at).find(|&at| text[at..].starts_with(tag));
    match (find("<main"), find("</main>")) {
        (Some(start), Some(end)) if start < end => &html[start..end],
        _ => html,
    }
}

/// Whether it is a page: mdBook writes the extension in small letters.
pub(super) fn is_page(path: &str) -> bool {
    path.strip_suffix(".html").is_some()
}

fn is_search_index(path: &str) -> bool {
    path.starts_with("searchindex")
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> Site {
        let files = files.iter().map(|(path, text)| {
            let content = Bytes::from((*text).to_owned());
            ((*path).to_owned(), File { content, media_type: media_type(path) })
        });
        Site { files: files.collect() }
    }

    #[test]
    fn only_a_page_whose_text_changed_is_loaded_anew() {
        let before = site(&[("a.html", "<script src=s-1.js><main>one</main>"), ("searchindex-1.js", "1")]);
        let after = site(&[("a.html", "<script src=s-2.js><main>one</main>"), ("searchindex-2.js", "2")]);
        assert_eq!(after.changes_since(&before), Changes::default());
        let edited = site(&[("a.html", "<main>two</main>")]);
        assert_eq!(edited.changes_since(&before), Changes { pages: vec!["a.html".into()], theme: false });
    }

    #[test]
    fn a_changed_style_or_a_page_that_is_gone_loads_the_frame_anew() {
        let before = site(&[("a.html", ""), ("x-1.css", "1")]);
        assert!(site(&[("a.html", ""), ("x-2.css", "2")]).changes_since(&before).theme);
        assert!(site(&[("x-1.css", "1")]).changes_since(&before).theme);
    }

    #[test]
    fn a_folder_is_its_index() {
        let site = site(&[("index.html", "root")]);
        assert!(site.get("/").is_some());
        assert!(site.get("/../index.html").is_none());
    }
}
