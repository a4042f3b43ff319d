//! TLS, HTTP/1.1 and HTTP/2 on one port.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::bitbucket::Bitbucket;
use super::tls::Tls;

/// The body of every answer.
pub(super) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Returns a response with a whole body of this type.
pub(super) fn response(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content_type)
        .body(Full::from(body.into()).boxed_unsync())
        .expect("the status is valid")
}

/// h2 disconnects clients that send more small DATA frames than half of this would hold. Git's frames
/// are tiny: one for each ref it wants, tens of thousands in a large clone.
const CONNECTION_WINDOW: u32 = 64 << 20;

/// Accepts connections until the runtime ends.
pub(super) async fn serve(listener: TcpListener, tls: Tls, bitbucket: Arc<Bitbucket>) {
    loop {
        // A client that disconnects before it is accepted is no reason to stop.
        if let Ok((tcp, _)) = listener.accept().await {
            let acceptor = tls.acceptor(bitbucket.switches().http2);
            tokio::spawn(converse(tcp, acceptor, Arc::clone(&bitbucket)));
        }
    }
}

/// Serves one connection. Errors are left for the client to notice.
async fn converse(tcp: TcpStream, acceptor: TlsAcceptor, bitbucket: Arc<Bitbucket>) {
    // Answers are small and many: waiting to fill a packet would only slow the tests.
    let _ = tcp.set_nodelay(true);
    let Ok(tls) = acceptor.accept(tcp).await else {
        return;
    };
    let hang_up = Arc::new(Notify::new());
    let service =
        service_fn(|request| answer(Arc::clone(&bitbucket), request, Arc::clone(&hang_up)));
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http2()
        .initial_connection_window_size(CONNECTION_WINDOW);
    let mut conversation = pin!(http.serve_connection(TokioIo::new(tls), service));
    let mut hung_up = pin!(hang_up.notified());
    poll_fn(|context| match hung_up.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => conversation.as_mut().poll(context).map(drop),
    })
    .await;
}

async fn answer(
    bitbucket: Arc<Bitbucket>,
    request: Request<Incoming>,
    hang_up: Arc<Notify>,
) -> Result<Response<Body>, Infallible> {
    if let Some(response) = bitbucket.answer(request).await {
        return Ok(response);
    }
    hang_up.notify_one();
    pending().await
}
