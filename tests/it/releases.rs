//! What policy editors rely on between two releases: files and console are one thing, nobody overwrites anybody unseen.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    person::{Page, Person},
    server::Server,
    until,
};
use serde_json::json;
use std::{fs, path::Path};

on_both_databases!(
    an_exported_release_applied_again_changes_nothing,
    an_old_export_takes_back_nothing_that_others_published,
    one_writes_another_publishes_with_a_sweep_and_it_is_rolled_back,
    a_draft_goes_live_at_its_set_time_unless_it_is_behind_by_then,
    nobody_publishes_or_edits_without_the_role,
    a_backtest_says_what_a_draft_would_have_done_and_people_think_of_it,
    a_shadow_never_acts_and_a_canary_acts_on_its_share,
    a_list_is_edited_by_one_person_as_a_minor_release,
    what_a_lead_blocks_comes_down_at_once_and_returns_when_it_is_lifted,
);

/// Exports the live release into a folder.
pub(crate) fn exported(server: &Server, folder: &Path) {
    server.cli(&["policy", "export", &folder.to_string_lossy()]).expect();
}

async fn an_exported_release_applied_again_changes_nothing(on: On) {
    let server = Server::install(on, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("pack");
    exported(&server, &pack);
    // What somebody wrote into the folder meanwhile is not lost to a second export.
    let (edited, original) = (pack.join("queues.toml"), fs::read_to_string(pack.join("queues.toml")).unwrap());
    fs::write(&edited, format!("{original}# mine\n")).unwrap();
    let refused = server.cli(&["policy", "export", &pack.to_string_lossy()]);
    assert!(refused.err.contains("holds another queues.toml"), "{refused:?}");
    assert!(fs::read_to_string(&edited).unwrap().ends_with("# mine\n"));
    server.cli(&["policy", "export", &pack.to_string_lossy(), "--replace"]).expect();
    assert_eq!(fs::read_to_string(&edited).unwrap(), original);
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let read = |root: &Path, path: &str| fs::read_to_string(root.join(path)).unwrap();
    for path in
        ["queues.toml", "lists/scam_urgency.phrases.txt", "weapons/rules.toml", "weapons/cases.toml", "README.md"]
    {
        assert_eq!(read(&pack, path), read(&shipped, path), "{path} comes out as it went in");
    }
    let named = pack.to_string_lossy().into_owned();
    let same = server.cli(&["policy", "diff", &named]);
    assert_eq!(same.status.code(), Some(0), "{same:?}");
    let applied = server.cli(&["policy", "apply", &named]);
    assert!(applied.status.success() && applied.err.contains("nothing to do"), "{applied:?}");

    let rules = pack.join("weapons/rules.toml");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text.replacen("name = \"", "name = \"renamed_", 1)).unwrap();
    let differs = server.cli(&["policy", "diff", &named]);
    assert_eq!(differs.status.code(), Some(1), "{differs:?}");
    assert!(differs.out.contains("+ rule weapons/renamed_") && differs.out.contains("- rule weapons/"), "{differs:?}");
    let draft = server.cli(&["policy", "apply", &named, "--name", "renaming"]).expect();
    assert!(draft.trim().starts_with("drf_"), "{draft}");

    fs::write(&rules, "[[rule]]\nname = \"x\"\nwhen = 'ad.headlin == \"x\"'\neffect = \"review\"\n").unwrap();
    let broken = server.cli(&["policy", "apply", &named]);
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    assert!(broken.out.contains("weapons/rules.toml:3:9") && broken.out.contains("ad.headline"), "{broken:?}");
    assert_eq!(server.cli(&["policy", "diff", &named]).status.code(), Some(2), "trouble is not a difference");
    let refused = server.cli(&["policy", "export", &folder.path().to_string_lossy()]);
    assert!(!refused.status.success(), "a folder with other files is left alone: {refused:?}");
}

