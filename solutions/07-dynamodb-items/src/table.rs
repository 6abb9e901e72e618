//! Step 1: the table.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

use crate::boards::{Boards, DatabaseError};
use crate::key::{BOARD, CARD};

/// Creates the table of the boards.
///
/// Its partition key is [`BOARD`], its sort key [`CARD`], both texts. It is paid by request, so that nobody has to say
/// beforehand how much will be read and written. No other attribute is declared: only the key is the table's matter.
pub async fn create(boards: &Boards) -> Result<(), DatabaseError> {
    let mut request =
        boards.client.create_table().table_name(&boards.table).billing_mode(BillingMode::PayPerRequest);
    for (name, role) in [(BOARD, KeyType::Hash), (CARD, KeyType::Range)] {
        let definition =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        let element = KeySchemaElement::builder().attribute_name(name).key_type(role);
        request = request
            .attribute_definitions(definition.build().expect("a name and a type are set"))
            .key_schema(element.build().expect("a name and a role are set"));
    }
    request.send().await?;
    Ok(())
}
