//! The routes: each is opened with what it needs of whoever asks, and stands in the description with it. There is no
//! other way for a route to be there.

mod act;
mod alerts;
mod explain;
mod health;
mod hooks;
mod jobs;
mod look;
mod metrics;
mod preview;
mod raises;
mod reports;
mod rules;
mod sessions;
mod strategies;
mod stream;
mod take;
mod viewer;

pub(super) use jobs::FoundTold as Found;
pub(super) use reports::Made;

use super::desk::Shared;
use super::door::{self, Guard, Need};
use super::keys::Role;
use super::once::LONGEST;
use super::own::Of;
use super::pages;
use super::problem::Problem;
use super::rate::Class;
use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
pub(super) use hooks::Peer;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem, Paths};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    ResponseBuilder,
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

/// Every route, behind the door.
pub(super) fn router(desk: Shared) -> Router {
    let (router, description) = all(&desk).router.split_for_parts();
    // It is set here alone, before the first request.
    let _ = desk.description.set(serde_json::to_value(&description).unwrap_or_default());
    router
        .fallback(otherwise)
        .method_not_allowed_fallback(not_so)
        .layer(from_fn_with_state(Arc::clone(&desk), door::gate))
        .with_state(desk)
}

/// The table of routes.
fn all(desk: &Shared) -> Routes {
    let look = |of| Need::Role(Role::Viewer, of);
    let trade = |of| Need::Role(Role::Trader, of);
    let risk = |of| Need::Role(Role::Risk, of);
    let admin = |of| Need::Role(Role::Admin, of);
    Routes::new(desk)
        .open(Need::Nothing, routes!(health::live))
        .open(Need::Nothing, routes!(health::ready))
        .open(Need::Nothing, routes!(health::health))
        .open(Need::Nothing, routes!(health::description))
        .open(Need::Nothing, routes!(viewer::page))
        .open(Need::Nothing, routes!(viewer::script))
        .open(Need::Nothing, routes!(viewer::style))
        .open(Need::Json, routes!(sessions::login))
        .open(Need::Json, routes!(sessions::open))
        .open(Need::Json, routes!(sessions::logout))
        .open(look(Of::Everybody), routes!(sessions::me))
        .open(look(Of::Part), routes!(look::status))
        .open(look(Of::Part), routes!(look::strategies))
        .open(look(Of::Strategy), routes!(look::strategy))
        .open(look(Of::Part), routes!(look::trades))
        .open(look(Of::Trade), routes!(look::trade))
        .open(look(Of::Part), routes!(rules::rules))
        .open(look(Of::Part), routes!(preview::preview))
        .open(look(Of::Rule), routes!(rules::rule))
        .open(look(Of::Strategy), routes!(strategies::terms))
        .open(look(Of::Book), routes!(look::configuration))
        .open(look(Of::Everybody), routes!(look::instruments))
        .open(look(Of::Part), routes!(metrics::metrics))
        .open(look(Of::Part), routes!(stream::stream))
        .open(look(Of::Part), routes!(stream::events))
        .open(look(Of::Part), routes!(stream::audit))
        .open(look(Of::Part), routes!(alerts::alerts))
        .open(look(Of::Part), routes!(explain::explain))
        .open(look(Of::Part), routes!(explain::turn))
        .open(look(Of::Part), routes!(reports::report))
        .open(look(Of::Strategy), routes!(reports::curve))
        .open(look(Of::Book), routes!(jobs::jobs))
        .open(look(Of::Book), routes!(jobs::job))
        .open(trade(Of::Book), routes!(jobs::start))
        .open(trade(Of::Book), routes!(jobs::cancel))
        .open(trade(Of::Book), routes!(act::push))
        .open(trade(Of::Part), routes!(act::enter))
        .open_urgent(trade(Of::Trade), routes!(act::exit))
        .open(trade(Of::Part), routes!(rules::set))
        .open(risk(Of::Rule), routes!(rules::change))
        .open(risk(Of::Rule), routes!(rules::remove))
        .open(risk(Of::Rule), routes!(raises::loosen))
        .open(risk(Of::Rule), routes!(raises::reset_rule))
        .open(risk(Of::Strategy), routes!(raises::reset_strategy))
        .open(look(Of::Part), routes!(raises::raises))
        .open(risk(Of::Part), routes!(raises::confirm))
        .open(risk(Of::Part), routes!(raises::cancel))
        .open(trade(Of::Everybody), routes!(strategies::create))
        .open(risk(Of::Strategy), routes!(strategies::edit))
        .open_urgent(trade(Of::Strategy), routes!(act::exit_strategy))
        .open_urgent(trade(Of::Strategy), routes!(act::halt_strategy))
        .open(trade(Of::Strategy), routes!(act::resume_strategy))
        .open_urgent(trade(Of::Book), routes!(act::halt))
        .open(risk(Of::Book), routes!(act::resume))
        .open(risk(Of::Book), routes!(act::undo))
        .open(risk(Of::Book), routes!(act::redo))
        .open(Need::Address, routes!(hooks::signal, hooks::signal_by_get))
        .open(admin(Of::Book), routes!(hooks::hooks, hooks::make))
        .open(admin(Of::Book), routes!(hooks::rotate))
        .open(admin(Of::Book), routes!(hooks::remove))
        .open_urgent(trade(Of::Everybody), routes!(act::kill))
        .open(risk(Of::Book), routes!(act::release))
}

