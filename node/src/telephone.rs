//! Dials with the identity and the rules of the moment: a certificate renewed tonight is shown tomorrow
//! without a restart.

use std::sync::{Arc, Mutex, PoisonError};

use proto::identity::Identity;
use proto::link::caller::{CallError, Called, Dial, Parent};
use proto::link::conversation::Limits;
use proto::link::net::Net;
use proto::link::post::Post;
use proto::link::tls::KeyExchange;
use proto::link::uplink::Uplink;
use proto::model::day::Moment;
use proto::store::StoreError;

use crate::desk::{School, SchoolError};

/// A school's telephone.
pub struct Telephone {
    school: Arc<School>,
    post: Post,
    net: Arc<dyn Net>,
    line: Mutex<Option<Line>>,
}

/// An uplink and what it was made for. It is kept as long as that holds, because it remembers TLS
/// sessions from night to night.
struct Line {
    identity: Arc<Identity>,
    exchange: KeyExchange,
    send_bytes: usize,
    uplink: Arc<Uplink>,
}

impl std::fmt::Debug for Telephone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telephone").field("post", &self.post).finish_non_exhaustive()
    }
}

impl Telephone {
    /// A telephone for `school`.
    pub const fn new(school: Arc<School>, post: Post, net: Arc<dyn Net>) -> Self {
        Self { school, post, net, line: Mutex::new(None) }
    }

    fn uplink(&self, identity: Arc<Identity>) -> Arc<Uplink> {
        let (rules, send_bytes) = (self.school.tls_rules(), self.school.send_bytes());
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = &*line
            && Arc::ptr_eq(&held.identity, &identity)
            && held.exchange == rules.exchange
            && held.send_bytes == send_bytes
        {
            return held.uplink.clone();
        }
        let exchange = rules.exchange;
        let limits = Limits { send_bytes, ..Limits::default() };
        let uplink =
            Arc::new(Uplink::new(self.post.clone(), self.net.clone(), identity.clone(), rules, limits));
        *line = Some(Line { identity, exchange, send_bytes, uplink: uplink.clone() });
        uplink
    }
}

impl Telephone {
    /// Has the certificate renewed by its issuer, which is not the parent that was called, and shows it the new
    /// key at once, so that the old one ends. What the parent was told stands whatever comes of it; the next
    /// call asks again.
    async fn renew_at(&self, issuer: &Parent, until: Option<Moment>, called: &mut Called) {
        for _ in 0..2 {
            let Some(identity) = self.school.identity().borrow().clone() else { return };
            match self.uplink(identity).call(issuer, until).await {
                Ok(Called { report, bytes_out, bytes_in, .. }) => {
                    called.bytes_out += bytes_out;
                    called.bytes_in += bytes_in;
                    called.report.renewed |= report.renewed;
                    if !report.renewed {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(issuer = %issuer.party, "the certificate is not renewed yet: {error}");
                    return;
                }
            }
        }
    }
}

fn closing(error: SchoolError) -> CallError {
    let error = match error {
        SchoolError::Store(error) => error,
        other => StoreError::Engine(other.to_string()),
    };
    CallError::Talk(error.into())
}

#[async_trait::async_trait]
impl Dial for Telephone {
    async fn call(&self, parent: &Parent, until: Option<Moment>) -> Result<Called, CallError> {
        let identity = self.school.identity().borrow().clone().ok_or(CallError::NotJoined)?;
        let uplink = self.uplink(identity);
        let mut called = uplink.call(parent, until).await?;
        // what a restored store lost is known now, or that the date is right: the days that waited for it go up
        // in the same night
        if self.school.was_answered(Some(called.report.clock_offset)).await.map_err(closing)? {
            called.add(uplink.call(parent, until).await?);
        }
        if let Some(issuer) = self.school.renews_elsewhere(&parent.party) {
            self.renew_at(&issuer, until, &mut called).await;
        }
        self.school.forget_old_secrets();
        Ok(called)
    }
}
