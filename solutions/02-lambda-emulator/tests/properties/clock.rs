//! The machine's own clock, and the lab's when there is no lab.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use solution_2::clock::{Clock, RemoteClock, SystemClock};

#[tokio::test]
async fn the_machines_time_is_since_1970() {
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = SystemClock.now().await;
    assert!(before <= now && now <= SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
}

#[tokio::test]
async fn it_is_waited_for_and_what_is_past_is_not() {
    let (started, wait) = (Instant::now(), Duration::from_millis(20));
    let now = SystemClock.now().await;
    SystemClock.sleep_until(now + wait).await;
    assert!(started.elapsed() >= wait);
    SystemClock.sleep_until(now).await;
    SystemClock.sleep_until(Duration::ZERO).await;
}

#[tokio::test]
async fn without_the_lab_there_is_no_later_time() {
    // A port that was free a moment ago: nobody listens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clock = RemoteClock::new(url);
    let limit = Duration::from_millis(50);
    assert!(tokio::time::timeout(limit, clock.now()).await.is_err());
    assert!(tokio::time::timeout(limit, clock.sleep_until(Duration::ZERO)).await.is_err());
}
