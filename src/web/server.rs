//! The HTTP server: every route, the frame around them, and the limits of a connection.
//!
//! Called by the command line, which also stops it. It must never start work of its own: jobs run beside it.

use super::{
    api, console,
    error::ApiError,
    frame::{Frame, frame},
    iab,
};
use crate::flows::App;
pub use actix_web::dev::ServerHandle;
use actix_web::{App as Site, HttpResponse, HttpServer, dev::Server, middleware::from_fn, web};
use std::{net::TcpListener, sync::Arc, time::Duration};

/// Longest time that a request's head may take to arrive.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Longest time that a stopped server gives the requests it still answers, in seconds.
const LAST_ANSWERS_S: u64 = 15;

/// Runs a command on the kind of runtime that the server's workers and the jobs' loops need.
pub fn block_on<F: Future>(command: F) -> F::Output {
    actix_web::rt::System::new().block_on(command)
}

/// A server on an open socket. It runs once it is awaited; stopping it lets running requests end.
///
/// # Errors
/// When the socket cannot be listened on.
pub fn server(app: App, listener: TcpListener) -> std::io::Result<Server> {
    let site = move || {
        let (clock, metrics) = (app.clock.clone(), Arc::clone(&app.metrics));
        let around = Frame { clock, metrics, notes: Arc::clone(&app.notes) };
        Site::new()
            .app_data(web::Data::new(app.clone()))
            .app_data(web::Data::new(around))
            .configure(api::routes)
            .configure(iab::routes)
            .configure(console::routes)
            .default_service(web::to(async || Err::<HttpResponse, _>(ApiError::not_found())))
            .wrap(from_fn(frame))
    };
    let server = HttpServer::new(site)
        .client_request_timeout(HEAD_TIME)
        .shutdown_timeout(LAST_ANSWERS_S)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
