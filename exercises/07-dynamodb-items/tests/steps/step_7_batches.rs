//! Step 7: many cards with few requests, and what is left over.
//!
//! A batch is not one operation but many in one envelope. Some of them may not have been done, and the answer says which:
//! they come again, and only they, after a wait that nobody else has chosen too.

use std::collections::BTreeMap;

use lab::{Fault, Lab, Observation, Request};

use super::patience::{Recorded, Waits};
use super::shown::{listed, requests, trouble, yes};
use super::stocked::{NOON_MS, boards, card, put, put_without};
use super::subject::batches::{BatchError, MOST_ATTEMPTS, get_all, put_all, wait_ms};
use super::subject::boards::Boards;
use super::subject::card::Card;
use super::subject::key::CardKey;
use super::subject::patience::Patience;

/// More often than anybody tries who is to give up; and whoever does not comes to an end all the same.
const FOR_EVER: u32 = 60;

fn told<T>(result: &Result<T, BatchError>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(BatchError::Unprocessed(left)) => format!("{left} unprocessed"),
        Err(BatchError::BadItem(bad)) => format!("bad {}", bad.0),
        Err(BatchError::Database(error)) => trouble(error),
    }
}

/// `count` cards over three boards.
fn cards(lab: &Lab, count: u64) -> Vec<Card> {
    let seed = lab.seed();
    let names = [seed.word(), format!("{}-b", seed.word()), format!("{}-c", seed.word())];
    (0..count)
        .map(|n| {
            let board = seed.pick(&names).clone();
            Card { title: format!("card {n}"), ..card(&seed, &board, NOON_MS + n) }
        })
        .collect()
}

/// What each request of the operation was about, by board and sort key.
fn asked(lab: &Lab, operation: &str) -> Vec<(Request, Vec<String>)> {
    let all = lab.requests().into_iter().filter(|request| request.operation == operation);
    let key = |item: &lab::Item| Some(format!("{} {}", item.string("board")?, item.string("card")?));
    all.map(|request| (request.clone(), request.items.iter().filter_map(key).collect())).collect()
}

/// The keys that a response left unprocessed.
fn left(request: &Request, member: &str) -> Vec<String> {
    let mut left = Vec::new();
    for table in request.response[member].as_object().into_iter().flat_map(|tables| tables.values()) {
        let list = table.get("Keys").unwrap_or(table).as_array().cloned().unwrap_or_default();
        for entry in list {
            let item = entry.get("PutRequest").map_or(&entry, |put| &put["Item"]);
            let text = |name: &str| item[name]["S"].as_str();
            left.extend(text("board").zip(text("card")).map(|(board, card)| format!("{board} {card}")));
        }
    }
    left
}

/// Whether everything that was sent again had come back, and no more than that.
fn only_what_was_left(lab: &Lab, operation: &str, member: &str) -> bool {
    let mut sent: BTreeMap<String, i64> = BTreeMap::new();
    for (request, keys) in asked(lab, operation) {
        let came_back = if request.status == 200 { left(&request, member) } else { keys.clone() };
        for key in keys {
            *sent.entry(key).or_default() += 1;
        }
        for key in came_back {
            *sent.entry(key).or_default() -= 1;
        }
    }
    sent.values().all(|open| *open == 1)
}

/// Whether a batch asks for what every write before it has left.
fn reads_strongly(request: &Request) -> bool {
    let tables = request.body["RequestItems"].as_object();
    tables.into_iter().flat_map(|tables| tables.values()).any(|table| table["ConsistentRead"] == true)
}

/// Puts the cards, and says what is told, and what was waited.
async fn putting(lab: &Lab, boards: &Boards, cards: &[Card]) -> (String, Waits) {
    lab.call(async || {
        let mut patience = Recorded::new(lab);
        (told(&put_all(boards, cards, &mut patience).await), patience.waits())
    })
    .await
}

