//! India's market rules, dated: sessions, tick sizes, lots and number formats.
