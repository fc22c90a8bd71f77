//! Hostile files of a pack, each by a name: every one has to be refused with its place.

/// A file that no pack may hold so.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) text: String,
}

const RULES: &str = "weapons/rules.toml";
const CASES: &str = "weapons/cases.toml";
const POLICY: &str = "weapons/policy.toml";

fn file(name: &'static str, path: &'static str, text: impl Into<String>) -> File {
    File { name, path, text: text.into() }
}

/// A rules file with one condition, in a text that needs no escapes.
fn rule(name: &'static str, when: impl AsRef<str>) -> File {
    let when = when.as_ref();
    file(name, RULES, format!("[[rule]]\nname = \"hostile\"\neffect = \"review\"\nwhen = '''\n{when}\n'''\n"))
}

/// A rules file with one good condition and more keys.
fn rule_with(name: &'static str, keys: impl AsRef<str>) -> File {
    let keys = keys.as_ref();
    file(name, RULES, format!("[[rule]]\nname = \"hostile\"\nwhen = 'ad.has_video'\n{keys}\n"))
}

fn case(name: &'static str, keys: impl AsRef<str>) -> File {
    let keys = keys.as_ref();
    file(
        name,
        CASES,
        format!("[[case]]\nname = \"hostile\"\nkind = \"violating\"\nheadline = \"x\"\nexpect = \"review\"\n{keys}\n"),
    )
}

/// The table.
pub(super) fn all() -> Vec<File> {
    let mut all = conditions();
    all.extend(documents());
    all.extend(lists());
    all
}

fn conditions() -> Vec<File> {
    let many = |part: &str, n: usize| part.repeat(n);
    let nested =
        |open: &str, inside: &str, close: &str, n: usize| format!("{}{inside}{}", many(open, n), many(close, n));
    vec![
        rule("a thousand brackets", nested("(", "true", ")", 1_000)),
        rule("thirty-three brackets", nested("(", "true", ")", 33)),
        rule("a hundred thousand brackets", nested("(", "true", ")", 100_000)),
        rule("a thousand lists in lists", nested("[", "1", "]", 1_000)),
        rule("a thousand maps in maps", nested("{1:", "1", "}", 1_000)),
        rule("brackets that never close", many("(", 3_000)),
        rule("brackets that never opened", many(")", 3_000)),
        rule("a thousand negations", many("!", 1_000) + "true"),
        rule("a thousand minus signs", many("-", 1_000) + "1 > 0"),
        rule("a thousand sums", format!("{}1 > 0", many("1+", 1_000))),
        rule("a sum longer than a rule", format!("{}1 > 0", many("1+", 100_000))),
        rule("a conjunction longer than a rule", format!("{}true", many("true && ", 5_000))),
        rule("a thousand choices", many("true ? true : ", 1_000) + "true"),
        rule("a thousand selections", format!("ad{}", many(".ad", 1_000))),
        rule("calls in calls", nested("size(", "ad.text", ")", 400)),
        rule("a name of four thousand letters", many("x", 3_900)),
        rule("a name of a million letters", many("x", 1_000_000)),
        rule("a megabyte of blanks", format!("{}x", many(" ", 1_000_000))),
        rule("a hundred thousand lines", format!("{}x", many("\n", 100_000))),
        rule("a text that never ends", "ad.text == \"never"),
        rule("a text of a megabyte", format!("ad.text == \"{}\"", many("x", 1_000_000))),
        rule("a number beyond all numbers", "advertiser.strikes > 99999999999999999999999999"),
        rule("a hexadecimal number beyond all numbers", "advertiser.strikes > 0xFFFFFFFFFFFFFFFFFFFF"),
        rule("an exponent beyond all exponents", "score('scam') > 1e99999999"),
        rule("a score that no score reaches", "score(\"scam\") >= 1.5"),
        rule("a count below nothing", "advertiser.strikes < -9223372036854775808"),
        rule("null", "null"),
        rule("bytes", "b\"\\xff\\xfe\" == b\"\""),
        rule("a loop over a list", "[1, 2, 3].all(x, x > 0)"),
        rule("a loop in a loop", "[1, 2].map(x, [1, 2].map(y, x * y)) == [1]"),
        rule("a loop over the ad's words", "ad.text.exists(w, w == w)"),
        rule("a part of the environment as a value", "has(ad)"),
        rule("a function nobody wrote", "exec(\"reboot\")"),
        rule("a field nobody wrote", "ad.__proto__.constructor"),
        rule("a regular expression in the language's own words", "ad.headline.matches(\"(a+)+$\")"),
        rule("counts in counts in counts", "regex(\"((x{1,1000}){1,1000}){1,1000}\")"),
        rule("groups in groups", format!("regex(\"{}\")", nested("(", "x", ")", 500))),
        rule("a backreference", "regex(\"(a)\\\\1\")"),
        rule("a look-ahead", "regex(\"(?=a)b\")"),
        rule("an expression that matches nothing at all", "regex(\"a*\")"),
        rule("a range that runs backwards", "regex(\"[z-a]\")"),
        rule("every letter a million times", "regex(\"\\\\pL{1000}\\\\pL{1000}(\\\\pL{1000}){1000}\")"),
        rule("an expression that is none", "regex(\"(*\")"),
        rule("an expression put together from the ad", "regex(ad.text)"),
        rule("a list nobody wrote", "matches(\"nothing\")"),
        rule("a list outside the pack", "matches(\"../../../../etc/passwd\")"),
        rule("a list of another kind", "domain_in(\"weapon_words\")"),
        rule("a list named by the ad", "matches(ad.text)"),
        rule("examples that are phrases", "similar_to(\"weapon_words\") > 0.5"),
        rule("a day in the year 9999999", "before(\"9999999-01-01\")"),
        rule("the thirtieth of February", "after(\"2026-02-30\")"),
        rule("an age beyond all ages", "targets_under(99999999999)"),
        rule("an age below birth", "targets_under(-1)"),
        rule("a country that is none", "targets(\"ZZ\")"),
        rule("five hundred countries that are none", format!("targets({}\"ZZ\")", many("\"ZZ\", ", 500))),
        rule("letters that read from right to left", "ad.\u{202e}txet == \"x\""),
        rule("blanks that nobody sees", "ad.te\u{200b}xt == \"x\""),
        rule("look-alike letters", "\u{430}d.text == \"x\""),
        rule("pictures for names", "🔫 == 🔫"),
        rule("combining marks without end", format!("a{} == 1", many("\u{301}", 1_500))),
        rule("a template", "${7*7} && {{7*7}}"),
        rule("a statement of the database", "'; DROP TABLE ad; --"),
        rule("a command of the shell", "$(reboot)"),
        rule("a page's script", "<script>alert(1)</script>"),
        rule("no truth", "ad.headline"),
        rule("a text above a number", "ad.headline > 5"),
        rule("a place in a text", "ad.text[99999999999999999999]"),
        rule("a comment alone", "// nothing"),
        rule("blanks alone", "   \t  "),
        rule("a list of texts and numbers", "\"a\" in [1, \"b\"]"),
        rule("a map", "{\"a\": 1}[\"a\"] == 1"),
        rule("a message", "google.protobuf.Duration{seconds: 1}"),
        rule("a reserved word", "while"),
        rule("half a surrogate", "ad.text == \"\\ud800\""),
        rule("an escape that is none", "ad.text == \"\\q\""),
        rule("an octal escape beyond a byte", "ad.text == \"\\777\""),
        rule("two conditions", "true true"),
        rule("an assignment", "ad.headline = \"x\""),
        file(
            "a score that prohibits",
            RULES,
            "[[rule]]\nname = \"hostile\"\neffect = \"prohibited\"\nwhen = 'score(\"scam\") > 0.1 || score(\"adult\") > 0.1'\n",
        ),
    ]
}

