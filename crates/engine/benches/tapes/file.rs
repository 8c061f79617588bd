//! Tapes as files: `HMTAPE1`, little-endian, for drivers in any language.
//!
//! 8 bytes `HMTAPE1\0`; u32 symbols S, trades N, strategies K, ticks T; i32[S] first prices;
//! K x { i64 max_loss, i64 arm_at, i64 give_ppm };
//! N x 12 x i32 { id, symbol, strategy, side, quantity, entry, stop, target, kind, param, arm, open_at }, where kind 0 trails
//! at an offset of param and kind 1 keeps param parts per million once profit is arm;
//! T x { u64 ns, u32 symbol, i32 price }.

use super::tape::{Limits, Print, Tape, Terms, Trailing};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

const MAGIC: &[u8; 8] = b"HMTAPE1\0";

pub(crate) fn write(tape: &Tape, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    write_to(tape, &mut file)?;
    file.flush()
}

pub(crate) fn read(path: &Path) -> io::Result<Tape> {
    read_from(&mut BufReader::new(File::open(path)?))
}

pub(crate) fn write_to(tape: &Tape, out: &mut impl Write) -> io::Result<()> {
    out.write_all(MAGIC)?;
    for count in [tape.first.len(), tape.trades.len(), tape.limits.len(), tape.prints.len()] {
        let count = u32::try_from(count).map_err(io::Error::other)?;
        out.write_all(&count.to_le_bytes())?;
    }
    for price in &tape.first {
        out.write_all(&price.to_le_bytes())?;
    }
    for limits in &tape.limits {
        for amount in [limits.max_loss, limits.arm_at, limits.give_ppm] {
            out.write_all(&amount.to_le_bytes())?;
        }
    }
    for terms in &tape.trades {
        for field in fields(terms) {
            out.write_all(&field.to_le_bytes())?;
        }
    }
    for print in &tape.prints {
        out.write_all(&print.at.to_le_bytes())?;
        out.write_all(&print.symbol.to_le_bytes())?;
        out.write_all(&print.price.to_le_bytes())?;
    }
    Ok(())
}

pub(crate) fn read_from(file: &mut impl Read) -> io::Result<Tape> {
    if bytes::<8>(file)? != *MAGIC {
        return Err(bad("it does not begin with HMTAPE1"));
    }
    let counts = [(); 4].map(|()| int(file));
    let [symbols, trades, strategies, ticks] = counts;
    let (symbols, trades, strategies, ticks) = (symbols?, trades?, strategies?, ticks?);
    let first = (0..symbols).map(|_| int(file)).collect::<io::Result<_>>()?;
    let limits = (0..strategies).map(|_| limits(file)).collect::<io::Result<_>>()?;
    let mut trades: Vec<Terms> = (0..trades).map(|_| terms(file)).collect::<io::Result<_>>()?;
    trades.sort_by_key(|terms| terms.open_at);
    let prints = (0..ticks).map(|_| print(file)).collect::<io::Result<_>>()?;
    Ok(Tape { first, limits, trades, prints })
}

fn fields(terms: &Terms) -> [i32; 12] {
    let (kind, param, arm) = match terms.trailing {
        Trailing::Behind { offset } => (0, offset, 0),
        Trailing::Keep { ppm, arm } => (1, ppm, arm),
    };
    let [id, symbol, strategy, open_at] =
        [terms.id, terms.symbol, terms.strategy, terms.open_at].map(u32::cast_signed);
    let Terms { side, quantity, entry, stop, target, .. } = *terms;
    [id, symbol, strategy, side, quantity, entry, stop, target, kind, param, arm, open_at]
}

fn terms(file: &mut impl Read) -> io::Result<Terms> {
    let mut fields = [0; 12];
    for field in &mut fields {
        *field = int(file)?;
    }
    let [id, symbol, strategy, side, quantity, entry, stop, target, kind, param, arm, open_at] =
        fields;
    let trailing = match kind {
        0 => Trailing::Behind { offset: param },
        1 => Trailing::Keep { ppm: param, arm },
        _ => return Err(bad("a trade of an unknown kind")),
    };
    let [id, symbol, strategy, open_at] = [id, symbol, strategy, open_at].map(i32::cast_unsigned);
    Ok(Terms { id, symbol, strategy, side, quantity, entry, stop, target, trailing, open_at })
}

fn limits(file: &mut impl Read) -> io::Result<Limits> {
    let [max_loss, arm_at, give_ppm] = [(); 3].map(|()| bytes(file).map(i64::from_le_bytes));
    Ok(Limits { max_loss: max_loss?, arm_at: arm_at?, give_ppm: give_ppm? })
}

fn print(file: &mut impl Read) -> io::Result<Print> {
    let at = bytes(file).map(u64::from_le_bytes)?;
    Ok(Print { at, symbol: int(file)?.cast_unsigned(), price: int(file)? })
}

fn int(file: &mut impl Read) -> io::Result<i32> {
    bytes(file).map(i32::from_le_bytes)
}

fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn bad(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
