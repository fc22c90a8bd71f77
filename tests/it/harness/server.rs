//! The real program as a process of its own, with a data folder and a database of its own, and the command line
//! beside it. Nothing of it outlives the test.

use super::{
    database::{On, TestDatabase, set_samples},
    hook::Hook,
    person::Person,
    until,
};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

/// The program under test.
pub(crate) const ADJUDGE: &str = env!("CARGO_BIN_EXE_adjudge");

/// An installation: data folder, database, and at most one server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it answers, without a trailing slash.
    pub(crate) url: String,
    child: Option<Child>,
    log: Log,
    folder: Arc<tempfile::TempDir>,
    pub(crate) database: Arc<TestDatabase>,
    environment: Vec<(String, String)>,
}

/// What the process wrote, for the failing test's output.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Printed {
    /// Whether a signal ended the command, as a fail point does; a refusal ends with an exit code.
    pub(crate) fn was_killed(&self) -> bool {
        self.status.code().is_none()
    }

    /// Standard output of a command that had to succeed.
    #[track_caller]
    pub(crate) fn expect(self) -> String {
        assert!(self.status.success(), "{}\n{}\n{}", self.status, self.out, self.err);
        self.out
    }
}

impl Server {
    /// Starts a server on a fresh database.
    pub(crate) async fn start(on: On) -> Self {
        Self::start_with(on, &[]).await
    }

    /// Starts a server with variables in its environment.
    pub(crate) async fn start_with(on: On, environment: &[(&str, &str)]) -> Self {
        let mut server = Self::install(on, environment).await;
        server.run().await;
        server
    }

    /// An installation whose server does not run yet.
    pub(crate) async fn install(on: On, environment: &[(&str, &str)]) -> Self {
        Self::on_database(TestDatabase::fresh(on).await, environment)
    }

    /// A machine on which nobody has started the program yet: not even the schema is there.
    pub(crate) async fn bare(on: On) -> Self {
        Self::on_database(TestDatabase::empty(on).await, &[])
    }

