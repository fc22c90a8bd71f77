//! Hostile folders and arguments of `adjudge policy`, each by a name: every one has to end with an exit code and words.

use std::{
    ffi::OsString,
    fs,
    os::unix::{ffi::OsStringExt as _, fs::symlink, net::UnixListener},
    path::Path,
};

/// A command line. `FOLDER` stands for a pack's folder, `ELSEWHERE` for a place that holds none.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) arguments: Vec<String>,
    /// What is done to the folder beforehand.
    pub(super) prepare: fn(&Path),
}

fn command(name: &'static str, arguments: &[&str]) -> Command {
    Command { name, arguments: arguments.iter().map(|a| (*a).to_owned()).collect(), prepare: |_| {} }
}

fn folder(name: &'static str, prepare: fn(&Path)) -> Command {
    Command { prepare, ..command(name, &["check", "FOLDER"]) }
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The table.
pub(super) fn all() -> Vec<Command> {
    let long = "x".repeat(10_000);
    let mut all = vec![
        folder("rules that are a link", |pack| {
            fs::remove_file(pack.join("weapons/rules.toml")).unwrap();
            symlink("/etc/passwd", pack.join("weapons/rules.toml")).unwrap();
        }),
        folder("a list that is a link to endless zeros", |pack| {
            symlink("/dev/zero", pack.join("lists/zero.phrases.txt")).unwrap();
        }),
        folder("a folder that is a link to its own parent", |pack| symlink("..", pack.join("loop")).unwrap()),
        folder("a link to itself", |pack| symlink("self.toml", pack.join("self.toml")).unwrap()),
        folder("a pipe that nobody writes to", |pack| {
            let made = std::process::Command::new("mkfifo").arg(pack.join("weapons/cases.toml")).status().unwrap();
            assert!(made.success());
        }),
        folder("a socket", |pack| drop(UnixListener::bind(pack.join("lists/s.phrases.txt")).unwrap())),
        folder("folders in folders", |pack| write(&pack.join("a/b/c/d/e/f/rules.toml"), "x = 1")),
        folder("a name that is no text", |pack| {
            let name = OsString::from_vec(b"\xff\xfe.phrases.txt".to_vec());
            write(&pack.join("lists").join(name), "x\n");
        }),
        folder("a name with a line end", |pack| write(&pack.join("lists/a\nb.phrases.txt"), "x\n")),
        folder("a file that is no text", |pack| write(&pack.join("weapons/cases.toml"), b"\xff\xfe\x00\x80")),
        folder("a list that is no text", |pack| write(&pack.join("lists/x.phrases.txt"), b"fine\n\xc3\x28\n")),
        folder("a file in another encoding", |pack| write(&pack.join("release.toml"), b"\xff\xfea\x00=\x001\x00")),
        folder("a file with a zero byte", |pack| write(&pack.join("weapons/cases.toml"), b"a = 1\0")),
        folder("a file of ten megabytes", |pack| write(&pack.join("lists/x.phrases.txt"), vec![b'x'; 10 << 20])),
        folder("more files than a pack has", |pack| {
            (0..5_001).for_each(|n| write(&pack.join(format!("lists/l{n}.phrases.txt")), "x\n"));
        }),
        folder("a picture for rules", |pack| write(&pack.join("weapons/rules.toml"), b"\x89PNG\r\n\x1a\n\x00\x00\x00")),
        folder("a policy without its policy", |pack| fs::remove_file(pack.join("weapons/policy.toml")).unwrap()),
        folder("a policy without its rules", |pack| fs::remove_file(pack.join("weapons/rules.toml")).unwrap()),
        folder("a policy of a name of capitals", |pack| {
            fs::rename(pack.join("weapons"), pack.join("WEAPONS")).unwrap();
        }),
        folder("nothing", |pack| {
            fs::remove_dir_all(pack).unwrap();
            fs::create_dir(pack).unwrap();
        }),
    ];
    for arguments in [
        ["check", "ELSEWHERE/nothing"],
        ["test", "ELSEWHERE/nothing"],
        ["apply", "ELSEWHERE/nothing"],
        ["check", "/dev/null"],
        ["check", "/etc/passwd"],
        ["test", "/proc/self/environ"],
        ["apply", "/dev/zero"],
        ["diff", "/dev/null"],
        ["backtest", "ELSEWHERE/nothing"],
        ["schema", "/dev/null/x"],
        ["export", "/dev/null/x"],
        ["export", "FOLDER"],
    ] {
        all.push(command("a place that is no pack", &arguments));
    }
    all.extend([
        command("a place of ten thousand letters", &["check", &long]),
        command("a place of nothing", &["check", ""]),
        command("a backtest of no days", &["backtest", "FOLDER", "--days", "0"]),
        command("a backtest of days below nothing", &["backtest", "FOLDER", "--days=-1"]),
        command("a backtest of days beyond all numbers", &["backtest", "FOLDER", "--days", "99999999999999999999"]),
        command("a rollback to what was never", &["rollback", "99.99"]),
        command("a rollback to what is none", &["rollback", "../../x"]),
        command("a rollback to a number beyond all numbers", &["rollback", "1e999.9"]),
        command("a rollback to a statement", &["rollback", "1.0'; DROP TABLE release; --"]),
        command("an export of what was never", &["export", "ELSEWHERE/out", "--release", "88.1"]),
        command("a difference against what was never", &["diff", "FOLDER", "--against", "rel_zz"]),
        command("a draft of no name", &["apply", "FOLDER", "--name", ""]),
        command("a draft of a name of ten thousand letters", &["apply", "FOLDER", "--name", &long]),
        command("a draft of a name of control characters", &["apply", "FOLDER", "--name", "\u{1}\u{7}\u{1b}[2J"]),
        command("a sweep of nothing published", &["apply", "FOLDER", "--sweep"]),
        command("an option nobody knows", &["check", "--exec", "reboot"]),
        command("a list that is none", &["list", "nothing", "--add", "x"]),
        command("hits of a list that is none", &["list", "../../etc/passwd", "--hits"]),
        command("hits over days beyond all", &["list", "weapons_firearms", "--hits", "--days", "99999999"]),
        command("an edit of nothing", &["list", "weapons_firearms"]),
        command("an entry of nothing", &["list", "weapons_firearms", "--add", ""]),
        command("an entry of two thousand letters", &["list", "weapons_firearms", "--add", &long[..2_000]]),
        command("an entry of two lines and a table", &["list", "weapons_firearms", "--add", "---\n[[entry]]"]),
        command("an entry taken out that is not there", &["list", "weapons_firearms", "--remove", "no such phrase"]),
        command(
            "an expression of counts in counts",
            &["list", "circumvention_links", "--add", "((x{1,999}){1,999}){9,999}"],
        ),
        command("a domain that is none", &["list", "blocked_domains", "--add", "not a domain"]),
        command("an image that is none", &["list", "blocked_images", "--add", "sha256:0"]),
    ]);
    all
}
