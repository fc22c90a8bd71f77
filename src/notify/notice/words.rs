//! The words of notices and mails, in each language: compiled values, so that a missing one is a compile error.
//!
//! Called by the templates of `templates/mail/`. What takes a value is a function of it: no text has a hole that could
//! stay unfilled.

use crate::{domain::place::Language, named_enum};

named_enum!(
    /// A language that notices are written in.
    Tongue {
        /// English.
        En = "en",
        /// Spanish.
        Es = "es",
        /// French.
        Fr = "fr",
        /// German.
        De = "de",
        /// Portuguese.
        Pt = "pt",
    }
);

impl Tongue {
    /// The advertiser's language, or English where notices are not written in it.
    pub fn of(language: Option<Language>) -> Self {
        language.and_then(|l| l.as_str().parse().ok()).unwrap_or(Self::En)
    }

    /// Its words.
    pub const fn words(self) -> &'static Words {
        match self {
            Self::En => &EN,
            Self::Es => &ES,
            Self::Fr => &FR,
            Self::De => &DE,
            Self::Pt => &PT,
        }
    }
}

/// Words of one language.
#[derive(Debug)]
pub struct Words {
    /// `Your ad “x” may not be shown`
    pub refused: fn(&str) -> String,
    /// `Your ad “x” is shown with limits`
    pub limited: fn(&str) -> String,
    /// `n decisions about your ads`
    pub several: fn(usize) -> String,
    /// The ad was submitted to whom and when, and decided when.
    pub submitted: fn(&str, &str, &str) -> String,
    /// Heading of the reasons.
    pub reasons: &'static str,
    /// Where a policy must not be named.
    pub withheld: &'static str,
    /// Before the clause of the terms.
    pub clause: fn(u32) -> String,
    /// Before the terms that were found.
    pub found: &'static str,
    /// Before what to do.
    pub to_do: &'static str,
    /// Heading of the limits.
    pub limits: &'static str,
    /// Only in these countries.
    pub only_in: fn(&str) -> String,
    /// Not in these countries.
    pub not_in: fn(&str) -> String,
    /// Only from this age.
    pub from_age: fn(u8) -> String,
    /// Needs this certificate.
    pub certificate: fn(&str) -> String,
    /// Against the law.
    pub illegal: &'static str,
    /// Against the terms.
    pub incompatible: &'static str,
    /// Decided by machines.
    pub by_machine: &'static str,
    /// Decided by a person with machines' findings.
    pub by_both: &'static str,
    /// Decided by a person alone.
    pub by_person: &'static str,
    /// What can be done against it.
    pub redress: fn(&str) -> String,
    /// How not to get such mails any more.
    pub unsubscribe: &'static str,
}

static EN: Words = Words {
    refused: |ad| format!("Your ad “{ad}” may not be shown"),
    limited: |ad| format!("Your ad “{ad}” is shown with limits"),
    several: |n| format!("{n} decisions about your ads"),
    submitted: |platform, on, decided| format!("Submitted to {platform} on {on}, decided on {decided}."),
    reasons: "Reasons",
    withheld: "The ad breaks rules that protect people and the review of ads. What was found is not disclosed, since that would help to evade the review.",
    clause: |version| format!("Clause, version {version}"),
    found: "Found",
    to_do: "What to do",
    limits: "Limits",
    only_in: |countries| format!("Shown only in: {countries}"),
    not_in: |countries| format!("Not shown in: {countries}"),
    from_age: |years| format!("Shown only to people of {years} and older"),
    certificate: |name| format!("Shown once your account holds the certificate “{name}”"),
    illegal: "Ground: the content is held to be against the law.",
    incompatible: "Ground: the content is against the advertising policies that you agreed to.",
    by_machine: "Automated screening found this and decided it, without a person.",
    by_both: "A person decided this, with the findings of automated screening at hand.",
    by_person: "A person decided this.",
    redress: |platform| {
        format!(
            "You can correct the ad and submit it again. If you think that the decision is wrong, appeal to {platform} free of charge; you can also turn to a certified out-of-court dispute settlement body or to a court."
        )
    },
    unsubscribe: "No more of these e-mails",
};

