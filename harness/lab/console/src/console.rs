//! A lab with tables of its own, and what an operation does there.

use lab::cost::item_bytes;
use lab::{Item, Lab};
use lab_manifest::console::{Answer, Ask, Content, Table};
use lab_manifest::effect::Stored;
use serde_json::Value;

use crate::{bound, wire};

/// A lab with tables of its own. Before it was opened it has none, and answers so.
#[derive(Debug, Default)]
pub struct Console {
    lab: Option<Lab>,
    /// What was told last.
    content: Vec<Content>,
}

impl Console {
    /// Opens a lab, or sends an operation to the one that is open.
    pub async fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Open(tables) => self.open(&tables).await,
            Ask::Send { operation, body } => self.send(&operation, &body).await,
        }
    }

    /// A refused table or item is answered as the database refuses it: then the console's document is wrong.
    async fn open(&mut self, tables: &[Table]) -> Answer {
        if let Some(before) = self.lab.take() {
            before.close().await;
        }
        let lab = Lab::open().await;
        self.content = tables
            .iter()
            .map(|table| Content { table: table.name().to_owned(), items: Vec::new() })
            .collect();
        for table in tables {
            let created = wire::send(&lab, "CreateTable", &table.create.0).await;
            if created.status != 200 {
                return Answer { status: created.status, reply: created.json(), ..Answer::default() };
            }
            for item in table.items.0.as_array().into_iter().flatten() {
                let put = serde_json::json!({ "TableName": table.name(), "Item": item });
                let put = wire::send(&lab, "PutItem", &put).await;
                if put.status != 200 {
                    return Answer { status: put.status, reply: put.json(), ..Answer::default() };
                }
            }
        }
        lab.measure_costs();
        self.content = self.look(&lab).await;
        self.lab = Some(lab);
        Answer { status: 200, content: self.content.clone(), ..Answer::default() }
    }

    async fn send(&mut self, operation: &str, body: &Value) -> Answer {
        let Some(lab) = &self.lab else {
            return Answer { refused: Some("This console has no lab.".into()), ..Answer::default() };
        };
        if let Some(refused) = bound::refusal(operation, body, &self.content) {
            return Answer { refused: Some(refused), ..Answer::default() };
        }
        lab.forget_requests();
        let reply = wire::send(lab, operation, body).await;
        // Nobody else sends: the last one is this one.
        let request = lab.requests().pop();
        let (cost, effect) = request.map_or((None, None), |request| (request.cost, request.effect));
        let now = self.look(lab).await;
        let news = now.iter().filter(|content| !self.content.contains(content)).cloned().collect();
        self.content = now;
        Answer {
            refused: None,
            status: reply.status,
            reply: reply.json(),
            cost: cost.as_ref().map(Into::into),
            effect,
            content: news,
        }
    }

    /// What is in the tables now.
    async fn look(&self, lab: &Lab) -> Vec<Content> {
        let mut now = Vec::new();
        for Content { table, .. } in &self.content {
            let items = wire::items(lab, table).await;
            let items = items.into_iter().map(|item| {
                let bytes = Item::from_wire(&item).map_or(0, |item| item_bytes(&item));
                Stored { item, bytes }
            });
            now.push(Content { table: table.clone(), items: items.collect() });
        }
        now
    }
}
