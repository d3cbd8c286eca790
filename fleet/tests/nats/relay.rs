//! A way to a server that can be cut, for one client only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

pub(crate) struct Relay {
    url: String,
    is_cut: watch::Sender<bool>,
    has_seen: Arc<AtomicBool>,
    task: AbortHandle,
}

impl Relay {
    /// To the server at this URL.
    pub(crate) async fn to(url: &str) -> Self {
        let target = url.strip_prefix("nats://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("nats://{}", listener.local_addr().unwrap());
        let is_cut = watch::Sender::new(false);
        let has_seen = Arc::new(AtomicBool::new(false));
        let (cut, seen) = (is_cut.clone(), Arc::clone(&has_seen));
        let task = tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                if *cut.borrow() {
                    seen.store(true, Ordering::Relaxed);
                    continue;
                }
                let (target, mut cut) = (target.clone(), cut.subscribe());
                tokio::spawn(async move {
                    let Ok(mut server) = TcpStream::connect(target).await else {
                        return;
                    };
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = cut.wait_for(|cut| *cut) => {}
                    }
                });
            }
        });
        Self {
            url,
            is_cut,
            has_seen,
            task: task.abort_handle(),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends every connection, and lets none through.
    pub(crate) fn cut(&self) {
        self.has_seen.store(false, Ordering::Relaxed);
        self.is_cut.send_replace(true);
    }

    /// Whether somebody has tried to connect since it was cut.
    pub(crate) fn has_seen_an_attempt(&self) -> bool {
        self.has_seen.load(Ordering::Relaxed)
    }

    pub(crate) fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}
