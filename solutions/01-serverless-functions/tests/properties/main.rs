//! What holds for every card and every body, whoever wrote it.

use lambda_http::Body;
use proptest::prelude::*;
use serde_json::json;
use solution_1::postmark::{CardError, MOST_CHARACTERS, postmark};
use solution_1::site::postmark_of;

proptest! {
    #[test]
    fn a_card_is_stamped_empty_or_too_long(
        from in "\\PC{0,10}", to in "\\PC{0,10}", words in "(\\s|\\PC){0,20}", times in 0..30_usize,
    ) {
        let words = words.repeat(times);
        let characters = words.chars().count();
        let stamped = postmark(json!({ "from": from, "to": to, "words": words, "stamp": 1 }));
        match stamped {
            Ok(postmark) => {
                prop_assert!(words.chars().any(|letter| !letter.is_whitespace()));
                prop_assert_eq!(postmark.address, format!("{from} to {to}"));
                prop_assert_eq!((postmark.characters, postmark.characters + postmark.left), (characters, MOST_CHARACTERS));
            }
            Err(CardError::Empty) => prop_assert!(words.chars().all(char::is_whitespace)),
            Err(CardError::TooLong(told)) => prop_assert!(told == characters && characters > MOST_CHARACTERS),
            Err(CardError::Malformed(error)) => prop_assert!(false, "it is a card: {error}"),
        }
    }

    #[test]
    fn what_is_no_card_is_malformed_and_never_a_panic(body: Vec<u8>) {
        // A random body that is a card by chance would be one in more years than there are.
        let refused = postmark_of(&Body::Binary(body));
        prop_assert!(matches!(refused, Err(CardError::Malformed(_))));
    }

    #[test]
    fn text_and_bytes_are_the_same_card(words in "\\PC{0,300}") {
        let body = json!({ "from": "a", "to": "b", "words": words }).to_string();
        let told = |body: Body| postmark_of(&body).map_err(|error| error.to_string());
        prop_assert_eq!(told(Body::Text(body.clone())), told(Body::Binary(body.into_bytes())));
    }
}
