//! A client that costs little: keep-alive connections that take turns.

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A command, as its chat sends it.
pub(crate) struct Typed {
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// One connection.
pub(crate) struct Connection(SendRequest<Full<Bytes>>, String);

impl Connection {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("no connection")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        #[expect(clippy::disallowed_methods, reason = "a bench, in real time")]
        tokio::spawn(connection);
        Ok(Self(sender, address.to_owned()))
    }

    /// Asks for something, with JSON.
    pub(crate) async fn send(&mut self, method: Method, path: &str, body: Vec<u8>) -> anyhow::Result<Bytes> {
        let headers = vec![("content-type", "application/json".to_owned())];
        self.send_typed(method, Typed { path: path.to_owned(), headers, body }).await
    }

    /// Sends a command.
    pub(crate) async fn send_typed(&mut self, method: Method, typed: Typed) -> anyhow::Result<Bytes> {
        let Typed { path, headers, body } = typed;
        let mut request = Request::builder().method(method).uri(&path).header("host", &self.1);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        self.0.ready().await?;
        let answer = self.0.send_request(request).await?;
        anyhow::ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        Ok(answer.into_body().collect().await?.to_bytes())
    }
}
