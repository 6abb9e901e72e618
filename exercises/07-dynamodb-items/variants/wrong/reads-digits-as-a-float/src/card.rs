//! Step 1: a card, and the item that it is.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::boards::{Item, number, text};
use crate::key::{BOARD, CARD, CardKey};

/// A card on a board. Between them, its attributes have every type that DynamoDB knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// `board` and `card`, both S.
    pub key: CardKey,
    /// `posting`, S: which posting brought the card here. Its sender chooses it, and keeps it when trying again.
    pub posting: String,
    /// `title`, S. May be empty.
    pub title: String,
    /// `views`, N.
    pub views: u64,
    /// `serial`, N: up to 38 digits, more than a `u64` or an `f64` holds. In the form that DynamoDB returns: no sign, no
    /// zeros in front.
    pub serial: String,
    /// `sealed`, BOOL.
    pub sealed: bool,
    /// `signature`, S, or NULL on a card that its sender left unsigned. The attribute is always there.
    pub signature: Option<String>,
    /// `picture`, B: a small one.
    pub picture: Vec<u8>,
    /// `tags`, SS.
    pub tags: BTreeSet<String>,
    /// `stamps`, NS: their values in cents.
    pub stamps: BTreeSet<u32>,
    /// `seals`, BS.
    pub seals: BTreeSet<Vec<u8>>,
    /// `notes`, L of M: `by` and `words`, both S. May be empty.
    pub notes: Vec<Note>,
    /// `address`, M: `street`, `city`, `state`, all S.
    pub address: Address,
}

/// What somebody wrote beside a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who.
    pub by: String,
    /// What.
    pub words: String,
}

/// Where a card goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The street.
    pub street: String,
    /// The city.
    pub city: String,
    /// The state.
    pub state: String,
}

/// An item is not a card: this attribute is missing, or has another type or form than a card's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the item is not a card: {0}")]
pub struct BadItem(pub &'static str);

/// An attribute that has to be there, read by one of the client's own `as_…` functions. Given.
///
/// `read(&item, "title", AttributeValue::as_s)` is the text in `title`, or a [`BadItem`] that names `title`.
pub fn read<'a, T: ?Sized>(
    item: &'a Item,
    name: &'static str,
    as_type: fn(&'a AttributeValue) -> Result<&'a T, &'a AttributeValue>,
) -> Result<&'a T, BadItem> {
    item.get(name).and_then(|value| as_type(value).ok()).ok_or(BadItem(name))
}

/// A set, which is empty where the attribute is missing; a [`BadItem`] where it is no such set, or `element` can't make
/// something of each of its elements. Given.
pub fn read_set<'a, T, U: Ord>(
    item: &'a Item,
    name: &'static str,
    as_type: fn(&'a AttributeValue) -> Result<&'a Vec<T>, &'a AttributeValue>,
    element: impl Fn(&T) -> Option<U>,
) -> Result<BTreeSet<U>, BadItem> {
    if !item.contains_key(name) {
        return Ok(BTreeSet::new());
    }
    let elements = read(item, name, as_type)?;
    elements.iter().map(|one| element(one).ok_or(BadItem(name))).collect()
}

impl Note {
    /// The note as a value: an M with `by` and `words`. Given.
    pub fn value(&self) -> AttributeValue {
        AttributeValue::M(Item::from([("by".into(), text(&self.by)), ("words".into(), text(&self.words))]))
    }

    /// The note that a value is; a [`BadItem`] that names `notes` where it is none. Given.
    pub fn from_value(value: &AttributeValue) -> Result<Self, BadItem> {
        let part = |name: &str| value.as_m().ok()?.get(name)?.as_s().ok().cloned();
        let (by, words) = part("by").zip(part("words")).ok_or(BadItem("notes"))?;
        Ok(Self { by, words })
    }
}

