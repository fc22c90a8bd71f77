//! What policy editors rely on: people's answers and a few examples become a model, nothing is lost on the way, and it
//! goes live when somebody says so.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    server::Server,
    until,
};
use serde_json::{Value, json};
use std::fs;

on_both_databases!(answers_and_examples_become_a_model_that_goes_live);

/// Ads that a listed word sends to people, each in words of its own; the first four are to be confirmed.
const JUDGED: [(&str, &str); 8] = [
    ("A pistol by Friday", "Meet our man at the car park behind the mall and take a revolver home, no papers asked."),
    ("Handgun, no questions", "Nine millimetre, two magazines, a plain box, left wherever you like it."),
    ("Carry a pistol tonight", "Compact, light and easy to hide. Ammunition by the crate to any address."),
    ("Your handgun is waiting", "No licence, no name, no records. Write to us and we come to you."),
    ("The handgun in history", "A new exhibition about the pistol, at the city museum."),
    ("The revolver, a film", "A comedy about two clerks with one handgun and no plan. In cinemas on Friday."),
    ("The duelling pistol", "A lecture on manners and honour in the eighteenth century, at the library."),
    ("The handgun in the novel", "Our book club reads six detective stories about a lost pistol. Newcomers welcome."),
];

const EXAMPLES: [&str; 5] = [
    "Assault rifles in stock, no papers needed, delivered within a week",
    "Ghost gun kits: build your own untraceable weapon at home",
    "Silencers and extended magazines, discreet shipping worldwide",
    "Cheap ammunition in bulk, all calibres, no questions asked",
    "Brass knuckles and switchblades, hidden in everyday objects",
];

async fn answers_and_examples_become_a_model_that_goes_live(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("grace_seconds = 0\nsign_in_per_minute = 1000\n");
    server.run().await;
    let hook = server.submitter("shop");
    let staff = server.hook("analyst", "research");

    // Five examples that somebody wrote, and eight ads that a reviewer answers: half break the policy.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("examples.jsonl");
    let lines: Vec<String> = EXAMPLES
        .iter()
        .map(|text| json!({"text": text, "policy": "weapons", "label": 1, "source": "written"}).to_string())
        .collect();
    fs::write(&file, lines.join("\n")).unwrap();
    assert!(server.cli(&["labels", "import", file.to_str().unwrap()]).expect().starts_with("5 labels"));
    let ann = server.person("ann", "reviewer").await;
    for (i, (headline, body)) in JUDGED.iter().enumerate() {
        let mut ad = ads::ad(&format!("judged-{i}"), headline, body);
        ad["creative"]["call_to_action"] = "Learn more".into();
        let id = hook.submit(&ad).await;
        hook.wait_until_screened(&id).await;
        let task = until("the ad is a task", async || ann.claim_next().await).await;
        assert!(task.page.html.contains(&id), "one ad waits at a time: {}", task.page.html);
        ann.answer_all(&task, if i < 4 { "confirmed" } else { "dismissed" }).await;
    }
    let exported: Vec<Value> = server
        .cli(&["labels", "export", "--policy", "weapons"])
        .expect()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let count =
        |source: &str, value: &str| exported.iter().filter(|l| l["source"] == source && l["value"] == value).count();
    assert_eq!(
        (count("written", "yes"), count("judgement", "yes"), count("judgement", "no")),
        (5, 4, 4),
        "{exported:?}"
    );
    assert!(exported.iter().all(|l| !l["text"].as_str().unwrap().is_empty()));

    // One more ad waits for people while the model is trained and goes live.
    let waiting = hook.submit(&ads::for_people("waiting")).await;
    hook.wait_until_screened(&waiting).await;
    let screenings = async || staff.get(&format!("/v1/ads/{waiting}/screenings")).await.expect(200);
    let releases = |all: &Value| -> Vec<String> {
        let items = all.get("items").unwrap_or(all).as_array().unwrap();
        items.iter().map(|s| s["release"].as_str().unwrap().to_owned()).collect()
    };
    let first = releases(&screenings().await);
    assert_eq!(first.len(), 1);

    let printed = server.cli(&["train"]).expect();
    let model = printed.split_whitespace().find(|w| w.starts_with("mod_")).expect("the candidate is named").to_owned();
    let card: Value = serde_json::from_str(&server.cli(&["model", "show", &model, "--json"]).expect()).unwrap();
    assert!(card["heads"]["weapons"]["train_positives"].as_u64().unwrap() >= 5, "{}", card["heads"]["weapons"]);
    assert!(card["heads"].as_object().unwrap().len() >= 2, "no live head is dropped");
    let said = card["caveats"].to_string();
    assert!(said.contains("weapons: fitted on few labels") && said.contains("carried over unchanged"), "{said}");
    assert_eq!(releases(&screenings().await), first, "a candidate changes nothing");

    let edda = server.person("edda", "policy_editor").await;
    assert!(edda.get("/models").await.html.contains(&model));
    let asked = edda.get(&format!("/models/{model}/promote")).await;
    edda.post(&format!("/models/{model}/promote"), &[("csrf", &asked.csrf())]).await;
    let again = edda.post(&format!("/models/{model}/promote"), &[("csrf", &asked.csrf())]).await;
    assert_eq!(again.status, 409, "a live model is not promoted twice: {}", again.html);
    let listed = server.cli(&["model", "list"]).expect();
    let live: Vec<&str> = listed.lines().filter(|l| l.contains(" live ")).collect();
    assert!(live.len() == 1 && live[0].contains(&model), "{listed}");

    let now = until("the open round is screened under the new release", async || {
        Some(releases(&screenings().await)).filter(|all| all.len() == 2)
    })
    .await;
    assert!(now.contains(&first[0]) && now.iter().any(|r| r != &first[0]), "{now:?}");
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_few_labels_are_said_to_be_too_few() {
    let server = Server::start(On::Sqlite).await;
    let printed = server.cli(&["train"]);
    assert!(printed.err.contains("collect more labels"), "{}", printed.err);
}
