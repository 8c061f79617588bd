//! The words by which the data files sort what is traded.

/// An enum whose variants are words of the data files.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Each with its word, in order.
            pub const WORDS: &'static [(&'static str, $name)] = &[$(($word, $name::$variant),)+];

            /// Its word in data files.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// By its word, capitals or not.
            pub fn named(word: &str) -> Option<$name> {
                Self::WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, one)| *one)
            }
        }
    };
}

words! {
    Exchange {
        Nse = "nse",
        Bse = "bse",
        Mcx = "mcx",
    }
}

words! {
    /// How an exchange's rules and a broker's prices are divided. Futures and options of MCX are those on
    /// commodities.
    Segment {
        /// Shares that are held beyond the day.
        Delivery = "delivery",
        /// Shares that are bought and sold on one day.
        Intraday = "intraday",
        Futures = "futures",
        Options = "options",
    }
}

words! {
    /// What has a tick size and price limits of its own.
    Kind {
        /// An index itself, which nobody trades.
        Index = "index",
        Share = "share",
        StockFuture = "stock_future",
        StockOption = "stock_option",
        IndexFuture = "index_future",
        IndexOption = "index_option",
        Currency = "currency",
        CrudeOil = "crude_oil",
        Gold = "gold",
        Silver = "silver",
        NaturalGas = "natural_gas",
    }
}

words! {
    /// What was done with a contract, for its charges.
    Deal {
        Buy = "buy",
        Sell = "sell",
        /// An option that its holder let be exercised; its value is then the intrinsic one.
        Exercise = "exercise",
    }
}

words! {
    /// How often contracts on an underlying expire.
    Cycle {
        Weekly = "weekly",
        Monthly = "monthly",
    }
}

words! {
    /// To what a charge is rounded, halves up.
    Rounding {
        Paisa = "paisa",
        Rupee = "rupee",
    }
}

impl Exchange {
    /// Of a venue by its name: `nse_fo` is NSE's; none where no exchange is named so.
    pub fn of_venue(venue: &str) -> Option<Exchange> {
        Exchange::named(venue.split('_').next().unwrap_or_default())
    }
}

impl Segment {
    /// The venue whose sessions it follows, where there are rows for one.
    pub fn venue(self, exchange: Exchange) -> Option<&'static str> {
        match (exchange, self) {
            (Exchange::Nse, Segment::Delivery | Segment::Intraday) => Some("nse_cash"),
            (Exchange::Nse, Segment::Futures | Segment::Options) => Some("nse_fo"),
            (Exchange::Bse, Segment::Delivery | Segment::Intraday) => Some("bse_cash"),
            (Exchange::Bse, Segment::Futures | Segment::Options) => Some("bse_fo"),
            (Exchange::Mcx, Segment::Delivery | Segment::Intraday) => None,
            (Exchange::Mcx, Segment::Futures | Segment::Options) => Some("mcx"),
        }
    }
}

impl Kind {
    /// The segments in which it is traded; none for an index itself.
    pub fn segments(self) -> &'static [Segment] {
        match self {
            Kind::Index => &[],
            Kind::Share => &[Segment::Delivery, Segment::Intraday],
            Kind::StockFuture | Kind::IndexFuture => &[Segment::Futures],
            Kind::StockOption | Kind::IndexOption => &[Segment::Options],
            Kind::Currency | Kind::CrudeOil | Kind::Gold | Kind::Silver | Kind::NaturalGas => {
                &[Segment::Futures, Segment::Options]
            }
        }
    }

    /// The exchanges on which the data files know it.
    pub fn exchanges(self) -> &'static [Exchange] {
        match self {
            Kind::CrudeOil | Kind::Gold | Kind::Silver | Kind::NaturalGas => &[Exchange::Mcx],
            Kind::Currency => &[Exchange::Nse],
            Kind::Index
            | Kind::Share
            | Kind::StockFuture
            | Kind::StockOption
            | Kind::IndexFuture
            | Kind::IndexOption => &[Exchange::Nse, Exchange::Bse],
        }
    }
}
