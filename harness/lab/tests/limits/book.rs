//! The book's table: what each backend does with each thing.

use std::collections::BTreeMap;

use super::stage::Stage;

/// The section of `differences.md` that has the table.
const SECTION: &str = "{#dynamodb-limits}";

/// What a service cell says where the documentation says nothing.
const UNSAID: &str = "not said";

/// Whose behavior is tried: its place among the columns.
#[derive(Clone, Copy, Debug)]
pub enum Backend {
    /// The service itself, `DYNAMODB=aws`.
    Service = 1,
    /// DynamoDB Local.
    Local = 2,
    /// The embedded engine.
    Embedded = 3,
}

impl Backend {
    /// Told by the ARN of a table: the local ones make theirs up, each in its own way.
    pub async fn of(stage: &Stage) -> Self {
        let described = stage.client.describe_table().table_name(&stage.table).send().await;
        let described = described.expect("the table is there").table.expect("it is described");
        let arn = described.table_arn.unwrap_or_default();
        match arn.split(':').collect::<Vec<_>>()[..] {
            [.., "ddblocal", "000000000000", _] => Self::Local,
            [.., "000000000000", _] => Self::Embedded,
            _ => Self::Service,
        }
    }
}

fn rows() -> Vec<Vec<String>> {
    let page = include_str!("../../../../book/src/differences.md");
    let section = page.split_once(SECTION).expect("the book has the section").1;
    let lines = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// What the book says that this backend does, by what is tried.
pub fn told(backend: Backend) -> BTreeMap<String, String> {
    let cell =
        |row: &[String]| row.get(backend as usize).map(|cell| cell.replace("**", "")).unwrap_or_default();
    rows().iter().map(|row| (row[0].clone(), cell(row))).collect()
}

/// The cells that are bold and say what the service's does, or say something else and are not bold.
pub fn wrongly_bold() -> Vec<String> {
    let mut off = Vec::new();
    for row in rows() {
        let service = &row[Backend::Service as usize];
        for cell in &row[Backend::Local as usize..] {
            let differs = service != UNSAID && cell.replace("**", "") != *service;
            if differs != cell.starts_with("**") {
                off.push(format!("{}: {cell}", row[0]));
            }
        }
    }
    off
}