/// Routes that were opened. A route cannot be added without a need.
struct Routes {
    desk: Shared,
    router: OpenApiRouter<Shared>,
}

impl Routes {
    fn new(desk: &Shared) -> Routes {
        Routes {
            desk: Arc::clone(desk),
            router: OpenApiRouter::with_openapi(description(desk.callers.cookie)),
        }
    }

    fn open(self, need: Need, route: UtoipaMethodRouter<Shared>) -> Routes {
        self.add(need, Class::Usual, route)
    }

    /// A route that leaves the market: how often it is asked is counted apart.
    fn open_urgent(self, need: Need, route: UtoipaMethodRouter<Shared>) -> Routes {
        self.add(need, Class::Urgent, route)
    }

    fn add(self, need: Need, class: Class, route: UtoipaMethodRouter<Shared>) -> Routes {
        let (schemas, mut paths, router) = route;
        describe(&mut paths, need);
        let guard = Guard { need, class, desk: Arc::clone(&self.desk) };
        let router = router.layer(from_fn_with_state(guard, door::guard));
        Routes { router: self.router.routes((schemas, paths, router)), desk: self.desk }
    }
}

/// The names of the two ways in.
const BEARER: &str = "key";
const SESSION: &str = "session";

fn description(cookie: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title("Highmark")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Marks trades to market, trails stops, decides exits. Money is in rupees as text, and as a whole number of \
             1e-4 rupee in `_x4`; times are RFC 3339 with +05:30, and nanoseconds since 1970 in `_ns`.",
        ))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A key that `highmark key add NAME --role ROLE` has made."));
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        cookie,
        "The cookie that logging in sets; what changes something needs an Origin with it.",
    ));
    let components = ComponentsBuilder::new()
        .security_scheme(SESSION, SecurityScheme::ApiKey(cookie))
        .security_scheme(BEARER, SecurityScheme::Http(bearer.build()))
        .schema_from::<Problem>()
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// Says of a route what it needs, and that it may refuse.
fn describe(paths: &mut Paths, need: Need) {
    for item in paths.paths.values_mut() {
        let PathItem { get, post, put, delete, patch, .. } = item;
        let reads = get.iter_mut().map(|operation| (operation, false));
        let changes = [post, put, delete, patch].into_iter().flatten();
        for (operation, changes) in reads.chain(changes.map(|operation| (operation, true))) {
            describe_one(operation, need, changes);
        }
    }
}

fn describe_one(operation: &mut Operation, need: Need, changes: bool) {
    operation.security = Some(match need {
        Need::Nothing | Need::Json | Need::Address => Vec::new(),
        Need::Role(role, _) => {
            [BEARER, SESSION].map(|scheme| SecurityRequirement::new(scheme, [role.name()])).to_vec()
        }
    });
    if let Need::Role(_, of) = need {
        operation.extensions = Some(Extensions::builder().add("x-of", of.name()).build());
    }
    // OpenAPI wants one of every answer.
    for answer in operation.responses.responses.values_mut() {
        if let RefOr::T(answer) = answer
            && answer.description.is_empty()
        {
            answer.description = "What was asked for".to_owned();
        }
    }
    let problem = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(problem)).build();
    let refused = ResponseBuilder::new()
        .description("Refused: what is wrong, and what to do")
        .content("application/problem+json", content)
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(refused));
    if changes && matches!(need, Need::Role(..)) {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some("Names the request: it is done once, however often it is sent."))
            .schema(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(LONGEST))
                    .pattern(Some("^[ -~]*[!-~][ -~]*$")),
            ))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(key));
    }
}

/// What is no route may be a page or another file of the dashboard.
async fn otherwise(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    pages::file(&method, uri.path(), &headers).unwrap_or_else(|| nowhere().into_response())
}

fn nowhere() -> Problem {
    let hint = "/api/v1/openapi.json describes all that there is";
    Problem::new(StatusCode::NOT_FOUND, "NO_ROUTE", "there is nothing at this address", hint)
}

async fn not_so() -> Problem {
    let hint = "/api/v1/openapi.json describes what can be asked here";
    let detail = "this address is not asked like that";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "NO_METHOD", detail, hint)
}
