//! A rule before it is set: in words, with the level that it would have and what speaks against it.

use super::rules::{On, draft, reaches, scope};
use super::take::query;
use crate::api::body::{Json, bad_field};
use crate::api::callers::Caller;
use crate::api::desk::Shared;
use crate::api::own::Part;
use crate::api::problem::Problem;
use crate::api::told;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use highmark_engine::{State as Standing, *};
use highmark_play::explain::{rule_answer, rule_words};
use highmark_play::{names, story};
use serde::Serialize;
use utoipa::ToSchema;

/// Trades of a book that is copied for a look ahead.
const MOST_TRADES: u32 = 20_000;

/// What a rule would be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Preview {
    /// Whether it could be set as things stand.
    valid: bool,
    /// The rule in words.
    words: String,
    /// As the journal would have it.
    #[schema(value_type = Object)]
    draft: serde_json::Value,
    /// `trail`, `max_loss` and so on.
    kind: String,
    /// The name of what it would stand on.
    scope: String,
    /// As it would stand right after it was set: its level, what it waits for, how far away that is.
    rule: Option<told::Rule>,
    /// What would follow at once, in sentences.
    follows: Vec<String>,
    /// What to think of before it is set.
    warnings: Vec<String>,
    /// Why it could not be set.
    refusal: Option<Refused>,
}

/// Why the engine would not take it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Refused {
    code: String,
    detail: String,
    hint: String,
    field: String,
}

/// What a rule would be if it were set now. Nothing is changed.
#[utoipa::path(
    get,
    path = "/api/v1/rules/preview",
    params(
        ("on" = On, Query, description = "What it would watch"),
        ("id" = Option<u32>, Query, description = "Of the trade, group, strategy or account; absent for the system"),
        ("rule" = String, Query, description = "In the words of a scenario: `max_loss amount=5000`"),
    ),
    responses((status = 200, body = Preview))
)]
pub(super) async fn preview(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(part): Extension<Part>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Preview>, Problem> {
    let (mut on, mut id, mut words) = (None, None, None);
    for (name, value) in query(raw.as_deref(), &["on", "id", "rule"])? {
        match &*name {
            "on" => on = Some(On::read(&value)?),
            "id" => {
                let number = value.parse::<u32>();
                id = Some(number.map_err(|_| bad_field("id", "write a whole number"))?);
            }
            _ => words = Some(value),
        }
    }
    let on = on.ok_or_else(|| bad_field("on", "say what it would watch"))?;
    let words = words.ok_or_else(|| bad_field("rule", "write the rule in words"))?;
    let scope = scope(on, id)?;
    reaches(&desk, (&caller, &part), scope).await?;
    let draft = draft(&words, on == On::Trade, "rule".to_owned())?;
    let seen =
        desk.see(|state| (state.trade_count() <= MOST_TRADES).then(|| state.clone())).await?;
    let state = seen.ok_or_else(|| {
        let hint = "set it; what it is then is told by /api/v1/explain";
        let detail = format!("a book of more than {MOST_TRADES} trades is not copied for a look");
        Problem::new(StatusCode::CONFLICT, "TOO_LARGE", detail, hint)
    })?;
    Ok(Json(look_ahead(state, scope, draft, caller.by())))
}

/// Sets it on a copy of the state, and looks.
fn look_ahead(state: Standing, scope: Scope, draft: RuleDraft, by: String) -> Preview {
    let before = state.rule_count();
    let mut warnings = warnings(&state, scope, &draft);
    let (words, kind) = (rule_words(&draft), draft.spec.kind().to_string());
    let at = state.now();
    // A draft that was read from words can be written.
    let told = serde_json::to_value(&draft).unwrap_or_default();
    let mut engine = Engine::from_state(state);
    let provenance = Provenance { by: by.clone(), reason: "a preview".into() };
    let command = Command::SetRule { scope, draft, provenance };
    let events = engine.step(Input { at, body: Body::Command { by, command } });
    let state = engine.state();
    let refusal = events.iter().find_map(|event| match event {
        Event::Refused(refusal) => Some(Refused::of(refusal)),
        _ => None,
    });
    let follows: Vec<String> = events
        .iter()
        .filter(|event| !matches!(event, Event::RuleSet { .. } | Event::Refused(_)))
        .filter_map(|event| story::tell(event, state))
        .map(|line| line.text)
        .collect();
    let set = (state.rule_count() > before).then(|| rule_answer(state, RuleId(before))).flatten();
    let exits = events.iter().filter(|event| matches!(event, Event::ExitDecided { .. })).count();
    if exits > 0 {
        warnings.insert(0, format!("it would act at once: {exits} exits"));
    }
    if let Some(rule) = &set
        && !rule.fired
        && rule.compared.level.is_none()
        && rule.compared.floor.is_none()
    {
        warnings.push(format!("it protects nothing yet: {}", rule.sentence));
    }
    Preview {
        valid: refusal.is_none(),
        words,
        draft: told,
        kind,
        scope: names::scope(state, scope),
        rule: set.map(told::Rule::of),
        follows,
        warnings,
        refusal,
    }
}

/// What is true before it is set, and easily overlooked.
fn warnings(state: &Standing, scope: Scope, draft: &RuleDraft) -> Vec<String> {
    let mut told = Vec::new();
    if draft.options.action == Some(Action::Alert) {
        told.push("it only alerts: nothing is closed by it".to_owned());
    }
    if let Some(confirm) = draft.options.confirm {
        let wait = match confirm {
            Confirm::Ticks { .. } | Confirm::Seconds { .. } => "until it is confirmed",
            Confirm::CandleClose { .. } => "until the candle closes",
        };
        told.push(format!("it waits {wait}: the market may go on in the meantime"));
    }
    if matches!(draft.spec, RuleSpec::Price(PriceRule::StopLoss { .. } | PriceRule::Trail { .. })) {
        told.push(
            "its level is where the exit is decided: after a gap the price that is got may be worse"
                .to_owned(),
        );
    }
    if state.is_killed() {
        told.push("everything is killed: nothing is entered until it is released".to_owned());
    }
    let view = state.scope_view(scope, draft.options.window);
    if view.as_ref().is_some_and(|view| view.uncertain) {
        told.push("a mark is missing or stale: its figures are not certain".to_owned());
    }
    let rules = match scope {
        Scope::Trade(trade) => state.trade_view(trade).map(|trade| trade.rules),
        Scope::Group(_) | Scope::Strategy(_) | Scope::Account(_) | Scope::System => {
            view.map(|view| view.rules)
        }
    };
    let kind = draft.spec.kind();
    for id in rules.unwrap_or_default() {
        let Some(rule) = state.rule_view(id).filter(|rule| !rule.removed) else { continue };
        if rule.rule.kind == kind {
            let words = rule_words(&rule.draft);
            told.push(format!("{id} stands there too: {words}; whichever is reached first acts"));
        }
    }
    told
}

impl Refused {
    fn of(refusal: &Refusal) -> Refused {
        let code = serde_json::to_value(refusal.code).unwrap_or_default();
        Refused {
            code: code.as_str().unwrap_or_default().to_owned(),
            detail: refusal.message.clone(),
            hint: refusal.hint.clone(),
            field: refusal.field.clone(),
        }
    }
}
