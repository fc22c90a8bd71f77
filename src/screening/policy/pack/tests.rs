//! What is wrong with a pack is said all at once, where it stands, with the likely spelling.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::domain::{policy::ListKind, time::Millis};
use crate::screening::policy::{
    case_model::CaseModel,
    cases::{CaseKind, run_all},
    compile::list_uses,
};

const POLICY: &str = r#"title = "Weapons"
severity = "critical"
disclosure = "full"
on_unavailable = "review"
clause = "Weapons may not be advertised."
fix_hint = "Remove the weapon."
"#;

const RULES: &str = r#"[[rule]]
name = "firearms"
when = '''
matches("guns")
'''
effect = "prohibited"
"#;

fn read(pairs: &[(&str, &str)]) -> Result<Pack, String> {
    let files = PackFiles::from_pairs(pairs.iter().copied());
    Pack::read(&files).map_err(|all| shown(&all))
}

fn refused(pairs: &[(&str, &str)]) -> String {
    read(pairs).expect_err("the pack was accepted")
}

#[test]
fn a_small_pack_is_read_whole() {
    let pack = read(&[
        ("weapons/policy.toml", POLICY),
        ("weapons/rules.toml", RULES),
        ("lists/guns.phrases.txt", "# English\ngun\n!water gun\n"),
        ("lists/sellers.toml", "kind = 'domains'\nentries = ['guns.example']\n[[entry]]\nvalue = 'toys.guns.example'\nnegative = true\nnote = 'toys'\n"),
        ("release.toml", "[sampling]\nblind_share = 0.5\nseed = 7\n[thresholds]\nscam = 0.9\n"),
        ("queues.toml", "[[queue]]\nname = 'critical'\ntitle = 'Critical'\npolicies = ['weapons']\nsla_minutes = 60\nlease_minutes = 5\nrank = 1\n"),
        ("README.md", "How to write a pack."),
        ("weapons/cases.toml", "[[case]]\nname = 'gun'\nkind = 'violating'\nheadline = 'A gun'\ncountries = ['DE']\nadvertiser = { verified = true, age_days = 3 }\nexpect = 'prohibited'\n"),
    ])
    .unwrap();
    assert_eq!(pack.bundle.policies[0].title, "Weapons");
    assert_eq!(pack.bundle.rules[0].name, "weapons/firearms");
    assert_eq!(pack.bundle.rules[0].when, "matches(\"guns\")\n");
    assert_eq!(pack.bundle.lists[0].entries.len(), 2);
    assert!(pack.bundle.lists[0].entries[1].negative && pack.bundle.lists[1].entries[1].negative);
    let more = read(&[
        ("weapons/policy.toml", &format!("{POLICY}no_score_alone = true\n")),
        ("weapons/rules.toml", &format!("{RULES}percent = 12.5\nuntil = 2026-12-31\n[[rule.snooze]]\nadvertiser = 'acme'\nuntil = '2026-06-30T12:00:00Z'\n")),
        ("lists/guns.toml", "kind = 'phrases'\n[[entry]]\nvalue = 'gun'\nuntil = 2026-02-01\n"),
        ("lists/scams.examples.txt", "Send one coin, get two back\n"),
    ])
    .unwrap()
    .bundle;
    let rule = &more.rules[0];
    assert_eq!((rule.percent, rule.until, rule.snoozes.len()), (Some(12.5), Millis::of_day("2026-12-31"), 1));
    assert_eq!((more.policies[0].no_score_alone, more.lists[1].kind), (true, ListKind::Examples));
    assert_eq!(more.lists[0].entries[0].until, Millis::of_day("2026-02-01"));
    assert_eq!(pack.bundle.sampling.blind_share, 0.5);
    assert_eq!(pack.bundle.thresholds.values().copied().collect::<Vec<_>>(), [0.9]);
    assert_eq!(pack.queues.for_policies(&["weapons".parse().unwrap()]).name, "critical");
    let case = &pack.cases[0];
    assert_eq!((case.content.creative.headline.as_str(), case.facts.advertiser.facts.verified), ("A gun", Some(true)));
}

