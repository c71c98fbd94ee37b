//! `/metrics` and `/health` over HTTP, for this machine alone.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use proto::store::StoreError;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::doors::Doors;
use crate::desk::{Hub, HubError};

#[derive(Clone)]
struct Looked {
    hub: Arc<Hub>,
    doors: Doors,
}

/// Serves until `stop`.
///
/// # Errors
/// When the address cannot be used.
pub(super) async fn serve(
    hub: Arc<Hub>,
    doors: Doors,
    address: String,
    stop: CancellationToken,
) -> Result<(), HubError> {
    let fault = |why| HubError::Io { what: address.clone(), why };
    let listener = TcpListener::bind(&address).await.map_err(fault)?;
    let bound = listener.local_addr().map_err(fault)?;
    tracing::info!(address = %bound, "metrics and health on {bound}");
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .with_state(Looked { hub, doors });
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await.map_err(fault)
}

async fn metrics(State(looked): State<Looked>) -> impl IntoResponse {
    let server = looked.doors.server();
    let text = looked.hub.metrics.text(server.as_ref().map(|server| server.tally()), looked.doors.bytes());
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
}

/// Healthy is a hub whose writer still answers.
async fn health(State(looked): State<Looked>) -> impl IntoResponse {
    match looked.hub.desk.act(|_| Ok::<_, StoreError>(())).await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}