static ES: Words = Words {
    refused: |ad| format!("Su anuncio «{ad}» no puede mostrarse"),
    limited: |ad| format!("Su anuncio «{ad}» se muestra con límites"),
    several: |n| format!("{n} decisiones sobre sus anuncios"),
    submitted: |platform, on, decided| format!("Enviado a {platform} el {on}, decidido el {decided}."),
    reasons: "Motivos",
    withheld: "El anuncio infringe reglas que protegen a las personas y la revisión de anuncios. Lo que se encontró no se revela, porque ayudaría a eludir la revisión.",
    clause: |version| format!("Cláusula, versión {version}"),
    found: "Encontrado",
    to_do: "Qué hacer",
    limits: "Límites",
    only_in: |countries| format!("Se muestra solo en: {countries}"),
    not_in: |countries| format!("No se muestra en: {countries}"),
    from_age: |years| format!("Se muestra solo a personas de {years} años o más"),
    certificate: |name| format!("Se mostrará cuando su cuenta tenga el certificado «{name}»"),
    illegal: "Fundamento: se considera que el contenido es contrario a la ley.",
    incompatible: "Fundamento: el contenido es contrario a las políticas de publicidad que usted aceptó.",
    by_machine: "Lo encontró y decidió una revisión automatizada, sin intervención de una persona.",
    by_both: "Lo decidió una persona, a la vista de lo que encontró la revisión automatizada.",
    by_person: "Lo decidió una persona.",
    redress: |platform| {
        format!(
            "Puede corregir el anuncio y enviarlo de nuevo. Si cree que la decisión es errónea, reclame gratuitamente ante {platform}; también puede acudir a un órgano certificado de resolución extrajudicial de litigios o a los tribunales."
        )
    },
    unsubscribe: "No recibir más estos correos",
};

static FR: Words = Words {
    refused: |ad| format!("Votre annonce « {ad} » ne peut pas être diffusée"),
    limited: |ad| format!("Votre annonce « {ad} » est diffusée avec des limites"),
    several: |n| format!("{n} décisions concernant vos annonces"),
    submitted: |platform, on, decided| format!("Soumise à {platform} le {on}, décision du {decided}."),
    reasons: "Motifs",
    withheld: "L'annonce enfreint des règles qui protègent les personnes et le contrôle des annonces. Ce qui a été trouvé n'est pas communiqué, car cela aiderait à contourner le contrôle.",
    clause: |version| format!("Clause, version {version}"),
    found: "Trouvé",
    to_do: "Que faire",
    limits: "Limites",
    only_in: |countries| format!("Diffusée uniquement dans : {countries}"),
    not_in: |countries| format!("Non diffusée dans : {countries}"),
    from_age: |years| format!("Diffusée uniquement aux personnes de {years} ans et plus"),
    certificate: |name| format!("Diffusée dès que votre compte détient le certificat « {name} »"),
    illegal: "Fondement : le contenu est considéré comme contraire à la loi.",
    incompatible: "Fondement : le contenu est contraire aux règles publicitaires que vous avez acceptées.",
    by_machine: "Un contrôle automatisé l'a trouvé et a décidé, sans intervention d'une personne.",
    by_both: "Une personne a décidé, au vu des constats du contrôle automatisé.",
    by_person: "Une personne a décidé.",
    redress: |platform| {
        format!(
            "Vous pouvez corriger l'annonce et la soumettre à nouveau. Si vous estimez la décision erronée, adressez une réclamation gratuite à {platform} ; vous pouvez aussi saisir un organe certifié de règlement extrajudiciaire des litiges ou un tribunal."
        )
    },
    unsubscribe: "Ne plus recevoir ces e-mails",
};

