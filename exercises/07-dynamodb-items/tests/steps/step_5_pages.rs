//! Step 5: a board, page by page.
//!
//! Where a page ends is the database's to say, and it says so with a key. What a client gets to keep is that key under a
//! seal: whatever comes back has to be what was given out.

use std::num::NonZeroU16;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use lab::{Lab, Observation};

use super::shown::{counted, listed, requests, trouble, yes};
use super::stocked::{NOON_MS, boards, card, put};
use super::subject::boards::Boards;
use super::subject::card::Card;
use super::subject::cursor::Sealer;
use super::subject::key::CardKey;
use super::subject::pages::{Page, PageError, page};

/// More pages than any board here has.
const MOST_PAGES: usize = 30;

async fn stock(lab: &Lab, boards: &Boards, board: &str, count: u64, picture: usize) {
    for n in 0..count {
        let card = card(&lab.seed(), board, NOON_MS + n * 1_000);
        let picture = if picture > 0 { vec![7; picture] } else { card.picture.clone() };
        put(boards, Card { title: format!("card {n}"), picture, ..card }.to_item()).await;
    }
}

fn size(cards: u16) -> NonZeroU16 {
    NonZeroU16::new(cards).expect("a page has room for a card")
}

fn told(error: &PageError) -> String {
    match error {
        PageError::BadCursor(_) => "bad cursor".to_owned(),
        PageError::BadItem(bad) => format!("bad {}", bad.0),
        PageError::Database(error) => trouble(error),
    }
}

fn cards(page: &Result<Page, PageError>) -> String {
    match page {
        Ok(page) => listed(page.cards.iter().map(|card| card.title.replace("card ", ""))),
        Err(error) => told(error),
    }
}

fn next(page: &Result<Page, PageError>) -> Option<String> {
    page.as_ref().ok()?.next.clone()
}

/// All pages of a board, each as the cards on it and whether there is a next one.
async fn pages(boards: &Boards, sealer: &Sealer, board: &str, cards_a_page: u16) -> Vec<[String; 2]> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page = page(boards, sealer, board, size(cards_a_page), cursor.as_deref()).await;
        cursor = next(&page);
        rows.push([cards(&page), yes(cursor.is_some()).to_owned()]);
        if cursor.is_none() {
            return rows;
        }
    }
    rows.push(["and so on without end".to_owned(), "yes".to_owned()]);
    rows
}

const COLUMNS: [&str; 2] = ["cards", "a next page"];

#[test]
fn every_card_is_on_one_page_however_large_the_pages_are() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let sealer = Sealer::new(seed.word());
        let board = seed.word();
        let count = seed.number(7..=11);
        stock(lab, &boards, &board, count, 0).await;
        stock(lab, &boards, "other", 6, 0).await;
        lab.forget_requests();
        let three = pages(&boards, &sealer, &board, 3).await;
        let sent = requests(lab);
        let observation = Observation::new()
            .fact("cards on the board", count)
            .table("three cards a page", &COLUMNS, three)
            .fact("requests", sent)
            .table("a board of six, three a page", &COLUMNS, pages(&boards, &sealer, "other", 3).await)
            .table("a hundred cards a page", &COLUMNS, pages(&boards, &sealer, &board, 100).await)
            .table("a board without cards", &COLUMNS, pages(&boards, &sealer, "nothing", 3).await);
        lab.observe(observation)
    });
}

#[test]
fn a_page_ends_at_a_megabyte_and_the_board_does_not() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let sealer = Sealer::new(seed.word());
        let board = seed.word();
        stock(lab, &boards, &board, 8, 300_000).await;
        lab.forget_requests();
        let all = pages(&boards, &sealer, &board, 100).await;
        let asked = lab.requests().iter().filter(|request| request.operation == "Query").count();
        // How many of them fit into 1 MB differs from backend to backend.
        let observation = Observation::new()
            .fact("board", board)
            .fact("cards of 300,000 bytes, over all pages", listed(all.iter().map(|[cards, _]| cards)))
            .fact("more than one page", yes(all.len() > 1))
            .fact("one request a page", yes(asked == all.len()));
        lab.observe(observation)
    });
}

#[test]
fn a_board_may_change_between_two_pages() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let sealer = Sealer::new(seed.word());
        let board = seed.word();
        stock(lab, &boards, &board, 6, 0).await;
        let first = page(&boards, &sealer, &board, size(3), None).await;
        let cursor = next(&first);
        // The last card of the first page goes; one comes before the cursor, one behind it.
        let gone = first.as_ref().ok().and_then(|page| page.cards.last()).map(|card| card.key.clone());
        if let Some(gone) = gone {
            let delete = boards.client.delete_item().table_name(&boards.table).set_key(Some(gone.item()));
            delete.send().await.expect("a card can be deleted");
        }
        for (title, ms) in [("card before", NOON_MS + 500), ("card behind", NOON_MS + 2_500)] {
            let card = card(&seed, &board, ms);
            put(&boards, Card { title: title.to_owned(), ..card }.to_item()).await;
        }
        let second = page(&boards, &sealer, &board, size(3), cursor.as_deref()).await;
        let again = page(&boards, &sealer, &board, size(3), cursor.as_deref()).await;
        let third = page(&boards, &sealer, &board, size(3), next(&second).as_deref()).await;
        let observation = Observation::new()
            .fact("board", board)
            .fact("first page", cards(&first))
            .fact("second page", cards(&second))
            .fact("the second page again", cards(&again))
            .fact("third page", cards(&third));
        lab.observe(observation)
    });
}

