//! The operations that can be typed. What makes tables or removes them is not among them: a console has those that its
//! page gives it.

/// An operation of DynamoDB.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// As the API calls it: `PutItem`.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// What can be said to it, in the order in which it is listed.
    pub members: &'static [Member],
}

/// A member of an operation's request.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    /// As the API calls it: `TableName`.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether there is no request without it.
    pub required: bool,
}

/// What an option's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// There, or there with `no-` in front.
    Flag,
    /// JSON.
    Json,
}

impl Operation {
    /// As the AWS CLI calls it: `put-item`.
    pub fn command(&self) -> String {
        kebab(self.name)
    }

    /// The operation that is typed so.
    pub fn of_command(command: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.command() == command)
    }
}

impl Member {
    /// As the AWS CLI calls it: `--table-name`.
    pub fn option(&self) -> String {
        format!("--{}", kebab(self.name))
    }
}

/// `TableName` as `table-name`.
fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

const fn needed(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: true }
}

const fn text(name: &'static str) -> Member {
    Member { name, kind: Kind::Text, required: false }
}

const fn number(name: &'static str) -> Member {
    Member { name, kind: Kind::Number, required: false }
}

const fn flag(name: &'static str) -> Member {
    Member { name, kind: Kind::Flag, required: false }
}

const fn json(name: &'static str) -> Member {
    Member { name, kind: Kind::Json, required: false }
}

const TABLE: Member = needed("TableName", Kind::Text);
const KEY: Member = needed("Key", Kind::Json);
const CONSISTENT: Member = flag("ConsistentRead");
const PROJECTION: Member = text("ProjectionExpression");
const CONDITION: Member = text("ConditionExpression");
const FILTER: Member = text("FilterExpression");
const NAMES: Member = json("ExpressionAttributeNames");
const VALUES: Member = json("ExpressionAttributeValues");
const RETURNED: Member = text("ReturnValues");
const RETURNED_ON_FAILURE: Member = text("ReturnValuesOnConditionCheckFailure");
const CONSUMED: Member = text("ReturnConsumedCapacity");
const INDEX: Member = text("IndexName");
const SELECT: Member = text("Select");
const LIMIT: Member = number("Limit");
const START: Member = json("ExclusiveStartKey");

/// All of them, in the order in which they are listed. Members as in the API of 2012-08-10, without the legacy ones.
pub const OPERATIONS: [Operation; 12] = [
    Operation {
        name: "GetItem",
        about: "reads one item, by its whole key",
        members: &[TABLE, KEY, CONSISTENT, PROJECTION, NAMES, CONSUMED],
    },
    Operation {
        name: "PutItem",
        about: "writes one item whole, and replaces what was there",
        members: &[
            TABLE,
            needed("Item", Kind::Json),
            CONDITION,
            NAMES,
            VALUES,
            RETURNED,
            RETURNED_ON_FAILURE,
            CONSUMED,
        ],
    },
    Operation {
        name: "UpdateItem",
        about: "changes one item where it is, or creates it",
        members: &[
            TABLE,
            KEY,
            text("UpdateExpression"),
            CONDITION,
            NAMES,
            VALUES,
            RETURNED,
            RETURNED_ON_FAILURE,
            CONSUMED,
        ],
    },
    Operation {
        name: "DeleteItem",
        about: "removes one item",
        members: &[TABLE, KEY, CONDITION, NAMES, VALUES, RETURNED, RETURNED_ON_FAILURE, CONSUMED],
    },
    Operation {
        name: "Query",
        about: "reads a stretch of one item collection, in order",
        members: &[
            TABLE,
            text("KeyConditionExpression"),
            FILTER,
            PROJECTION,
            NAMES,
            VALUES,
            CONSISTENT,
            flag("ScanIndexForward"),
            LIMIT,
            START,
            INDEX,
            SELECT,
            CONSUMED,
        ],
    },
    Operation {
        name: "Scan",
        about: "reads everything",
        members: &[
            TABLE,
            FILTER,
            PROJECTION,
            NAMES,
            VALUES,
            CONSISTENT,
            LIMIT,
            START,
            INDEX,
            SELECT,
            number("Segment"),
            number("TotalSegments"),
            CONSUMED,
        ],
    },
    Operation {
        name: "BatchGetItem",
        about: "reads up to 100 items, by their keys",
        members: &[needed("RequestItems", Kind::Json), CONSUMED],
    },
    Operation {
        name: "BatchWriteItem",
        about: "puts and deletes up to 25 items, each for itself",
        members: &[needed("RequestItems", Kind::Json), CONSUMED],
    },
    Operation {
        name: "TransactGetItems",
        about: "reads up to 100 items at one moment",
        members: &[needed("TransactItems", Kind::Json), CONSUMED],
    },
    Operation {
        name: "TransactWriteItems",
        about: "writes up to 100 items, all or none",
        members: &[needed("TransactItems", Kind::Json), text("ClientRequestToken"), CONSUMED],
    },
    Operation { name: "DescribeTable", about: "says what a table is", members: &[TABLE] },
    Operation {
        name: "ListTables",
        about: "names the tables",
        members: &[text("ExclusiveStartTableName"), LIMIT],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_aws_cli() {
        assert_eq!(kebab("ReturnValuesOnConditionCheckFailure"), "return-values-on-condition-check-failure");
        assert_eq!(
            Operation::of_command("batch-get-item").map(|operation| operation.name),
            Some("BatchGetItem")
        );
        assert_eq!(Operation::of_command("create-table"), None);
    }

    #[test]
    fn no_operation_makes_or_removes_a_table() {
        for operation in OPERATIONS {
            assert!(!["Create", "Delete"].iter().any(|verb| operation.name == format!("{verb}Table")));
        }
    }
}