/// Gets the cards: what is told, the titles of those that are there, by the number in them, and what was waited.
async fn getting(lab: &Lab, boards: &Boards, keys: &[CardKey]) -> (String, Vec<Option<String>>, Waits) {
    lab.call(async || {
        let mut patience = Recorded::new(lab);
        let got = get_all(boards, keys, &mut patience).await;
        let cards = got.iter().flatten();
        let title = |card: &Option<Card>| card.as_ref().map(|card| card.title.replace("card ", ""));
        (told(&got), cards.map(title).collect(), patience.waits())
    })
    .await
}

/// Waits, and those after them.
fn join(waits: &mut Waits, later: Waits) {
    for (waits, later) in waits.iter_mut().zip(later) {
        waits.extend(later);
    }
}

/// What the waits were like.
fn waited(observation: Observation, [bounds, drawn, waits]: &Waits) -> Observation {
    observation
        .fact("waits", waits.len())
        .fact("the longest that each could have been, ms", listed(bounds))
        .fact("each was as drawn", yes(waits == drawn))
}

/// The titles in the table, by sort key.
async fn stored(lab: &Lab) -> BTreeMap<(String, String), String> {
    let text = |item: &lab::Item, name: &str| item.string(name).unwrap_or_default().to_owned();
    let items = lab.items("cards").await;
    items.iter().map(|item| ((text(item, "board"), text(item, "card")), text(item, "title"))).collect()
}

#[test]
fn cards_are_put_in_as_few_batches_as_they_fit_into() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let mut rows = Vec::new();
        let mut all = Vec::new();
        for count in [0, 1, 25, 26, 50 + seed.number(1..=20)] {
            let mut cards = cards(lab, count);
            // Two boards may each have a card of the same sort key.
            if let [first, second, ..] = cards.as_mut_slice() {
                second.key = CardKey { board: format!("{}-d", first.key.board), ..first.key.clone() };
            }
            // Some come twice, the second time with another title, and somewhere else.
            let twice: Vec<Card> =
                cards.iter().step_by(4).map(|card| Card { title: "later".into(), ..card.clone() }).collect();
            let doubles = twice.len();
            cards.extend(twice);
            lab.forget_requests();
            let (done, [.., waits]) = putting(lab, &boards, &cards).await;
            let batches = asked(lab, "BatchWriteItem");
            let largest = batches.iter().map(|(_, keys)| keys.len()).max().unwrap_or_default();
            rows.push([
                count.to_string(),
                doubles.to_string(),
                done,
                requests(lab),
                largest.to_string(),
                waits.len().to_string(),
            ]);
            all.extend(cards);
        }
        let kept = stored(lab).await;
        let last: BTreeMap<(String, String), String> =
            all.into_iter().map(|card| ((card.key.board.clone(), card.key.sort_key()), card.title)).collect();
        let columns = ["cards", "doubles", "told", "requests", "largest batch", "waits"];
        let observation = Observation::new()
            .table("batches", &columns, rows)
            .fact("cards in the table", kept.len())
            .fact("of each key the last card", yes(kept == last));
        lab.observe(observation)
    });
}

#[test]
fn what_was_not_processed_is_put_again_after_a_wait() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let cards = cards(lab, 25);
        lab.inject([Fault::unprocessed("BatchWriteItem").percent(45, &seed).times(1..=4)]);
        lab.forget_requests();
        let (done, waits) = putting(lab, &boards, &cards).await;
        let batches = asked(lab, "BatchWriteItem");
        let sizes: Vec<usize> = batches.iter().map(|(_, keys)| keys.len()).collect();
        let again = only_what_was_left(lab, "BatchWriteItem", "UnprocessedItems");
        let observation = Observation::new()
            .fact("told", done)
            .fact("cards in the table", stored(lab).await.len())
            .fact("cards in each request", listed(sizes))
            .fact("what was left was sent again, and nothing else", yes(again));
        lab.observe(waited(observation, &waits))
    });
}

