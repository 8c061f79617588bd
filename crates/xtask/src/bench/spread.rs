//! Figures of several rounds: the least, the middle, the most; and how a person reads them.

/// At least one figure is in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) most: f64,
}

impl Spread {
    pub(super) fn of(figures: impl Iterator<Item = f64>) -> Option<Spread> {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        let (low, high) = (figures[(figures.len() - 1) / 2], figures[figures.len() / 2]);
        Some(Spread { least, median: f64::midpoint(low, high), most })
    }

    /// The three, the middle one in bold.
    pub(super) fn told(&self) -> String {
        format!("{} / **{}** / {}", figure(self.least), figure(self.median), figure(self.most))
    }

    /// How many times as fast, with the range of the rounds.
    pub(super) fn as_ratio(&self) -> String {
        format!("**{}** [{}-{}]", figure(self.median), figure(self.least), figure(self.most))
    }
}

/// A figure to about three digits, grouped by thousands.
pub(super) fn figure(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.01 => format!("{number:.5}"),
        size if size < 1.0 => format!("{number:.3}"),
        size if size < 10.0 => format!("{number:.2}"),
        size if size < 100.0 => format!("{number:.1}"),
        _ => grouped(number),
    }
}

/// A whole number, grouped by thousands.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = if number < 0.0 { String::from("-") } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_grouped() {
        let told: Vec<String> =
            [0.0, 0.00012, 0.5, 1.234, 45.67, 999.6, 1_234_567.0, -1000.0].map(figure).into();
        assert_eq!(told, ["0", "0.00012", "0.500", "1.23", "45.7", "1,000", "1,234,567", "-1,000"]);
    }

    #[test]
    fn the_middle_of_rounds_is_found() {
        let odd = Spread::of([3.0, 1.0, 2.0].into_iter()).expect("three figures");
        assert_eq!((odd.least, odd.median, odd.most), (1.0, 2.0, 3.0));
        assert_eq!(Spread::of([1.0, 2.0].into_iter()).map(|spread| spread.median), Some(1.5));
        assert_eq!(Spread::of(std::iter::empty()), None);
    }
}
