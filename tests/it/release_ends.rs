//! Ends at the commits of what policy editors and leads do: each flow is reached by the shortest way to it, in a process
//! that ends there. `durability` then looks at what is left.

use crate::{
    harness::{ads, hook::Hook, server::Server},
    releases::{exported, id_in, press, soon},
};
use sea_orm::ConnectionTrait;
use std::{fs, path::Path, time::Duration};

/// The flows that are reached here.
pub(crate) const FLOWS: [&str; 27] = [
    "open_draft",
    "save_draft_file",
    "rebase_draft",
    "discard_draft",
    "set_draft_model",
    "test_draft",
    "publish_draft",
    "publish_scheduled",
    "publish_missed",
    "call_off",
    "rollback",
    "edit_list",
    "sweep_list",
    "sweep_page",
    "sweep_over",
    "stop_sweep",
    "start_backtest",
    "backtest_progress",
    "end_backtest",
    "cancel_backtest",
    "start_shadow",
    "start_canary",
    "stop_beside",
    "break_glass",
    "confirm_block",
    "end_block",
    "lapse",
];

/// A pack with one policy, so that what is tried a hundred times compiles in a moment: a word sends an ad to people, and
/// the lists that leads add to prohibit.
const SMALL: [(&str, &str); 8] = [
    (
        "weapons/policy.toml",
        "title = \"Weapons\"\nclause = \"No handguns.\"\nseverity = \"critical\"\ndisclosure = \"full\"\nfix_hint = \"Leave it out.\"\n",
    ),
    (
        "weapons/rules.toml",
        "[[rule]]\nname = \"handguns\"\nwhen = 'matches(\"handguns\")'\neffect = \"review\"\n\n[[rule]]\nname = \"blocked\"\nwhen = 'domain_in(\"blocked_domains\") || image_in(\"blocked_images\") || matches(\"blocked_phrases\")'\neffect = \"prohibited\"\n",
    ),
    (
        "weapons/cases.toml",
        "[[case]]\nname = \"handguns\"\nkind = \"violating\"\nbody = \"Buy a handgun.\"\nexpect = \"review\"\n",
    ),
    ("lists/handguns.phrases.txt", "handgun\n"),
    ("lists/blocked_domains.domains.txt", "blocked.example\n"),
    ("lists/blocked_images.image_hashes.txt", ""),
    ("lists/blocked_phrases.phrases.txt", "a blocked phrase\n"),
    ("release.toml", "[sampling]\nblind_share = 0.0\noverlap_share = 0.0\nseed = 20260101\n"),
];

