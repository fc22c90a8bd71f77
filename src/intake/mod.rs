//! Intake: bytes that somebody sent become a [`Submission`], or a [`Refusal`] that names every bad field at once.
//!
//! Called by the API and the command line before any flow. Four steps, in this order: a bounded parse
//! (`document`: size, UTF-8, depth, syntax), the JSON Schema of the wire types (`schema`), the checks that no
//! schema can say (`checks`, with `pictures` for images), and only then the types (`build`). It must never
//! open a connection, read the clock, or trust a byte: everything it reads is hostile.

pub mod adcom;
mod appeals;
mod build;
mod checks;
mod document;
mod hooks;
mod line_documents;
pub mod lines;
mod pictures;
mod refusal;
mod schema;
pub mod table;
pub mod wire;

pub use appeals::{
    APPEAL_BYTES, FILE_BYTES, FILES, FILES_BYTES, NewAppeal, NewAttachment, STATEMENT_CHARS, check_appeal,
    check_statement, in_words, read_appeal,
};
pub use hooks::{
    NewWebhook, ReplayInput, RotateInput, WEBHOOK_BYTES, WebhookChange, WebhookChangeInput, WebhookInput, read_replay,
    read_rotation, read_webhook, read_webhook_change,
};
pub use line_documents::{DocumentLine, DocumentLines, LINES_BYTES, read_deliveries, read_external_decisions};
pub use refusal::{Problem, Refusal};

use crate::domain::{
    ad::{AdContent, AssetRef},
    advertiser::AdvertiserFacts,
    delivery::NamedAd,
    place::Country,
    policy::PolicyCode,
    report::Reporter,
    time::Millis,
};

/// Longest body of one ad, and longest line of a batch: 10 MiB, images in base64 included.
pub const AD_BYTES: usize = 10 * 1024 * 1024;

/// Longest body of an advertiser's facts.
pub const ADVERTISER_BYTES: usize = 64 * 1024;

/// An ad as somebody wants it reviewed.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The submitter's id for the ad.
    pub external_id: String,
    /// The account it belongs to.
    pub advertiser: AdvertiserRef,
    /// What its next revision holds.
    pub content: AdContent,
    /// The bytes of the images that were sent by content, one for each digest.
    pub images: Vec<StoredImage>,
    /// The submitter only tries things out.
    pub sandbox: bool,
    /// When the submitter needs an answer.
    pub needed_by: Option<Millis>,
}

/// An advertiser as a submission names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvertiserRef {
    /// The submitter's id for it.
    pub external_id: String,
    /// Its name.
    pub name: String,
}

/// An image that was decoded once and is known to be one.
#[derive(Clone, PartialEq)]
pub struct StoredImage {
    /// What the revision keeps of it.
    pub asset: AssetRef,
    /// The bytes as sent.
    pub bytes: bytes::Bytes,
}

impl std::fmt::Debug for StoredImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredImage({:?})", self.asset)
    }
}

/// What a submitter tells about an advertiser.
#[derive(Debug, Clone, PartialEq)]
pub struct AdvertiserUpdate {
    /// Its name; `None` leaves it.
    pub name: Option<String>,
    /// The facts, which replace those told before.
    pub facts: AdvertiserFacts,
}

/// A certificate that a submitter sends for review.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCertificate {
    /// What it certifies.
    pub kind: String,
    /// Where it is good; empty is everywhere.
    pub countries: Vec<Country>,
    /// Number, register entry or address of the document.
    pub document: String,
    /// The submitter's words.
    pub note: String,
    /// First moment at which it no longer counts.
    pub valid_until: Option<Millis>,
}

/// A report as somebody sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReport {
    /// The ad.
    pub ad: NamedAd,
    /// The policy that is said to be broken.
    pub policy: PolicyCode,
    /// Who reports; `None` is whoever the key may speak for first.
    pub reporter: Option<Reporter>,
    /// The sender's name for the person; may be empty.
    pub reference: String,
    /// How to reach them; may be empty.
    pub contact: String,
    /// Their words; may be empty.
    pub statement: String,
}

/// Reads a report from native JSON.
///
/// # Errors
/// Every bad field at once, in the order of their pointers.
pub fn read_report(bytes: &[u8]) -> Result<NewReport, Refusal> {
    let (value, mut problems) = document::parse(bytes, ADVERTISER_BYTES)?;
    checks::report(&value, &mut problems);
    schema::report().check(&value, &mut problems);
    problems.into_result()?;
    build::report(value)
}

/// Reads one ad from native JSON.
///
/// # Errors
/// Every bad field at once, in the order of their pointers.
pub fn read_ad(bytes: &[u8]) -> Result<Submission, Refusal> {
    let (value, mut problems) = document::parse(bytes, AD_BYTES)?;
    let pictures = checks::ad(&value, &mut problems);
    schema::ad().check(&value, &mut problems);
    problems.into_result()?;
    build::submission(value, pictures)
}

/// Reads an advertiser's facts from native JSON.
///
/// # Errors
/// Every bad field at once, in the order of their pointers.
pub fn read_advertiser(bytes: &[u8]) -> Result<AdvertiserUpdate, Refusal> {
    let (value, mut problems) = document::parse(bytes, ADVERTISER_BYTES)?;
    checks::advertiser(&value, &mut problems);
    schema::advertiser().check(&value, &mut problems);
    problems.into_result()?;
    build::advertiser(value)
}

/// Reads a certificate from native JSON.
///
/// # Errors
/// Every bad field at once, in the order of their pointers.
pub fn read_certificate(bytes: &[u8]) -> Result<NewCertificate, Refusal> {
    let (value, mut problems) = document::parse(bytes, ADVERTISER_BYTES)?;
    checks::certificate(&value, &mut problems);
    schema::certificate().check(&value, &mut problems);
    problems.into_result()?;
    build::certificate(value)
}

/// The `external_id` of an ad that was refused, where it can be read all the same: batch answers name it.
pub fn external_id_of(bytes: &[u8]) -> Option<String> {
    let (value, _) = document::parse(bytes, AD_BYTES).ok()?;
    let id = value.get("external_id")?.as_str()?;
    (id.chars().count() <= wire::EXTERNAL_ID_CHARS).then(|| id.to_owned())
}

#[cfg(test)]
mod tests;
