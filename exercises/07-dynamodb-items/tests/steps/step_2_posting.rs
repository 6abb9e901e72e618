//! Step 2: a card is posted once, however often it is sent.
//!
//! Looking first and writing then leaves room for somebody else in between. The write itself carries the condition, and
//! where the condition fails, the answer brings what is there: enough to tell a retry from a rival.

use aws_sdk_dynamodb::types::AttributeValue;
use lab::{Fault, Lab, Observation};

use super::at_once::join_all;
use super::shown::{counted, requests, trouble, yes};
use super::stocked::{NOON_MS, boards, card, get, put_without};
use super::subject::boards::{Boards, number};
use super::subject::card::Card;
use super::subject::posting::{PostError, Posted, post};

fn told(posted: &Result<Posted, PostError>) -> String {
    match posted {
        Ok(Posted::Now) => "now".to_owned(),
        Ok(Posted::Before) => "before".to_owned(),
        Err(PostError::Taken(card)) => format!("taken by {}, {} views", card.posting, card.views),
        Err(PostError::BadItem(bad)) => format!("bad {}", bad.0),
        Err(PostError::Database(error)) => trouble(error),
    }
}

/// Posts the card, and says what is told.
async fn posting(lab: &Lab, boards: &Boards, card: &Card) -> String {
    lab.call(async || told(&post(boards, card).await)).await
}

/// What is in the card's place.
async fn stored(lab: &Lab, card: &Card) -> String {
    let made: lab::Item = lab.call(async || card.to_item().into()).await;
    match get(lab, &card.key).await {
        None => "nothing".to_owned(),
        Some(there) if there.json() == made.json() => "the card".to_owned(),
        Some(there) => {
            let posting = there.string("posting").unwrap_or("nobody");
            format!("a card of {posting}, {} views", there.number("views").unwrap_or_default())
        }
    }
}

#[test]
fn a_card_stays_as_it_is_whoever_posts_it_again() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let first = card(&seed, &seed.word(), NOON_MS);
        let mut rival = card(&seed, &first.key.board, NOON_MS);
        rival.key = first.key.clone();
        // The same in everything but the posting.
        let twin = Card { posting: seed.id("posting"), ..first.clone() };
        let neighbor = card(&seed, &first.key.board, NOON_MS);
        let mut rows = Vec::new();
        for (what, card) in [
            ("a new card", &first),
            ("the same posting again", &first),
            ("another posting", &rival),
            ("another posting of the very same card", &twin),
            ("a neighbor of the same millisecond", &neighbor),
        ] {
            lab.forget_requests();
            let told = posting(lab, &boards, card).await;
            rows.push([what.to_owned(), told, requests(lab), stored(lab, card).await]);
        }
        // The card lives on.
        for (what, attribute, value) in [
            ("the first posting, after a view", "views", number(first.views + 1)),
            ("the first posting, after a note", "notes", AttributeValue::L(vec![first.notes[0].value(); 2])),
        ] {
            let change = boards
                .update(&first.key)
                .update_expression("SET #attribute = :value")
                .expression_attribute_names("#attribute", attribute)
                .expression_attribute_values(":value", value);
            lab.aside(async || drop(change.send().await.expect("the card is there"))).await;
            lab.forget_requests();
            let again = posting(lab, &boards, &first).await;
            rows.push([what.to_owned(), again, requests(lab), stored(lab, &first).await]);
        }
        let columns = ["posted", "told", "requests", "then there is"];
        let postings = [&first, &rival, &twin, &neighbor].map(|card| card.posting.clone());
        lab.observe(Observation::new().fact("postings", postings.join(", ")).table("cards", &columns, rows))
    });
}

