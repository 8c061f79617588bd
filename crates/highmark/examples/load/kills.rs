//! How soon a kill asked over HTTP closes the gate, under the load.

use crate::{Failed, Trades, told};
use highmark_engine::Command;
use highmark_server::api::keys::{Keys, Role};
use highmark_server::service::{Service, wall};
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// Trades that each kill closes.
const CLOSED: u32 = 1_000;

/// Kills so many times, with trades to close each time, and prints how long it took from the request to the gate, and to
/// the answer, which says that the kill and all its exits are durable.
pub(crate) fn measure(
    times: u32,
    service: &Service,
    address: SocketAddr,
    folder: &Path,
    (client, trades): (&mut Client, &mut Trades),
) -> Result<(), Failed> {
    let key = Keys::add(folder, "load", Role::Trader, wall()).map_err(told)?;
    let (mut gate, mut answer) = (Vec::new(), Vec::new());
    for number in 0..times {
        trades.add(client, CLOSED)?;
        let mut line = TcpStream::connect(address)
            .map_err(|error| format!("the API takes no connection ({error}): see `ulimit -n`"))?;
        let body = "{\"reason\":\"drill\"}";
        let request = format!(
            "POST /api/v1/kill HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Idempotency-Key: kill-{number}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let begun = Instant::now();
        line.write_all(request.as_bytes())?;
        let mut said = String::new();
        line.read_to_string(&mut said)
            .map_err(|error| format!("the API ended the line to a kill: {error}"))?;
        answer.push(begun.elapsed());
        if !said.starts_with("HTTP/1.1 200") {
            return Err(format!("the kill was refused: {said}").into());
        }
        let closed = service.facts.health.killed_at().ok_or("the gate is open")?;
        gate.push(closed.duration_since(begun));
        let release = Box::new(Command::Release { reason: "drill".into() });
        client.ask(Ask::Command { by: "load".into(), command: release }).map_err(told)?;
    }
    tell("request to the gate closed", &mut gate);
    tell("request to all exits durable and answered", &mut answer);
    Ok(())
}

fn tell(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_micros();
    println!(
        "{} kills, {what}: p50 {} µs, p90 {} µs, most {} µs",
        times.len(),
        at(50),
        at(90),
        at(100)
    );
}
