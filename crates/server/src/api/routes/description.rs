//! What the description says of every route: what it needs, how it refuses, and how a change is named.

use crate::api::door::Need;
use crate::api::once::LONGEST;
use crate::api::problem::Problem;
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    ResponseBuilder,
};

/// The names of the two ways in.
const BEARER: &str = "key";
const SESSION: &str = "session";

pub(super) fn description(cookie: &str) -> OpenApi {
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
pub(super) fn describe(paths: &mut Paths, need: Need) {
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
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            never_null(parameter);
        }
    }
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

/// A header may be absent, which is said by `required`; `null` it cannot be.
fn never_null(parameter: &mut Parameter) {
    if let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
        && let SchemaType::Array(types) = &schema.schema_type
    {
        let kept: Vec<Type> = types.iter().filter(|one| **one != Type::Null).cloned().collect();
        if let [one] = kept.as_slice() {
            schema.schema_type = SchemaType::Type(one.clone());
        }
    }
}
