//! The port an engine double listens on, which it can close for a while without losing it.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::Shared;
use super::socket;
use crate::watched::DEADLINE;

const BACKLOG: u32 = 128;

#[derive(Debug)]
pub(super) struct Port {
    address: SocketAddr,
    listening: Option<JoinHandle<()>>,
    // Bound but not listening: connections are refused, yet nobody else gets the number, neither
    // as a listener nor as the near end of an outgoing connection.
    reserved: Option<TcpSocket>,
}

impl Port {
    pub(super) fn open(number: u16, shared: Shared) -> (Self, SocketAddr) {
        let socket = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, number)));
        let address = socket.local_addr().expect("a bound socket has an address");
        let mut port = Self {
            address,
            listening: None,
            reserved: Some(socket),
        };
        port.reopen(shared);
        (port, address)
    }

    pub(super) fn reopen(&mut self, shared: Shared) {
        let Some(socket) = self.reserved.take() else {
            return;
        };
        let listener = socket
            .listen(BACKLOG)
            .unwrap_or_else(|error| panic!("cannot listen on {}: {error}", self.address));
        self.listening = Some(tokio::spawn(socket::accept(listener, shared)));
    }

    pub(super) async fn close(&mut self) {
        let Some(task) = self.listening.take() else {
            return;
        };
        task.abort();
        // The listener is closed only when the task has really ended.
        let _ = task.await;
        self.reserved = Some(bind_again(self.address).await);
    }

    pub(super) fn abandon(&mut self) {
        if let Some(task) = self.listening.take() {
            task.abort();
        }
    }
}

/// Binds a port that was listened on a moment ago: a process that is being started holds all sockets until it is another
/// program.
async fn bind_again(address: SocketAddr) -> TcpSocket {
    let bound = async {
        loop {
            match try_bind(address) {
                Err(error) if error.kind() == ErrorKind::AddrInUse => sleep(Duration::from_millis(5)).await,
                bound => return bound,
            }
        }
    };
    let bound = timeout(DEADLINE, bound).await;
    let bound = bound.unwrap_or_else(|_| panic!("{address} stays in use for {DEADLINE:?}"));
    bound.unwrap_or_else(|error| panic!("cannot bind {address}: {error}"))
}

fn bind(address: SocketAddr) -> TcpSocket {
    try_bind(address).unwrap_or_else(|error| panic!("cannot bind {address}: {error}"))
}

fn try_bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections of the previous listener may linger in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
