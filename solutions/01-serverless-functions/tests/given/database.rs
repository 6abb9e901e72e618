//! The errors of the tables, as a caller sees them.

use solution_1::database::{self, DatabaseError};

#[test]
fn every_error_has_a_type_of_its_own() {
    let types = [
        DatabaseError::NotConfigured("X"),
        DatabaseError::Request("x".into()),
        DatabaseError::Attribute("x"),
    ]
    .map(|error| error.error_type());
    assert_eq!(types, ["Database.NotConfigured", "Database.Request", "Database.Attribute"]);
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let error = database::variable("A_VARIABLE_THAT_NOBODY_SETS").unwrap_err();
    assert_eq!(error.to_string(), "the environment variable A_VARIABLE_THAT_NOBODY_SETS is not set");
}
