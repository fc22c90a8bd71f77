//! What screening owes: disguise does not help, what could not be measured goes to a person, staff sees why and
//! submitters see what disclosure allows, and every screening can be proved again.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    server::Server,
};
use serde_json::Value;
use std::collections::BTreeSet;

on_both_databases!(
    every_screening_can_be_proved_again,
    what_says_the_same_as_a_known_fraud_comes_to_a_person_and_can_be_proved_again,
);

async fn every_screening_can_be_proved_again(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let staff = server.hook("analyst", "research");
    for ad in [ads::clean("clean"), ads::weapon("plain"), ads::disguised_weapon("disguised"), ads::uncovered("other")] {
        let id = hook.submit_and_wait(&ad).await["id"].as_str().unwrap().to_owned();
        let screenings = staff.get(&format!("/v1/ads/{id}/screenings")).await.expect(200);
        let screenings = screenings.get("items").unwrap_or(&screenings).as_array().unwrap().clone();
        assert_eq!(screenings.len(), 1, "one trigger, one screening: {ad}");
        let screening = screenings[0]["id"].as_str().unwrap();
        let proof = server.cli(&["replay", screening]);
        assert!(proof.status.success(), "{screening} of {ad}: {proof:?}");
    }
    assert!(!server.cli(&["replay", "scr_00000000000000000000000000000000"]).status.success());
}

async fn what_says_the_same_as_a_known_fraud_comes_to_a_person_and_can_be_proved_again(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let staff = server.hook("analyst", "research");
    let likeness = async |ad: &Value| {
        let outcome = hook.submit_and_wait(ad).await;
        let all = staff.get(&format!("/v1/ads/{}/screenings", outcome["id"].as_str().unwrap())).await.expect(200);
        let screening = all["items"][0].clone();
        server.cli(&["replay", screening["id"].as_str().unwrap()]).expect();
        (outcome, screening["signals"]["similarities"]["scam_known"].clone(), findings_of(&screening))
    };
    let mut fraud = ads::ad(
        "fraud",
        "Your bank account was locked",
        "To unlock it, confirm the number of your card and your password within one day.",
    );
    fraud["creative"]["call_to_action"] = "Learn more".into();
    let (outcome, measured, findings) = likeness(&fraud).await;
    assert!(measured["known"]["value"].as_f64().unwrap() > 0.75, "{measured}");
    assert!(
        measured["known"]["example"].as_str().unwrap().starts_with("Your bank account has been locked"),
        "{measured}"
    );
    assert_eq!(outcome["review_status"], "in_review");
    let finding =
        findings.iter().find(|f| f["rule"] == "scam/like_a_known_one").unwrap_or_else(|| panic!("{findings:?}"));
    let evidence = finding["evidence"].to_string();
    assert!(evidence.contains("similar_to(scam_known)") && evidence.contains("has been locked"), "{evidence}");
    // The list's hits are those of its examples.
    let hits = server.cli(&["policy", "list", "scam_known", "--hits"]).expect();
    assert_eq!(
        hits,
        "1\tYour bank account has been locked. Confirm your card number and password within 24 hours to unlock it.\n"
    );

    let (_, measured, findings) = likeness(&ads::clean("rakes")).await;
    assert!(measured["known"]["value"].as_f64().unwrap() < 0.6 && findings.is_empty(), "{measured} {findings:?}");
    let (_, measured, _) = likeness(&ads::uncovered("other")).await;
    assert_eq!(measured["unavailable"], "language_not_covered");
}

/// Policies of the findings that staff sees, with whether one of them was found in disguise.
fn found(screening: &Value) -> (BTreeSet<String>, bool) {
    let findings = findings_of(screening);
    let policies = findings.iter().map(|f| f["policy"].as_str().unwrap().to_owned()).collect();
    let disguised = findings.iter().flat_map(|f| f["evidence"].as_array().unwrap()).any(|e| e["disguised"] == true);
    (policies, disguised)
}

