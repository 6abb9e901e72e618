//! An emulator in this process, for as long as the example runs.

use std::future::pending;

use lab::{Functions, Lab};
use solution_2::clock::RemoteClock;
use solution_2::host::RemoteHost;
use solution_2::{Config, Function, Services, serve};
use tokio::net::TcpListener;

/// Serves `function`, with a table for asynchronous invocations. The lab starts its environments and has the time.
pub async fn serving(lab: &Lab, function: Function) -> Functions {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of this machine is free");
    let address = listener.local_addr().expect("a bound listener has an address");
    let url = lab.control_url();
    let services = Services::new(RemoteHost::new(&url), RemoteClock::new(&url))
        .queue(lab.client(), lab.table_name("queue"));
    tokio::spawn(serve(listener, Config::new([function]), services, pending()));
    lab.functions(address)
}
