//! The service that runs through a trading day: feed, engine, journal, paper account.
