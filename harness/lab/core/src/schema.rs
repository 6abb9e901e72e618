//! What has to be known of a table to say what a write costs: its key and its indexes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Item;
use crate::cost::{Units, index_units};

/// What has to be known of a table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) key: Vec<String>,
    indexes: Vec<Index>,
}

#[derive(Clone, Debug)]
struct Index {
    name: String,
    key: Vec<String>,
    /// `None`: all attributes.
    projected: Option<Vec<String>>,
}

impl Table {
    pub(crate) fn read(description: &Value) -> Self {
        let names = |schema: &Value| -> Vec<String> {
            let elements = schema.as_array().into_iter().flatten();
            elements.filter_map(|element| element["AttributeName"].as_str()).map(str::to_owned).collect()
        };
        let key = names(&description["KeySchema"]);
        let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
            .iter()
            .filter_map(|member| description[*member].as_array())
            .flatten()
            .map(|index| {
                let projection = &index["Projection"];
                let more = projection["NonKeyAttributes"].as_array().into_iter().flatten();
                let own = names(&index["KeySchema"]);
                let kept =
                    more.filter_map(Value::as_str).map(str::to_owned).chain(own.clone()).chain(key.clone());
                Index {
                    name: index["IndexName"].as_str().unwrap_or_default().to_owned(),
                    projected: (projection["ProjectionType"] != "ALL").then(|| kept.collect()),
                    key: own,
                }
            })
            .collect();
        Self { key, indexes }
    }

    /// The keys of the table called `name` and of its indexes, which are called `name/index`.
    pub(crate) fn keys(self, name: &str) -> Vec<(String, Vec<String>)> {
        let indexes = self.indexes.into_iter().map(|index| (format!("{name}/{}", index.name), index.key));
        let mut keys: Vec<_> = indexes.collect();
        keys.push((name.to_owned(), self.key));
        keys
    }

    pub(crate) fn write_indexes(
        &self,
        before: Option<&Value>,
        after: Option<&Value>,
        units: &mut BTreeMap<String, Units>,
    ) {
        for index in &self.indexes {
            let (old, new) = (index.entry(before), index.entry(after));
            let moved = part(before, &index.key) != part(after, &index.key);
            let written = index_units(old.as_ref(), new.as_ref(), moved);
            if written > Units::default() {
                *units.entry(index.name.clone()).or_default() += written;
            }
        }
    }
}

impl Index {
    /// What the index keeps of an item: nothing where it lacks an attribute of the index's key.
    fn entry(&self, item: Option<&Value>) -> Option<Item> {
        let item = item?;
        if self.key.iter().any(|name| item.get(name).is_none()) {
            return None;
        }
        match &self.projected {
            None => Item::from_wire(item),
            Some(names) => Item::from_wire(&part(Some(item), names)),
        }
    }
}

/// These attributes of an item.
pub(crate) fn part(item: Option<&Value>, names: &[String]) -> Value {
    let attribute = |name: &String| Some((name.clone(), item?.get(name)?.clone()));
    Value::Object(names.iter().filter_map(attribute).collect::<Map<_, _>>())
}
