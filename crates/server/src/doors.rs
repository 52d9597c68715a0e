//! How many connections there are at once, in all and of one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is said to who finds the doors closed.
const CLOSED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/json\r\nx-content-type-options: nosniff\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 109\r\n\r\n\
    {\"status\":\"error\",\"ok\":false,\"error\":\"busy\",\"message\":\"too many connections\",\"hint\":\"come back in 5 seconds\"}";
/// Time to say so.
const FAREWELL: Duration = Duration::from_secs(1);
/// Of the request of who is turned away, that much is read: a connection that is closed over unread
/// bytes is reset, and the answer is lost.
const READ_OF_REFUSED: usize = 64 << 10;
/// Callers who are told at once that the doors are closed; others find their connection closed.
const TOLD_AT_ONCE: usize = 256;

/// Counts who is inside.
#[derive(Debug)]
pub(crate) struct Doors {
    most: usize,
    most_of_address: usize,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
    refused: usize,
}

/// One connection inside; leaves when it is dropped.
#[derive(Debug)]
pub(crate) struct Entered {
    doors: Arc<Doors>,
    address: IpAddr,
}

impl Doors {
    pub(crate) fn new(most: usize, most_of_address: usize) -> Self {
        Self { most, most_of_address, inside: Mutex::default() }
    }

    /// Lets a connection of this address in, if there is room.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Entered> {
        let address = household(address);
        let mut inside = self.inside();
        let of_address = inside.of_address.get(&address).copied().unwrap_or(0);
        if inside.all >= self.most || of_address >= self.most_of_address {
            return None;
        }
        inside.all += 1;
        inside.of_address.insert(address, of_address + 1);
        Some(Entered { doors: self.clone(), address })
    }

    /// Says that there is no room, while there are not too many to say it to.
    pub(crate) fn refuse(self: &Arc<Self>, stream: TcpStream) {
        if self.inside().refused >= TOLD_AT_ONCE {
            return;
        }
        self.inside().refused += 1;
        let doors = self.clone();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(FAREWELL, say_closed(stream)).await;
            doors.inside().refused -= 1;
        });
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut inside = self.doors.inside();
        inside.all -= 1;
        if let Some(of_address) = inside.of_address.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                inside.of_address.remove(&self.address);
            }
        }
    }
}

async fn say_closed(mut stream: TcpStream) {
    if stream.write_all(CLOSED).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let mut read = 0;
    let mut bytes = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut bytes).await {
        read += n;
        if read >= READ_OF_REFUSED {
            return;
        }
    }
}

/// What one subscriber has: an address of IPv4, a network of 64 bits of IPv6.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many_in_all_and_of_one_address() {
        let doors = Arc::new(Doors::new(3, 2));
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        let first = doors.enter(at("10.0.0.1")).unwrap();
        let _second = doors.enter(at("::ffff:10.0.0.1")).unwrap();
        assert!(doors.enter(at("10.0.0.1")).is_none());
        let third = doors.enter(at("2001:db8::1")).unwrap();
        assert!(doors.enter(at("10.0.0.2")).is_none());
        drop(first);
        let _fourth = doors.enter(at("2001:db8::2")).unwrap();
        drop(third);
        assert!(doors.enter(at("2001:db8::3")).is_some());
        assert_eq!(doors.inside().all, 2);
    }

    #[test]
    fn the_length_that_is_said_is_that_of_the_body() {
        let text = std::str::from_utf8(CLOSED).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
        serde_json::from_str::<serde_json::Value>(body).unwrap();
    }
}