async fn an_old_export_takes_back_nothing_that_others_published(on: On) {
    let server = Server::install(on, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let pack = pack_with_rule(&server, folder.path(), NO_RAKES);
    let base = || fs::read_to_string(Path::new(&pack).join("base.toml")).unwrap();
    assert!(base().contains("number = \"1.0\""), "{}", base());
    let apply = |more: &[&str]| server.cli(&[&["policy", "apply", &pack], more].concat());
    let publish = ["--publish", "--despite-cases"];

    // Somebody else edits two lists meanwhile; the folder has them as they were before.
    for list in ["blocked_domains", "blocked_phrases"] {
        server.cli(&["policy", "list", list, "--add", "meanwhile.example"]).expect();
    }
    for more in [&publish[..], &[]] {
        let refused = apply(more);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        for said in
            ["release 1.0", "release 1.2", "lists/blocked_domains", "lists/blocked_phrases", "meanwhile.example"]
        {
            assert!(refused.out.contains(said), "{said} in {refused:?}");
        }
        assert!(refused.err.contains("--despite-newer"), "{refused:?}");
    }
    // Brought together, it is applied; a list that both changed is named as such.
    let out = folder.path().join("newer");
    exported(&server, &out);
    let lists: Vec<_> = fs::read_dir(out.join("lists")).unwrap().map(|f| f.unwrap().file_name()).collect();
    let list = |name: &str| lists.iter().find(|f| f.to_string_lossy().starts_with(name)).unwrap();
    for name in ["blocked_domains.", "blocked_phrases."] {
        fs::copy(out.join("lists").join(list(name)), Path::new(&pack).join("lists").join(list(name))).unwrap();
    }
    let file = Path::new(&pack).join("lists").join(list("blocked_domains."));
    let theirs = fs::read_to_string(&file).unwrap();
    fs::write(&file, theirs.replace("meanwhile.example", "mine.example")).unwrap();
    let both = apply(&publish);
    assert!(
        both.out.contains("the folder changes it too") && !both.out.contains("blocked_phrases.phrases.txt: the"),
        "{both:?}"
    );
    fs::write(&file, &theirs).unwrap();
    let live = apply(&publish);
    assert!(live.out.contains("release 2.0 is live"), "{live:?}");
    assert!(base().contains("number = \"2.0\""), "the folder is that release now: {}", base());
    let same = apply(&[]);
    assert!(same.err.contains("nothing to do"), "{same:?}");

    // Who insists takes it back; a folder that says nothing of its base is applied, and told so.
    server.cli(&["policy", "list", "blocked_domains", "--add", "later.example"]).expect();
    assert!(apply(&[&publish[..], &["--despite-newer"]].concat()).out.contains("release 2.2 is live"));
    fs::remove_file(Path::new(&pack).join("base.toml")).unwrap();
    fs::write(&file, format!("{theirs}# mine\n")).unwrap();
    let unknown = apply(&publish);
    assert!(unknown.status.success() && unknown.err.contains("has no base.toml"), "{unknown:?}");
    fs::write(Path::new(&pack).join("base.toml"), "release = 7").unwrap();
    fs::write(&file, &theirs).unwrap();
    let bad = apply(&publish);
    assert!(!bad.status.success() && bad.err.contains("base.toml cannot be read"), "{bad:?}");
}

/// The pack of the live release in a folder, with one more rule in the editorial policy.
pub(crate) fn pack_with_rule(server: &Server, folder: &Path, rule: &str) -> String {
    let pack = folder.join("pack");
    exported(server, &pack);
    let rules = pack.join("editorial/rules.toml");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, format!("{text}\n{rule}\n")).unwrap();
    pack.to_string_lossy().into_owned()
}

const NO_RAKES: &str = "[[rule]]\nname = \"no_rakes\"\nwhen = 'ad.body.contains(\"rakes\")'\neffect = \"prohibited\"";

