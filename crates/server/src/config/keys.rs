//! Every key that there is, with its kind, its default, when a change takes effect, and what it is for. The
//! reader, the schema, the manual page and the file that `init` writes are all made from this table.

/// One key.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The path: `journal.backup.every`.
    pub path: &'static str,
    pub kind: Kind,
    /// As it would be written in the file.
    pub default: &'static str,
    /// Another value, for the manual.
    pub example: &'static str,
    pub effect: Effect,
    pub doc: &'static str,
    /// Why a person is asked before it is changed.
    pub asks: Option<&'static str>,
}

/// What may stand in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, both ends allowed.
    Whole(u64, u64),
    /// A whole number of hundredths, both ends allowed.
    Percent(u64, u64),
    /// A length of time with its unit, from the one to the other.
    Length(&'static str, &'static str),
    Flag,
    Word(&'static [&'static str]),
    /// `"max"`, or how many times as fast as it was recorded.
    Speed,
    /// May be empty.
    Text,
    /// A command, which runs with the rights of the service. May be empty.
    Command,
    /// May be empty.
    Path,
    Paths,
    /// Names of hosts, without ports.
    Hosts,
}

/// When a changed value takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// With the reload.
    AtOnce,
    /// With the next start.
    Restart,
    /// With the next start that finds no journal.
    NewJournal,
}

impl Effect {
    pub fn words(self) -> &'static str {
        match self {
            Effect::AtOnce => "at once",
            Effect::Restart => "with the next start",
            Effect::NewJournal => "with a new journal",
        }
    }
}

/// The version of the format that this program reads.
pub const VERSION: u64 = 1;

/// The tables of the file, in order, and what each is about; the empty one holds what stands above all tables.
pub const SECTIONS: &[(&str, &str)] = &[
    ("", "The file itself."),
    ("state", "What the service keeps."),
    ("journal", "The record of every fact. It is never edited, only continued."),
    ("feed", "Where prices come from."),
    ("scenario", "What is set up when the journal is new."),
    ("paper", "The small market that fills the orders of paper accounts."),
    ("service", "The service itself."),
    ("api", "HTTP for programs and people; with TLS for those of other machines too."),
    ("disk", "Room on the disk that holds the state folder."),
    ("log", "What the service says on standard error."),
    ("market", "Market rules of one's own: holidays, tick sizes, lots, charges."),
];

const fn key(
    path: &'static str,
    kind: Kind,
    default: &'static str,
    example: &'static str,
    effect: Effect,
    doc: &'static str,
) -> Key {
    Key { path, kind, default, example, effect, doc, asks: None }
}

const fn asking(key: Key, why: &'static str) -> Key {
    Key { asks: Some(why), ..key }
}

use Effect::{AtOnce, NewJournal, Restart};

