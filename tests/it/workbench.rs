//! What policy editors rely on at the console: figures of every policy and rule, the registry, and drafts that are
//! written, checked, tried and saved through plain forms, as a browser without scripts sends them.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    person::{Page, Person},
    server::Server,
    until,
};

on_both_databases!(
    policies_tell_how_they_did_and_who_uses_what,
    a_draft_is_written_checked_tried_and_saved_by_forms_alone,
    a_certificate_is_decided_by_a_person_and_counts_where_and_while_it_is_good,
);

async fn server(on: On) -> Server {
    let mut server = Server::install(on, &[]).await;
    server.configure("grace_seconds = 0\nsign_in_per_minute = 1000\n");
    server.run().await;
    server
}

fn has(page: &Page, told: &str) {
    assert!(page.html.contains(told), "{told} is missing in\n{}", page.html);
}

async fn policies_tell_how_they_did_and_who_uses_what(on: On) {
    let server = server(on).await;
    let hook = server.submitter("shop");
    for n in 0..2 {
        hook.submit_and_wait(&ads::for_people(&format!("museum-{n}"))).await;
    }
    hook.submit_and_wait(&ads::weapon("pistol")).await;
    let ann = server.person("ann", "reviewer").await;
    for answer in ["confirmed", "dismissed"] {
        let task = ann.claim_next().await.expect("a task waits");
        ann.answer_all(&task, answer).await;
    }
    let ed = server.person("ed", "policy_editor").await;
    let page = ed.get("/policies").await;
    let rows = page.texts("tbody tr");
    let weapons = rows.iter().find(|row| row.contains("weapons")).unwrap_or_else(|| panic!("{}", page.html));
    for told in ["3 of 3", "1 of 2"] {
        assert!(weapons.contains(told), "{told} is missing in {weapons}");
    }
    let page = ed.get("/policies/weapons").await;
    let rules = page.texts(".rule");
    let mentioned = rules.iter().find(|r| r.starts_with("weapons/firearms_mentioned")).unwrap();
    for told in ["2 of 3", "1 of 2", "Needs a look"] {
        assert!(mentioned.contains(told), "{told} is missing in {mentioned}");
    }
    let sold = rules.iter().find(|r| r.starts_with("weapons/firearms_for_sale")).unwrap();
    assert!(sold.contains("1 of 3") && sold.contains("no answers"), "{sold}");
    has(&page, "weapons_firearms");
    let none = ed.get("/policies/weapons?from=2001-01-01&to=2001-01-02").await;
    has(&none, "no screenings");
    assert_eq!(ed.get("/policies/nothing").await.status, 404);

    let list = ed.get("/lists/weapons_firearms?q=pistol").await;
    has(&list, "pistol");
    has(&list, "weapons/firearms_mentioned");
    let rows = list.texts("tbody tr");
    assert!(rows.iter().any(|row| row == "pistolmatches3"), "hits stand beside the entry: {rows:?}");
    let hits = server.cli(&["policy", "list", "weapons_firearms", "--hits"]).expect();
    assert!(hits.lines().any(|line| line == "3\tpistol"), "{hits}");
    let registry = ed.get("/registry").await;
    let matches = registry.texts("#entry-matches");
    assert!(matches[0].contains("matches(list, field?)") && matches[0].contains("rules"), "{matches:?}");
    assert!(!registry.texts("[data-used=false]").is_empty(), "something is unused");
}

