use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::within;

/// A web server that records what is posted to it, and answers as it is told.
pub(crate) struct Receiver {
    port: u16,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
    posts: mpsc::UnboundedReceiver<Post>,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Post {
    /// The method, and the path or URL.
    pub(crate) target: String,
    /// With names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Post {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        serde_json::from_str(&self.body).expect("an array")
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let events = self.events();
        let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
        events.iter().map(id).collect()
    }
}

impl Receiver {
    /// Answers the first requests with these status lines and headers, and the others with 204. An
    /// empty answer closes the connection.
    pub(crate) async fn start(answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("a port").port();
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let (sender, posts) = mpsc::unbounded_channel();
        let serving = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&serving), sender.clone()));
            }
        });
        Self {
            port,
            answers,
            posts,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next requests get these answers.
    pub(crate) fn answer(&self, answers: &[&'static str]) {
        self.answers.lock().expect("no panic").extend(answers);
    }

    pub(crate) async fn post(&mut self) -> Post {
        within(self.posts.recv()).await.expect("a request")
    }

    /// What has arrived and was not read.
    pub(crate) fn rest(&mut self) -> Option<Post> {
        self.posts.try_recv().ok()
    }
}

async fn serve(
    stream: TcpStream,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
    posts: mpsc::UnboundedSender<Post>,
) {
    let mut stream = BufReader::new(stream);
    while let Some(post) = read(&mut stream).await {
        let answer = answers.lock().expect("no panic").pop_front();
        let _ = posts.send(post);
        let answer = match answer {
            Some("") => return,
            Some(answer) => format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n"),
            None => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        };
        let written = stream.get_mut().write_all(answer.as_bytes()).await;
        written.expect("the client reads");
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Post> {
    let mut target = String::new();
    stream.read_line(&mut target).await.ok()?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length?.1.parse().expect("a number")];
    stream.read_exact(&mut body).await.ok()?;
    Some(Post {
        target: target.trim_end().to_owned(),
        headers,
        body: String::from_utf8(body).expect("text"),
        at: Instant::now(),
    })
}