/// Every other cursor that one change makes of this one.
fn forged(cursor: &str) -> Vec<(&'static str, String)> {
    let letters: Vec<char> = cursor.chars().collect();
    let mut forged = Vec::new();
    for place in 0..letters.len() {
        for other in ['A', 'B', 'Q', 'g', 'w', '9', '-', '_', '=', '+', '/', ' ', 'é'] {
            if other != letters[place] {
                let mut changed = letters.clone();
                changed[place] = other;
                forged.push(("a letter is another", changed.into_iter().collect()));
            }
        }
        forged.push(("cut off", letters[..place].iter().collect()));
        forged.push(("its beginning cut off", letters[place + 1..].iter().collect()));
        let mut fewer = letters.clone();
        fewer.remove(place);
        forged.push(("a letter is missing", fewer.into_iter().collect()));
    }
    for more in ["A", "AA", "=", "==", "\0", " ", "\n"] {
        forged.push(("something behind it", format!("{cursor}{more}")));
        forged.push(("something in front of it", format!("{more}{cursor}")));
    }
    forged
}

/// The cursor with `more` in front of the sort key in it, wherever that stands.
fn with_before(cursor: &str, key: &str, more: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
    let at = bytes.windows(key.len()).position(|bytes| bytes == key.as_bytes()).unwrap_or_default();
    URL_SAFE_NO_PAD.encode([&bytes[..at], more.as_bytes(), &bytes[at..]].concat())
}

#[test]
fn a_cursor_that_is_not_ours_is_refused_whatever_the_change() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let boards = boards(lab).await;
        let sealer = Sealer::new(seed.id("secret"));
        stock(lab, &boards, "b", 4, 0).await;
        stock(lab, &boards, "b1", 4, 0).await;
        let first = page(&boards, &sealer, "b", size(2), None).await;
        let cursor = next(&first).unwrap_or_default();
        let fit = !cursor.is_empty()
            && cursor.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
        lab.forget_requests();
        let mut rows: Vec<(String, usize, usize)> = Vec::new();
        for (what, other) in forged(&cursor) {
            let refused = matches!(
                page(&boards, &sealer, "b", size(2), Some(&other)).await,
                Err(PageError::BadCursor(_))
            );
            match rows.iter_mut().find(|(known, ..)| known == what) {
                Some((_, tried, got)) => (*tried, *got) = (*tried + 1, *got + usize::from(refused)),
                None => rows.push((what.to_owned(), 1, usize::from(refused))),
            }
        }
        let rows = rows.into_iter().map(|(what, tried, refused)| {
            // How long a cursor is, is no promise.
            let all = if refused == tried { "all".to_owned() } else { format!("{refused} of {tried}") };
            [what, all]
        });
        let rows: Vec<_> = rows.collect();
        let key = CardKey { board: "b".to_owned(), posted_ms: NOON_MS, id: seed.id("card") }.sort_key();
        let told = async |board: &str, cursor: &str| {
            cards(&page(&boards, &sealer, board, size(2), Some(cursor)).await)
        };
        let other_secret = Sealer::new(seed.id("secret")).seal("b", &key);
        // The board "b1" and a sort key, or the board "b" and a sort key that begins with a 1? And where the two are
        // joined by a "#", the board "b#1", or the board "b" and a sort key that begins with "1#"?
        let moved = async |between: &str| {
            let longer = sealer.seal(&format!("b{between}1"), &key);
            told("b", &with_before(&longer, &key, &format!("1{between}"))).await
        };
        let longer_board = sealer.seal("b1", &key);
        let mut separated = Vec::new();
        for between in ["#", "/", ":", "|", ","] {
            separated.push(moved(between).await);
        }
        let unsealed =
            [URL_SAFE_NO_PAD.encode(&key), STANDARD_NO_PAD.encode(&key), key.clone(), String::new()];
        let mut plain = Vec::new();
        for cursor in &unsealed {
            plain.push(told("b", cursor).await);
        }
        let observation = Observation::new()
            .fact("a sort key", &key)
            .fact("a cursor is letters, digits, - and _", yes(fit))
            .table("one change to a cursor", &["change", "refused"], rows)
            .fact("another board's", told("b", &longer_board).await)
            .fact("with a letter moved from the board to the key", moved("").await)
            .fact("with a word moved, and a separator", counted(separated))
            .fact("sealed with another secret", told("b", &other_secret).await)
            .fact("not sealed", listed(plain))
            .fact("requests for all of these", requests(lab))
            .fact(
                "one made for a key that is not there",
                cards(&page(&boards, &sealer, "b", size(2), Some(&sealer.seal("b", &key))).await),
            )
            .fact("as it was given out", told("b", &cursor).await);
        lab.observe(observation)
    });
}
