//! The closed sets of the DSA transparency database (schema in force since July 2025), spelled as its API spells them.
//!
//! Called by statements of reasons and by policy packs, whose mappings name categories and keywords. It must never hold
//! a value that the database's schema does not know.

use crate::named_enum;

named_enum!(
    /// What a restriction is about.
    Category {
        /// Animal welfare.
        AnimalWelfare = "STATEMENT_CATEGORY_ANIMAL_WELFARE",
        /// Information of consumers.
        ConsumerInformation = "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
        /// Cyber violence.
        CyberViolence = "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        /// Cyber violence against women.
        CyberViolenceAgainstWomen = "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
        /// Data protection and privacy.
        DataProtectionAndPrivacyViolations = "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        /// Illegal or harmful speech.
        IllegalOrHarmfulSpeech = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        /// Intellectual property.
        IntellectualPropertyInfringements = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        /// Civic discourse or elections.
        NegativeEffectsOnCivicDiscourseOrElections = "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        /// A notice that did not say.
        NotSpecifiedNotice = "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE",
        /// Other breach of the terms.
        OtherViolationTc = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        /// Protection of minors.
        ProtectionOfMinors = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        /// Risk for public security.
        RiskForPublicSecurity = "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
        /// Scams and fraud.
        ScamsAndFraud = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        /// Self-harm.
        SelfHarm = "STATEMENT_CATEGORY_SELF_HARM",
        /// Unsafe or prohibited products.
        UnsafeAndProhibitedProducts = "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
        /// Violence.
        Violence = "STATEMENT_CATEGORY_VIOLENCE",
    }
);

named_enum!(
    /// What happened to the visibility of content.
    Visibility {
        /// Removed.
        ContentRemoved = "DECISION_VISIBILITY_CONTENT_REMOVED",
        /// Access disabled.
        ContentDisabled = "DECISION_VISIBILITY_CONTENT_DISABLED",
        /// Demoted.
        ContentDemoted = "DECISION_VISIBILITY_CONTENT_DEMOTED",
        /// Shown from an age on.
        ContentAgeRestricted = "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
        /// Interaction restricted.
        ContentInteractionRestricted = "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
        /// Labelled.
        ContentLabelled = "DECISION_VISIBILITY_CONTENT_LABELLED",
        /// Another restriction.
        Other = "DECISION_VISIBILITY_OTHER",
    }
);

named_enum!(
    /// What happened to payments.
    Monetary {
        /// Suspended.
        Suspension = "DECISION_MONETARY_SUSPENSION",
        /// Terminated.
        Termination = "DECISION_MONETARY_TERMINATION",
        /// Another restriction.
        Other = "DECISION_MONETARY_OTHER",
    }
);

named_enum!(
    /// What happened to the service.
    Provision {
        /// Suspended in part.
        PartialSuspension = "DECISION_PROVISION_PARTIAL_SUSPENSION",
        /// Suspended.
        TotalSuspension = "DECISION_PROVISION_TOTAL_SUSPENSION",
        /// Terminated in part.
        PartialTermination = "DECISION_PROVISION_PARTIAL_TERMINATION",
        /// Terminated.
        TotalTermination = "DECISION_PROVISION_TOTAL_TERMINATION",
    }
);

named_enum!(
    /// What happened to the account.
    AccountDecision {
        /// Suspended.
        Suspended = "DECISION_ACCOUNT_SUSPENDED",
        /// Terminated.
        Terminated = "DECISION_ACCOUNT_TERMINATED",
    }
);

named_enum!(
    /// Whose account it is.
    AccountType {
        /// A business's.
        Business = "ACCOUNT_TYPE_BUSINESS",
        /// A private person's.
        Private = "ACCOUNT_TYPE_PRIVATE",
    }
);