fn documents() -> Vec<File> {
    let many = |part: &str, n: usize| part.repeat(n);
    let lines = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let laughs =
        "a: &a [\"lol\",\"lol\",\"lol\",\"lol\"]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n";
    vec![
        file("ten thousand arrays in arrays", RULES, format!("a = {}{}", many("[", 10_000), many("]", 10_000))),
        file("arrays that never close", RULES, format!("a = {}", many("[", 100_000))),
        file("ten thousand tables in tables", RULES, format!("a = {}1{}", many("{a=", 10_000), many("}", 10_000))),
        file("a key of ten thousand parts", RULES, format!("{}a = 1", many("a.", 10_000))),
        file("a header of ten thousand parts", RULES, format!("[{}a]\nx = 1", many("a.", 10_000))),
        file("ten thousand headers", RULES, lines(10_000, &|n| format!("[t{n}]\n"))),
        file("a hundred thousand keys nobody knows", RULES, lines(100_000, &|n| format!("k{n} = {n}\n"))),
        file("a key of a megabyte", RULES, format!("{} = 1", many("k", 1_000_000))),
        file("a key twice", RULES, "[[rule]]\nname = \"a\"\nname = \"b\"\n"),
        file("a text without an end", RULES, format!("a = \"{}", many("x", 1_000_000))),
        file("a number without bounds", RULES, format!("a = {}", many("9", 100_000))),
        file("an exponent without bounds", RULES, "a = 1e999999999999"),
        file("a moment that never was", RULES, "a = 99999-99-99T99:99:99Z"),
        file("half a surrogate in a file", RULES, "a = \"\\uD800\""),
        file("control characters", RULES, "a = \"\u{1}\u{2}\u{7f}\""),
        file("carriage returns alone", RULES, "a = 1\rb = 2\r"),
        file("a mark of byte order in the middle", RULES, "a = 1\n\u{feff}b = 2"),
        file("a YAML document", RULES, "rules:\n  - name: x\n    when: !!python/object/apply:os.system [reboot]\n"),
        file("a billion laughs in YAML", RULES, laughs),
        file("a million laughs in XML", RULES, "<!DOCTYPE x [<!ENTITY a \"&b;&b;\"><!ENTITY b \"lol\">]><x>&a;</x>"),
        file("JSON", RULES, "{\"rule\": [{\"name\": \"x\"}]}"),
        file("a page", RULES, "<html><body onload=alert(1)>"),
        file("a merge that nobody finished", RULES, "<<<<<<< mine\na = 1\n=======\na = 2\n>>>>>>> theirs\n"),
        file("a key file", RULES, "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n"),
        file(
            "more rules than a release has",
            RULES,
            lines(10_001, &|n| format!("[[rule]]\nname = \"r{n}\"\nwhen = 'true'\neffect = \"review\"\n")),
        ),
        rule_with("an effect nobody knows", "effect = \"destroy\""),
        rule_with("an effect that is a number", "effect = 1"),
        rule_with("no effect", ""),
        rule_with("a state nobody knows", "effect = \"review\"\nstate = \"../live\""),
        rule_with("a share that is no number", "effect = \"review\"\npercent = nan"),
        rule_with("a share without bounds", "effect = \"review\"\npercent = inf"),
        rule_with("a share below nothing", "effect = \"review\"\npercent = -1e300"),
        rule_with("a day after the end of time", "effect = \"review\"\nuntil = \"99999-12-31\""),
        rule_with("a day before all days", "effect = \"review\"\nuntil = 0000-00-00"),
        rule_with("an end that is a list", "effect = \"review\"\nuntil = [1, 2]"),
        rule_with("a limit to nothing", "effect = \"limited\""),
        rule_with(
            "a limit nobody knows",
            "effect = \"limited\"\n[[rule.constraints]]\nkind = \"reboot\"\ncommand = \"now\"",
        ),
        rule_with(
            "a limit to an age beyond all ages",
            "effect = \"limited\"\n[[rule.constraints]]\nkind = \"min_age\"\nyears = 9223372036854775807",
        ),
        rule_with(
            "a limit to ten thousand countries that are none",
            format!(
                "effect = \"limited\"\n[[rule.constraints]]\nkind = \"only_countries\"\ncountries = [{}]",
                many("\"ZZ\",", 10_000)
            ),
        ),
        rule_with(
            "more snoozes than a rule has",
            format!(
                "effect = \"review\"\n{}",
                lines(1_001, &|n| format!("[[rule.snooze]]\nadvertiser = \"a{n}\"\nuntil = \"2030-01-01\"\n"))
            ),
        ),
        file(
            "a rule that leaves its folder",
            RULES,
            "[[rule]]\nname = \"../../x\"\nwhen = 'true'\neffect = \"review\"\n",
        ),
        file(
            "a rule's name of a megabyte",
            RULES,
            format!("[[rule]]\nname = \"{}\"\nwhen = 'true'\neffect = \"review\"\n", many("x", 1_000_000)),
        ),
        file("rules that are a number", RULES, "rule = 7"),
        file("a severity nobody knows", POLICY, "title = \"x\"\nclause = \"x\"\nseverity = \"apocalyptic\"\n"),
        file("a clause's version without bounds", POLICY, "title = \"x\"\nclause_version = 99999999999999999999\n"),
        file("a clause that is a list", POLICY, "title = \"x\"\nclause = [\"x\"]\n"),
        file("a policy without anything", POLICY, ""),
        file("a policy of unknown keys", POLICY, lines(5_000, &|n| format!("key_{n} = \"{}\"\n", many("v", 100)))),
        file("a file larger than a file may be", POLICY, format!("# {}\n", many("x", 9 << 20))),
        case("a case of scores without bounds", "scores = { scam = 1e300 }"),
        case("a case of scores that are no numbers", "scores = { scam = nan }"),
        case("a case of ages below birth", "min_age = -1"),
        case("a case of ages beyond all ages", "max_age = 99999999999"),
        case("a case in the year 9999999", "evaluated_at = \"9999999-01-01T00:00:00Z\""),
        case("a case in a country that is none", "countries = [\"ATLANTIS\"]"),
        case("a case of a budget without bounds", "budget = { micros = 99999999999999999999, currency = \"EUR\" }"),
        case("a case of likeness beyond likeness", "similar_to = { weapon_words = 7.0 }"),
        file("a case that expects what nobody concludes", CASES, "[[case]]\nname = \"x\"\nexpect = \"exile\"\n"),
        file("a case without a name", CASES, "[[case]]\nexpect = \"review\"\n"),
        file("samples beyond all", "release.toml", "[sampling]\nblind_share = 2.0\n"),
        file("samples that are no number", "release.toml", "[sampling]\nblind_share = nan\n"),
        file("a seed below nothing", "release.toml", "[sampling]\nseed = -1\n"),
        file("a threshold beyond all", "release.toml", "[thresholds]\nscam = 1e9\n"),
        file("a threshold of no policy", "release.toml", "[thresholds]\n\"../x\" = 0.5\n"),
        file(
            "a queue that waits for ever",
            "queues.toml",
            "[[queue]]\nname = \"q\"\ntitle = \"Q\"\nsla_minutes = 9223372036854775807\nlease_minutes = 1\n",
        ),
        file("a queue without a name", "queues.toml", "[[queue]]\ntitle = \"Q\"\nsla_minutes = 1\nlease_minutes = 1\n"),
        file(
            "a queue of policies nobody wrote",
            "queues.toml",
            "[[queue]]\nname = \"q\"\ntitle = \"Q\"\nsla_minutes = 1\nlease_minutes = 1\npolicies = [\"nobody\"]\n",
        ),
        file("a file nobody reads", "weapons/run.sh", "rm -rf /\n"),
        file("a file beside the folders that nobody reads", "passwd", "root:x:0:0\n"),
        file("a folder that is no policy", "UPPER/policy.toml", "title = \"x\"\n"),
    ]
}