    fn on_database(database: TestDatabase, environment: &[(&str, &str)]) -> Self {
        // The clients of the tests come with no provider of their own either; whoever is second finds it in place.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            url: String::new(),
            child: None,
            log: Log::default(),
            folder: Arc::new(tempfile::tempdir().unwrap()),
            database: Arc::new(database),
            environment: environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        }
    }

    /// A second server process on the same data folder and database.
    pub(crate) async fn companion(&self) -> Self {
        let mut second = Self {
            url: String::new(),
            child: None,
            log: Log::default(),
            folder: Arc::clone(&self.folder),
            database: Arc::clone(&self.database),
            environment: self.environment.clone(),
        };
        second.run().await;
        second
    }

    /// Writes the installation's `adjudge.toml`.
    pub(crate) fn configure(&self, toml: &str) {
        std::fs::write(self.folder.path().join("adjudge.toml"), toml).unwrap();
    }

    /// Lets time pass for the server and the commands of this installation, without waiting for it. What runs by the
    /// clock notices within its next look.
    pub(crate) fn pass(&self, time: std::time::Duration) {
        let file = self.clock_file();
        let so_far: u128 = std::fs::read_to_string(&file).map_or(0, |text| text.parse().unwrap());
        // Written aside and renamed: a reader never sees half a number.
        let aside = file.with_extension("next");
        std::fs::write(&aside, (so_far + time.as_millis()).to_string()).unwrap();
        std::fs::rename(aside, file).unwrap();
    }

    fn clock_file(&self) -> std::path::PathBuf {
        self.folder.path().join("clock")
    }

    /// The installation's data folder.
    pub(crate) fn data_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Sets the shares of blind and of overlapping tasks, before the server starts.
    pub(crate) async fn samples(&self, blind: f64, overlap: f64) {
        let db = self.database.connect().await;
        set_samples(&db, blind, overlap).await;
        db.close().await.unwrap();
    }

    /// Sets a variable for processes started from now on; an empty value takes it away.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(n, _)| n != name);
        if !value.is_empty() {
            self.environment.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Starts the server (again) and waits until it answers.
    pub(crate) async fn run(&mut self) {
        assert!(self.spawn().await, "the server ended instead of answering:\n{}", self.log_text());
    }

    /// Starts the server, at the same address as before; says whether it came up rather than ended.
    pub(crate) async fn spawn(&mut self) -> bool {
        let mut came_up = false;
        for _ in 0..40 {
            came_up = self.spawn_once().await;
            // Somebody's connection may have the port for its own end while no server had it.
            if came_up || !self.log_text().contains("Address already in use") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
        came_up
    }

    async fn spawn_once(&mut self) -> bool {
        self.stop();
        self.log = Log::default();
        let address = self.url.strip_prefix("http://").unwrap_or("127.0.0.1:0").to_owned();
        let mut child = self
            .command(&["serve", "--listen", &address])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.log.follow(child.stdout.take().unwrap());
        self.log.follow(child.stderr.take().unwrap());
        self.child = Some(child);
        let log = self.log.clone();
        let address = until("the server's address", async || match log.address() {
            Some(url) => Some(Some(url)),
            None if self.child.as_mut()?.try_wait().unwrap().is_some() => Some(None),
            None => None,
        })
        .await;
        let Some(url) = address else { return false };
        self.url = url;
        until("the server to be ready", async || {
            let ready = reqwest::get(format!("{}/readyz", self.url)).await.is_ok_and(|r| r.status() == 200);
            let ended = self.child.as_mut().is_some_and(|c| c.try_wait().unwrap().is_some());
            (ready || ended).then_some(ready)
        })
        .await
    }

    /// Whether the server still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|c| c.try_wait().unwrap().is_none())
    }

    /// Kills the server as a power cut would: no handler runs, nothing is flushed.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Asks the server to end, and waits.
    pub(crate) fn stop(&mut self) -> Option<ExitStatus> {
        let mut child = self.child.take()?;
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        signal("TERM", child.id());
        let deadline = std::time::Instant::now() + super::PATIENCE;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return Some(status);
            }
            if std::time::Instant::now() > deadline {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("the server does not end when asked to:\n{}", self.log_text());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Everything that the server wrote so far.
    pub(crate) fn log_text(&self) -> String {
        self.log.0.lock().unwrap().join("\n")
    }

    /// Runs a command of the program on this installation.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Printed {
        self.cli_with(arguments, "")
    }

    /// The same, with something on its standard input.
    pub(crate) fn cli_with(&self, arguments: &[&str], input: &str) -> Printed {
        self.cli_at(arguments, input, "")
    }

    /// The same, with fail points of its own instead of the server's.
    pub(crate) fn cli_at(&self, arguments: &[&str], input: &str, fail_points: &str) -> Printed {
        let mut child = self
            .command(arguments)
            .env("FAILPOINTS", fail_points)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing closes the pipe; that is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let done = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Printed { status: done.status, out: text(done.stdout), err: text(done.stderr) }
    }

    /// Runs a command that may hang; `None` for one that did not end in time and was killed.
    pub(crate) async fn cli_within(&self, arguments: &[&str], bound: std::time::Duration) -> Option<Printed> {
        // Files take any amount of output; a full pipe would be a hang of the test's own.
        let (out, err) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
        let (to_out, to_err) = (out.reopen().unwrap(), err.reopen().unwrap());
        let mut child = self.command(arguments).stdin(Stdio::null()).stdout(to_out).stderr(to_err).spawn().unwrap();
        let start = std::time::Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > bound {
                child.kill().unwrap();
                child.wait().unwrap();
                return None;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        };
        let text =
            |file: &tempfile::NamedTempFile| String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
        Some(Printed { status, out: text(&out), err: text(&err) })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(ADJUDGE);
        command.args(arguments);
        command.env("ADJUDGE_LOG", "warn").env("NO_COLOR", "1").env("ADJUDGE_TEST_CLOCK", self.clock_file());
        command.env("ADJUDGE_DATA_DIR", self.data_folder()).env("ADJUDGE_DATABASE", &self.database.url);
        command.envs(self.environment.iter().map(|(n, v)| (n, v))).current_dir(self.folder.path());
        command
    }

    /// A program with a fresh key of a role.
    pub(crate) fn hook(&self, role: &str, name: &str) -> Hook {
        let key = self.cli(&["key", "create", "--role", role, "--name", name]).expect();
        Hook::new(&self.url, key.trim())
    }

    /// A program that submits as a submitter of this name.
    pub(crate) fn submitter(&self, name: &str) -> Hook {
        self.hook("submitter", name)
    }

    /// Adds a person and signs them in.
    pub(crate) async fn person(&self, name: &str, role: &str) -> Person {
        self.add_person(name, role);
        Person::sign_in(&self.url, name, &password_of(name)).await
    }

    /// Adds a person.
    pub(crate) fn add_person(&self, name: &str, role: &str) {
        self.cli_with(&["user", "add", name, "--role", role], &format!("{}\n", password_of(name))).expect();
    }
}

/// The password that [`Server::add_person`] gives.
pub(crate) fn password_of(name: &str) -> String {
    format!("correct horse {name}")
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("---- what the server wrote ----\n{}", self.log_text());
        }
    }
}

impl Log {
    fn follow(&self, pipe: impl std::io::Read + Send + 'static) {
        let lines = Arc::clone(&self.0);
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
    }

    /// The first address that was printed.
    fn address(&self) -> Option<String> {
        let lines = self.0.lock().unwrap();
        let at = |line: &String| line.find("http://127.0.0.1:").map(|n| line[n..].to_owned());
        let found = lines.iter().find_map(at)?;
        let end = found.find(|c: char| !(c.is_ascii_alphanumeric() || ":/.".contains(c))).unwrap_or(found.len());
        Some(found[..end].trim_end_matches(['/', '.']).to_owned())
    }
}

/// Sends a signal to a process that this suite started.
pub(crate) fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap();
    assert!(sent.success() || name == "KILL", "kill -{name} {process}: {sent}");
}
