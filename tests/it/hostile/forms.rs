//! Hostile forms and addresses of the console, each by a name: every one has to be refused.

/// What a form is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Below the draft's page: `file`, `publish`, …
    Draft(&'static str),
    /// Anywhere else.
    Page(&'static str),
    /// Read, not sent.
    Read(&'static str),
}

/// A form that nobody sends in good faith.
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) at: At,
    pub(super) fields: Vec<(String, String)>,
    /// Whether the lead sends it instead of the policy editor.
    pub(super) lead: bool,
    /// Whether it is refused inside a page that says what was refused, and the page itself is fine.
    pub(super) told: bool,
}

fn form<const N: usize>(name: &'static str, at: At, fields: [(&str, String); N]) -> Form {
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Form { name, at, fields, lead: false, told: false }
}

fn page(name: &'static str, path: &'static str) -> Form {
    form(name, At::Page(path), [("version", "1".into())])
}

fn read(name: &'static str, path: &'static str) -> Form {
    form(name, At::Read(path), [])
}

/// A file saved under a path that no pack has. `VERSION` is put right when it is sent.
fn saved(name: &'static str, path: &str) -> Form {
    let field = format!("file:{path}");
    form(name, At::Draft("file"), [("version", "VERSION".into()), (field.as_str(), "x = 1".into())])
}

fn text(name: &'static str, version: &str, text: String) -> Form {
    form(name, At::Draft("file"), [("version", version.into()), ("file:weapons/rules.toml", text)])
}

fn step<const N: usize>(name: &'static str, action: &'static str, fields: [(&str, String); N]) -> Form {
    form(name, At::Draft(action), fields)
}

/// Entries pasted into a list of the draft.
fn pasted(name: &'static str, path: &str, paste: String) -> Form {
    let field = format!("file:{path}");
    let fields = [("version", "VERSION".into()), (field.as_str(), "fine\n".into()), ("paste", paste)];
    Form { told: true, ..form(name, At::Draft("import"), fields) }
}

/// An edit of a list of the live release. `LIVE` is put right when it is sent.
fn edited(name: &'static str, path: &'static str, add: String, remove: String) -> Form {
    form(name, At::Page(path), [("release", "LIVE".into()), ("add", add), ("remove", remove)])
}

fn blocked(name: &'static str, kind: &str, value: String, reason: String) -> Form {
    let fields = [("kind", kind.into()), ("value", value), ("reason", reason)];
    Form { lead: true, ..form(name, At::Page("/blocks"), fields) }
}

const PHRASES: &str = "/lists/weapons_firearms/edit";
const REGEXES: &str = "/lists/circumvention_links/edit";
const DOMAINS: &str = "/lists/blocked_domains/edit";
const IMAGES: &str = "/lists/blocked_images/edit";
const WORDS: &str = "lists/weapon_words.phrases.txt";

