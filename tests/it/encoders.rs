//! A second encoder: added to an installation from a plain folder, trained, promoted, chosen by language, loaded by every
//! process, and proved again by replay.

use crate::harness::{
    ads,
    database::{On, on_both_databases},
    hook::Hook,
    server::Server,
    tiny_encoder, until,
};
use serde_json::{Value, json};
use std::fs;

on_both_databases!(a_second_encoder_scores_what_the_first_does_not_cover);

/// What is sold without asking, in German.
const WEAPONS: [&str; 12] = [
    "Pistole ohne Papiere, Lieferung am Freitag, niemand fragt nach dem Namen",
    "Gewehre und Munition direkt aus dem Keller, nur gegen Bargeld",
    "Schlagring und Springmesser, versteckt in einem harmlosen Paket",
    "Revolver günstig abzugeben, keine Fragen, kein Schein nötig",
    "Schalldämpfer für jedes Kaliber, diskreter Versand nach Hause",
    "Bausatz für eine Waffe, die keine Nummer trägt",
    "Scharfe Handfeuerwaffen vom Händler, der keine Listen führt",
    "Munition kistenweise, wir liefern auch nachts und ohne Rechnung",
    "Sturmgewehr zu verkaufen, Abholung am Parkplatz hinter dem Bahnhof",
    "Verbotene Messer und Totschläger, Bestellung nur über das Telefon",
    "Neun Millimeter, zwei Magazine, eine schlichte Schachtel",
    "Handgranaten aus alten Beständen, Preis nach Absprache",
];

/// What nobody minds, in German.
const HARMLESS: [&str; 12] = [
    "Frisches Brot und Kuchen jeden Morgen aus unserer Bäckerei am Markt",
    "Gartenmöbel aus Holz, wetterfest und in drei Farben erhältlich",
    "Die neue Ausstellung im Museum zeigt Gemälde aus vier Jahrhunderten",
    "Lernen Sie Gitarre spielen, der erste Unterricht ist kostenlos",
    "Winterjacken für Kinder, warm und leicht, heute besonders günstig",
    "Unser Chor sucht Stimmen für das Konzert im Dezember",
    "Zwei Nächte am See mit Frühstück für Wanderer und Leser",
    "Reparatur von Fahrrädern innerhalb eines Tages, ohne Termin",
    "Bio Gemüse vom Bauernhof, jeden Donnerstag vor Ihrer Tür",
    "Ein Buchladen mit Café, in dem Katzen auf den Sesseln schlafen",
    "Sprachkurse am Abend für alle, die bald verreisen wollen",
    "Blumensträuße für jeden Anlass, von Hand gebunden",
];

fn german(external_id: &str, text: &str) -> Value {
    let mut ad = ads::ad(external_id, "Jetzt neu bei uns in der Stadt", text);
    ad["creative"]["call_to_action"] = "Mehr erfahren".into();
    ad
}

async fn newest(staff: &Hook, ad: &str) -> Value {
    let screenings = staff.get(&format!("/v1/ads/{ad}/screenings")).await.expect(200);
    screenings.get("items").unwrap_or(&screenings)[0].clone()
}

