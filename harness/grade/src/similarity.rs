//! Which submissions resemble each other, or the course's own solutions, more than the starter that all of them began
//! with explains. It finds what a person should read; it proves nothing: the solutions are public, and a short exercise
//! has few right answers.

mod export;
mod fingerprint;
mod tokens;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use serde::Serialize;

pub use export::jplag;
use tokens::Token;

/// A hash that more than this share of the submissions have is what everybody writes, and tells nothing of a pair.
const COMMON_SHARE: f64 = 0.5;
/// Below this many submissions nothing is common: in a pair, everything common would be.
const COMMON_FROM: usize = 6;
/// Pairs that are told.
const PAIRS_MOST: usize = 100;
/// Passages of a pair that are told.
const PASSAGES_MOST: usize = 12;
/// Places of the other one where a passage is looked for to begin: what is there more often is a pattern, such as a
/// table's rows, and a file of nothing else would be compared with itself at every token.
const PLACES_MOST: usize = 16;

/// Sources to be compared.
#[derive(Clone, Debug)]
pub struct Sources {
    /// A student's id, `the solution`, or a variant's name.
    pub name: String,
    /// They are the course's own: not compared with each other.
    pub is_own: bool,
    /// Contents by path.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

/// Two that resemble each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// One of them.
    pub one: String,
    /// The other.
    pub other: String,
    /// Percent of the shorter one's fingerprints, without the starter's, that the other has too.
    pub percent: f64,
    /// How many fingerprints that are.
    pub common: usize,
    /// What is common, the longest first.
    pub passages: Vec<Passage>,
}

/// A passage that two have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// How many tokens.
    pub tokens: usize,
    /// Where it is in one.
    pub one: Place,
    /// Where it is in the other.
    pub other: Place,
}

/// Lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The first line, from 1.
    pub from: u32,
    /// The last.
    pub to: u32,
    /// What is written there.
    pub text: String,
}

struct File {
    path: String,
    text: String,
    tokens: Vec<Token>,
    grams: Vec<u64>,
}

struct Document<'a> {
    sources: &'a Sources,
    files: Vec<File>,
    kept: HashSet<u64>,
}

/// The pairs that resemble each other, the most alike first, after everything in `starter` is subtracted.
pub fn compare(sources: &[Sources], starter: &BTreeMap<PathBuf, Vec<u8>>, least_percent: f64) -> Vec<Pair> {
    let shipped: HashSet<u64> =
        files(starter).iter().flat_map(|file| fingerprint::all(&file.grams)).collect();
    let mut documents: Vec<Document<'_>> = sources.iter().map(|one| Document::of(one, &shipped)).collect();
    let common = common(&documents);
    for document in &mut documents {
        document.kept.retain(|hash| !common.contains(hash));
    }
    let mut counts: HashMap<(usize, usize), usize> = HashMap::new();
    let mut owners: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, document) in documents.iter().enumerate() {
        for hash in &document.kept {
            let before = owners.entry(*hash).or_default();
            for other in before.iter() {
                *counts.entry((*other, index)).or_default() += 1;
            }
            before.push(index);
        }
    }
    let mut ranked: Vec<(f64, usize, usize, usize)> = counts
        .into_iter()
        .filter(|((one, other), _)| !(sources[*one].is_own && sources[*other].is_own))
        .map(|((one, other), count)| {
            let shorter = documents[one].kept.len().min(documents[other].kept.len());
            (100.0 * ratio(count, shorter), count, one, other)
        })
        .filter(|(percent, ..)| *percent >= least_percent)
        .collect();
    ranked.sort_by(|one, other| {
        other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)).then((one.2, one.3).cmp(&(other.2, other.3)))
    });
    ranked
        .into_iter()
        .take(PAIRS_MOST)
        .map(|(percent, common, one, other)| Pair {
            one: sources[one].name.clone(),
            other: sources[other].name.clone(),
            percent: (percent * 10.0).round() / 10.0,
            common,
            passages: passages(&documents[one], &documents[other], &shipped),
        })
        .collect()
}