#[test]
fn a_slip_in_a_condition_is_shown_in_the_rules_file() {
    let rules = "[[rule]]\nname = \"a\"\neffect = \"review\"\nwhen = '''\nmatches(\"guns\") &&\n  ad.headlin == \"é\" && score(\"scam\") > 2\n'''\n\n[[rule]]\nname = \"b\"\neffect = \"review\"\nwhen = 'matches(\"gunz\")'\n\n[[rule]]\nname = \"c\"\neffect = \"review\"\nwhen = \"matches(\\\"gunz\\\")\"\n";
    let seen =
        refused(&[("weapons/policy.toml", POLICY), ("weapons/rules.toml", rules), ("lists/guns.phrases.txt", "gun\n")]);
    insta::assert_snapshot!(seen, @r#"
    weapons/rules.toml:6:3: error: unknown field `ad.headlin` (did you mean `ad.headline`?)
     6 |   ad.headlin == "é" && score("scam") > 2
       |   ^^^^^^^^^^
    weapons/rules.toml:6:24: error: this comparison never holds: the left side is 0 to 1
     6 |   ad.headlin == "é" && score("scam") > 2
       |                        ^^^^^^^^^^^^^^^^^
    weapons/rules.toml:12:17: error: unknown list `gunz` (did you mean `guns`?)
     12 | when = 'matches("gunz")'
        |                 ^^^^^^
    weapons/rules.toml:17:8: error: unknown list `gunz` (did you mean `guns`?)
     17 | when = "matches(\"gunz\")"
        |        ^
    "#);
}

#[test]
fn a_slip_in_any_file_has_its_place_and_all_come_at_once() {
    let seen = refused(&[
        (
            "weapons/policy.toml",
            "titel = 'Weapons'\nseverity = 'critcal'\ndisclosure = 3\nclause = ' '\n[mappings]\niab = ['1']\nmicrosoft = ['x']\n",
        ),
        (
            "weapons/rules.toml",
            "[[rule]]\nname = 'Big Gun'\nwhen = 'true'\neffect = 'prohibit'\nstate = 'live'\n[[rule]]\nname = 'age'\nwhen = 'ad.has_video'\neffect = 'limited'\nconstraints = [{ kind = 'min_ages', years = 18 }, { kind = 'exclude_countries', countries = ['XX'] }]\n",
        ),
        ("weapons/rule.toml", ""),
        ("weapons/cases.toml", "[[case]]\nname = 'x'\nkind = 'nearmiss'\nheadlin = 'x'\n"),
        ("lists/guns.phrase.txt", "gun\n"),
        ("lists/sites.domains.txt", "good.example\nhttps://bad.example/x\nGOOD.example\n"),
        (
            "queues.toml",
            "[[queue]]\nname = 'critical'\ntitle = 'Critical'\npolicies = ['weapon']\nsla_minutes = 0\nlease_minutes = 5\n",
        ),
        ("release.toml", "[sampling]\nblind_share = 1.5\n"),
        ("Bad-Folder/policy.toml", ""),
        ("notes.txt", ""),
    ]);
    insta::assert_snapshot!(seen);
}

#[test]
fn broken_toml_and_scores_that_prohibit_are_refused() {
    let seen = refused(&[
        ("scam/policy.toml", POLICY),
        (
            "scam/rules.toml",
            "[[rule]]\nname = 'a'\neffect = 'prohibited'\nwhen = 'ad.has_video && flagged(\"scam\") || score(\"scam\") > 0.9'\n[[rule]]\nname = 'b'\neffect = 'prohibited'\nwhen = 'ad.has_video && flagged(\"scam\")'\n[[rule]]\nname = 'b'\neffect = 'review'\nwhen = 'ad.has_video'\n",
        ),
        ("weapons/policy.toml", "title = 'x\nseverity ="),
        ("weapons/rules.toml", "[[rule]]\nname = 'a'\neffect = 'limited'\nwhen = 'ad.has_video'\n"),
    ]);
    insta::assert_snapshot!(seen);
}

#[test]
fn the_default_pack_is_whole_and_its_cases_hold_with_the_model_in_the_binary() {
    let pack = Pack::embedded().unwrap_or_else(|all| panic!("{}", shown(&all)));
    let model = CaseModel::shipped().unwrap();
    let report = run_all(&pack, &model.thresholds, &mut |case, release| model.signals(case, release)).unwrap();
    assert!(
        report.failures.is_empty(),
        "{} of {} failed\n{}",
        report.failures.len(),
        report.run,
        shown(&report.failures)
    );
    for policy in &pack.bundle.policies {
        let of_policy = |kind| pack.cases.iter().filter(|c| c.policy == policy.code && c.kind == kind).count();
        let (violating, near, disguised) =
            (of_policy(CaseKind::Violating), of_policy(CaseKind::NearMiss), of_policy(CaseKind::Disguised));
        assert!(violating + near + disguised >= 12 && near >= 3 && disguised >= 1, "{} needs more cases", policy.code);
    }
    for (list, rules) in list_uses(&pack.bundle) {
        assert!(!rules.is_empty(), "no rule uses the list {list}");
    }
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{p}\n")).collect()
}
