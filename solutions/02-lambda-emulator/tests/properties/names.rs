//! A function's name in each of its forms.

use proptest::prelude::*;
use solution_2::core::name::{self, FunctionName};

const PART: &str = "[A-Za-z0-9$_-]{1,24}";

proptest! {
    #[test]
    fn an_arn_names_what_it_was_made_from(name in PART, qualifier in proptest::option::of(PART)) {
        let function = FunctionName { name, qualifier };
        prop_assert_eq!(FunctionName::parse(&function.arn()), Some(function));
    }

    #[test]
    fn every_form_names_the_same_function(name in PART, account in "[0-9]{12}", region in "[a-z]{2}-[a-z]{4}-[1-9]") {
        let expected = Some(FunctionName { name: name.clone(), qualifier: None });
        prop_assume!(name != "function");
        for form in [
            name.clone(),
            format!("{account}:function:{name}"),
            format!("arn:aws:lambda:{region}:{account}:function:{name}"),
            name::arn(&name),
        ] {
            prop_assert_eq!(&FunctionName::parse(&form), &expected, "{}", form);
        }
    }

    #[test]
    fn what_is_accepted_is_made_of_the_characters_that_a_name_may_have(text in "\\PC{0,40}|[a-z:$./%]{0,20}") {
        if let Some(function) = FunctionName::parse(&text) {
            let parts = [Some(&function.name), function.qualifier.as_ref()];
            for part in parts.into_iter().flatten() {
                prop_assert!(!part.is_empty());
                prop_assert!(part.chars().all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c)), "{}", part);
            }
        }
    }
}