#[test]
fn a_lost_answer_makes_no_second_posting_and_no_error() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let mut rows = Vec::new();
        for (what, fault) in [
            ("the answer is lost", Fault::answer_lost("PutItem").times(1..=1)),
            ("throttled twice", Fault::throttling("PutItem").times(1..=2)),
            ("an error of the server", Fault::internal_server_error("PutItem").times(1..=1)),
        ] {
            let card = card(&seed, &seed.word(), NOON_MS);
            lab.inject([fault]);
            lab.forget_requests();
            let told = posting(lab, &boards, &card).await;
            let kept = stored(lab, &card).await;
            rows.push([what.to_owned(), card.posting.clone(), told, requests(lab), kept]);
        }
        let columns = ["on the way", "posting", "told", "requests", "then there is"];
        lab.observe(Observation::new().table("cards", &columns, rows))
    });
}

#[test]
fn of_eight_at_the_same_moment_one_is_posted() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let first = card(&seed, &seed.word(), NOON_MS);
        let rivals: Vec<Card> = (0..8)
            .map(|_| Card { key: first.key.clone(), ..card(&seed, &first.key.board, NOON_MS) })
            .collect();
        // Whose posting it was, what it is told, and of whose card.
        let all = async |cards: Vec<Card>| -> Vec<(String, String, Option<String>)> {
            join_all(cards.into_iter().map(|card| {
                let boards = boards.clone();
                async move {
                    let posted = post(&boards, &card).await;
                    let word = told(&posted).split(' ').next().unwrap_or_default().to_owned();
                    let of =
                        if let Err(PostError::Taken(there)) = &posted { Some(&there.posting) } else { None };
                    (card.posting.clone(), word, of.cloned())
                }
            }))
            .await
        };
        let told_all = lab.call(async || all(rivals).await).await;
        let winner = told_all.iter().find(|(_, word, _)| word == "now");
        let winner = winner.map(|(posting, ..)| posting.clone()).unwrap_or_default();
        let by_winner = told_all.iter().all(|(_, word, of)| match of {
            Some(posting) => *posting == winner,
            None => word == "now" || word == "before",
        });
        let kept = get(lab, &first.key).await.and_then(|item| item.string("posting").map(str::to_owned));
        let words =
            |told: &[(String, String, Option<String>)]| counted(told.iter().map(|(_, word, _)| word.clone()));
        let twin = card(&seed, &seed.word(), NOON_MS);
        let twins = lab.call(async || all(vec![twin.clone(); 8]).await).await;
        let observation = Observation::new()
            .fact("place", first.key.sort_key())
            .fact("eight postings", words(&told_all))
            .fact("each is told of the one that won", yes(by_winner))
            .fact("the one that won is there", yes(kept == Some(winner)))
            .fact("eight times the same posting", words(&twins))
            .fact("then there is", stored(lab, &twin).await);
        lab.observe(observation)
    });
}

#[test]
fn what_is_no_card_is_told_and_trouble_is_trouble() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let card = card(&seed, &seed.word(), NOON_MS);
        // Nothing else is wrong with it: which of two wrong attributes is told, nobody has said.
        put_without(lab, &boards, &card, "posting").await;
        let in_the_way = posting(lab, &boards, &card).await;
        let untouched = get(lab, &card.key).await.is_some_and(|there| there.get("posting").is_none());
        let large = Card { picture: vec![7; 400 * 1024], ..self::card(&seed, &card.key.board, NOON_MS) };
        let elsewhere = Boards { table: lab.table_name("nowhere"), ..boards.clone() };
        let own = self::card(&seed, &card.key.board, NOON_MS + 1);
        put_without(lab, &boards, &own, "title").await;
        let observation = Observation::new()
            .fact("place", card.key.sort_key())
            .fact("something that is no card is in the place", in_the_way)
            .fact("it stays as it is", yes(untouched))
            .fact("something that is no card, of the same posting", posting(lab, &boards, &own).await)
            .fact("a card of more than 400 KB", posting(lab, &boards, &large).await)
            .fact("then there is", stored(lab, &large).await)
            .fact("no such table", posting(lab, &elsewhere, &card).await);
        lab.observe(observation)
    });
}