#[test]
fn who_is_refused_for_good_gives_up_and_says_how_much_is_left() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        // They fit into one batch, in whichever order they are put.
        let cards = cards(lab, 24);
        let stuck = seed.number(1..=3);
        let faults = |operation: &str| {
            let of = |card: &Card| {
                Fault::unprocessed(operation).of("card", &card.key.sort_key()).times(1..=FOR_EVER)
            };
            cards.iter().take(usize::try_from(stuck).unwrap_or_default()).map(of).collect::<Vec<_>>()
        };
        lab.inject([faults("BatchWriteItem"), faults("BatchGetItem")].concat());
        lab.forget_requests();
        let (done, waits) = putting(lab, &boards, &cards).await;
        let observation = Observation::new().fact("stuck", stuck).fact("told", done);
        let observation = waited(observation.fact("requests", requests(lab)), &waits);
        lab.forget_requests();
        let keys: Vec<CardKey> = cards.iter().map(|card| card.key.clone()).collect();
        let (got, _, waits) = getting(lab, &boards, &keys).await;
        let observation =
            observation.fact("told of as many keys", got).fact("requests for them", requests(lab));
        let observation = waited(observation, &waits);
        lab.inject([]);
        let elsewhere = Boards { table: lab.table_name("nowhere"), ..boards };
        let (put, [.., put_waits]) = putting(lab, &elsewhere, &cards[..1]).await;
        let (got, _, [.., got_waits]) = getting(lab, &elsewhere, &keys[..1]).await;
        let observation = observation
            .fact("no such table", format!("{put}, {got}"))
            .fact("waits", put_waits.len() + got_waits.len());
        lab.observe(observation)
    });
}

#[test]
fn a_batch_that_is_refused_as_a_whole_is_sent_again_as_a_whole() {
    lab::step(async |lab: &Lab| {
        let boards = boards(lab).await;
        let cards = cards(lab, 50);
        lab.inject([
            Fault::throughput_exceeded("BatchWriteItem").times(1..=4),
            Fault::throttling("BatchGetItem").times(1..=3),
        ]);
        let (done, waits) = putting(lab, &boards, &cards[..3]).await;
        // More often than the client tries on its own.
        let observation = waited(Observation::new().fact("put, refused four times", done), &waits);
        let (got, titles, waits) = getting(lab, &boards, &[cards[0].key.clone()]).await;
        let titles = listed(titles.iter().map(|title| title.as_deref().unwrap_or("-")));
        let observation =
            waited(observation.fact("got, refused three times", format!("{got}, {titles}")), &waits);
        // Two batches, each refused in its first four attempts, of which the client makes three requests each.
        let busy = |from| Fault::throughput_exceeded("BatchWriteItem").times(from..=from + 11);
        lab.inject([busy(1), busy(14)]);
        lab.forget_requests();
        let (done, waits) = putting(lab, &boards, &cards).await;
        let observation = observation
            .fact("two batches put, each refused in four attempts", done)
            .fact("requests", requests(lab))
            .fact("of fifty cards are there", stored(lab).await.len());
        let observation = waited(observation, &waits);
        lab.inject([Fault::throughput_exceeded("BatchWriteItem").times(1..=FOR_EVER)]);
        lab.forget_requests();
        let (done, waits) = putting(lab, &boards, &cards).await;
        let observation =
            observation.fact("two batches put, refused for good", done).fact("requests then", requests(lab));
        lab.observe(waited(observation, &waits))
    });
}

