//! Step 5: a board, page by page.
//!
//! Where a page ends is the database's to say, and it says so with a key. What a client gets to keep is that key under a
//! seal: whatever comes back has to be what was given out.

use std::num::NonZeroU16;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use lab::{Lab, Observation};

use super::shown::{counted, listed, requests, trouble, yes};
use super::stocked::{NOON_MS, boards, card, put, put_without};
use super::subject::boards::Boards;
use super::subject::card::Card;
use super::subject::cursor::Sealer;
use super::subject::key::CardKey;
use super::subject::pages::{Page, PageError, page};

/// More pages than any board here has.
const MOST_PAGES: usize = 30;

/// Puts `count` cards on `board`, two in each millisecond in which there are any.
async fn stock(lab: &Lab, boards: &Boards, board: &str, count: u64, picture: usize) {
    let card = |n| {
        let mut card = card(&lab.seed(), board, NOON_MS + n / 2 * 1_000);
        card.key.id = format!("{n:02}-{}", card.key.id);
        if picture > 0 {
            card.picture = vec![7; picture];
        }
        Card { title: format!("card {n}"), ..card }
    };
    put(lab, boards, &(0..count).map(card).collect::<Vec<_>>()).await;
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

/// A page as a test tells it.
#[derive(Default)]
struct Read {
    cards: String,
    next: Option<String>,
    /// The sort key of the last card.
    last: Option<String>,
}

/// One page of a board.
async fn read(boards: &Boards, sealer: &Sealer, board: &str, cards: u16, cursor: Option<&str>) -> Read {
    match page(boards, sealer, board, size(cards), cursor).await {
        Ok(Page { cards, next }) => Read {
            cards: listed(cards.iter().map(|card| card.title.replace("card ", ""))),
            next,
            last: cards.last().map(|card| card.key.sort_key()),
        },
        Err(error) => Read { cards: told(&error), ..Read::default() },
    }
}

/// All pages of a board, each as the cards on it and whether there is a next one.
async fn pages(
    lab: &Lab,
    boards: &Boards,
    sealer: &Sealer,
    board: &str,
    cards_a_page: u16,
) -> Vec<[String; 2]> {
    lab.call(async || {
        let (mut rows, mut cursor) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = read(boards, sealer, board, cards_a_page, cursor.as_deref()).await;
            rows.push([page.cards, yes(page.next.is_some()).to_owned()]);
            cursor = page.next;
            if cursor.is_none() {
                return rows;
            }
        }
        rows.push(["and so on without end".to_owned(), "yes".to_owned()]);
        rows
    })
    .await
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
        let three = pages(lab, &boards, &sealer, &board, 3).await;
        let sent = requests(lab);
        let observation = Observation::new()
            .fact("cards on the board", count)
            .table("three cards a page", &COLUMNS, three)
            .fact("requests", sent)
            .table("a board of six, three a page", &COLUMNS, pages(lab, &boards, &sealer, "other", 3).await)
            .table("a hundred cards a page", &COLUMNS, pages(lab, &boards, &sealer, &board, 100).await)
            .table("a board without cards", &COLUMNS, pages(lab, &boards, &sealer, "nothing", 3).await);
        stock(lab, &boards, "odd", 1, 0).await;
        let no_card = card(&seed, "odd", NOON_MS + 1);
        put_without(lab, &boards, &no_card, "title").await;
        let odd = pages(lab, &boards, &sealer, "odd", 3).await;
        let odd = odd.into_iter().map(|[cards, _]| cards);
        lab.observe(observation.fact("a page with something that is no card on it", listed(odd)))
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
        let all = pages(lab, &boards, &sealer, &board, 100).await;
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
        let three = async |cursor: Option<&str>| {
            lab.call(async || {
                let page = read(&boards, &sealer, &board, 3, cursor).await;
                (page.cards, page.next, page.last)
            })
            .await
        };
        let (first, cursor, last) = three(None).await;
        // The last card of the first page goes; one comes before the cursor, one behind it.
        if let Some(gone) = last.and_then(|last| CardKey::parse(&board, &last)) {
            let delete = boards.client.delete_item().table_name(&boards.table).set_key(Some(gone.item()));
            lab.aside(async || drop(delete.send().await.expect("a card can be deleted"))).await;
        }
        let more = [("card before", NOON_MS + 500), ("card behind", NOON_MS + 1_500)];
        let more = more.map(|(title, ms)| Card { title: title.to_owned(), ..card(&seed, &board, ms) });
        put(lab, &boards, &more).await;
        let (second, next, _) = three(cursor.as_deref()).await;
        let (again, ..) = three(cursor.as_deref()).await;
        let (third, ..) = three(next.as_deref()).await;
        let observation = Observation::new()
            .fact("board", &board)
            .fact("first page", first)
            .fact("second page", second)
            .fact("the second page again", again)
            .fact("third page", third);
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

/// What might stand between two texts that are joined.
const SEPARATORS: [&str; 16] =
    ["#", "/", ":", "::", "|", ",", ";", ".", "-", "_", "=", "&", " ", "\t", "\n", "\0"];

/// The cursor with `more` in front of the sort key in it, wherever that stands.
fn with_before(cursor: &str, key: &str, more: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
    let at = bytes.windows(key.len()).position(|bytes| bytes == key.as_bytes()).unwrap_or_default();
    URL_SAFE_NO_PAD.encode([&bytes[..at], more.as_bytes(), &bytes[at..]].concat())
}

/// The cursor with `more` behind the sort key in it, wherever that stands.
fn with_behind(cursor: &str, key: &str, more: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
    let at = bytes.windows(key.len()).position(|bytes| bytes == key.as_bytes());
    let at = at.map_or(bytes.len(), |at| at + key.len());
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
        let cursor = lab.call(async || read(&boards, &sealer, "b", 2, None).await.next.unwrap_or_default());
        let cursor: String = cursor.await;
        let fit = !cursor.is_empty()
            && cursor.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
        let last = CardKey { board: "b".to_owned(), posted_ms: NOON_MS, id: seed.id("01-card") }.sort_key();
        // A letter of Base64 carries six bits; of any other encoding, fewer. How long a seal is, is not for the code under
        // test to say.
        let whole = cursor.len() * 6 / 8 >= 32 + last.len();
        lab.forget_requests();
        let refused = lab.call(async || {
            let mut refused = Vec::new();
            for (_, other) in forged(&cursor) {
                let page = page(&boards, &sealer, "b", size(2), Some(&other)).await;
                refused.push(matches!(page, Err(PageError::BadCursor(_))));
            }
            refused
        });
        let refused: Vec<bool> = refused.await;
        let mut rows: Vec<(&str, usize, usize)> = Vec::new();
        for ((what, _), refused) in forged(&cursor).into_iter().zip(refused) {
            match rows.iter_mut().find(|(known, ..)| *known == what) {
                Some((_, tried, got)) => (*tried, *got) = (*tried + 1, *got + usize::from(refused)),
                None => rows.push((what, 1, usize::from(refused))),
            }
        }
        let rows = rows.into_iter().map(|(what, tried, refused)| {
            // How long a cursor is, is no promise.
            let all = if refused == tried { "all".to_owned() } else { format!("{refused} of {tried}") };
            [what.to_owned(), all]
        });
        let rows: Vec<_> = rows.collect();
        let key = CardKey { board: "b".to_owned(), posted_ms: NOON_MS, id: seed.id("card") }.sort_key();
        let told = async |cursor: &str| read(&boards, &sealer, "b", 2, Some(cursor)).await.cards;
        // The board "b1" and a sort key, or the board "b" and a sort key that begins with a 1? And where the two are
        // joined by a "#", the board "b#1", or the board "b" and a sort key that begins with "1#"?
        let moved = async |between: &str| {
            let longer = sealer.seal(&format!("b{between}1"), &key);
            told(&with_before(&longer, &key, &format!("1{between}"))).await
        };
        let other_secret = Sealer::new(seed.id("secret"));
        // The same where the sort key comes first: the board "1b", or the board "b" and a sort key that ends with a 1?
        let moved_behind = async |between: &str| {
            let longer = sealer.seal(&format!("1{between}b"), &key);
            told(&with_behind(&longer, &key, &format!("{between}1"))).await
        };
        let separated = lab.call(async || {
            let (mut before, mut behind) = (Vec::new(), Vec::new());
            for between in SEPARATORS {
                before.push(moved(between).await);
                behind.push(moved_behind(between).await);
            }
            (before, behind)
        });
        let (separated, separated_behind) = separated.await;
        let unsealed =
            [URL_SAFE_NO_PAD.encode(&key), STANDARD_NO_PAD.encode(&key), key.clone(), String::new()];
        let plain = lab.call(async || {
            let mut plain = Vec::new();
            for cursor in &unsealed {
                plain.push(told(cursor).await);
            }
            plain
        });
        let plain = plain.await;
        let observation = Observation::new()
            .fact("a sort key", &key)
            .fact("a cursor is letters, digits, - and _", yes(fit))
            .fact("a whole seal fits into it, beside the sort key", yes(whole))
            .table("one change to a cursor", &["change", "refused"], rows)
            .fact("another board's", lab.call(async || told(&sealer.seal("b1", &key)).await).await)
            .fact("with a letter moved from the board to the key", lab.call(async || moved("").await).await)
            .fact("with a word moved, and a separator", counted(separated))
            .fact(
                "with a letter moved from the board behind the key",
                lab.call(async || moved_behind("").await).await,
            )
            .fact("with a word moved behind the key, and a separator", counted(separated_behind))
            .fact(
                "sealed with another secret",
                lab.call(async || told(&other_secret.seal("b", &key)).await).await,
            )
            .fact("not sealed", listed(plain))
            .fact("requests for all of these", requests(lab))
            .fact(
                "one made for a key that is not there",
                lab.call(async || told(&sealer.seal("b", &key)).await).await,
            )
            .fact("as it was given out", lab.call(async || told(&cursor).await).await);
        lab.observe(observation)
    });
}