/// The table.
pub(super) fn all() -> Vec<Form> {
    let many = |part: &str, n: usize| part.repeat(n);
    let numbered = |n: usize| (0..n).map(|i| format!("entry {i}\n")).collect::<String>();
    let why = || "a reason".to_owned();
    let none = String::new;
    vec![
        saved("a path out of the pack", "../../../../etc/passwd"),
        saved("an absolute path", "/etc/passwd"),
        saved("a path of the folder above", ".."),
        saved("a path of the folder itself", "."),
        saved("a path of nothing", ""),
        saved("a path back through a folder", "weapons/../../x.toml"),
        saved("a path three folders deep", "a/b/c.toml"),
        saved("a path with backslashes", "..\\..\\windows\\win.ini"),
        saved("a path of a drive", "C:/x.toml"),
        saved("a hidden path", ".git/config"),
        saved("a hidden file", "lists/.bashrc"),
        saved("a path that is encoded", "%2e%2e%2fpasswd"),
        saved("a path of two slashes", "weapons//rules.toml"),
        saved("a path that ends in a slash", "lists/"),
        saved("a path of blanks", " / "),
        saved("a path with a line end", "weapons/rules.toml\nx"),
        saved("a path with a zero byte", "weapons/rules.toml\0.png"),
        saved("a path of a home", "~/.ssh/authorized_keys"),
        saved("a path of pictures", "🔫/rules.toml"),
        saved("a path from right to left", "weapons/\u{202e}lmot.selur"),
        saved("a path of five thousand letters", &many("x", 5_000)),
        text("a zero byte in a file", "VERSION", "a = 1\0".into()),
        text("a file of nine megabytes", "VERSION", many("x", 9 << 20)),
        text("a form of thirty megabytes", "VERSION", many("x", 30 << 20)),
        text("a version that was never", "999999", "a = 1".into()),
        text("a version below nothing", "-1", "a = 1".into()),
        text("a version beyond all numbers", &many("9", 500), "a = 1".into()),
        text("a version that is no number", "'; DROP TABLE draft; --", "a = 1".into()),
        step(
            "a file taken out that is not there",
            "remove",
            [("version", "VERSION".into()), ("path", "weapons/nothing.toml".into())],
        ),
        step("a file taken out above the pack", "remove", [("version", "VERSION".into()), ("path", "../x".into())]),
        step(
            "published on a version that was never",
            "publish",
            [("version", "99".into()), ("reach", "new_ads".into())],
        ),
        step("published to nobody knows whom", "publish", [("version", "VERSION".into()), ("reach", "moon".into())]),
        step(
            "published on a day that never was",
            "publish",
            [("version", "VERSION".into()), ("reach", "new_ads".into()), ("effective_at", "99999-99-99T99:99".into())],
        ),
        step(
            "published with caps that are no numbers",
            "publish",
            [
                ("version", "VERSION".into()),
                ("reach", "sweep".into()),
                ("order", "newest".into()),
                ("tasks_a_day", "NaN".into()),
            ],
        ),
        step(
            "published with caps beyond all numbers",
            "publish",
            [
                ("version", "VERSION".into()),
                ("reach", "sweep".into()),
                ("order", "newest".into()),
                ("rejections_a_day", many("9", 400)),
            ],
        ),
        step(
            "published in an order nobody knows",
            "publish",
            [("version", "VERSION".into()), ("reach", "sweep".into()), ("order", "'; --".into())],
        ),
        step("a canary for no share", "canary", [("version", "VERSION".into()), ("percent", "NaN".into())]),
        step("a canary for all shares", "canary", [("version", "VERSION".into()), ("percent", "inf".into())]),
        step("a canary below nothing", "canary", [("version", "VERSION".into()), ("percent", "-1e308".into())]),
        step("a shadow of a version that was never", "shadow", [("version", "77".into())]),
        step("a backtest of no days", "backtests", [("days", "0".into())]),
        step("a backtest of days below nothing", "backtests", [("days", "-30".into())]),
        step("a backtest of days beyond all numbers", "backtests", [("days", many("9", 100))]),
        step("a backtest of days that are none", "backtests", [("days", "NaN".into())]),
        step("a model that is none", "model", [("version", "VERSION".into()), ("model", "../../model".into())]),
        step("a draft given up on a version that was never", "discard", [("version", "1e9".into())]),
        step("a draft brought up to date on a version that was never", "rebase", [("version", "31".into())]),
        page("a draft of no name", "/drafts"),
        form("a draft of a name of ten thousand letters", At::Page("/drafts"), [("name", many("x", 10_000))]),
        form("a draft of a name of control characters", At::Page("/drafts"), [("name", "\u{1}\u{7}x\u{8}".into())]),
        page("a release that is none rolled back", "/releases/rel_0/rollback"),
        page("a release above the folder rolled back", "/releases/..%2f..%2fx/rollback"),
        page("a sweep that is none stopped", "/sweeps/swp_%00/stop"),
        page("a backtest that is none stopped", "/backtests/btt_zzz/cancel"),
        page("a draft that is none saved", "/drafts/drf_00000000000000000000000000000000/file"),
        page("a draft that is no id saved", "/drafts/%F0%9F%94%AB/file"),
        page("a block that is none confirmed", "/blocks/1/confirm"),
        pasted("pasted entries that are there already", WORDS, "fine\nFINE\n".into()),
        pasted("a pasted phrase of a megabyte", WORDS, many("x", 1_000_000)),
        pasted("pasted dashes", WORDS, "---\n".into()),
        pasted("more lines than are read", WORDS, numbered(100_001)),
        pasted("a table with a moment that never was", WORDS, "value,until\nx,99999-99-99\n".into()),
        pasted("a table with a truth that is none", WORDS, "value,negative\nx,perhaps\n".into()),
        pasted("a table without entries", WORDS, "value,note\n,\n,\n".into()),
        pasted("a table of ten thousand columns", WORDS, format!("value{}\n,x\n", many(",c", 10_000))),
        pasted("pasted counts in counts", "lists/x.regexes.txt", "((x{1,1000}){1,1000}){1,1000}\n".into()),
        pasted("a pasted expression that never closes", "lists/x.regexes.txt", "(((\n".into()),
        pasted("a pasted domain of blanks", "lists/fine.domains.txt", "a b c\n".into()),
        pasted("a pasted digest of other letters", "lists/fine.image_hashes.txt", "sha256:zz\n".into()),
        pasted("pasted into a list that is broken", "lists/broken.secrets.txt", "x\n".into()),
        pasted("pasted into a file that is no list", "../../etc/passwd", "x\n".into()),
        edited("an edit that changes nothing", PHRASES, none(), none()),
        edited("a comment as an entry", PHRASES, "# nothing".into(), none()),
        edited("an entry that is there already", PHRASES, "pistol".into(), none()),
        edited("an entry taken out that is not there", PHRASES, none(), "no such phrase".into()),
        edited("an entry of two thousand letters", PHRASES, many("x", 2_000), none()),
        edited("an entry of dashes", PHRASES, "----".into(), none()),
        edited("an entry with a zero byte", PHRASES, "pis\0tol\u{0}".into(), none()),
        edited("an edit of half a megabyte", PHRASES, numbered(40_000), none()),
        edited("an expression of counts in counts in a list", REGEXES, "((x{1,1000}){1,1000}){1,1000}".into(), none()),
        edited("an expression that matches everything", REGEXES, ".*".into(), none()),
        edited("an expression that looks behind", REGEXES, "(?<!a)b".into(), none()),
        edited("a domain that is none", DOMAINS, "not a domain".into(), none()),
        edited("a domain of an address that is none", DOMAINS, "999.999.999.999".into(), none()),
        edited("an image that is none", IMAGES, "sha256:nothing".into(), none()),
        edited("a list that is none", "/lists/nothing/edit", "x".into(), none()),
        edited("a list above the folder", "/lists/..%2f..%2fetc%2fpasswd/edit", "x".into(), none()),
        form(
            "an edit of a release that was never",
            At::Page(PHRASES),
            [("release", "rel_00000000000000000000000000000000".into()), ("add", "x".into())],
        ),
        form("an edit of a release that is none", At::Page(PHRASES), [("release", "1.0".into()), ("add", "x".into())]),
        blocked("a block of what nobody knows", "country", "DE".into(), why()),
        blocked("a block of nothing", "phrase", none(), why()),
        blocked("a block without a reason", "phrase", "pistol".into(), "  ".into()),
        blocked("a block with a reason of ten thousand letters", "phrase", "pistol".into(), many("x", 10_000)),
        blocked("a block of a comment", "phrase", "# all".into(), why()),
        blocked("a block of an overruling entry", "phrase", "!all".into(), why()),
        blocked("a block of two lines", "phrase", "one\ntwo".into(), why()),
        blocked("a block of a zero byte", "phrase", "one\0".into(), why()),
        blocked("a block of two thousand letters", "phrase", many("x", 2_000), why()),
        blocked("a block of dashes", "phrase", "---".into(), why()),
        blocked("a block of a domain of blanks", "domain", "a b".into(), why()),
        blocked("a block of every domain", "domain", "*".into(), why()),
        blocked("a block of a top level", "domain", "com".into(), why()),
        blocked("a block of a domain of three hundred letters", "domain", format!("{}.com", many("x", 300)), why()),
        blocked("a block of an image that is none", "image", "sha256:00".into(), why()),
        read("an editor above the pack", "/drafts/DRAFT/file?path=../../../../etc/passwd"),
        read("an editor of a zero byte", "/drafts/DRAFT/file?path=a%00b"),
        read("an editor at a line below nothing", "/drafts/DRAFT/file?path=weapons/rules.toml&line=-1"),
        read("a list by an address that is none", "/lists/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
        read("a list after entries below nothing", "/lists/weapons_firearms?after=-1"),
        read("a policy by an address that is none", "/policies/..%2f..%2fetc"),
        read("a backtest by an address that is none", "/backtests/%FF%FE"),
        read("a release by a statement", "/releases/'%20OR%201=1--"),
    ]
}