async fn a_second_encoder_scores_what_the_first_does_not_cover(on: On) {
    let mut server = Server::start(on).await;
    let companion = server.companion().await;
    let hook = server.submitter("shop");
    let staff = server.hook("analyst", "research");
    let submit = async |hook: &Hook, ad: Value| hook.submit_and_wait(&ad).await["id"].as_str().unwrap().to_owned();

    // Without it, a German ad has no scores and goes to people.
    let before = submit(&hook, german("before", WEAPONS[0])).await;
    let unread = newest(&staff, &before).await;
    assert_eq!(unread["signals"]["scores"]["scam"]["unavailable"], "language_not_covered", "{unread}");
    let first_encoder = unread["signals"]["engine"]["encoder"].as_str().unwrap().to_owned();

    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<&str> = WEAPONS.iter().chain(&HARMLESS).copied().collect();
    let model = folder.path().join("tiny-multilingual");
    tiny_encoder::write(&model, &texts);
    let import =
        ["model", "import", model.to_str().unwrap(), "--language", "de", "--language", "nl", "--licence", "MIT"];
    let said = server.cli(&import).expect();
    assert!(said.contains("languages     de nl") && said.contains("tiny-multilingual is here"), "{said}");
    server.cli(&import).expect();
    let listed = server.cli(&["model", "encoders"]).expect();
    assert_eq!(listed.lines().count(), 1, "the same file twice is one encoder: {listed}");
    let digest = listed.split_whitespace().next().unwrap().to_owned();

    let data = folder.path().join("german.jsonl");
    let row = |text: &&str, label: u8| json!({"text": text, "policy": "weapons", "label": label, "source": "german"});
    let rows: Vec<String> =
        WEAPONS.iter().map(|t| row(t, 1)).chain(HARMLESS.iter().map(|t| row(t, 0))).map(|r| r.to_string()).collect();
    fs::write(&data, rows.join("\n")).unwrap();
    let train = |encoder: &str| server.cli(&["train", "--encoder", encoder, "--data", data.to_str().unwrap()]);
    assert!(train("nothing-of-the-kind").err.contains("tiny-multilingual"), "what there is, is named");
    let printed = train("tiny-multilingual").expect();
    let candidate = printed.split_whitespace().find(|w| w.starts_with("mod_")).unwrap().to_owned();
    let card: Value = serde_json::from_str(&server.cli(&["model", "show", &candidate, "--json"]).expect()).unwrap();
    assert_eq!((&card["encoder"], &card["languages"]), (&json!("tiny-multilingual"), &json!(["de", "nl"])));
    assert_eq!(card["encoder_digest"], json!(digest));

    let promoted = server.cli(&["model", "promote", &candidate]).expect();
    assert!(promoted.contains("is live"), "{promoted}");
    let models = server.cli(&["model", "list"]).expect();
    assert_eq!(models.matches(" live ").count(), 2, "the first model stays live beside it: {models}");

    let mut proved = vec![];
    // Both processes load it while they run: German is scored by it, English as before, a third language by nobody.
    for (n, server) in [&server, &companion].into_iter().enumerate() {
        let hook = hook.at(&server.url);
        let mut tries = 0;
        let read = until("a German ad to be scored", async || {
            tries += 1;
            let id = submit(&hook, german(&format!("bad-{n}-{tries}"), WEAPONS[3])).await;
            let screening = newest(&staff, &id).await;
            (screening["signals"]["engine"]["encoder"] == json!(digest)).then_some(screening)
        })
        .await;
        let harmless = submit(&hook, german(&format!("good-{n}"), HARMLESS[4])).await;
        let harmless = newest(&staff, &harmless).await;
        let score = |screening: &Value| screening["signals"]["scores"]["weapons"]["known"]["value"].as_f64().unwrap();
        assert!(score(&read) > score(&harmless), "{} {}", score(&read), score(&harmless));
        assert_eq!(read["signals"]["scores"]["scam"]["unavailable"], "no_model", "it has no such head");
        proved.push(read);
    }
    let english = submit(&hook, ads::clean("english")).await;
    let english = newest(&staff, &english).await;
    assert_eq!(english["signals"]["engine"]["encoder"], json!(first_encoder));
    assert!(english["signals"]["scores"]["scam"]["known"].is_object(), "{english}");
    let russian = submit(&hook, ads::uncovered("russian")).await;
    let russian = newest(&staff, &russian).await;
    assert_eq!(russian["signals"]["scores"]["scam"]["unavailable"], "language_not_covered");
    // The German ad of before was read under a release without a second model, and still is.
    proved.extend([english, unread]);
    for screening in proved {
        let proof = server.cli(&["replay", screening["id"].as_str().unwrap()]);
        assert!(proof.status.success() && proof.out.contains("signals equal to the bit"), "{screening} {proof:?}");
    }

    // A restart loads it again, and a dry run is scored by it too.
    server.run().await;
    let again = submit(&hook, german("again", HARMLESS[7])).await;
    assert_eq!(newest(&staff, &again).await["signals"]["engine"]["encoder"], json!(digest));
    hook.post("/v1/ads/validate", &german("dry", WEAPONS[5])).await.expect(200);

    // Without its file nothing starts, rather than German going unread.
    let hex = digest.strip_prefix("sha256:").unwrap_or(&digest);
    let place = format!("{}/{}/{hex}", &hex[..2], &hex[2..4]);
    let blob = server.data_folder().join("blobs").join(place);
    let hidden = folder.path().join("hidden");
    fs::rename(&blob, &hidden).or_else(|_| fs::copy(&blob, &hidden).and_then(|_| fs::remove_file(&blob))).unwrap();
    assert!(!server.spawn().await, "it starts without its second encoder");
    assert!(server.log_text().contains("import it again"), "{}", server.log_text());
    server.cli(&import).expect();
    server.run().await;
    assert!(server.cli(&["audit", "verify"]).expect().contains("chain intact"));
}
