//! Functions, deployed to an emulator in the test's own process.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lab::{Functions, Lab, Reply};
use serde::Serialize;
use solution_2::clock::Clock;
use solution_2::config::{Config, Function};
use solution_2::host::{Host, HostError, Process, RemoteHost, Start};
use solution_2::{Services, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// An emulator and the function that it runs. It ends, and its environments with it, when this is dropped.
pub struct Cloud {
    functions: Functions,
    name: String,
    environments: Arc<AtomicUsize>,
    _stop: oneshot::Sender<()>,
}

impl Cloud {
    /// Deploys one function.
    pub async fn deploy(lab: &Lab, function: Function) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of this machine is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let environments = Arc::new(AtomicUsize::new(0));
        let host = Counted { host: RemoteHost::new(lab.control_url()), environments: environments.clone() };
        let services = Services::new(host, LabsClock(lab.clock()));
        let name = function.name.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        tokio::spawn(serve(listener, Config::new([function]), services, shutdown));
        Self { functions: lab.functions(address), name, environments, _stop: stop }
    }

    /// Invokes the function and waits for what comes back.
    pub async fn invoke(&self, event: &impl Serialize) -> Reply {
        self.functions.invoke(&self.name, event).await
    }

    /// How many environments were started so far.
    pub fn environments(&self) -> usize {
        self.environments.load(Ordering::SeqCst)
    }
}

/// Counts what it starts.
struct Counted {
    host: RemoteHost,
    environments: Arc<AtomicUsize>,
}

impl Host for Counted {
    fn start(&self, start: Start) -> Pin<Box<dyn Future<Output = Result<Process, HostError>> + Send + '_>> {
        self.environments.fetch_add(1, Ordering::SeqCst);
        self.host.start(start)
    }
}

/// The lab's time, without a detour over its control server: the emulator is in the same process.
struct LabsClock(lab::Clock);

impl Clock for LabsClock {
    fn now(&self) -> Pin<Box<dyn Future<Output = Duration> + Send + '_>> {
        Box::pin(std::future::ready(Duration::from_millis(self.0.now_ms())))
    }

    fn sleep_until(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let until_ms = u64::try_from(time.as_millis()).expect("a test ends before time does");
        Box::pin(self.0.sleep_until(until_ms))
    }
}