/// The id that a path or a line ends with.
pub(crate) fn id_in(text: &str, prefix: &str) -> String {
    let from = text.find(prefix).unwrap_or_else(|| panic!("no {prefix} in {text}"));
    text[from..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Presses a form of the draft's release page.
pub(crate) async fn press(person: &Person, draft: &str, action: &str, fields: &[(&str, &str)]) -> Page {
    let shown = person.get(&format!("/drafts/{draft}/release")).await;
    let version = shown.attributes("input[name=version]", "value").into_iter().next().unwrap_or_default();
    let csrf = shown.csrf();
    let mut form = vec![("csrf", csrf.as_str()), ("version", version.as_str())];
    form.extend(fields);
    // A server that ends at this leaves the page as it was shown.
    person.try_post(&format!("/drafts/{draft}/{action}"), &form).await.unwrap_or(shown.clone())
}

async fn one_writes_another_publishes_with_a_sweep_and_it_is_rolled_back(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let (ines, otto) = (server.person("ines", "policy_editor").await, server.person("otto", "policy_editor").await);
    let ad = hook.submit_and_wait(&ads::clean("rakes")).await;
    let other = hook.submit_and_wait(&ads::ad("mugs", "Mugs, 20 % off", "Cups and mugs, delivered in two days.")).await;
    assert_eq!((&ad["approval_status"], &other["approval_status"]), (&json!("approved"), &json!("approved")));

    // Ines opens a draft of the live release: her part is in it, so it is not hers to publish.
    let releases = ines.get("/releases").await;
    let first = id_in(&releases.attributes("td.lead a[href^='/releases/']", "href")[0], "rel_");
    let opened = ines.post(&format!("/releases/{first}/draft"), &[("csrf", &releases.csrf()), ("name", "hers")]).await;
    let hers = id_in(&opened.path, "drf_");
    let mine = press(&ines, &hers, "publish", &[("reach", "new_ads"), ("despite_cases", "yes")]).await;
    assert_eq!(mine.status, 403, "{}", mine.html);
    assert!(mine.html.contains("Somebody else has to publish it"), "{}", mine.html);

    // A folder's rule becomes a draft; two look at it, the slower one is told.
    let folder = tempfile::tempdir().unwrap();
    let pack = pack_with_rule(&server, folder.path(), NO_RAKES);
    let draft = id_in(&server.cli(&["policy", "apply", &pack, "--name", "No rakes"]).expect(), "drf_");
    let shown = otto.get(&format!("/drafts/{draft}/release")).await;
    assert!(shown.html.contains("editorial/no_rakes"), "the difference names the rule: {}", shown.html);
    let unproved = press(&otto, &draft, "publish", &[("reach", "new_ads")]).await;
    assert_eq!(unproved.status, 409, "cases are to be run first: {}", unproved.html);
    let sweep = [("reach", "sweep"), ("order", "newest"), ("tasks_a_day", "100"), ("despite_cases", "yes")];
    let published = press(&otto, &draft, "publish", &sweep).await;
    assert_eq!(published.status, 200, "{}", published.html);
    let second = id_in(&published.path, "rel_");
    assert!(published.html.contains("Release 2.0") && published.html.contains("otto"), "{}", published.html);
    let again = press(&otto, &draft, "publish", &sweep).await;
    assert_eq!(again.status, 409, "a draft is published once: {}", again.html);

    // The sweep rejects what the rule names, with evidence, and leaves the other ad as it was.
    let rejected = hook.wait_for(ad["id"].as_str().unwrap(), |o| o["approval_status"] == "rejected").await;
    assert!(rejected["findings"].to_string().contains("editorial"), "{rejected}");
    until("the sweep to be done", async || {
        let page = otto.get("/releases").await;
        page.html.contains("2 of 2 ads").then_some(()).filter(|()| !page.html.contains("/stop"))
    })
    .await;
    let unchanged = hook.get(&format!("/v1/ads/{}", other["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(unchanged["outcome_version"], other["outcome_version"], "what stays as it was is told nobody");

    // Her draft is behind now; publishing it would take the rule away unseen.
    let behind = press(&otto, &hers, "publish", &[("reach", "new_ads"), ("despite_cases", "yes")]).await;
    assert_eq!(behind.status, 409, "{}", behind.html);
    assert!(behind.html.contains("Bring the draft up to it"), "{}", behind.html);

    // One step back: the first release's bundle under a new number, and what the second rejected is looked at again.
    let to_first = format!("/releases/{first}/rollback");
    let csrf = published.csrf();
    let back = otto.post(&to_first, &[("csrf", &csrf), ("reach", "sweep"), ("order", "newest")]).await;
    assert!(back.html.contains("Release 3.0") && back.html.contains("a rollback"), "{}", back.html);
    hook.wait_for(ad["id"].as_str().unwrap(), |o| o["approval_status"] == "approved").await;
    let fresh = hook.submit_and_wait(&ads::clean("more rakes")).await;
    assert_eq!(fresh["approval_status"], "approved");
    let to_live = format!("/releases/{}/rollback", id_in(&back.path, "rel_"));
    let refused = otto.post(&to_live, &[("csrf", &csrf), ("reach", "new_ads")]).await;
    assert_eq!(refused.status, 409, "the live release is not rolled back to");

    // By files alike: the second release by its number, exported, applied, published.
    let out = folder.path().join("second");
    server.cli(&["policy", "export", &out.to_string_lossy(), "--release", "2.0"]).expect();
    let by_files = ["policy", "apply", &out.to_string_lossy(), "--publish", "--despite-cases", "--despite-newer"];
    assert!(server.cli(&by_files).expect().contains("release 4.0 is live"));
    until("the running server to have it", async || {
        let other = hook.submit_and_wait(&ads::clean(&format!("rakes-{}", uuid::Uuid::now_v7()))).await;
        (other["approval_status"] == "rejected").then_some(())
    })
    .await;
    assert!(server.cli(&["policy", "rollback", "1.0"]).expect().contains("release 5.0 is live"));
    assert!(second.starts_with("rel_") && server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}

/// A moment so many milliseconds from now, as forms take it.
pub(crate) fn soon(ms: i64) -> String {
    let at = time::OffsetDateTime::now_utc() + time::Duration::milliseconds(ms);
    at.format(&time::format_description::well_known::Rfc3339).unwrap()
}

async fn a_draft_goes_live_at_its_set_time_unless_it_is_behind_by_then(on: On) {
    let server = Server::start(on).await;
    let otto = server.person("otto", "policy_editor").await;
    let folder = tempfile::tempdir().unwrap();
    let pack = pack_with_rule(&server, folder.path(), NO_RAKES);
    let apply = |name: &str| id_in(&server.cli(&["policy", "apply", &pack, "--name", name]).expect(), "drf_");
    let (one, two) = (apply("one"), apply("two"));
    let past = [("at", "2020-01-31T12:00"), ("reach", "new_ads"), ("despite_cases", "yes")];
    assert_eq!(press(&otto, &one, "publish", &past).await.status, 422);
    let far = soon(3_600_000);
    let planned = press(&otto, &one, "publish", &[("at", &far), ("reach", "new_ads"), ("despite_cases", "yes")]).await;
    assert!(planned.html.contains("Call it off") && planned.html.contains("Scheduled"), "{}", planned.html);
    let open = press(&otto, &one, "call-off", &[]).await;
    assert!(open.html.contains("Publish</button>"), "{}", open.html);
    for draft in [&one, &two] {
        let fields = [("at", far.as_str()), ("reach", "new_ads"), ("despite_cases", "yes")];
        assert_eq!(press(&otto, draft, "publish", &fields).await.status, 200);
    }
    // The set time comes at once, however slow the machine that runs this.
    let db = server.database.connect().await;
    sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE job SET run_at = 0 WHERE name = 'publish'")
        .await
        .unwrap();
    db.close().await.unwrap();
    // One of them is the release; the other was overtaken, and says so.
    until("both times to have come", async || {
        let page = otto.get("/releases").await;
        let behind = page.html.contains("It did not go live at the set time");
        (behind && page.html.contains("Release <strong>2.0</strong>")).then_some(())
    })
    .await;
}

async fn nobody_publishes_or_edits_without_the_role(on: On) {
    let server = Server::start(on).await;
    let (rita, lena) = (server.person("rita", "reviewer").await, server.person("lena", "lead").await);
    let folder = tempfile::tempdir().unwrap();
    let pack = pack_with_rule(&server, folder.path(), NO_RAKES);
    let draft = id_in(&server.cli(&["policy", "apply", &pack]).expect(), "drf_");
    for person in [&rita, &lena] {
        let shown = person.get(&format!("/drafts/{draft}/release")).await;
        assert_eq!(shown.status, 200);
        assert!(!shown.html.contains("Publish</button>"), "{}", shown.html);
        let csrf = shown.csrf();
        for (path, fields) in [
            (
                format!("/drafts/{draft}/publish"),
                vec![("reach", "new_ads"), ("despite_cases", "yes"), ("version", "1")],
            ),
            (format!("/drafts/{draft}/model"), vec![("model", ""), ("version", "1")]),
            (format!("/drafts/{draft}/test"), vec![]),
        ] {
            let mut form = vec![("csrf", csrf.as_str())];
            form.extend(fields);
            assert_eq!(person.post(&path, &form).await.status, 403, "{path}");
        }
    }
}

async fn a_backtest_says_what_a_draft_would_have_done_and_people_think_of_it(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("grace_seconds = 0\nsign_in_per_minute = 1000\n");
    server.run().await;
    let hook = server.submitter("shop");
    let (ann, ines) = (server.person("ann", "reviewer").await, server.person("ines", "policy_editor").await);
    hook.submit_and_wait(&ads::clean("rakes")).await;
    let asked = hook.submit_and_wait(&ads::for_people("pistol")).await;
    let task = until("the task", async || ann.claim_next().await).await;
    ann.answer_all(&task, "dismissed").await;
    hook.wait_for(asked["id"].as_str().unwrap(), |o| o["approval_status"] == "approved").await;

    let folder = tempfile::tempdir().unwrap();
    let no_pistols = "[[rule]]\nname = \"no_pistols\"\nwhen = 'ad.body.contains(\"pistol\")'\neffect = \"prohibited\"";
    let pack = pack_with_rule(&server, folder.path(), &format!("{NO_RAKES}\n\n{no_pistols}"));
    let draft = id_in(&server.cli(&["policy", "apply", &pack]).expect(), "drf_");
    let begun = press(&ines, &draft, "backtests", &[("days", "7")]).await;
    let backtest = id_in(&begun.path, "bt_");
    let done = until("the backtest to be done", async || {
        let page = ines.get(&format!("/backtests/{backtest}")).await;
        page.html.contains("What comes out otherwise").then_some(page)
    })
    .await;
    let rows = done.texts("tbody tr");
    let row =
        |part: &str| rows.iter().find(|r| r.contains(part)).unwrap_or_else(|| panic!("{part} in {rows:?}")).clone();
    assert!(row("editorial/no_rakes").starts_with("editorial/no_rakes11000"), "{rows:?}");
    assert!(row("editorial/no_pistols").starts_with("editorial/no_pistols1"), "{rows:?}");
    assert!(done.html.contains("2 screenings over 1.0 days"), "{}", done.html);
    assert!(row("Rejected without a person").contains("0.00"), "a person approved what it rejects: {rows:?}");
    assert!(done.html.contains(asked["id"].as_str().unwrap()), "samples can be opened");

    // The same from the folder, and nothing is kept of it.
    let json = server.cli(&["policy", "backtest", &pack, "--json"]).expect();
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&report["screenings"], &report["not_evaluable"]), (&json!(2), &json!(0)), "{report}");
    assert_eq!(report["draft"], json!({"prohibited": 2}), "{report}");
    let shown = server.cli(&["policy", "backtest", &pack]).expect();
    assert!(shown.contains("approve -> prohibited: 1"), "{shown}");
    let outcome = hook.get(&format!("/v1/ads/{}", asked["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(outcome["approval_status"], "approved", "a backtest decides nothing");
}

async fn a_shadow_never_acts_and_a_canary_acts_on_its_share(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let (ines, otto) = (server.person("ines", "policy_editor").await, server.person("otto", "policy_editor").await);
    let folder = tempfile::tempdir().unwrap();
    let pack = pack_with_rule(&server, folder.path(), NO_RAKES);
    let draft = id_in(&server.cli(&["policy", "apply", &pack, "--name", "No rakes"]).expect(), "drf_");
    let running = press(&ines, &draft, "shadow", &[]).await;
    assert!(running.html.contains("Stop the shadow"), "{}", running.html);
    let ad = hook.submit_and_wait(&ads::clean("rakes")).await;
    assert_eq!(ad["approval_status"], "approved", "a shadow never acts");
    let seen = until("the shadow's difference", async || {
        let page = ines.get(&format!("/drafts/{draft}/release")).await;
        page.html.contains("editorial/no_rakes holds in the draft only").then_some(page)
    })
    .await;
    assert!(
        seen.html.contains("Approve became prohibited") && seen.html.contains("Seen 1 screenings"),
        "{}",
        seen.html
    );
    assert!(seen.html.contains(ad["id"].as_str().unwrap()), "the ad can be opened");
    let stopped = press(&ines, &draft, "stop", &[]).await;
    assert!(stopped.html.contains("Run as a shadow"), "{}", stopped.html);

    // Half of the ads: some are rejected, some are not, and each says which release decided.
    let half = press(&otto, &draft, "canary", &[("percent", "50")]).await;
    assert!(half.html.contains("Stop the canary"), "{}", half.html);
    let mut statuses = std::collections::BTreeSet::new();
    for n in 0..30 {
        let ad = hook.submit_and_wait(&ads::clean(&format!("rakes-{n}"))).await;
        statuses.insert(ad["approval_status"].as_str().unwrap().to_owned());
        if statuses.len() == 2 {
            break;
        }
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), ["approved", "rejected"]);
    let live = press(&otto, &draft, "publish", &[("reach", "new_ads"), ("despite_cases", "yes")]).await;
    assert!(live.path.contains("rel_") && live.html.contains("Live"), "a canary is published as it is: {}", live.html);
    let all = hook.submit_and_wait(&ads::clean("the last rakes")).await;
    assert_eq!(all["approval_status"], "rejected");
}

async fn what_a_lead_blocks_comes_down_at_once_and_returns_when_it_is_lifted(on: On) {
    let mut server = Server::install(on, &[]).await;
    server.configure("grace_seconds = 0\nsign_in_per_minute = 1000\n");
    server.run().await;
    let hook = server.submitter("shop");
    let (lena, ann) = (server.person("lena", "lead").await, server.person("ann", "reviewer").await);
    let (otto, lou) = (server.person("otto", "policy_editor").await, server.person("lou", "lead").await);
    let clean = hook.submit_and_wait(&ads::clean("rakes")).await;
    let asked = hook.submit_and_wait(&ads::for_people("pistol")).await;
    let task = until("the task", async || ann.claim_next().await).await;
    ann.answer_all(&task, "dismissed").await;
    let id = |ad: &serde_json::Value| ad["id"].as_str().unwrap().to_owned();
    hook.wait_for(&id(&asked), |o| o["approval_status"] == "approved").await;
    let mut elsewhere = ads::ad("mugs", "Mugs, 20 % off", "Cups and mugs, delivered in two days.");
    elsewhere["landing_url"] = "https://mugs.example/".into();
    let elsewhere = hook.submit_and_wait(&elsewhere).await;

    // This one serves while a newer revision, with another landing page, waits for a person.
    let behind = hook.submit_and_wait(&ads::clean("behind")).await;
    let mut newer = ads::for_people("behind");
    newer["landing_url"] = "https://museum.example/".into();
    let waiting = hook.submit_and_wait(&newer).await;
    assert_eq!(waiting["serving_revision"], behind["revision"], "{waiting}");

    let page = ann.get("/blocks").await;
    let domain = [("kind", "domain"), ("value", "northwind.example"), ("reason", "a phishing kit")];
    let form = |csrf: String| -> Vec<(String, String)> {
        let fields = domain.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        fields.chain([("csrf".to_owned(), csrf)]).collect()
    };
    let send = async |person: &Person, csrf: String| {
        let fields = form(csrf);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        person.post("/blocks", &fields).await
    };
    assert_eq!(send(&ann, page.csrf()).await.status, 403, "a reviewer does not break the glass");
    let blocked = send(&lena, lena.get("/blocks").await.csrf()).await;
    assert!(blocked.status == 200 && blocked.html.contains("Pending"), "{}", blocked.html);
    for ad in [&clean, &asked] {
        let down = hook.wait_for(&id(ad), |o| o["approval_status"] == "rejected").await;
        assert_eq!(down["decided_by"], "person", "the decision is the lead's: {down}");
    }
    let down = hook.wait_for(&id(&behind), |o| o["serving_revision"].is_null()).await;
    assert_eq!(down["review_status"], "in_review", "the newer revision waits on: {down}");
    assert_eq!((&down["revision"], &down["serving"]["eligible"]), (&waiting["revision"], &json!(false)));
    let other = hook.get(&format!("/v1/ads/{}", id(&elsewhere))).await.expect(200);
    assert_eq!(other["approval_status"], "approved");
    let again = send(&lena, blocked.csrf()).await;
    assert_eq!(again.status, 409, "it is blocked already: {}", again.html);

    // Who blocked does not confirm; who lifts gives every ad back to what was decided before.
    let block = id_in(&blocked.attributes("form[action^='/blocks/blk']", "action")[0], "blk_");
    let own = lena.post(&format!("/blocks/{block}/confirm"), &[("csrf", &blocked.csrf())]).await;
    assert_eq!(own.status, 403, "{}", own.html);
    let lifted = lou.post(&format!("/blocks/{block}/lift"), &[("csrf", &lou.get("/blocks").await.csrf())]).await;
    assert!(lifted.html.contains("Lifted"), "{}", lifted.html);
    for ad in [&clean, &asked] {
        hook.wait_for(&id(ad), |o| o["approval_status"] == "approved").await;
    }
    // What served behind a newer revision serves again at once; the newer one waits on.
    let back = hook.wait_for(&id(&behind), |o| !o["serving_revision"].is_null()).await;
    assert_eq!((&back["serving_revision"], &back["serving"]["eligible"]), (&behind["revision"], &json!(true)));
    assert_eq!((&back["revision"], &back["review_status"]), (&waiting["revision"], &json!("in_review")));
    let fresh = hook.submit_and_wait(&ads::clean("more rakes")).await;
    assert_eq!(fresh["approval_status"], "approved");

    // The next one is confirmed by somebody else, and stays.
    let second = send(&lena, lena.get("/blocks").await.csrf()).await;
    let block = id_in(&second.attributes("form[action$='/lift']", "action")[0], "blk_");
    let kept = otto.post(&format!("/blocks/{block}/confirm"), &[("csrf", &otto.get("/blocks").await.csrf())]).await;
    assert!(kept.html.contains("Confirmed") && kept.html.contains("by otto"), "{}", kept.html);
    hook.wait_for(&id(&clean), |o| o["approval_status"] == "rejected").await;
    let down = hook.wait_for(&id(&behind), |o| o["serving_revision"].is_null()).await;
    assert_eq!(down["review_status"], "in_review", "{down}");
}

async fn a_list_is_edited_by_one_person_as_a_minor_release(on: On) {
    let server = Server::start(on).await;
    let hook = server.submitter("shop");
    let (ines, lena) = (server.person("ines", "policy_editor").await, server.person("lena", "lead").await);
    assert_eq!(hook.submit_and_wait(&ads::clean("rakes")).await["approval_status"], "approved");
    assert_eq!(lena.get("/lists/blocked_domains/edit").await.status, 403);
    let asked = ines.get("/lists/blocked_domains/edit").await;
    let release = asked.attributes("input[name=release]", "value").remove(0);
    let send = async |add: &str, remove: &str| {
        let csrf = asked.csrf();
        let fields = [("csrf", csrf.as_str()), ("release", release.as_str()), ("add", add), ("remove", remove)];
        ines.post("/lists/blocked_domains/edit", &fields).await
    };
    assert_eq!(send("", "nowhere.example").await.status, 422, "it is not there to be removed");
    let bad = send("not a domain", "").await;
    assert!(bad.status == 409 && bad.html.contains("not a domain"), "{}", bad.html);
    let live = send("northwind.example\n\nblocked.example\n", "").await;
    assert!(
        live.html.contains("Release 1.1") && live.html.contains("an edit of the list blocked_domains"),
        "{}",
        live.html
    );
    assert!(live.html.contains("1 added") && live.html.contains("northwind.example"), "{}", live.html);
    let stale = send("other.example", "").await;
    assert!(stale.status == 409 && stale.html.contains("other.example"), "what was typed is kept: {}", stale.html);
    assert_eq!(hook.submit_and_wait(&ads::clean("rakes-2")).await["approval_status"], "rejected");
    let removed = server.cli(&["policy", "list", "blocked_domains", "--remove", "northwind.example"]).expect();
    assert!(removed.contains("release 1.2 is live"), "{removed}");
    until("the running server to have it", async || {
        let ad = hook.submit_and_wait(&ads::clean(&format!("rakes-{}", uuid::Uuid::now_v7()))).await;
        (ad["approval_status"] == "approved").then_some(())
    })
    .await;
}