impl<'a> Document<'a> {
    fn of(sources: &'a Sources, shipped: &HashSet<u64>) -> Self {
        let files = files(&sources.files);
        let kept = files
            .iter()
            .flat_map(|file| fingerprint::winnowed(&file.grams))
            .map(|(hash, _)| hash)
            .filter(|hash| !shipped.contains(hash))
            .collect();
        Self { sources, files, kept }
    }
}

fn files(sources: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<File> {
    sources
        .iter()
        .map(|(path, bytes)| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let tokens = tokens::tokens(&text);
            let grams = fingerprint::grams(&tokens);
            File { path: path.display().to_string(), text, tokens, grams }
        })
        .collect()
}

/// What most of the submissions have; the course's own don't count, they are few and the same.
fn common(documents: &[Document<'_>]) -> HashSet<u64> {
    let submissions = documents.iter().filter(|document| !document.sources.is_own).count();
    if submissions < COMMON_FROM {
        return HashSet::new();
    }
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for document in documents.iter().filter(|document| !document.sources.is_own) {
        for hash in &document.kept {
            *counts.entry(*hash).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .filter(|(_, count)| ratio(*count, submissions) > COMMON_SHARE)
        .map(|(hash, _)| hash)
        .collect()
}

/// Runs of equal hashes, as long as they get, the longest first; no token is told twice.
fn passages(one: &Document<'_>, other: &Document<'_>, shipped: &HashSet<u64>) -> Vec<Passage> {
    let mut places: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
    for (file, of_other) in other.files.iter().enumerate() {
        for (at, hash) in of_other.grams.iter().enumerate() {
            let of_hash = places.entry(*hash).or_default();
            if of_hash.len() < PLACES_MOST {
                of_hash.push((file, at));
            }
        }
    }
    let mut found = Vec::new();
    for file in &one.files {
        let covered = covered(file, shipped);
        let mut at = 0;
        while at < file.grams.len() {
            let begins = if covered[at] { None } else { places.get(&file.grams[at]) };
            let longest = begins.into_iter().flatten().map(|&(of, start)| {
                let theirs = &other.files[of].grams[start..];
                let length = file.grams[at..]
                    .iter()
                    .zip(theirs)
                    .take_while(|(one, other)| one == other && !shipped.contains(*one))
                    .count();
                (length, of, start)
            });
            match longest.max_by_key(|(length, ..)| *length) {
                Some((length, of, start)) => {
                    let tokens = length + fingerprint::GRAM - 1;
                    found.push(Passage {
                        tokens,
                        one: place(file, at, tokens),
                        other: place(&other.files[of], start, tokens),
                    });
                    at += tokens;
                }
                None => at += 1,
            }
        }
    }
    found.sort_by_key(|passage| std::cmp::Reverse(passage.tokens));
    found.truncate(PASSAGES_MOST);
    found
}

/// Which of the file's tokens are in something that the starter has.
fn covered(file: &File, shipped: &HashSet<u64>) -> Vec<bool> {
    let mut covered = vec![false; file.tokens.len()];
    for (at, hash) in file.grams.iter().enumerate() {
        if shipped.contains(hash) {
            covered[at..at + fingerprint::GRAM].fill(true);
        }
    }
    covered
}

fn place(file: &File, start: usize, tokens: usize) -> Place {
    let line = |at: usize| file.tokens.get(at).map_or(1, |token| token.line);
    let (from, to) = (line(start), line(start + tokens - 1));
    let text = file.text.lines().skip(from as usize - 1).take((to - from + 1) as usize).collect::<Vec<_>>();
    Place { file: file.path.clone(), from, to, text: text.join("\n") }
}

#[expect(clippy::cast_precision_loss, reason = "counts of fingerprints are far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTER: &str = "pub fn given(values: &[u32]) -> u32 { let mut sum = 0; for value in values { sum += value * 2; } sum }\n";
    const LOOP: &str = "pub fn count(cards: &[Card]) -> usize {\n    let mut seen = HashSet::new();\n    for card in cards {\n        if card.words.is_empty() { continue; }\n        seen.insert(card.id.clone());\n    }\n    seen.len()\n}\n";
    const RENAMED: &str = "// my own work\npub fn tally(posts: &[Post]) -> usize { let mut known = BTreeSet::new(); for post in posts { if post.text.is_empty() { continue; } known.insert(post.key.clone()); } known.len() }\n";
    const OTHER: &str = "pub fn count(cards: &[Card]) -> usize {\n    cards.iter().filter(|card| !card.words.trim().is_empty()).map(|card| &card.id).collect::<BTreeSet<_>>().len()\n}\n";

    fn sources(name: &str, text: &str) -> Sources {
        let files = BTreeMap::from([(PathBuf::from("src/lib.rs"), format!("{STARTER}{text}").into_bytes())]);
        Sources { name: name.into(), is_own: name.starts_with("the "), files }
    }

    fn starter() -> BTreeMap<PathBuf, Vec<u8>> {
        BTreeMap::from([(PathBuf::from("src/lib.rs"), STARTER.as_bytes().to_vec())])
    }

    #[test]
    fn a_renamed_and_reformatted_copy_is_found_with_its_lines() {
        let all = [sources("anna", LOOP), sources("bob", OTHER), sources("cleo", RENAMED)];
        let pairs = compare(&all, &starter(), 50.0);
        assert_eq!(pairs.len(), 1, "{pairs:?}");
        assert_eq!((pairs[0].one.as_str(), pairs[0].other.as_str()), ("anna", "cleo"));
        assert!(pairs[0].percent > 90.0);
        let passage = &pairs[0].passages[0];
        assert_eq!((passage.one.from, passage.one.to, passage.other.from), (2, 9, 3));
        assert!(passage.one.text.contains("seen.insert") && passage.other.text.contains("known.insert"));
    }

    #[test]
    fn what_the_starter_has_is_nobodys() {
        let all = [sources("anna", ""), sources("bob", "")];
        assert_eq!(compare(&all, &starter(), 0.0), []);
        assert!(!compare(&all, &BTreeMap::new(), 0.0).is_empty(), "without subtraction they are alike");
    }

    #[test]
    fn the_courses_own_are_compared_with_submissions_and_not_with_each_other() {
        let all = [sources("anna", RENAMED), sources("the solution", LOOP), sources("the variant", LOOP)];
        let pairs = compare(&all, &starter(), 50.0);
        let names: Vec<_> = pairs.iter().map(|pair| (pair.one.as_str(), pair.other.as_str())).collect();
        assert_eq!(names, [("anna", "the solution"), ("anna", "the variant")]);
    }

    #[test]
    fn what_most_of_a_class_writes_tells_nothing_of_a_pair() {
        let class: Vec<Sources> = (0..8).map(|n| sources(&format!("s{n}"), LOOP)).collect();
        assert_eq!(compare(&class, &starter(), 0.0), []);
    }

    #[test]
    fn a_file_of_one_token_again_and_again_is_compared_in_no_time() {
        let all = [sources("anna", &"x ".repeat(100_000)), sources("bob", &"y ".repeat(100_000))];
        assert_eq!(compare(&all, &starter(), 0.0).len(), 1);
    }

    #[test]
    fn a_whole_class_is_compared_in_bounded_output() {
        let class: Vec<Sources> = (0..40)
            .map(|n| {
                let own = format!("pub fn own_{n}() {{ {} }}\n", "call(1, 'a', \"b\"); ".repeat(n + 5));
                sources(&format!("s{n}"), &own)
            })
            .collect();
        assert!(compare(&class, &starter(), 0.0).len() <= PAIRS_MOST);
    }
}
