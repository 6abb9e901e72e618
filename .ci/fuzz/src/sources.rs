//! Submissions' sources, compared with each other: any text is some, and what is told of a pair is in both.

use std::collections::BTreeMap;
use std::path::PathBuf;

use grade::similarity::{Place, Sources, compare};

/// Whatever `bytes` are.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let all: Vec<Sources> = super::parts(&text)
        .take(8)
        .enumerate()
        .map(|(index, part)| Sources { name: index.to_string(), is_own: index == 0, files: files(part) })
        .collect();
    let Some((starter, others)) = all.split_last() else { return };
    for pair in compare(others, &starter.files, 0.0) {
        assert!((0.0..=100.0).contains(&pair.percent) && pair.one != pair.other, "{pair:?}");
        for passage in &pair.passages {
            is_there(&passage.one, &others[index(&pair.one)]);
            is_there(&passage.other, &others[index(&pair.other)]);
        }
    }
    for one in others {
        let copy = Sources { name: "a copy".into(), is_own: false, ..one.clone() };
        for pair in compare(&[one.clone(), copy], &BTreeMap::new(), 0.0) {
            assert!(pair.percent >= 100.0, "a copy is alike: {pair:?}");
        }
    }
}

fn files(text: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    BTreeMap::from([(PathBuf::from("src/lib.rs"), text.as_bytes().to_vec())])
}

fn index(name: &str) -> usize {
    name.parse().expect("a name is a number here")
}

fn is_there(place: &Place, sources: &Sources) {
    let file = sources.files.values().next().expect("there is a file");
    let text = String::from_utf8_lossy(file);
    let lines: Vec<&str> = text.lines().collect();
    let (from, to) = (place.from as usize, place.to as usize);
    assert!(1 <= from && from <= to && to <= lines.len().max(1), "lines {from} to {to} of {}", lines.len());
    assert_eq!(place.text, lines[from - 1..to.min(lines.len())].join("\n"));
}
