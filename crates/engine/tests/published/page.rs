//! The page that lists the published cases: what passes, under which profile, and what is left out and why.

use crate::tally::Tally;

const HEAD: &str = "# Cases that other projects have published

`cargo test -p highmark-engine --test published` plays them on the engine and writes this page (with
`UPDATE_EXPECT=1`); it fails when a number or a reason here is untrue. The data is not part of this repository: it lies
in `../shared/oracles` next to it, and where it is absent the cases are left out and the tests say so.

Levels, exits, reasons and money are what the engine says after ticks, commands and fills; an adapter only translates.
A profile is named by what differs from the product's own (touching is a breach, stops ratchet before they are tested,
levels are exact, reaching `arm_at` arms, best starts at the entry). *In part* counts among the passed: the case passes
but for what is named below.

| file | source | cases | passed | of these in part | left out | profile and rule options |
|---|---|---|---|---|---|---|
";

const AFTER: &str = "
## Where sources and the product differ

- Strict or inclusive, test or trail first, rounding and the reading of a step are profiles or rule options; the table
  above names them. The product's own are in [semantics](semantics.md).
- freqtrade's documentation arms at exactly the offset, its code above it: the examples of the documentation pass with
  inclusive arming, the back-tests with strict arming.
- StockSharp averages what is left after a partial close first-in-first-out; ours is the average cost.
- A running drawdown starts from flat: a loss on the very first trade counts.
- Bars are fed as ticks in the order in which their source decides. What a fill inside a bar gets is the test's broker's
  part: the engine's level, or the open when that is beyond it. Which bar, which rule and which level are the engine's.
- A limit price is not an order of ours: it is followed as a level that only alerts.

## Left out, or covered in part

";

pub(crate) fn page(tallies: &[Tally]) -> String {
    let sum = |count: fn(&Tally) -> usize| tallies.iter().map(count).sum::<usize>();
    let (passed, in_part, left) = (sum(Tally::passed), sum(Tally::in_part), sum(Tally::left));
    let rows: String = tallies.iter().map(Tally::row).collect();
    let total = format!("| | all | {} | {passed} | {in_part} | {left} | |\n", passed + left);
    let reasons: String = tallies.iter().map(Tally::reasons).collect();
    format!("{HEAD}{rows}{total}{AFTER}{reasons}")
}
