//! What is sent, as bytes of a WebSocket (RFC 6455, section 5.2): whatever goes to many is made once for all of them.

use axum::body::Bytes;

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;

/// One message of text.
pub(super) fn text(text: &str) -> Bytes {
    let mut frame = Vec::with_capacity(text.len() + 10);
    add(&mut frame, text);
    frame.into()
}

/// One message of text more.
pub(super) fn add(frames: &mut Vec<u8>, text: &str) {
    head(frames, TEXT, text.len());
    frames.extend_from_slice(text.as_bytes());
}

/// Asks whether somebody is there.
pub(super) fn ping() -> Bytes {
    Bytes::from_static(&[PING, 0])
}

/// The last that is said; the reason has at most 123 bytes.
pub(super) fn close(code: u16, reason: &str) -> Bytes {
    let mut frame = Vec::new();
    head(&mut frame, CLOSE, 2 + reason.len());
    frame.extend_from_slice(&code.to_be_bytes());
    frame.extend_from_slice(reason.as_bytes());
    frame.into()
}

fn head(frames: &mut Vec<u8>, kind: u8, length: usize) {
    frames.push(kind);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..126), _) => frames.push(short),
        (_, Ok(long)) => {
            frames.push(126);
            frames.extend_from_slice(&long.to_be_bytes());
        }
        (_, Err(_)) => {
            frames.push(127);
            frames.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use tungstenite::Message;
    use tungstenite::protocol::{Role, WebSocket};

    #[test]
    fn others_read_what_is_sent() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 300_000] {
            let said = "x".repeat(length);
            let mut bytes = text(&said).to_vec();
            add(&mut bytes, "and more");
            bytes.extend_from_slice(&ping());
            bytes.extend_from_slice(&close(1013, "too slow"));
            let mut socket = WebSocket::from_raw_socket(Cursor::new(bytes), Role::Client, None);
            assert_eq!(socket.read().unwrap(), Message::text(said));
            assert_eq!(socket.read().unwrap(), Message::text("and more"));
            assert_eq!(socket.read().unwrap(), Message::Ping(Bytes::new()));
            let Message::Close(Some(frame)) = socket.read().unwrap() else { panic!("no end") };
            assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1013, "too slow"));
        }
    }
}
