//! Tables with something in them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use lab::Lab;
use solution_2::config::Function;

use super::subject::tables::Table;

/// Creates the table, and tells the function its name.
pub async fn table(lab: &Lab, function: Function, table: Table) -> Function {
    let name = lab.table_name(table.name);
    table.create(&lab.client(), &name).await.expect("a fresh table can be created");
    function.variable(table.variable, name)
}

/// Puts an item into a table that was created before.
pub async fn put<const N: usize>(lab: &Lab, table: Table, item: [(&str, AttributeValue); N]) {
    let item: HashMap<_, _> = item.map(|(name, value)| (name.to_owned(), value)).into();
    lab.client()
        .put_item()
        .table_name(lab.table_name(table.name))
        .set_item(Some(item))
        .send()
        .await
        .expect("an item can be put into a fresh table");
}

/// A text.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number.
pub fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