fn findings_of(screening: &Value) -> Vec<Value> {
    let place = ["/evaluation/findings", "/findings"].iter().find_map(|p| screening.pointer(p));
    place.and_then(Value::as_array).expect("a screening has findings").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disguise_hides_nothing() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let staff = server.hook("analyst", "research");
    let screening = async |ad: Value| {
        let id = hook.submit_and_wait(&ad).await["id"].as_str().unwrap().to_owned();
        let all = staff.get(&format!("/v1/ads/{id}/screenings")).await.expect(200);
        all.get("items").unwrap_or(&all)[0].clone()
    };
    let (plain, plain_disguised) = found(&screening(ads::weapon("plain")).await);
    let (hidden, hidden_disguised) = found(&screening(ads::disguised_weapon("disguised")).await);
    assert!(plain.contains("weapons"), "{plain:?}");
    assert!(plain.is_subset(&hidden), "{plain:?} {hidden:?}");
    assert!(!plain_disguised && hidden_disguised, "a match in the normalised text alone says so");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_language_that_cannot_be_scored_is_never_approved_unseen() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let outcome = hook.submit_and_wait(&ads::uncovered("other")).await;
    assert_eq!(
        (outcome["review_status"].as_str(), outcome["approval_status"].as_str()),
        (Some("in_review"), Some("none"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn submitters_see_reasons_and_staff_sees_scores() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let staff = server.hook("analyst", "research");
    let outcome = hook.submit_and_wait(&ads::weapon("plain")).await;
    let path = format!("/v1/ads/{}/screenings", outcome["id"].as_str().unwrap());
    let refused = hook.get(&path).await;
    assert!([403, 404].contains(&refused.status), "{}", refused.text);
    let seen = staff.get(&path).await;
    assert!(seen.status == 200 && seen.text.contains("scores"), "{}", seen.text);
    assert!(!seen.text.contains("explained"), "nobody asked why: {}", seen.text);
    let why = staff.get(&format!("{path}?explain=true")).await.expect(200);
    let explained = why["items"][0]["explained"].as_array().unwrap();
    let sold = explained.iter().find(|r| r["rule"] == "weapons/firearms_for_sale").unwrap_or_else(|| panic!("{why}"));
    assert_eq!(sold["condition"]["truth"], "true");
    let parts = sold["condition"]["parts"].to_string();
    assert!(parts.contains("weapons_firearms"), "{parts}");
    let told = hook.get(&format!("/v1/ads/{}", outcome["id"].as_str().unwrap())).await.text;
    for secret in ["score", "trace", "threshold", "signals"] {
        assert!(!told.contains(secret), "submitters are not told {secret}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_that_moved_a_score_add_up_to_it_and_are_for_staff() {
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let staff = server.hook("analyst", "research");
    let plain =
        ads::ad("plain", "Our bakery opens at six", "Double your bitcoin in a day, says nobody who bakes bread.");
    let hidden =
        ads::ad("hidden", "Our bakery opens at six", "D0uble y\u{43e}ur b1tc\u{43e}in in a day, says nobody here.");
    for ad in [plain, hidden] {
        let id = hook.submit_and_wait(&ad).await["id"].as_str().unwrap().to_owned();
        let screenings = staff.get(&format!("/v1/ads/{id}/screenings")).await.expect(200);
        let newest = &screenings.get("items").unwrap_or(&screenings)[0];
        let scored = &newest["signals"]["scores"]["finance"]["known"];
        let path = format!("/v1/ads/{id}/explain/finance");
        let told = staff.post(&path, &Value::Null).await.expect(200);
        assert_eq!((&told["screening"], &told["field"]), (&newest["id"], &scored["field"]), "{told}");
        let both = [&told["value"], &scored["value"]].map(|value| value.as_f64().unwrap());
        assert!((both[0] - both[1]).abs() < 1e-12, "the same engine gives the same score: {both:?}");
        let words = told["words"].as_array().unwrap();
        let added = |w: &Value| w["added"].as_f64().unwrap();
        let sum = told["rest"].as_f64().unwrap() + words.iter().map(added).sum::<f64>();
        let value = told["value"].as_f64().unwrap();
        let odds = (value / (1.0 - value)).ln();
        assert!((sum - odds).abs() < 1e-3 * odds.abs().max(1.0), "{sum} is not {odds}");
        for word in words {
            let text = ad["creative"][word["field"].as_str().unwrap()].as_str().unwrap();
            let at = |end: &str| usize::try_from(word[end].as_u64().unwrap()).unwrap();
            assert_eq!(&text[at("start")..at("end")], word["text"].as_str().unwrap(), "spans are of the text as sent");
        }
        assert_eq!(staff.post(&format!("/v1/ads/{id}/explain/no_such_policy"), &Value::Null).await.status, 409);
        assert_eq!(hook.post(&path, &Value::Null).await.status, 403, "it would teach evaders");
    }
    let printed =
        server.cli(&["model", "explain", "finance", "--text", "Double your bitcoin. Fresh bread.", "--json"]).expect();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let words = printed["words"].as_array().unwrap();
    let of = |text: &str| words.iter().find(|w| w["text"] == text).unwrap()["added"].as_f64().unwrap();
    assert!(of("bitcoin") > of("bread"), "{printed}");
    let sum = printed["rest"].as_f64().unwrap() + words.iter().map(|w| w["added"].as_f64().unwrap()).sum::<f64>();
    assert!((sum - printed["raw"].as_f64().unwrap()).abs() < 1e-4, "{printed}");

    // At the console: what a task's findings rest on; and on a finding of a list there is no score to explain.
    let ann = server.person("ann", "reviewer").await;
    hook.submit_and_wait(&ads::for_people("listed")).await;
    let task = ann.claim_next().await.unwrap();
    let page = ann.post(&format!("/tasks/{}/explain", task.id), &[("csrf", &task.csrf)]).await;
    assert!(page.html.contains("Words that moved the score"), "{}", page.html);
}
