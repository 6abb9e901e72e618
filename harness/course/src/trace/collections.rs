//! What was touched, by item collection: all items of a table with the same partition key.

use std::collections::BTreeMap;

use lab_manifest::trace::{Access, Request};

use super::story::Story;

/// An item collection, and what was done with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// The table, or `table/index`.
    pub table: String,
    /// The partition key, such as `board=b1`.
    pub partition: String,
    /// All its items together.
    pub all: Touches,
    /// Each item of its own, where there is a sort key.
    pub items: BTreeMap<String, Touches>,
}

/// How often something was touched, and by which requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touches {
    /// Times that it was read, or looked for.
    pub reads: usize,
    /// Times that it was written.
    pub writes: usize,
    /// Times that nothing came of it: refused, or left unprocessed.
    pub refused: usize,
    /// Numbers of the requests, in order.
    pub requests: Vec<usize>,
}

/// The collections of a run, by table, in the order in which they were first touched.
pub fn of(story: &Story<'_>) -> Vec<Collection> {
    let mut collections: Vec<Collection> = Vec::new();
    for (number, request) in story.requests() {
        for touched in &request.touched {
            let known = collections
                .iter()
                .position(|known| known.table == touched.table && known.partition == touched.partition);
            let index = known.unwrap_or_else(|| {
                collections.push(Collection {
                    table: touched.table.clone(),
                    partition: touched.partition.clone(),
                    ..Collection::default()
                });
                collections.len() - 1
            });
            let collection = &mut collections[index];
            let refused = touched.unprocessed || is_refused(request);
            collection.all.touch(number, touched.access, refused);
            if let Some(sort) = &touched.sort {
                collection.items.entry(sort.clone()).or_default().touch(number, touched.access, refused);
            }
        }
    }
    let mut tables: Vec<String> = Vec::new();
    for collection in &collections {
        if !tables.contains(&collection.table) {
            tables.push(collection.table.clone());
        }
    }
    collections.sort_by_key(|collection| tables.iter().position(|table| *table == collection.table));
    collections
}

/// Whether nothing came of a request.
pub fn is_refused(request: &Request) -> bool {
    request.status >= 400
}

impl Touches {
    fn touch(&mut self, request: usize, access: Access, refused: bool) {
        match (refused, access) {
            (true, _) => self.refused += 1,
            (false, Access::Write) => self.writes += 1,
            (false, Access::Read | Access::Missed | Access::Check) => self.reads += 1,
        }
        if self.requests.last() != Some(&request) {
            self.requests.push(request);
        }
    }
}
