//! Several at once.

/// Begins all of them, each in a task of its own, and waits for all.
pub async fn join_all<F, T>(futures: impl IntoIterator<Item = F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
    let mut all = Vec::new();
    for task in tasks {
        match task.await {
            Ok(value) => all.push(value),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    all
}
