//! A client that watches: it puts snapshot and deltas together as RFC 7396 says, and keeps all that it hears.

use crate::service::Desk;
use serde_json::{Map, Value};
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::HandshakeError;
use tungstenite::http::Request;
use tungstenite::{Message, WebSocket};

pub(crate) struct Watcher {
    socket: WebSocket<TcpStream>,
    pub items: Value,
    /// The highest that was heard: where to go on.
    pub seq: u64,
    /// The turn that the items are of.
    pub shown: u64,
    /// What happened: number and text.
    pub events: Vec<(u64, Value)>,
    pub resyncs: usize,
    /// Deltas that were heard.
    pub deltas: usize,
}

/// A request to watch, as it goes out.
pub(crate) fn request(desk: &Desk, role: &str, query: &str) -> Request<()> {
    let address = format!("ws://{}/api/v1/stream{query}", desk.address);
    let mut request = address.into_client_request().unwrap();
    if role != "nobody" {
        let key = format!("Bearer {}", desk.key(role));
        request.headers_mut().insert("Authorization", key.parse().unwrap());
    }
    request
}

/// Connects, or says with which status it was refused.
pub(crate) fn connect(desk: &Desk, request: Request<()>) -> Result<WebSocket<TcpStream>, u16> {
    let stream = TcpStream::connect(desk.address).unwrap();
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 16 << 10).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    match tungstenite::client(request, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(HandshakeError::Failure(tungstenite::Error::Http(response))) => {
            Err(response.status().as_u16())
        }
        Err(error) => panic!("{error}"),
    }
}

impl Watcher {
    pub(crate) fn open(desk: &Desk, query: &str) -> Watcher {
        let socket = connect(desk, request(desk, "viewer", query)).unwrap();
        Watcher {
            socket,
            items: Value::Object(Map::new()),
            seq: 0,
            shown: 0,
            events: Vec::new(),
            resyncs: 0,
            deltas: 0,
        }
    }

    /// Hears one message and takes it in; the code when it is let go, 0 when the line just ends.
    pub(crate) fn hear(&mut self) -> Result<String, u16> {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Ok(self.take(text.as_str())),
                Ok(Message::Close(frame)) => return Err(frame.map_or(0, |frame| frame.code.into())),
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if error.kind() == std::io::ErrorKind::WouldBlock =>
                {
                    panic!("nothing was heard for a minute")
                }
                Err(_) => return Err(0),
            }
        }
    }

    fn take(&mut self, text: &str) -> String {
        let message: Value = serde_json::from_str(text).unwrap();
        let kind = message["type"].as_str().unwrap().to_owned();
        let seq = message["seq"].as_u64().unwrap_or(0);
        self.seq = self.seq.max(seq);
        match kind.as_str() {
            "snapshot" => (self.items, self.shown) = (message["items"].clone(), seq),
            "delta" => {
                assert!(seq > self.shown, "{seq} after {}", self.shown);
                self.shown = seq;
                self.deltas += 1;
                merge(&mut self.items, &message["items"]);
            }
            "event" => {
                let last = self.events.last().map_or(0, |(last, _)| *last);
                assert!(seq > last, "{seq} after {last}");
                self.events.push((seq, message["events"].clone()));
            }
            "resync" => self.resyncs += 1,
            "heartbeat" => self.shown = message["shown"].as_u64().unwrap(),
            "problem" => {}
            other => panic!("{other}: {text}"),
        }
        kind
    }

    /// Hears until it has heard all that happened up to this turn, and how things stand then.
    pub(crate) fn until(&mut self, turn: u64) {
        while self.shown < turn {
            self.hear().unwrap();
        }
    }

    pub(crate) fn say(&mut self, message: Message) -> bool {
        self.socket.send(message).is_ok()
    }

    /// The code with which it is let go.
    pub(crate) fn end(mut self) -> u16 {
        loop {
            if let Err(code) = self.hear() {
                return code;
            }
        }
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let target = target.as_object_mut().unwrap();
    for (name, value) in fields {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}
