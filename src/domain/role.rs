//! Roles, what each permits, and the scope in which a caller sees anything at all.
//!
//! Called by guards, store views and claims. It must never grant by default: what is not listed is denied.

use super::{
    audit::Actor,
    id::{QueueId, SubmitterId, UserId},
    policy::PolicyCode,
};
use crate::named_enum;
use std::collections::BTreeSet;

named_enum!(
    /// What a person or key is.
    Role {
        /// A program that submits ads.
        Submitter = "submitter",
        /// Decides tasks.
        Reviewer = "reviewer",
        /// Leads reviewers: settles, reassigns, overrides.
        Lead = "lead",
        /// Writes policies, promotes models.
        PolicyEditor = "policy_editor",
        /// Reads everything, changes nothing.
        Analyst = "analyst",
        /// Runs the installation.
        Admin = "admin",
        /// A trusted flagger's program: reports ads.
        TrustedFlagger = "trusted_flagger",
        /// An authority's program: orders that ads be looked at.
        Authority = "authority",
    }
);

named_enum!(
    /// What a handler asks for.
    Permission {
        /// Submit, revise and withdraw ads; tell advertiser facts.
        SubmitAds = "submit_ads",
        /// Report ads, and learn what came of it.
        Report = "report",
        /// Read the ads, outcomes and events in scope.
        ReadAds = "read_ads",
        /// Read screenings: scores and traces.
        ReadScreenings = "read_screenings",
        /// See queues, claim and answer tasks.
        Judge = "judge",
        /// Settle disagreements and escalations.
        Adjudicate = "adjudicate",
        /// Choose an outcome other than the release's.
        Override = "override",
        /// Read policies, rules and lists.
        ReadPolicies = "read_policies",
        /// Open and edit drafts, edit lists, run backtests and shadows.
        EditPolicies = "edit_policies",
        /// Publish drafts that others wrote, sweep, roll back.
        Publish = "publish",
        /// Block a domain, an image or a phrase at once.
        BreakGlass = "break_glass",
        /// Read and export labels.
        ReadLabels = "read_labels",
        /// See models and their cards.
        ReadModels = "read_models",
        /// Train candidates.
        Train = "train",
        /// Make a candidate live.
        Promote = "promote",
        /// See and change the addresses that events are sent to, and send them again.
        ManageHooks = "manage_hooks",
        /// Make, replace and revoke keys.
        ManageKeys = "manage_keys",
        /// Run the installation.
        Administer = "administer",
    }
);

impl Role {
    /// Whether it is the role of programs, which nobody signs in with.
    pub const fn is_for_keys(self) -> bool {
        matches!(self, Self::Submitter | Self::TrustedFlagger | Self::Authority)
    }

    /// Everything this role permits.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Self::Submitter => &[SubmitAds, ReadAds, ManageHooks, Report],
            Self::TrustedFlagger | Self::Authority => &[Report],
            Self::Reviewer => &[ReadAds, ReadScreenings, Judge, ReadPolicies],
            Self::Lead => &[
                ReadAds,
                ReadScreenings,
                Judge,
                Adjudicate,
                Override,
                ReadPolicies,
                BreakGlass,
                ReadLabels,
                ReadModels,
                ManageHooks,
                ManageKeys,
            ],
            Self::PolicyEditor => {
                &[ReadAds, ReadScreenings, ReadPolicies, EditPolicies, Publish, ReadLabels, ReadModels, Train, Promote]
            }
            Self::Analyst => &[ReadAds, ReadScreenings, ReadPolicies, ReadLabels, ReadModels],
            Self::Admin => &[
                ReadAds,
                ReadScreenings,
                ReadPolicies,
                EditPolicies,
                Publish,
                BreakGlass,
                ReadLabels,
                ReadModels,
                Train,
                Promote,
                ManageHooks,
                ManageKeys,
                Administer,
            ],
        }
    }
}

/// Who asks, and what they may see. Every store view and claim takes one and filters in SQL.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Who asks, for the audit chain.
    pub actor: Actor,
    /// The person, when it is one.
    pub user: Option<UserId>,
    /// Only this submitter's rows; `None` sees all submitters.
    pub submitter: Option<SubmitterId>,
    /// Roles held.
    pub roles: Vec<Role>,
    /// Only these policy classes; `None` is all.
    pub policy_classes: Option<BTreeSet<PolicyCode>>,
    /// Only these queues; `None` is all.
    pub queues: Option<BTreeSet<QueueId>>,
    /// The request that asks, for the audit chain.
    pub request_id: Option<String>,
}

impl Scope {
    /// The system's own scope, for jobs and the command line.
    pub fn system(actor: Actor) -> Self {
        Self { actor, user: None, submitter: None, roles: vec![], policy_classes: None, queues: None, request_id: None }
    }

    /// Whether any role permits it.
    pub fn permits(&self, permission: Permission) -> bool {
        self.roles.iter().any(|r| r.permissions().contains(&permission))
    }

    /// Whether the person may see work of this policy class.
    pub fn sees_policy(&self, code: &PolicyCode) -> bool {
        self.policy_classes.as_ref().is_none_or(|set| set.contains(code))
    }
}