/// Puts the small pack live, as release 2.0.
pub(crate) fn begin_small(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in SMALL {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let told = server.cli(&["policy", "apply", &folder.path().to_string_lossy(), "--publish"]).expect();
    assert!(told.contains("2.0"), "{told}");
}

/// Whether a process ends at this point, in this flow.
pub(crate) async fn ends(server: &mut Server, hook: &Hook, flow: &str, point: &str, tag: &str) -> bool {
    let at = format!("{point}=1*return");
    server.stop();
    sql(
        server,
        &[
            "UPDATE release SET state = 'retired' WHERE state IN ('shadow', 'canary')",
            "UPDATE draft SET state = 'discarded' WHERE state IN ('shadow', 'canary', 'scheduled')",
        ],
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let pack = changed_pack(server, folder.path(), tag);
    let killed = |arguments: &[&str]| server.cli_at(arguments, "", &at).was_killed();
    let publish = ["policy", "apply", &pack, "--publish", "--despite-cases"];
    let edit = ["policy", "list", "blocked_domains", "--add", &format!("{tag}.example")];
    match flow {
        "open_draft" => return killed(&["policy", "apply", &pack]),
        "publish_draft" => return killed(&publish),
        "edit_list" => return killed(&edit),
        "rollback" => {
            server.cli(&edit).expect();
            return killed(&["policy", "rollback", "2.0"]);
        }
        "test_draft" => return killed(&["policy", "apply", &pack, "--publish"]),
        "sweep_list" | "sweep_page" | "sweep_over" => {
            server.cli(&[&publish[..], &["--sweep"]].concat()).expect();
            if flow == "sweep_over" {
                sql(server, &["UPDATE sweep SET state = 'stopped' WHERE state = 'running'"]).await;
            }
            return starts_and_ends(server, &at).await;
        }
        _ => {}
    }
    let draft = id_in(&server.cli(&["policy", "apply", &pack]).expect(), "drf_");
    let prepared = ["publish_scheduled", "publish_missed", "confirm_block", "end_block", "lapse", "stop_sweep"];
    server.set("FAILPOINTS", if prepared.contains(&flow) { "" } else { &at });
    server.run().await;
    let otto = server.person(&format!("otto-{tag}"), "policy_editor").await;
    let lena = server.person(&format!("lena-{tag}"), "lead").await;
    let act = async |action: &str, fields: &[(&str, &str)]| drop(press(&otto, &draft, action, fields).await);
    match flow {
        "save_draft_file" => act("file", &[("file:README.md", tag)]).await,
        "discard_draft" => act("discard", &[]).await,
        "rebase_draft" => {
            server.cli(&edit).expect();
            act("rebase", &[("keep_mine", "yes")]).await;
        }
        "set_draft_model" => act("model", &[("model", "")]).await,
        "start_backtest" | "backtest_progress" | "end_backtest" => act("backtests", &[("days", "7")]).await,
        "start_shadow" => act("shadow", &[]).await,
        "start_canary" => act("canary", &[("percent", "50")]).await,
        "stop_beside" => {
            act("shadow", &[]).await;
            act("stop", &[]).await;
        }
        "cancel_backtest" => {
            act("backtests", &[("days", "7")]).await;
            let page = otto.get(&format!("/drafts/{draft}/release")).await;
            let link = page.attributes("a[href^='/backtests/']", "href").remove(0);
            // One that runs and whose job is gone is nobody's but the page's.
            sql(server, &["UPDATE backtest SET state = 'running'", "DELETE FROM job WHERE name = 'backtest'"]).await;
            let _ = otto.try_post(&format!("{link}/cancel"), &[("csrf", &page.csrf())]).await;
        }
        "call_off" | "publish_scheduled" | "publish_missed" => {
            let far = soon(3_600_000);
            act("publish", &[("at", &far), ("reach", "new_ads"), ("despite_cases", "yes")]).await;
            if flow == "call_off" {
                act("call-off", &[]).await;
            } else {
                server.stop();
                if flow == "publish_missed" {
                    server.cli(&edit).expect();
                }
                sql(server, &["UPDATE job SET run_at = 0 WHERE name = 'publish'"]).await;
                return starts_and_ends(server, &at).await;
            }
        }
        "stop_sweep" => {
            server.stop();
            server.cli(&[&publish[..], &["--sweep"]].concat()).expect();
            // A sweep whose job waits is still running when somebody stops it.
            sql(server, &["UPDATE job SET run_at = 9000000000000 WHERE name = 'sweep'"]).await;
            server.set("FAILPOINTS", &at);
            server.run().await;
            let page = otto.get("/releases").await;
            let stop = page.attributes("form[action^='/sweeps/']", "action").remove(0);
            let _ = otto.try_post(&stop, &[("csrf", &page.csrf())]).await;
        }
        _ => {
            // A clean ad leads there, so that there is something to take down and to give back.
            let id = hook.submit(&ads::clean(&format!("block-{tag}"))).await;
            hook.wait_until_screened(&id).await;
            let csrf = lena.get("/blocks").await.csrf();
            let phrase = format!("phrase {tag}");
            let what: [(&str, &str); 2] = match flow {
                "break_glass" | "confirm_block" => [("kind", "phrase"), ("value", &phrase)],
                _ => [("kind", "domain"), ("value", "northwind.example")],
            };
            let form = [&what[..], &[("reason", "a try"), ("csrf", &csrf)]].concat();
            let blocked = lena.try_post("/blocks", &form).await;
            if flow != "break_glass" {
                assert_eq!(blocked.expect("the server goes on").status, 200);
                if flow == "confirm_block" {
                    server.set("FAILPOINTS", &at);
                    server.run().await;
                    // Only somebody else is offered to confirm.
                    let page = otto.get("/blocks").await;
                    let confirm = page.attributes("form[action$='/confirm']", "action").remove(0);
                    let _ = otto.try_post(&confirm, &[("csrf", &page.csrf())]).await;
                } else {
                    hook.wait_for(&id, |o| o["approval_status"] == "rejected").await;
                    server.stop();
                    sql(server, &["UPDATE job SET run_at = 0 WHERE name = 'lapse'"]).await;
                    let ended = starts_and_ends(server, &at).await;
                    // What it blocks must not outlast this: later ads lead there too.
                    server.set("FAILPOINTS", "");
                    sql(server, &["UPDATE job SET lease_until = 0"]).await;
                    server.run().await;
                    hook.wait_for(&id, |o| o["approval_status"] == "approved").await;
                    return ended;
                }
            }
        }
    }
    over(server).await
}

/// The live release's pack with one file changed and nothing that concludes otherwise.
fn changed_pack(server: &Server, folder: &Path, tag: &str) -> String {
    let pack = folder.join("pack");
    exported(server, &pack);
    let file = pack.join("release.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}# {tag}\n")).unwrap();
    pack.to_string_lossy().into_owned()
}

async fn starts_and_ends(server: &mut Server, at: &str) -> bool {
    server.set("FAILPOINTS", at);
    !server.spawn().await || over(server).await
}

/// Whether the server ends by itself within some seconds.
async fn over(server: &mut Server) -> bool {
    for _ in 0..200 {
        if !server.runs() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

async fn sql(server: &Server, statements: &[&str]) {
    let db = server.database.connect().await;
    for statement in statements {
        db.execute_unprepared(statement).await.unwrap();
    }
    db.close().await.unwrap();
}
