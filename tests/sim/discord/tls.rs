//! The same model behind TLS, as discord.com: for clients that will not speak plain HTTP.
//!
//! The gateway stays plain: no client can be told to trust a test's authority there.

use std::net::SocketAddr;
use std::sync::Arc;

use callout::task;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::Discord;

/// The name that the certificate is for.
const NAME: &str = "discord.com";

impl Discord {
    /// Opens a door with TLS, once. Returns its address, and the certificate of the authority in PEM.
    pub(crate) async fn with_tls(&self) -> (String, String) {
        let (acceptor, authority) = certified();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let door = task::spawn("the modelled discord's tls", accept(listener, acceptor, self.address));
        self.tls.set(door).expect("only once");
        (url, authority)
    }
}

/// An authority that nobody else has ever heard of, and what it signed.
fn certified() -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, inside: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        task::spawn("a client with tls", pass(stream, acceptor.clone(), inside)).detach();
    }
}

/// Takes the TLS off, and passes all bytes on.
async fn pass(stream: TcpStream, acceptor: TlsAcceptor, inside: SocketAddr) {
    let (Ok(mut outer), Ok(mut inner)) = (acceptor.accept(stream).await, TcpStream::connect(inside).await)
    else {
        return;
    };
    // Either side may hang up as it likes.
    drop(tokio::io::copy_bidirectional(&mut outer, &mut inner).await);
}
