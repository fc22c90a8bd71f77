//! What policy editors rely on: people's answers and a few examples become a model, nothing is lost on the way, and it
//! goes live when somebody says so.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    server::{ADJUDGE, Printed, Server},
    until,
};
use serde_json::{Value, json};
use std::{fs, process::Command};

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

/// More that nobody objects to.
const HARMLESS: [(&str, &str); 4] = [
    ("Rakes and shears", "Everything for the garden, delivered in two days."),
    ("Fresh bread at seven", "Our bakery on the corner opens early, also on Sundays."),
    ("Learn to swim", "Courses for children and adults, in small groups, at the town's pool."),
    ("A quiet keyboard", "Soft keys, long battery, and a colour for every desk."),
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

/// Rows of two policies that the shipped model knows and of one that it does not, from two sources.
fn labelled_rows() -> String {
    let row = |text: &str, policy: &str, label: u8, source: &str| {
        json!({"text": text, "policy": policy, "label": label, "source": source}).to_string()
    };
    let offers = ["Double your bitcoin in a day", "Token presale, 100x guaranteed", "Pump group: buy this coin now"];
    let plain = ["Fresh bread every morning", "Boots mended while you wait", "A quiet hotel by the lake"];
    let mut rows: Vec<String> = offers.iter().map(|t| row(t, "finance", 1, "posts")).collect();
    rows.push(row("The central bank left its rate unchanged on Thursday", "finance", 0, "posts"));
    rows.extend(plain.iter().map(|t| row(t, "benign", 0, "slogans")));
    rows.push(row("You are an idiot", "profanity", 1, "comments"));
    rows.push(row("Il treno per Milano parte alle nove e arriva in ritardo, come sempre", "finance", 0, "posts"));
    rows.push(row("Buy followers for your channel", "made_up_code", 1, "posts"));
    rows.join("\n")
}

fn row_of<'a>(report: &'a Value, policy: &str, source: Option<&str>) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|r| r["policy"] == policy && r["source"].as_str() == source).unwrap_or(&Value::Null)
}

