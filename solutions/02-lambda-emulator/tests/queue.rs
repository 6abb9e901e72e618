//! The queue, where the steps' tests do not come: two emulators on one table, and what is too large for an item.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::time::Duration;

use lab::Lab;
use solution_2::core::invocation::Invocation;
use solution_2::store::queue::Following;
use solution_2::store::{Event, Queue};

const NOW: Duration = Duration::from_secs(1_000_000);
const LEASE: Duration = Duration::from_mins(1);

/// More than one item takes.
const LARGE: usize = 700 * 1024;

async fn queue(lab: &Lab) -> Queue {
    Queue::open(lab.client(), lab.table_name("queue")).await.unwrap()
}

fn event(function: &str, bytes: usize, accepted: Duration) -> Event {
    Event::new(function, &Invocation::new("arn", "x".repeat(bytes)), accepted)
}

async fn due(queue: &Queue, function: &str, now: Duration) -> Vec<Event> {
    queue.due(now, |name| name == function).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_claim_takes_nothing_of_the_event_along() {
    let lab = Lab::open().await;
    let queue = queue(&lab).await;
    queue.put(&event("print", LARGE, NOW)).await.unwrap();
    let mut first = due(&queue, "print", NOW).await.remove(0);
    assert!(queue.claim(&mut first, NOW + LEASE).await.unwrap());
    let later = NOW + 2 * LEASE;
    let mut second = due(&queue, "print", later).await.remove(0);
    assert!(queue.claim(&mut second, later + LEASE).await.unwrap());
    let mut never = event("record", LARGE, NOW);
    queue.take_out(&first, vec![Following::Event(never.clone())]).await.unwrap();
    assert!(due(&queue, "record", later).await.is_empty());
    never.parts = 1;
    assert!(queue.load(&mut never).await.is_err(), "what does not follow leaves nothing behind");
    queue.load(&mut second).await.unwrap();
    assert_eq!(second.payload.len(), LARGE);
    queue.take_out(&second, Vec::new()).await.unwrap();
    assert!(
        queue.load(&mut first).await.is_err(),
        "its parts went with the event, and half an event is none"
    );
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_another_emulator_s_functions_hide_none() {
    let lab = Lab::open().await;
    let queue = queue(&lab).await;
    for number in 0..1100 {
        queue.put(&event("elsewhere", 2, NOW + Duration::from_millis(number))).await.unwrap();
    }
    queue.put(&event("print", 2, NOW + Duration::from_secs(1))).await.unwrap();
    assert_eq!(due(&queue, "print", NOW + LEASE).await.len(), 1);
    let next = queue.next_due(|name| name == "print").await.unwrap();
    assert_eq!(next, Some(NOW + Duration::from_secs(1)));
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_follows_may_be_as_large_as_any() {
    let lab = Lab::open().await;
    let queue = queue(&lab).await;
    queue.put(&event("print", 2, NOW)).await.unwrap();
    let mut first = due(&queue, "print", NOW).await.remove(0);
    assert!(queue.claim(&mut first, NOW + LEASE).await.unwrap());
    queue.take_out(&first, vec![Following::Event(event("record", LARGE, NOW))]).await.unwrap();
    assert!(due(&queue, "print", NOW + 2 * LEASE).await.is_empty());
    let mut following = due(&queue, "record", NOW).await.remove(0);
    queue.load(&mut following).await.unwrap();
    assert_eq!(following.payload.len(), LARGE);
    lab.close().await;
}
