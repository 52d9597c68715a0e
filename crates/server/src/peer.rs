//! The address a request comes from.

use std::fmt;
use std::net::IpAddr;

use crate::doors::household;

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Peer(pub(crate) Option<IpAddr>);

impl Peer {
    /// What requests of one subscriber are counted by: their address, or their network.
    pub(crate) fn household(self) -> String {
        Self(self.0.map(household)).to_string()
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(ip) => write!(f, "{ip}"),
            None => f.write_str("unknown"),
        }
    }
}