fn lists() -> Vec<File> {
    let many = |part: &str, n: usize| part.repeat(n);
    let lines = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let (phrases, regexes) = ("lists/hostile.phrases.txt", "lists/hostile.regexes.txt");
    let (domains, images) = ("lists/hostile.domains.txt", "lists/hostile.image_hashes.txt");
    vec![
        file("a phrase of a megabyte", phrases, many("x", 1_000_000)),
        file("phrases of nothing but dashes", phrases, "---\n"),
        file("a phrase that only overrules nothing", phrases, "!\n"),
        file("more phrases than a list has", phrases, lines(500_001, &|n| format!("p{n}\n"))),
        file("a phrase twice", phrases, "Pistol\npistol\n"),
        file("an expression of counts in counts", regexes, "((x{1,1000}){1,1000}){1,1000}\n"),
        file("an expression that matches nothing at all in a list", regexes, ".*\n"),
        file("an expression that never closes", regexes, "(((\n"),
        file("an expression of a thousand groups", regexes, format!("{}x{}\n", many("(", 450), many(")", 450))),
        file("an expression of all letters many times", regexes, "\\pL{1000}(\\pL{1000}){100}\n"),
        file("an expression with a look-behind", regexes, "(?<=a)b\n"),
        file("an expression with a backreference", regexes, "(a+)\\1\n"),
        file("more expressions than a list has", regexes, lines(1_001, &|n| format!("x{n}\n"))),
        file("a domain that is a blank", domains, "exa mple.com\n"),
        file("a domain of one word", domains, "localhost\n"),
        file("a domain without a name", domains, "https://\n"),
        file("a domain of empty parts", domains, "a..b\n"),
        file("a domain of three hundred letters", domains, format!("{}.com\n", many("x", 300))),
        file("a domain with a path", domains, "example.com/../../etc\n"),
        file("a digest that is too short", images, "sha256:00\n"),
        file("a digest of other letters", images, format!("sha256:{}\n", many("z", 64))),
        file("a digest of another kind", images, format!("md5:{}\n", many("0", 32))),
        file("more examples than a list has", "lists/hostile.examples.txt", lines(501, &|n| format!("example {n}\n"))),
        file("a kind of list nobody knows", "lists/hostile.secrets.txt", "x\n"),
        file("a list without a kind", "lists/hostile.txt", "x\n"),
        file("a list of a name with dots", "lists/a.b.c.txt", "x\n"),
        file("a list that is no TOML", "lists/hostile.toml", "kind = \"phrases\"\nentries = [\"a\"\n"),
        file("a list of numbers", "lists/hostile.toml", "kind = \"phrases\"\nentries = [1, 2]\n"),
        file(
            "an entry that ends after the end of time",
            "lists/hostile.toml",
            "kind = \"phrases\"\n[[entry]]\nvalue = \"x\"\nuntil = \"99999-01-01\"\n",
        ),
        file("a list of a kind nobody knows", "lists/hostile.toml", "kind = \"all\"\nentries = [\"x\"]\n"),
        file("a list twice", "lists/weapon_words.toml", "kind = \"phrases\"\nentries = [\"x\"]\n"),
    ]
}