#[test]
fn cards_are_got_in_the_order_in_which_they_were_asked_for() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let mut cards = cards(lab, 8);
        // Two boards may each have a card of the same sort key.
        cards[1].key = CardKey { board: format!("{}-d", cards[0].key.board), ..cards[0].key.clone() };
        put(lab, &boards, &cards).await;
        let show = |told: &str, titles: &[Option<String>]| match told {
            "done" => listed(titles.iter().map(|title| title.as_deref().unwrap_or("-"))),
            error => error.to_owned(),
        };
        let mut order: Vec<usize> = (0..8).collect();
        seed.shuffle(&mut order);
        let missing = CardKey { board: seed.word(), posted_ms: NOON_MS, id: "none".to_owned() };
        let mut keys: Vec<CardKey> = order.iter().map(|n| cards[*n].key.clone()).collect();
        keys.insert(3, missing.clone());
        keys.push(keys[0].clone());
        lab.forget_requests();
        let (told, titles, mut all) = getting(lab, &boards, &keys).await;
        let small = format!("{} ({})", show(&told, &titles), requests(lab));
        // More keys than a request takes; most of them lead nowhere.
        let nowhere =
            (0..101 + seed.number(0..=40)).map(|n| CardKey { id: format!("{n}"), ..missing.clone() });
        let many: Vec<CardKey> = keys.iter().cloned().chain(nowhere).chain(keys.clone()).collect();
        lab.forget_requests();
        let (_, titles, waits) = getting(lab, &boards, &many).await;
        join(&mut all, waits);
        let found = titles.iter().flatten().count();
        let sizes: Vec<usize> = asked(lab, "BatchGetItem").iter().map(|(_, keys)| keys.len()).collect();
        let (sum, largest) = (sizes.iter().sum::<usize>(), sizes.iter().max().copied().unwrap_or_default());
        let large = format!("{found} found, {}, keys {sum}, largest batch {largest}", requests(lab));
        lab.forget_requests();
        let (told, titles, waits) = getting(lab, &boards, &[]).await;
        join(&mut all, waits);
        let none = format!("{} ({})", show(&told, &titles), requests(lab));
        lab.inject([Fault::unprocessed("BatchGetItem").percent(50, &seed).times(1..=3)]);
        lab.forget_requests();
        let (told, titles, waits) = getting(lab, &boards, &keys).await;
        join(&mut all, waits);
        let again = only_what_was_left(lab, "BatchGetItem", "UnprocessedKeys");
        let strongly = asked(lab, "BatchGetItem").iter().any(|(request, _)| reads_strongly(request));
        lab.inject([]);
        let no_card = card(&seed, &missing.board, NOON_MS);
        put_without(lab, &boards, &no_card, "title").await;
        let (odd, ..) = getting(lab, &boards, &[keys[0].clone(), no_card.key.clone()]).await;
        let observation = Observation::new()
            .fact("asked for", listed(order))
            .fact("got", small)
            .fact("of many", large)
            .fact("of none", none)
            .fact("got, with keys left unprocessed", show(&told, &titles))
            .fact("what was left was asked for again, and nothing else", yes(again))
            .fact("strongly consistent", yes(strongly))
            .fact("something that is no card among them", odd);
        lab.observe(waited(observation, &all))
    });
}

/// Always draws the same part of what it may.
struct Part(u64);

impl Patience for Part {
    fn random(&mut self, most: u64) -> u64 {
        // A bound may be as large as its type.
        u64::try_from(u128::from(most) * u128::from(self.0) / 100)
            .expect("a part is no larger than the whole")
    }

    async fn wait(&mut self, _: u64) {}
}

#[test]
fn waits_grow_to_a_bound_and_may_be_of_any_length_below() {
    lab::step(async |lab: &Lab| {
        let percent = lab.seed().number(1..=99);
        let rows = lab.call(async || {
            let rows = (1..=MOST_ATTEMPTS + 2).chain([20, 40, 64, 70]).map(|attempt| {
                let wait = |percent: u64| wait_ms(attempt, &mut Part(percent)).to_string();
                [attempt.to_string(), wait(0), wait(percent), wait(100)]
            });
            rows.collect::<Vec<_>>()
        });
        let rows = rows.await;
        let drawn = format!("drawn {percent} %");
        lab.observe(Observation::new().table("ms", &["attempt", "drawn 0 %", &drawn, "drawn 100 %"], rows))
    });
}