pub static KEYS: &[Key] = &[
    key("config_version", Kind::Whole(1, VERSION), "1", "1", Restart, "the format of this file"),
    asking(
        key(
            "state.dir",
            Kind::Path,
            "\"\"",
            "\"/var/lib/highmark\"",
            Restart,
            "the folder of the journal; empty: $XDG_STATE_HOME/highmark",
        ),
        "the service continues the journal of its state folder: in another folder it begins anew and knows nothing of open trades",
    ),
    asking(
        key(
            "state.network",
            Kind::Flag,
            "false",
            "true",
            Restart,
            "run although the state folder lies on a network file system",
        ),
        "locks and syncs may not hold there: two services could write one journal, and what is durable could be gone",
    ),
    key(
        "journal.checkpoint_every",
        Kind::Length("1s", "1d"),
        "\"1m\"",
        "\"5m\"",
        AtOnce,
        "how often the head of the journal is signed",
    ),
    key(
        "journal.checkpoint_hook",
        Kind::Command,
        "\"\"",
        "\"/usr/local/bin/keep-checkpoint\"",
        AtOnce,
        "a command that is given each checkpoint on its standard input, to keep it on another machine; empty: none",
    ),
    key(
        "journal.keep_days",
        Kind::Whole(0, 1_000_000),
        "400",
        "0",
        AtOnce,
        "how many days of the journal stay in the state folder, with the present one; 0 keeps all",
    ),
    asking(
        key(
            "journal.on_loss",
            Kind::Word(&["exit_all", "hold"]),
            "\"exit_all\"",
            "\"hold\"",
            AtOnce,
            "what happens to open trades when the journal cannot be written",
        ),
        "it decides over open trades on the worst of days",
    ),
    key(
        "journal.backup.every",
        Kind::Length("1m", "7d"),
        "\"15m\"",
        "\"1h\"",
        AtOnce,
        "how often the journal is copied",
    ),
    key(
        "journal.backup.keep",
        Kind::Whole(1, 100_000),
        "96",
        "24",
        AtOnce,
        "how many copies are kept",
    ),
    key(
        "journal.backup.dir",
        Kind::Path,
        "\"\"",
        "\"/mnt/backup/highmark\"",
        AtOnce,
        "the folder of the copies, best on another disk; empty: no copies",
    ),
    key(
        "feed.kind",
        Kind::Word(&["generator", "replay", "stdin", "none"]),
        "\"generator\"",
        "\"none\"",
        Restart,
        "made-up prices, recorded files, JSON lines on standard input, or none",
    ),
    key(
        "feed.files",
        Kind::Paths,
        "[]",
        "[\"day.csv\"]",
        Restart,
        "the files of a replay, in order",
    ),
    key(
        "feed.speed",
        Kind::Speed,
        "1",
        "\"max\"",
        Restart,
        "how many times as fast a replay runs as it was recorded, or \"max\"",
    ),
    key(
        "feed.seed",
        Kind::Whole(0, i64::MAX as u64),
        "7",
        "42",
        Restart,
        "the seed of the generator: the same seed makes the same prices",
    ),
    key(
        "feed.ticks_per_second",
        Kind::Whole(1, 1_000_000),
        "5",
        "1000",
        Restart,
        "how many ticks the generator makes in a second, over all instruments",
    ),
    key(
        "feed.stale_after",
        Kind::Length("0s", "1d"),
        "\"10s\"",
        "\"30s\"",
        NewJournal,
        "without a tick for this long a price is stale, where the instrument says nothing; 0s: never",
    ),
    key(
        "scenario.file",
        Kind::Path,
        "\"\"",
        "\"day.toml\"",
        NewJournal,
        "the scenario that is set up when the journal is new; empty: the sample",
    ),
    key(
        "paper.latency_ms",
        Kind::Whole(0, 600_000),
        "250",
        "50",
        Restart,
        "from an order to its first fill, in milliseconds",
    ),
    key(
        "paper.jitter_ms",
        Kind::Whole(0, 600_000),
        "250",
        "0",
        Restart,
        "at most so much more, in milliseconds",
    ),
    key(
        "paper.spread_ticks",
        Kind::Whole(0, 10_000),
        "2",
        "4",
        Restart,
        "ticks between bid and ask where the feed has no book",
    ),
    key(
        "paper.slippage_ticks",
        Kind::Whole(0, 10_000),
        "1",
        "0",
        Restart,
        "at most so many ticks worse than the touch",
    ),
    key(
        "paper.seed",
        Kind::Whole(0, i64::MAX as u64),
        "1",
        "42",
        Restart,
        "the seed of the fills: the same seed makes the same fills",
    ),
    key(
        "service.queue",
        Kind::Whole(16, 16_777_216),
        "65536",
        "131072",
        Restart,
        "how many inputs may wait",
    ),
    key(
        "service.group",
        Kind::Whole(1, 1_048_576),
        "4096",
        "256",
        Restart,
        "how many inputs are made durable with one write at most",
    ),
    key(
        "service.live_view",
        Kind::Flag,
        "true",
        "false",
        Restart,
        "keep a view of the state for other commands to read",
    ),
    asking(
        key(
            "service.on_stop",
            Kind::Word(&["leave", "exit_all"]),
            "\"leave\"",
            "\"exit_all\"",
            AtOnce,
            "what happens to open trades when the service is told to stop",
        ),
        "it decides over open trades at each stop",
    ),
    key(
        "api.listen",
        Kind::Text,
        "\"127.0.0.1:8420\"",
        "\"off\"",
        Restart,
        "where the API listens; port 0 takes a free one; \"off\": nowhere; what other machines can reach needs api.tls",
    ),
    key(
        "api.names",
        Kind::Hosts,
        "[]",
        "[\"desk.example.org\"]",
        Restart,
        "further names under which the API is asked: those of a proxy or a tunnel in front of it",
    ),
    key(
        "api.tls.certificate",
        Kind::Path,
        "\"\"",
        "\"/etc/highmark/tls/certificate.pem\"",
        Restart,
        "the certificate of the API in PEM, with those that lead to its authority; it is read again with each reload; empty: no encryption",
    ),
    key(
        "api.tls.key",
        Kind::Path,
        "\"\"",
        "\"/etc/highmark/tls/key.pem\"",
        Restart,
        "its private key in PEM, which others may not read; it is read again with each reload; empty: key.pem beside the certificate",
    ),
    key(
        "disk.warn_free_pct",
        Kind::Percent(0, 99),
        "20",
        "30",
        AtOnce,
        "below so many per cent of free room there is a warning",
    ),
    key(
        "disk.block_free_pct",
        Kind::Percent(0, 99),
        "10",
        "5",
        AtOnce,
        "below so many per cent of free room no trade is entered; exits always are made",
    ),
    key(
        "log.level",
        Kind::Word(&["error", "warn", "info", "debug"]),
        "\"info\"",
        "\"debug\"",
        AtOnce,
        "how much is said",
    ),
    key(
        "log.format",
        Kind::Word(&["auto", "text", "json"]),
        "\"auto\"",
        "\"json\"",
        Restart,
        "text for people, json for programs; auto: text where a person reads it",
    ),
    key(
        "market.dir",
        Kind::Path,
        "\"\"",
        "\"/etc/highmark/market\"",
        Restart,
        "the folder of market data of one's own; empty: $XDG_CONFIG_HOME/highmark/market",
    ),
];

/// The key of a path.
pub fn key_of(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

impl Key {
    /// The table that it stands in; `journal.backup.every` stands in `journal`.
    pub fn section(&self) -> &'static str {
        self.path.split_once('.').map_or("", |(section, _)| section)
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("HIGHMARK__{}", self.path.to_uppercase().replace('.', "__"))
    }
}
