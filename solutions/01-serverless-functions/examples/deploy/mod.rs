//! What every example does first: an emulator of its own, with one function.

use lab::{Functions, Lab};
use solution_2::clock::SystemClock;
use solution_2::host::RemoteHost;
use solution_2::{Config, Function, Services, serve};
use tokio::net::TcpListener;

/// Deploys `function`. Its processes are this example's own binary, started again; they end with the example.
pub async fn deploy(lab: &Lab, function: Function) -> Functions {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of this machine is free");
    let address = listener.local_addr().expect("a bound socket has an address");
    let services = Services::new(RemoteHost::new(lab.control_url()), SystemClock);
    tokio::spawn(serve(listener, Config::new([function]), services, std::future::pending()));
    lab.functions(address)
}