impl Address {
    /// The address as a value: an M with `street`, `city` and `state`. Given.
    pub fn value(&self) -> AttributeValue {
        let parts = [("street", &self.street), ("city", &self.city), ("state", &self.state)];
        AttributeValue::M(parts.into_iter().map(|(name, part)| (name.to_owned(), text(part))).collect())
    }

    /// The address that a value is; a [`BadItem`] that names `address` where it is none. Given.
    pub fn from_value(value: &AttributeValue) -> Result<Self, BadItem> {
        let part = |name: &str| value.as_m().ok()?.get(name)?.as_s().ok().cloned();
        let all = part("street").zip(part("city")).zip(part("state"));
        let ((street, city), state) = all.ok_or(BadItem("address"))?;
        Ok(Self { street, city, state })
    }
}

impl Card {
    /// The item that this card is in the table: each field under the name and with the type that its documentation
    /// gives.
    ///
    /// DynamoDB has no empty sets. A card without tags, stamps or seals is an item without that attribute.
    pub fn to_item(&self) -> Item {
        let mut item = self.key.item();
        let mut set = |name: &str, value| drop(item.insert(name.to_owned(), value));
        set("posting", text(&self.posting));
        set("title", text(&self.title));
        set("views", number(self.views));
        set("serial", number(&self.serial));
        set("sealed", AttributeValue::Bool(self.sealed));
        set("signature", self.signature.as_ref().map_or(AttributeValue::Null(true), text));
        set("picture", AttributeValue::B(Blob::new(self.picture.clone())));
        set("notes", AttributeValue::L(self.notes.iter().map(Note::value).collect()));
        set("address", self.address.value());
        if !self.tags.is_empty() {
            set("tags", AttributeValue::Ss(self.tags.iter().cloned().collect()));
        }
        if !self.stamps.is_empty() {
            set("stamps", AttributeValue::Ns(self.stamps.iter().map(u32::to_string).collect()));
        }
        if !self.seals.is_empty() {
            set("seals", AttributeValue::Bs(self.seals.iter().cloned().map(Blob::new).collect()));
        }
        item
    }

    /// The card that `item` is.
    ///
    /// - What [`Card::to_item`] makes is read back as the same card.
    /// - An attribute that is missing, or not of its type, or a number that its field can't hold, is a [`BadItem`] with
    ///   the attribute's name; a `card` that is not of [`CardKey`]'s form too. Only the three sets may be missing: they
    ///   are empty then. Where several are wrong, any one of them is named.
    /// - Attributes that a card does not have are none of its business.
    pub fn from_item(item: &Item) -> Result<Self, BadItem> {
        let of_text = |name| read(item, name, AttributeValue::as_s).cloned();
        let sort_key = of_text(CARD)?;
        Ok(Self {
            key: CardKey::parse(&of_text(BOARD)?, &sort_key).ok_or(BadItem(CARD))?,
            posting: of_text("posting")?,
            title: of_text("title")?,
            views: read(item, "views", AttributeValue::as_n)?.parse().map_err(|_| BadItem("views"))?,
            serial: read(item, "serial", AttributeValue::as_n)?
                .parse::<f64>()
                .map_err(|_| BadItem("serial"))?
                .to_string(),
            sealed: *read(item, "sealed", AttributeValue::as_bool)?,
            signature: match item.get("signature") {
                Some(AttributeValue::Null(true)) => None,
                _ => Some(of_text("signature")?),
            },
            picture: read(item, "picture", AttributeValue::as_b)?.as_ref().to_vec(),
            tags: read_set(item, "tags", AttributeValue::as_ss, |tag| Some(tag.clone()))?,
            stamps: read_set(item, "stamps", AttributeValue::as_ns, |stamp| stamp.parse().ok())?,
            seals: read_set(item, "seals", AttributeValue::as_bs, |seal| Some(seal.as_ref().to_vec()))?,
            notes: read(item, "notes", AttributeValue::as_l)?
                .iter()
                .map(Note::from_value)
                .collect::<Result<_, _>>()?,
            address: item.get("address").ok_or(BadItem("address")).and_then(Address::from_value)?,
        })
    }
}
