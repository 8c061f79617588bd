//! The first difference between what the engine and the oracle say.

use crate::fact::Fact;

/// Facts of one input, topic by topic, in order within a topic.
pub fn same_facts(engine: &[Fact], oracle: &[Fact]) -> Result<(), String> {
    for topic in 0..=16 {
        let of = |facts: &[Fact]| -> Vec<Fact> {
            facts.iter().filter(|fact| fact.topic() == topic).cloned().collect()
        };
        let (engine, oracle) = (of(engine), of(oracle));
        if engine != oracle {
            return Err(format!("engine {engine:#?}\noracle {oracle:#?}"));
        }
    }
    Ok(())
}