async fn a_certificate_is_decided_by_a_person_and_counts_where_and_while_it_is_good(on: On) {
    let server = server(on).await;
    let hook = server.submitter("shop");
    let casino = |id: &str, countries: &[&str]| {
        let mut ad =
            ads::ad(id, "Play slots and roulette", "Casino with free spins and a bonus. Real money, play now.");
        ad["targeting"] = serde_json::json!({"countries": countries, "min_age": 21});
        ad["advertiser"] = serde_json::json!({"external_id": "casino", "name": "Lucky Star"});
        ad
    };
    hook.put("/v1/advertisers/casino", &serde_json::json!({"name": "Lucky Star", "certificates": []}))
        .await
        .expect(200);
    let at_home = hook.submit_and_wait(&casino("home", &["GB"])).await;
    let abroad = hook.submit_and_wait(&casino("abroad", &["GB", "IE"])).await;
    let (at_home, abroad) = (at_home["id"].as_str().unwrap(), abroad["id"].as_str().unwrap());
    let rejected = async |id: &str| {
        let outcome = hook.get(&format!("/v1/ads/{id}")).await.expect(200);
        outcome["approval_status"] == "rejected"
    };
    assert!(rejected(at_home).await && rejected(abroad).await, "gambling needs a certificate");

    let path = "/v1/advertisers/casino/certificates";
    let wrong = serde_json::json!({"kind": "Gambling!", "countries": ["UK"], "document": "", "valid_until": "soon"});
    let wrong = hook.post(path, &wrong).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.pointers(), ["/countries/0", "/document", "/kind", "/valid_until"]);
    let lapses = (time::OffsetDateTime::now_utc() + time::Duration::seconds(25))
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    let paper =
        serde_json::json!({"kind": "gambling", "countries": ["GB"], "document": "UKGC 1", "valid_until": lapses});
    let sent = hook.post(path, &paper).await.expect(202);
    assert_eq!(sent["state"], "submitted");
    assert_eq!(hook.post(path, &paper).await.expect(202)["id"], sent["id"], "the same again is the same");
    assert_eq!(hook.post("/v1/advertisers/nobody/certificates", &paper).await.status, 404);
    assert_eq!(server.submitter("other").get(path).await.status, 404, "others do not see it");

    let ann = server.person("ann", "reviewer").await;
    let listed = ann.get("/certificates").await;
    let address = listed.attributes("tbody a", "href").remove(0);
    let page = ann.get(&address).await;
    let take = page.attributes("form[action$=claim]", "action").remove(0);
    let page = ann.post(&take, &[("csrf", &page.csrf())]).await;
    assert_eq!(page.path, address, "the task leads to its certificate");
    let one = |css: &str| page.attributes(css, "value").remove(0);
    let (csrf, task, token) = (page.csrf(), one("input[name=task]"), one("input[name=token]"));
    let form = [("csrf", csrf.as_str()), ("task", &task), ("token", &token)];
    let judge = format!("{address}/judge");
    let silent = ann.post(&judge, &[&form[..], &[("outcome", "refuse"), ("reason", " ")]].concat()).await;
    assert_eq!(silent.status, 422, "a refusal says why");
    let done = ann.post(&judge, &[&form[..], &[("outcome", "approve")]].concat()).await;
    assert_eq!(done.status, 200, "{}", done.html);
    let again = ann.post(&judge, &[&form[..], &[("outcome", "approve")]].concat()).await;
    assert_eq!(again.status, 409, "a task is answered once");

    until("the ad at home to pass", async || (!rejected(at_home).await).then_some(())).await;
    assert!(rejected(abroad).await, "it is good for GB alone");
    let of_state = async |state: &str| {
        let all = hook.get(path).await.expect(200);
        all["items"][0]["state"] == state
    };
    assert!(of_state("approved").await);
    until("the certificate to lapse", async || of_state("expired").await.then_some(())).await;
    until("the ad at home to be found again", async || rejected(at_home).await.then_some(())).await;
    let told: Vec<_> = hook.events_after("").await.0;
    let states: Vec<&str> = told
        .iter()
        .filter(|e| e["type"] == "advertiser.certificate")
        .map(|e| e["data"]["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["submitted", "approved", "expired"]);
    server.cli(&["audit", "verify"]).expect();
}

const PATH: &str = "weapons/rules.toml";

struct Draft<'p> {
    person: &'p Person,
    id: String,
}

impl Draft<'_> {
    async fn open<'p>(person: &'p Person, name: &str) -> Draft<'p> {
        let csrf = person.get("/drafts").await.csrf();
        let page = person.post("/drafts", &[("csrf", &csrf), ("name", name)]).await;
        assert_eq!(page.status, 200, "{}", page.html);
        let id = page.path.strip_prefix("/drafts/").expect("the draft's page").to_owned();
        Draft { person, id }
    }

    async fn editor(&self) -> Page {
        self.person.get(&format!("/drafts/{}/file?path={PATH}", self.id)).await
    }

    /// Sends the form of a page with another text, to one of its buttons.
    async fn send(&self, page: &Page, button: &str, text: &str) -> Page {
        let one = |css: &str| page.attributes(css, "value").into_iter().next().unwrap();
        let (csrf, version) = (page.csrf(), one("form[data-editor-form] input[name=version]"));
        let file = format!("file:{PATH}");
        // A browser ends every line of a text area with CR LF.
        let text = text.replace('\n', "\r\n");
        let fields = [("csrf", csrf.as_str()), ("version", &version), (&file, &text)];
        self.person.post(&format!("/drafts/{}/{button}", self.id), &fields).await
    }
}