static DE: Words = Words {
    refused: |ad| format!("Ihre Anzeige „{ad}“ darf nicht gezeigt werden"),
    limited: |ad| format!("Ihre Anzeige „{ad}“ wird mit Einschränkungen gezeigt"),
    several: |n| format!("{n} Entscheidungen über Ihre Anzeigen"),
    submitted: |platform, on, decided| format!("Eingereicht bei {platform} am {on}, entschieden am {decided}."),
    reasons: "Gründe",
    withheld: "Die Anzeige verstößt gegen Regeln, die Menschen und die Prüfung von Anzeigen schützen. Was gefunden wurde, wird nicht mitgeteilt, weil das helfen würde, die Prüfung zu umgehen.",
    clause: |version| format!("Klausel, Fassung {version}"),
    found: "Gefunden",
    to_do: "Was zu tun ist",
    limits: "Einschränkungen",
    only_in: |countries| format!("Wird nur gezeigt in: {countries}"),
    not_in: |countries| format!("Wird nicht gezeigt in: {countries}"),
    from_age: |years| format!("Wird nur Personen ab {years} Jahren gezeigt"),
    certificate: |name| format!("Wird gezeigt, sobald Ihr Konto das Zertifikat „{name}“ hat"),
    illegal: "Grundlage: Der Inhalt wird als rechtswidrig angesehen.",
    incompatible: "Grundlage: Der Inhalt verstößt gegen die Werberichtlinien, denen Sie zugestimmt haben.",
    by_machine: "Eine automatisierte Prüfung hat dies gefunden und entschieden, ohne dass ein Mensch beteiligt war.",
    by_both: "Ein Mensch hat dies entschieden; die Ergebnisse der automatisierten Prüfung lagen ihm vor.",
    by_person: "Ein Mensch hat dies entschieden.",
    redress: |platform| {
        format!(
            "Sie können die Anzeige berichtigen und erneut einreichen. Halten Sie die Entscheidung für falsch, beschweren Sie sich kostenlos bei {platform}; Sie können sich auch an eine zertifizierte außergerichtliche Streitbeilegungsstelle oder an ein Gericht wenden."
        )
    },
    unsubscribe: "Keine solchen E-Mails mehr",
};

static PT: Words = Words {
    refused: |ad| format!("O seu anúncio «{ad}» não pode ser exibido"),
    limited: |ad| format!("O seu anúncio «{ad}» é exibido com limites"),
    several: |n| format!("{n} decisões sobre os seus anúncios"),
    submitted: |platform, on, decided| format!("Enviado a {platform} em {on}, decidido em {decided}."),
    reasons: "Motivos",
    withheld: "O anúncio viola regras que protegem as pessoas e a revisão de anúncios. O que foi encontrado não é revelado, porque ajudaria a contornar a revisão.",
    clause: |version| format!("Cláusula, versão {version}"),
    found: "Encontrado",
    to_do: "O que fazer",
    limits: "Limites",
    only_in: |countries| format!("Exibido apenas em: {countries}"),
    not_in: |countries| format!("Não exibido em: {countries}"),
    from_age: |years| format!("Exibido apenas a pessoas com {years} anos ou mais"),
    certificate: |name| format!("Exibido assim que a sua conta tiver o certificado «{name}»"),
    illegal: "Fundamento: considera-se que o conteúdo é contrário à lei.",
    incompatible: "Fundamento: o conteúdo é contrário às políticas de publicidade que aceitou.",
    by_machine: "Uma revisão automatizada encontrou e decidiu isto, sem intervenção de uma pessoa.",
    by_both: "Uma pessoa decidiu isto, com as conclusões da revisão automatizada à vista.",
    by_person: "Uma pessoa decidiu isto.",
    redress: |platform| {
        format!(
            "Pode corrigir o anúncio e enviá-lo de novo. Se considera a decisão errada, reclame gratuitamente junto de {platform}; pode também recorrer a um organismo certificado de resolução extrajudicial de litígios ou a um tribunal."
        )
    },
    unsubscribe: "Não receber mais estes e-mails",
};
