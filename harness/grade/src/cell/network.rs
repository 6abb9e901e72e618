//! The one way out of a strong cell: its port is opened inside, handed out, and served from outside.

use std::io::{IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};

use super::CellError;
use super::stage::HANDS_OUT;

/// Connections of one cell at a time.
const CONNECTIONS: usize = 256;

/// Switches the loopback interface on: in a new network it is there, and down.
///
/// A request of rtnetlink(7): `RTM_NEWLINK` for the interface 1 with the flag `IFF_UP`, acknowledged by an error of 0.
pub(super) fn raise_loopback() -> Result<(), CellError> {
    const LENGTH: u32 = 32;
    let socket =
        rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)
            .map_err(CellError::call("a socket to its network"))?;
    let mut request = Vec::new();
    request.extend(LENGTH.to_ne_bytes());
    request.extend(16_u16.to_ne_bytes()); // RTM_NEWLINK
    request.extend(0x5_u16.to_ne_bytes()); // NLM_F_REQUEST | NLM_F_ACK
    request.extend([0; 8]); // sequence, port
    request.extend([0; 4]); // family, padding, kind
    request.extend(1_i32.to_ne_bytes()); // the interface
    request.extend(1_u32.to_ne_bytes()); // IFF_UP
    request.extend(1_u32.to_ne_bytes()); // of which only this one changes
    rustix::net::send(&socket, &request, SendFlags::empty())
        .map_err(CellError::call("to raise its network"))?;
    let mut answer = [0_u8; 256];
    let (read, _) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())
        .map_err(CellError::call("to hear of its network"))?;
    let error = answer[..read].get(16..20).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes);
    match error {
        Some(0) => Ok(()),
        other => Err(CellError::System {
            doing: "to raise its network",
            source: std::io::Error::from_raw_os_error(other.unwrap_or_default().abs()),
        }),
    }
}

/// Opens `port` in this network, and hands it to the guard through standard input.
pub(super) fn hand_out(port: u16) -> Result<(), CellError> {
    let listener = TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
        .map_err(CellError::system("to open its port"))?;
    let descriptors = [std::os::fd::AsFd::as_fd(&listener)];
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&descriptors));
    let stdin = rustix::stdio::stdin();
    rustix::net::sendmsg(stdin, &[IoSlice::new(&[HANDS_OUT])], &mut control, SendFlags::empty())
        .map_err(CellError::call("to hand its port out"))?;
    Ok(())
}

/// What came over the socket: bytes, and listening sockets that were handed over with them. `None` at its end.
pub(super) fn receive(socket: &UnixStream) -> Option<(Vec<u8>, Vec<TcpListener>)> {
    let mut bytes = [0; 512];
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC;
    let read = loop {
        match rustix::net::recvmsg(socket, &mut [IoSliceMut::new(&mut bytes)], &mut control, flags) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(message) if message.bytes > 0 => break message.bytes,
            _ => return None,
        }
    };
    let handed = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors.map(TcpListener::from)),
        _ => None,
    });
    let handed = handed.flatten().collect();
    Some((bytes[..read].to_vec(), handed))
}

/// Connects whoever connects to `listener` with `port` of this machine, as long as this process lives.
pub(super) fn relay(listener: TcpListener, port: Option<u16>) {
    let Some(port) = port else { return };
    let open = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    std::thread::spawn(move || {
        for inside in listener.incoming().flatten() {
            use std::sync::atomic::Ordering::Relaxed;
            if open.fetch_add(1, Relaxed) >= CONNECTIONS {
                open.fetch_sub(1, Relaxed);
                continue;
            }
            let open = open.clone();
            std::thread::spawn(move || {
                if let Ok(outside) = TcpStream::connect(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)) {
                    join(&inside, &outside);
                }
                open.fetch_sub(1, Relaxed);
            });
        }
    });
}

fn join(inside: &TcpStream, outside: &TcpStream) {
    let _ = inside.set_nodelay(true);
    let _ = outside.set_nodelay(true);
    std::thread::scope(|scope| {
        scope.spawn(|| pass(inside, outside));
        pass(outside, inside);
    });
}

/// Every byte, and the end.
fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    let passed = std::io::copy(&mut from, &mut to);
    let how = if passed.is_ok() { std::net::Shutdown::Write } else { std::net::Shutdown::Both };
    let _ = to.shutdown(how);
    if passed.is_err() {
        let _ = from.shutdown(std::net::Shutdown::Both);
    }
}