#[test]
fn a_model_is_measured_on_rows_by_policy_and_source() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("rows.jsonl");
    fs::write(&plain, labelled_rows()).unwrap();
    let packed = folder.path().join("rows.jsonl.gz");
    let mut gz = flate2::write::GzEncoder::new(fs::File::create(&packed).unwrap(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, labelled_rows().as_bytes()).unwrap();
    gz.finish().unwrap();

    // Nothing names an installation here, so the model in the binary is measured.
    let run = |more: &[&str]| {
        let arguments = [&["model", "evaluate"], more].concat();
        let done = Command::new(ADJUDGE).args(arguments).current_dir(folder.path()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Printed { status: done.status, out: text(done.stdout), err: text(done.stderr) }
    };
    let evaluate = |more: &[&str]| {
        let arguments = [&["--json", "--data", packed.to_str().unwrap()], more].concat();
        serde_json::from_str::<Value>(&run(&arguments).expect()).unwrap()
    };
    let report = evaluate(&[]);
    let all = row_of(&report, "finance", None);
    assert_eq!((&all["n"], &all["positives"], &all["unscored"]), (&json!(7), &json!(3), &json!(1)), "{report:#}");
    let ends = all["auc_interval"].as_array().unwrap();
    let auc = all["auc"].as_f64().unwrap();
    assert!(ends[0].as_f64().unwrap() <= auc && auc <= ends[1].as_f64().unwrap(), "{all:#}");
    for figure in ["average_precision", "recall_at_95_precision", "recall_at_1_fpr", "false_positive_rate", "ece"] {
        assert!(all[figure].is_f64() && all[format!("{figure}_interval")].is_array(), "{figure} in {all:#}");
    }
    assert_eq!(row_of(&report, "finance", Some("posts"))["n"], 4);
    assert_eq!(row_of(&report, "finance", Some("slogans"))["positives"], 0, "harmless rows are negatives for all");
    assert_eq!(row_of(&report, "profanity", None)["n"], 4);
    assert_eq!((&report["skipped"], row_of(&report, "adult", None)), (&json!({"made_up_code": 1}), &Value::Null));
    assert_eq!(report["unscored"], json!({"language_not_covered": 1}));

    let every = evaluate(&["--any-language", "--disguise"]);
    assert_eq!(row_of(&every, "finance", None)["n"], 8);
    assert_eq!(every["disguised"].as_object().unwrap().len(), 5);
    let printed = run(&["--data", plain.to_str().unwrap()]).expect();
    for told in ["finance", "  posts", "skipped: made_up_code (1 rows)", "1 texts (language_not_covered)"] {
        assert!(printed.contains(told), "{told} is missing in\n{printed}");
    }
    fs::write(&plain, "{\"text\": \"a\", \"policy\": \"finance\", \"label\": 7, \"source\": \"s\"}").unwrap();
    let refused = run(&["--data", plain.to_str().unwrap()]);
    assert!(!refused.status.success() && refused.err.contains("line 1: a label is 0 or 1"), "{refused:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no installation was made");
}

on_both_databases!(an_installations_live_model_is_measured);

async fn an_installations_live_model_is_measured(on: On) {
    let server = Server::install(on, &[]).await;
    let rows = labelled_rows();
    let report = server.cli_with(&["model", "evaluate", "--json", "--data", "-"], &rows).expect();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(row_of(&report, "finance", None)["n"], 7);
    let listed = server.cli(&["model", "list"]).expect();
    let model = listed.split_whitespace().next().unwrap();
    let named = server.cli_with(&["model", "evaluate", "--json", "--data", "-", "--model", model], &rows).expect();
    let named: Value = serde_json::from_str(&named).unwrap();
    assert_eq!(row_of(&named, "finance", None)["auc"], row_of(&report, "finance", None)["auc"]);
    let missing = server
        .cli_with(&["model", "evaluate", "--data", "-", "--model", "mod_019e0000000070008000000000000001"], &rows);
    assert!(missing.err.contains("there is no model"), "{missing:?}");
}

/// Imports a few texts on weapons, half of which break the policy; other texts in each round.
pub(crate) fn teach(server: &Server, round: usize) {
    import(server, round, "").expect();
}

/// The same, with fail points of its own.
pub(crate) fn import(server: &Server, round: usize, at: &str) -> Printed {
    let whole = |(title, text): &(&str, &str)| format!("{title}. {text}");
    let breaking = EXAMPLES.iter().map(ToString::to_string).chain(JUDGED[..4].iter().map(whole));
    let harmless = JUDGED[4..].iter().chain(&HARMLESS).map(whole);
    let lines: Vec<String> = breaking
        .map(|text| (text, 1))
        .chain(harmless.map(|text| (text, 0)))
        .map(|(text, label)| {
            let text = format!("{text} Offer number {round}.");
            json!({"text": text, "policy": "weapons", "label": label, "source": "written"}).to_string()
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("examples.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    server.cli_at(&["labels", "import", file.to_str().unwrap()], "", at)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_policy_starts_from_its_clause_and_a_few_examples() {
    const ASTROLOGY: [&str; 6] = [
        "Your horoscope for tomorrow, by text message, every morning",
        "The stars know who will love you. Ask our astrologer tonight",
        "Free birth chart: what Saturn says about your money",
        "A fortune teller on the phone, five minutes for nothing",
        "Tarot reading for singles: three cards, one answer",
        "Is Mercury ruining your career? Find out with your zodiac sign",
    ];
    let server = Server::start(On::Sqlite).await;
    let hook = server.submitter("shop");
    let staff = server.hook("analyst", "research");
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let clause =
        write("clause.md", "Ads must not offer astrology, fortune telling, tarot or other supernatural advice.");
    let near_miss = json!({"text": "The planetarium shows how Saturn got its rings", "label": 0}).to_string();
    let few = write("few.txt", &ASTROLOGY[..4].join("\n"));
    let enough = write("enough.txt", &[&ASTROLOGY.join("\n"), near_miss.as_str()].join("\n"));
    let start = |file: &str| server.cli(&["model", "start", "astrology", "--examples", file, "--clause", &clause]);
    assert!(start(&few).err.contains("at least 5 examples"), "{}", start(&few).err);
    let wrong = write("wrong.txt", r#"{"text": "x", "label": 7}"#);
    assert!(start(&wrong).err.contains("line 1: a label is 0 or 1"));

    let printed = start(&enough).expect();
    let model = printed.split_whitespace().find(|w| w.starts_with("mod_")).unwrap().to_owned();
    let card: Value = serde_json::from_str(&server.cli(&["model", "show", &model, "--json"]).expect()).unwrap();
    let head = &card["heads"]["astrology"];
    assert_eq!((&head["train_positives"], &head["held_out"]["auc"]), (&json!(7), &Value::Null), "no figure is claimed");
    assert!(card["heads"]["scam"].is_object() && card["caveats"].to_string().contains("a starting head"));
    server.cli(&["model", "promote", &model]).expect();
    let again = start(&enough);
    assert!(again.err.contains("has a head already"), "{again:?}");

    let score = async |id: &str, headline: &str, body: &str| {
        let mut tries = 0;
        until("the new head to score", async || {
            tries += 1;
            let outcome = hook.submit_and_wait(&ads::ad(&format!("{id}-{tries}"), headline, body)).await;
            let path = format!("/v1/ads/{}/screenings", outcome["id"].as_str().unwrap());
            let screenings = staff.get(&path).await.expect(200);
            let newest = screenings.get("items").unwrap_or(&screenings)[0].clone();
            newest["signals"]["scores"]["astrology"]["known"]["value"].as_f64()
        })
        .await
    };
    let fortune =
        score("fortune", "Crystal ball online", "A clairvoyant looks into your future and answers at once.").await;
    let bread = score("bread", "Warm rolls from six", "Rye, spelt and wheat, baked by hand around the corner.").await;
    assert!(fortune > bread, "{fortune} {bread}");
}
