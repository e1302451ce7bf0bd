//! Names come only to addresses that a webhook may have: whoever answers for a name must not lead us into our own network.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::webhook::Reach;

/// Said of an address that is not to be told.
pub(super) const FORBIDDEN: &str =
    "its address is not of the internet: write private = true if that is meant";

/// Looks names up, and leaves out what must not be told. The connection goes to what is left, and to nothing else.
#[derive(Debug)]
pub(super) struct Resolver(pub(super) Reach);

/// No address of a name may be told.
#[derive(Debug, thiserror::Error)]
#[error("{FORBIDDEN}")]
struct Forbidden;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed = allowed(reach, found)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn allowed(reach: Reach, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Forbidden> {
    let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| reach.allows(address.ip())).collect();
    if allowed.is_empty() { Err(Forbidden) } else { Ok(allowed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_addresses_those_are_left_that_may_be_told() {
        let (ours, theirs) = ("10.0.0.1:0".parse().unwrap(), "93.184.216.34:0".parse().unwrap());
        assert_eq!(allowed(Reach::Public, vec![ours, theirs]).unwrap(), [theirs]);
        assert_eq!(allowed(Reach::Private, vec![ours, theirs]).unwrap(), [ours, theirs]);
        assert!(allowed(Reach::Public, vec![ours]).is_err() && allowed(Reach::Public, Vec::new()).is_err());
    }
}