fn text_of(page: &Page) -> String {
    let html = scraper::Html::parse_document(&page.html);
    let selector = scraper::Selector::parse("#text-0").unwrap();
    html.select(&selector).next().expect("a text").text().collect::<String>().replace("\r\n", "\n")
}

async fn a_draft_is_written_checked_tried_and_saved_by_forms_alone(on: On) {
    let server = server(on).await;
    let hook = server.submitter("shop");
    hook.submit_and_wait(&ads::clean("rake")).await;
    let ed = server.person("ed", "policy_editor").await;
    let draft = Draft::open(&ed, "rakes").await;
    let page = draft.editor().await;
    let shipped = text_of(&page);
    assert!(shipped.contains("firearms_for_sale") && page.html.contains("file:weapons/cases.toml"), "{}", page.html);

    let wrong =
        format!("{shipped}\n[[rule]]\nname = \"rakes\"\nwhen = 'ad.headlin.contains(\"rake\")'\neffect = \"review\"\n");
    let checked = draft.send(&page, "check", &wrong).await;
    assert_eq!(text_of(&checked), wrong, "what was typed stands in the page");
    let problems = checked.texts("[data-problem]");
    let at = wrong.lines().count() - 1;
    assert!(problems[0].contains(&format!("{PATH}:{at}:9")) && problems[0].contains("ad.headline"), "{problems:?}");
    assert_eq!(text_of(&draft.editor().await), shipped, "checking saves nothing");

    let saved = draft.send(&page, "file", &wrong).await;
    assert_eq!(saved.status, 200);
    has(&saved, "Saved as version 2");
    assert!(
        !saved.texts("[data-problem]").is_empty(),
        "a text with a slip is kept in a draft, and its problem is shown"
    );
    let overview = ed.get(&format!("/drafts/{}", draft.id)).await;
    has(&overview, "1 problem");
    has(&overview, "saved weapons/rules.toml");

    let mended = wrong.replace("ad.headlin.contains(\"rake\")", "ad.body.contains(\"rake\")");
    let late = draft.send(&page, "file", &mended).await;
    assert_eq!(late.status, 409, "a text typed on version 1 does not overwrite version 2");
    assert_eq!(text_of(&late), mended, "and is not lost");

    let page = draft.editor().await;
    let saved = draft.send(&page, "file", &mended).await;
    has(&saved, "Saved as version 3");
    let results = saved.texts("[data-results]").join(" ");
    assert!(results.contains("cases passed"), "the policy's cases ran: {results}");
    let tried = draft.send(&saved, "try", &mended).await;
    let tried = tried.texts("[data-tried]").join(" ");
    assert!(tried.contains("a finding on 1 of 1 ads") && tried.contains("weapons/rakes"), "{tried}");

    assert!(tried.contains("ad.body.contains(\"rake\")"), "the condition is explained: {tried}");

    let list = "lists/weapons_firearms.phrases.txt";
    let page = ed.get(&format!("/drafts/{}/file?path={list}", draft.id)).await;
    let (csrf, before, file) = (page.csrf(), text_of(&page), format!("file:{list}"));
    let fields =
        [("csrf", csrf.as_str()), ("version", "3"), (&file, &before), ("paste", "bazooka\r\npistol\r\n!toy bazooka")];
    let added = ed.post(&format!("/drafts/{}/import", draft.id), &fields).await;
    has(&added, "2 of 3 added");
    let refused = added.texts("[role=status] tbody tr");
    assert!(refused.len() == 1 && refused[0].contains("pistol") && refused[0].contains("already"), "{refused:?}");
    assert!(text_of(&added).ends_with("bazooka\n!toy bazooka\n"), "{}", text_of(&added));

    let ann = server.person("ann", "reviewer").await;
    assert_eq!(draft.editor().await.status, 200);
    let csrf = ann.get("/drafts").await.csrf();
    assert_eq!(ann.post("/drafts", &[("csrf", &csrf), ("name", "mine")]).await.status, 403);
    let fields = [("csrf", csrf.as_str()), ("version", "3"), ("file:x.toml", "")];
    let refused = ann.post(&format!("/drafts/{}/file", draft.id), &fields).await;
    assert_eq!(refused.status, 403, "reviewers read drafts and write none");
}
