//! Whether other terms for a rule are at least as tight as those it has. What cannot be compared is not.

use highmark_engine::*;

/// Whether a rule protects: something is closed or refused by it when it goes badly.
pub(super) fn protects(draft: &RuleDraft) -> bool {
    let is_target = matches!(
        draft.spec,
        RuleSpec::Price(PriceRule::Target { .. })
            | RuleSpec::Mtm(MtmRule::Target { .. } | MtmRule::DailyTarget { .. })
    );
    !is_target && draft.options.action != Some(Action::Alert)
}

/// Whether a rule with these terms is no looser than with those. A stop on a price that there is already does not loosen
/// by other terms: the engine sees to that.
pub(super) fn is_as_tight(old: &RuleDraft, new: &RuleDraft) -> bool {
    let bare =
        |draft: &RuleDraft| RuleOptions { warn: None, force: false, ..draft.options.clone() };
    if bare(old) != bare(new) {
        return false;
    }
    match (&old.spec, &new.spec) {
        (RuleSpec::Price(before), RuleSpec::Price(after)) => {
            // What is forced may loosen.
            before == after
                || !new.options.force
                    && std::mem::discriminant(before) == std::mem::discriminant(after)
        }
        (RuleSpec::Mtm(old), RuleSpec::Mtm(new)) => limit(old, new),
        (RuleSpec::Price(_), RuleSpec::Mtm(_)) | (RuleSpec::Mtm(_), RuleSpec::Price(_)) => false,
    }
}

fn limit(old: &MtmRule, new: &MtmRule) -> bool {
    use MtmRule::*;
    match (old, new) {
        (MaxLoss { amount: old }, MaxLoss { amount: new })
        | (DailyLoss { amount: old }, DailyLoss { amount: new }) => at_most(*new, *old),
        (
            GiveBack { fraction: old, arm_at: old_arm },
            GiveBack { fraction: new, arm_at: new_arm },
        ) => new <= old && at_most(*new_arm, *old_arm),
        (
            Gap { amount: old, arm_at: old_arm, floor: old_floor },
            Gap { amount: new, arm_at: new_arm, floor: new_floor },
        ) => {
            let floors = match (old_floor, new_floor) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(old), Some(new)) => at_most(*old, *new),
            };
            at_most(*new, *old) && at_most(*new_arm, *old_arm) && floors
        }
        (Lock { arm_at: old_arm, floor: old }, Lock { arm_at: new_arm, floor: new }) => {
            at_most(*new_arm, *old_arm) && at_most(*old, *new)
        }
        (MaxTradesPerDay { count: old }, MaxTradesPerDay { count: new }) => new <= old,
        (
            CoolingOff { losses: old, wait: old_wait },
            CoolingOff { losses: new, wait: new_wait },
        ) => new <= old && new_wait >= old_wait,
        (old, new) => old == new,
    }
}

/// Shares of the same thing, or money.
fn at_most(one: Amount, other: Amount) -> bool {
    match (one, other) {
        (Amount::Money(one), Amount::Money(other)) => one <= other,
        (Amount::OfCapital(one), Amount::OfCapital(other))
        | (Amount::OfMargin(one), Amount::OfMargin(other))
        | (Amount::OfPremium(one), Amount::OfPremium(other)) => one <= other,
        (
            Amount::Money(_) | Amount::OfCapital(_) | Amount::OfMargin(_) | Amount::OfPremium(_),
            _,
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highmark_play::scenario::rule_in_words;

    fn draft(words: &str) -> RuleDraft {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let on_trade = ["stop_loss", "trail", "keep"].contains(&words[0].as_str());
        rule_in_words(&words, on_trade).unwrap()
    }

    #[test]
    fn only_what_is_tighter_in_every_number_is_taken_for_tighter() {
        for (old, new, expected) in [
            ("max_loss amount=5000", "max_loss amount=4000", true),
            ("max_loss amount=5000", "max_loss amount=5000", true),
            ("max_loss amount=5000", "max_loss amount=5001", false),
            ("max_loss amount=5000", "daily_loss amount=4000", false),
            ("max_loss amount=5000", "max_loss amount=4000 action=alert", false),
            ("daily_loss amount=5000", "daily_loss amount=6000", false),
            ("lock arm_at=6000 floor=4000", "lock arm_at=5000 floor=4500", true),
            ("lock arm_at=6000 floor=4000", "lock arm_at=5000 floor=3000", false),
            ("gap amount=500 arm_at=6000", "gap amount=400 arm_at=6000", true),
            ("gap amount=500 arm_at=6000", "gap amount=400 arm_at=7000", false),
            ("max_loss amount=5000", "max_loss amount=4000 force=true", true),
            ("trail by=60", "trail by=90", true),
            ("trail by=60", "trail by=90 force=true", false),
            ("trail by=60", "stop_loss price=1", false),
        ] {
            assert_eq!(is_as_tight(&draft(old), &draft(new)), expected, "{old} to {new}");
        }
        assert!(protects(&draft("max_loss amount=5000")) && protects(&draft("trail by=60")));
        assert!(!protects(&draft("target amount=5000")));
        assert!(!protects(&draft("max_loss amount=5000 action=alert")));
    }
}