named_enum!(
    /// Why content was restricted.
    DecisionGround {
        /// Against the law.
        IllegalContent = "DECISION_GROUND_ILLEGAL_CONTENT",
        /// Against the terms.
        IncompatibleContent = "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    }
);

named_enum!(
    /// What the content is.
    ContentType {
        /// An app.
        App = "CONTENT_TYPE_APP",
        /// Sound.
        Audio = "CONTENT_TYPE_AUDIO",
        /// An image.
        Image = "CONTENT_TYPE_IMAGE",
        /// A product.
        Product = "CONTENT_TYPE_PRODUCT",
        /// Synthetic media.
        SyntheticMedia = "CONTENT_TYPE_SYNTHETIC_MEDIA",
        /// Text.
        Text = "CONTENT_TYPE_TEXT",
        /// A video.
        Video = "CONTENT_TYPE_VIDEO",
        /// Something else.
        Other = "CONTENT_TYPE_OTHER",
    }
);

named_enum!(
    /// Who pointed to it.
    SourceType {
        /// A notice under article 16.
        Article16 = "SOURCE_ARTICLE_16",
        /// A trusted flagger.
        TrustedFlagger = "SOURCE_TRUSTED_FLAGGER",
        /// Another notice.
        TypeOtherNotification = "SOURCE_TYPE_OTHER_NOTIFICATION",
        /// Own initiative.
        Voluntary = "SOURCE_VOLUNTARY",
    }
);

named_enum!(
    /// How far machines decided.
    AutomatedDecision {
        /// No person.
        Fully = "AUTOMATED_DECISION_FULLY",
        /// A person with the help of machines.
        Partially = "AUTOMATED_DECISION_PARTIALLY",
        /// A person alone.
        NotAutomated = "AUTOMATED_DECISION_NOT_AUTOMATED",
    }
);

named_enum!(
    /// Yes or no, as the database spells them.
    YesNo {
        /// Yes.
        Yes = "Yes",
        /// No.
        No = "No",
    }
);

impl From<bool> for YesNo {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

named_enum!(
    /// What a restriction is about, more closely.
    Keyword {
        /// Harm to animals.
        AnimalHarm = "KEYWORD_ANIMAL_HARM",
        /// Adult sexual material.
        AdultSexualMaterial = "KEYWORD_ADULT_SEXUAL_MATERIAL",
        /// Age limits.
        AgeSpecificRestrictions = "KEYWORD_AGE_SPECIFIC_RESTRICTIONS",
        /// Age limits that concern minors.
        AgeSpecificRestrictionsMinors = "KEYWORD_AGE_SPECIFIC_RESTRICTIONS_MINORS",
        /// Breach of biometric data.
        BiometricDataBreach = "KEYWORD_BIOMETRIC_DATA_BREACH",
        /// Bullying of girls.
        BullyingAgainstGirls = "KEYWORD_BULLYING_AGAINST_GIRLS",
        /// Sexual abuse of children.
        ChildSexualAbuseMaterial = "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL",
        /// The same, made with deepfakes.
        ChildSexualAbuseMaterialDeepfake = "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE",
        /// Praise of eating disorders.
        ContentPromotingEatingDisorders = "KEYWORD_CONTENT_PROMOTING_EATING_DISORDERS",
        /// Coordinated harm.
        CoordinatedHarm = "KEYWORD_COORDINATED_HARM",
        /// Copyright.
        CopyrightInfringement = "KEYWORD_COPYRIGHT_INFRINGEMENT",
        /// Bullying.
        CyberBullyingIntimidation = "KEYWORD_CYBER_BULLYING_INTIMIDATION",
        /// Harassment.
        CyberHarassment = "KEYWORD_CYBER_HARASSMENT",
        /// Harassment of women.
        CyberHarassmentAgainstWomen = "KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN",
        /// Incitement to hatred or violence online.
        CyberIncitement = "KEYWORD_CYBER_INCITEMENT",
        /// Stalking online.
        CyberStalking = "KEYWORD_CYBER_STALKING",
        /// Stalking of women online.
        CyberStalkingAgainstWomen = "KEYWORD_CYBER_STALKING_AGAINST_WOMEN",
        /// Falsified data.
        DataFalsification = "KEYWORD_DATA_FALSIFICATION",
        /// Defamation.
        Defamation = "KEYWORD_DEFAMATION",
        /// Design rights.
        DesignInfringement = "KEYWORD_DESIGN_INFRINGEMENT",
        /// Discrimination.
        Discrimination = "KEYWORD_DISCRIMINATION",
        /// Gendered disinformation.
        FemaleGenderedDisinformation = "KEYWORD_FEMALE_GENDERED_DISINFORMATION",
        /// Geographical indications.
        GeographicIndicationsInfringement = "KEYWORD_GEOGRAPHIC_INDICATIONS_INFRINGEMENT",
        /// Requirements of a place.
        GeographicalRequirements = "KEYWORD_GEOGRAPHICAL_REQUIREMENTS",
        /// Goods or services that may not be offered here.
        GoodsServicesNotPermitted = "KEYWORD_GOODS_SERVICES_NOT_PERMITTED",
        /// Grooming of minors.
        GroomingSexualEnticementMinors = "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS",
        /// Hate speech.
        HateSpeech = "KEYWORD_HATE_SPEECH",
        /// Hidden advertising.
        HiddenAdvertisement = "KEYWORD_HIDDEN_ADVERTISEMENT",
        /// Exploitation of people.
        HumanExploitation = "KEYWORD_HUMAN_EXPLOITATION",
        /// Trafficking in people.
        HumanTrafficking = "KEYWORD_HUMAN_TRAFFICKING",
        /// Illegal organisations.
        IllegalOrganizations = "KEYWORD_ILLEGAL_ORGANIZATIONS",
        /// Impersonation or hijacked accounts.
        ImpersonationAccountHijacking = "KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING",
        /// Accounts that are not genuine.
        InauthenticAccounts = "KEYWORD_INAUTHENTIC_ACCOUNTS",
        /// Offers that are not genuine.
        InauthenticListings = "KEYWORD_INAUTHENTIC_LISTINGS",
        /// Reviews that are not genuine.
        InauthenticUserReviews = "KEYWORD_INAUTHENTIC_USER_REVIEWS",
        /// Incitement against women.
        IncitementAgainstWomen = "KEYWORD_INCITEMENT_AGAINST_WOMEN",
        /// Calls for violence or hatred.
        IncitementViolenceHatred = "KEYWORD_INCITEMENT_VIOLENCE_HATRED",
        /// Too little said of the trader.
        InsufficientInformationOnTraders = "KEYWORD_INSUFFICIENT_INFORMATION_ON_TRADERS",
        /// Requirements of language.
        LanguageRequirements = "KEYWORD_LANGUAGE_REQUIREMENTS",
        /// Misinformation and disinformation.
        MisinformationDisinformation = "KEYWORD_MISINFORMATION_DISINFORMATION",
        /// Misleading about consumers' rights.
        MisleadingInfoConsumerRights = "KEYWORD_MISLEADING_INFO_CONSUMER_RIGHTS",
        /// Misleading about goods and services.
        MisleadingInfoGoodsServices = "KEYWORD_MISLEADING_INFO_GOODS_SERVICES",
        /// Data used without a legal ground.
        MissingProcessingGround = "KEYWORD_MISSING_PROCESSING_GROUND",
        /// Intimate material shared without consent.
        NonConsensualImageSharing = "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING",
        /// The same, of women.
        NonConsensualImageSharingAgainstWomen = "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN",
        /// Deepfakes shared without consent.
        NonConsensualMaterialDeepfake = "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE",
        /// The same, of women.
        NonConsensualMaterialDeepfakeAgainstWomen = "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE_AGAINST_WOMEN",
        /// Rules of pricing.
        NoncompliancePricing = "KEYWORD_NONCOMPLIANCE_PRICING",
        /// Nudity.
        Nudity = "KEYWORD_NUDITY",
        /// Patents.
        PatentInfringement = "KEYWORD_PATENT_INFRINGEMENT",
        /// Phishing.
        Phishing = "KEYWORD_PHISHING",
        /// Prohibited or restricted products.
        ProhibitedProducts = "KEYWORD_PROHIBITED_PRODUCTS",
        /// Pyramid schemes.
        PyramidSchemes = "KEYWORD_PYRAMID_SCHEMES",
        /// Right to be forgotten.
        RightToBeForgotten = "KEYWORD_RIGHT_TO_BE_FORGOTTEN",
        /// Risk for the environment.
        RiskEnvironmentalDamage = "KEYWORD_RISK_ENVIRONMENTAL_DAMAGE",
        /// Risk for public health.
        RiskPublicHealth = "KEYWORD_RISK_PUBLIC_HEALTH",
        /// Self-mutilation.
        SelfMutilation = "KEYWORD_SELF_MUTILATION",
        /// Stalking.
        Stalking = "KEYWORD_STALKING",
        /// Suicide.
        Suicide = "KEYWORD_SUICIDE",
        /// Terrorist content.
        TerroristContent = "KEYWORD_TERRORIST_CONTENT",
        /// Trade secrets.
        TradeSecretInfringement = "KEYWORD_TRADE_SECRET_INFRINGEMENT",
        /// Trade marks.
        TrademarkInfringement = "KEYWORD_TRADEMARK_INFRINGEMENT",
        /// Trafficking in women and girls.
        TraffickingWomenGirls = "KEYWORD_TRAFFICKING_WOMEN_GIRLS",
        /// Unlawful sale of animals.
        UnlawfulSaleAnimals = "KEYWORD_UNLAWFUL_SALE_ANIMALS",
        /// Unsafe challenges.
        UnsafeChallenges = "KEYWORD_UNSAFE_CHALLENGES",
        /// Unsafe products.
        UnsafeProducts = "KEYWORD_UNSAFE_PRODUCTS",
        /// Union law on civic discourse or elections.
        ViolationEuLaw = "KEYWORD_VIOLATION_EU_LAW",
        /// National law on civic discourse or elections.
        ViolationNationalLaw = "KEYWORD_VIOLATION_NATIONAL_LAW",
        /// None of the others.
        Other = "KEYWORD_OTHER",
    }
);

/// Countries that a territorial scope may name, sorted.
#[rustfmt::skip]
pub const TERRITORIES: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU",
    "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_are_whole() {
        assert_eq!((Category::ALL.len(), Keyword::ALL.len(), TERRITORIES.len()), (16, 69, 30));
        assert!(TERRITORIES.is_sorted());
        assert_eq!(Keyword::NonConsensualMaterialDeepfakeAgainstWomen.as_str().len(), 54);
        assert_eq!(SourceType::TypeOtherNotification.as_str(), "SOURCE_TYPE_OTHER_NOTIFICATION");
    }
}
