//! The `cel` crate's side: programs compiled beforehand, one context an ad, phrases already found.
//!
//! Its contexts are made outside the timed part, which favours it. It must evaluate every rule of the set.

use crate::fixed::Written;
use adjudge::domain::{
    ad::{AdContent, TextField},
    screening::Facts,
    signal::Signals,
};
use cel::{Context, Program, Value, objects::Map};
use std::{collections::HashMap, sync::Arc};

pub(crate) fn programs(rules: &[Written]) -> Vec<(String, Program)> {
    rules.iter().map(|rule| (rule.name.clone(), Program::compile(&rule.cel).unwrap())).collect()
}

/// The functions, once for all ads.
pub(crate) fn root() -> Context<'static, 'static> {
    Context::default()
}

fn text(text: &str) -> Value {
    Value::String(Arc::new(text.to_owned()))
}

fn texts<'a>(all: impl IntoIterator<Item = &'a str>) -> Value {
    Value::List(Arc::new(all.into_iter().map(text).collect()))
}

/// The variables of one ad.
pub(crate) fn context<'p>(
    root: &'p Context<'static, 'static>,
    content: &AdContent,
    signals: &Signals,
    facts: &Facts,
) -> Context<'p, 'static> {
    let mut context = root.new_inner_scope();
    let mut hits: HashMap<String, bool> = HashMap::new();
    for hit in &signals.matches {
        hits.insert(hit.list.to_string(), true);
        hits.insert(format!("{}/{}", hit.list, hit.field), true);
    }
    context.add_variable_from_value("hits", Value::Map(Map::from(hits)));
    for (head, reading) in &signals.scores {
        context.add_variable_from_value(format!("score_{head}"), Value::Float(reading.known().unwrap().value));
    }
    let countries: Vec<String> = content.targeting.countries.iter().map(ToString::to_string).collect();
    let (advertiser, told) = (&facts.advertiser, &facts.advertiser.facts);
    let seen = facts.evaluated_at.since(advertiser.first_seen_at) / adjudge::domain::Millis::DAY;
    let certificates = told.certificates.as_deref().unwrap();
    for (name, value) in [
        ("ad_text", text(&content.text(TextField::Joined))),
        ("ad_headline", text(&content.creative.headline)),
        ("ad_has_video", Value::Bool(content.creative.video.is_some())),
        ("ad_image_count", Value::Int(content.creative.images.len() as i64)),
        ("ad_targeting_max_age", Value::Int(content.targeting.max_age.unwrap().into())),
        ("ad_targeting_countries", texts(countries.iter().map(String::as_str))),
        ("ad_targeting_interests", texts(content.targeting.interests.iter().map(String::as_str))),
        ("advertiser_seen_days", Value::Int(seen)),
        ("advertiser_verified", Value::Bool(told.verified.unwrap())),
        ("advertiser_decided_ads", Value::Int(advertiser.decided_ads.into())),
        ("advertiser_rejected_ads", Value::Int(advertiser.rejected_ads.into())),
        ("advertiser_certificates", texts(certificates.iter().map(String::as_str))),
        ("counts_advertiser_24h", Value::Int(facts.counts.advertiser.h24.into())),
    ] {
        context.add_variable_from_value(name, value);
    }
    context
}

/// The rules that hold.
pub(crate) fn holding<'r>(programs: &'r [(String, Program)], context: &Context<'_, '_>) -> Vec<&'r str> {
    let holds = |program: &Program| matches!(program.execute(context).unwrap(), Value::Bool(true));
    programs.iter().filter(|(_, program)| holds(program)).map(|(name, _)| name.as_str()).collect()
}
