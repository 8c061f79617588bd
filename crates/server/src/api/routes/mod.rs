//! The routes: each is opened with what it needs of whoever asks, and stands in the description with it. There is no
//! other way for a route to be there.

mod act;
mod alerts;
mod description;
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
use super::own::Of;
use super::pages;
use super::problem::Problem;
use super::rate::Class;
use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use description::{describe, description};
pub(super) use hooks::Peer;
use std::sync::Arc;
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
