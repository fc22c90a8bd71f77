//! Short ad lines in eight languages, and texts that are not words.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::language::{covered, detect};
use crate::domain::{
    place::Language,
    signal::{Cause, Reading},
};

/// Lines as headlines have them, one a line, by language.
const LINES: &[(&str, &str)] = &[
    (
        "en",
        "Buy now and save\n\
         Shop the sale\n\
         Free shipping today\n\
         Lose weight fast\n\
         Book your stay\n\
         Get started free\n\
         New season styles\n\
         Fresh coffee delivered\n\
         Learn guitar online\n\
         Meet local singles\n\
         Play slots win\n\
         Running shoes reduced\n\
         Handmade leather bags\n\
         Cheap flights to Rome\n\
         Download the app\n\
         Summer dresses from $20\n\
         Your dream kitchen\n\
         Hiring nurses now\n\
         Vote for change\n\
         Quit smoking naturally\n\
         Bitcoin made easy\n\
         Best mattress ever\n\
         Save on insurance\n\
         Doctors hate this trick\n\
         Organic dog food\n\
         Limited offer, ends tonight\n\
         Invest in gold\n\
         Adopt a rescue dog\n\
         Garden furniture clearance\n\
         Home loans approved\n\
         Handmade leather handbags\n\
         Your journey begins here\n\
         Dinner for two\n\
         Slim down without dieting\n\
         Become rich this month\n\
         Carpet cleaning experts\n\
         Freshly roasted beans\n\
         Piano lessons nearby\n\
         Cold craft beer\n\
         Luxury watches cheap\n\
         The models' secret\n\
         Bicycle rental downtown\n\
         Injury lawyers\n\
         Curtains made to measure\n\
         Trusted online casino\n\
         Erase debt overnight\n\
         Flat belly tea\n\
         Replica handbags wholesale\n\
         Hot girls waiting\n\
         Miracle cure revealed",
    ),
    (
        "es",
        "Compra ahora y ahorra\n\
         Envío gratis hoy\n\
         Rebajas de verano\n\
         Pierde peso rápido\n\
         Reserva tu hotel\n\
         Zapatos en oferta\n\
         Aprende inglés en casa\n\
         Conoce solteros cerca\n\
         Juega y gana dinero\n\
         Descarga la aplicación\n\
         Nueva colección de primavera\n\
         Gana dinero desde casa\n\
         Seguro de coche barato\n\
         Vuelos baratos a Madrid\n\
         Crédito rápido sin papeles\n\
         Muebles para tu hogar\n\
         Últimos días de oferta\n\
         Apuesta con bono\n\
         Vota por el cambio\n\
         Comida para perros\n\
         Bolsos de piel artesanales\n\
         Tu viaje empieza aquí\n\
         Cena para dos con vistas\n\
         Adelgaza sin dieta\n\
         Hazte millonario este mes\n\
         Pinta tu salón tú mismo\n\
         Limpieza de alfombras\n\
         Café recién tostado\n\
         Abogados de accidentes\n\
         Clases de piano\n\
         Cerveza artesana fría\n\
         Relojes de lujo baratos\n\
         El secreto de las modelos\n\
         Cura la diabetes\n\
         Alquiler de bicicletas",
    ),
    (
        "fr",
        "Achetez maintenant\n\
         Livraison gratuite aujourd'hui\n\
         Perdez du poids vite\n\
         Soldes d'été chez nous\n\
         Réservez votre hôtel\n\
         Chaussures en promotion\n\
         Apprenez l'anglais en ligne\n\
         Rencontrez des célibataires\n\
         Jouez et gagnez\n\
         Téléchargez l'application\n\
         Nouvelle collection printemps\n\
         Assurance auto moins chère\n\
         Vols pas chers\n\
         Crédit rapide sans justificatif\n\
         Meubles pour la maison\n\
         Offre limitée\n\
         Votez pour le changement\n\
         Gagnez de l'argent facilement\n\
         Cadeaux pour elle\n\
         Le meilleur matelas\n\
         Sacs en cuir faits main\n\
         Votre voyage commence ici\n\
         Dîner pour deux\n\
         Maigrir sans régime\n\
         Devenez riche ce mois-ci\n\
         Nettoyage de tapis\n\
         Café fraîchement torréfié\n\
         Cours de piano\n\
         Bière artisanale fraîche\n\
         Montres de luxe\n\
         Le secret des mannequins\n\
         Location de vélos\n\
         Avocats spécialisés\n\
         Rideaux sur mesure\n\
         Casino en ligne fiable",
    ),
    (
        "de",
        "Jetzt kaufen und sparen\n\
         Kostenloser Versand heute\n\
         Schnell abnehmen\n\
         Sommerschlussverkauf bei uns\n\
         Hotel jetzt buchen\n\
         Schuhe im Angebot\n\
         Englisch lernen zu Hause\n\
         Singles in deiner Nähe\n\
         Spielen und gewinnen\n\
         App jetzt herunterladen\n\
         Neue Kollektion Herbst\n\
         Günstige Autoversicherung\n\
         Billige Flüge nach Rom\n\
         Sofortkredit ohne Schufa\n\
         Möbel für dein Zuhause\n\
         Nur noch wenige Tage\n\
         Geld verdienen im Internet\n\
         Die beste Matratze\n\
         Geschenke für Männer\n\
         Hundefutter ohne Getreide\n\
         Handgemachte Ledertaschen\n\
         Deine Reise beginnt hier\n\
         Abendessen für zwei\n\
         Abnehmen ohne Diät\n\
         Werde diesen Monat reich\n\
         Teppichreinigung vom Profi\n\
         Frisch gerösteter Kaffee\n\
         Klavierunterricht in München\n\
         Luxusuhren zum Schnäppchenpreis\n\
         Fahrradverleih am Bahnhof\n\
         Rechtsanwalt gesucht\n\
         Vorhänge nach Maß\n\
         Online Casino mit Bonus",
    ),
    (
        "pt",
        "Compre agora e economize\n\
         Frete grátis hoje\n\
         Perca peso rápido\n\
         Promoção de verão\n\
         Reserve seu hotel\n\
         Sapatos em oferta\n\
         Aprenda inglês em casa\n\
         Conheça solteiros\n\
         Jogue e ganhe\n\
         Baixe o aplicativo\n\
         Nova coleção de inverno\n\
         Ganhe dinheiro em casa\n\
         Seguro auto barato\n\
         Passagens baratas para Lisboa\n\
         Empréstimo rápido online\n\
         Móveis para sua casa\n\
         Últimos dias de oferta\n\
         Aposte com bônus\n\
         Bolsas de couro artesanais\n\
         Sua viagem começa aqui\n\
         Jantar para dois\n\
         Emagreça sem dieta\n\
         Fique rico este mês\n\
         Limpeza de tapetes\n\
         Café torrado na hora\n\
         Aulas de piano\n\
         Cerveja artesanal gelada\n\
         Relógios de luxo\n\
         Aluguel de bicicletas\n\
         O segredo das modelos\n\
         Cassino com bônus grátis",
    ),
    (
        "it",
        "Acquista ora e risparmia\n\
         Spedizione gratuita oggi\n\
         Perdi peso velocemente\n\
         Saldi estivi da noi\n\
         Prenota il tuo hotel\n\
         Scarpe in offerta\n\
         Impara l'inglese da casa\n\
         Incontra single vicino a te\n\
         Gioca e vinci\n\
         Scarica la nostra app\n\
         Nuova collezione autunno\n\
         Guadagna soldi da casa\n\
         Assicurazione auto economica\n\
         Voli economici per Roma\n\
         Prestito veloce senza busta paga\n\
         Mobili per la tua casa\n\
         Ultimi giorni di sconto\n\
         Il miglior materasso\n\
         Borse in pelle artigianali\n\
         Il tuo viaggio inizia qui\n\
         Cena per due con vista\n\
         Dimagrire senza dieta\n\
         Diventa ricco questo mese\n\
         Pulizia tappeti a domicilio\n\
         Caffè appena tostato\n\
         Lezioni di pianoforte\n\
         Birra artigianale fresca\n\
         Orologi di lusso\n\
         Il segreto delle modelle\n\
         Noleggio biciclette\n\
         Tende su misura",
    ),
    (
        "nl",
        "Nu kopen en besparen\n\
         Gratis verzending vandaag\n\
         Snel afvallen zonder dieet\n\
         Boek je hotel\n\
         Schoenen in de aanbieding\n\
         Goedkope vluchten naar Rome",
    ),
    (
        "fi",
        "Osta nyt ja säästä\n\
         Ilmainen toimitus tänään\n\
         Laihdu nopeasti\n\
         Varaa hotelli\n\
         Uusi kevätmallisto\n\
         Tienaa rahaa kotona",
    ),
];

fn code(text: &str) -> String {
    detect(text).known().map(|d| d.language.to_string()).unwrap_or_default()
}

#[test]
fn short_lines_are_told_apart() {
    let (mut total, mut wrong) = (0, Vec::new());
    for (language, lines) in LINES {
        for line in lines.lines() {
            total += 1;
            let found = code(line);
            if found != *language {
                wrong.push(format!("{line}: {found}, not {language}"));
            }
        }
    }
    println!("{} of {total} lines are told right", total - wrong.len());
    // Every English line is seen as English: an unread ad is one that people must read.
    assert!(!wrong.iter().any(|w| w.ends_with("not en")), "{wrong:?}");
    assert!(wrong.len() * 50 <= total, "{wrong:?}");
}

#[test]
fn scripts_tell_the_rest() {
    for (text, language) in [
        ("Купите сейчас со скидкой", "ru"),
        ("Купуйте зараз зі знижкою, їжа", "uk"),
        ("Αγοράστε τώρα", "el"),
        ("今すぐ購入してください", "ja"),
        ("立即购买优惠商品", "zh"),
        ("지금 구매하세요", "ko"),
        ("اشتر الآن بخصم كبير", "ar"),
        ("קנו עכשיו בהנחה", "he"),
        ("अभी खरीदें और बचाएं", "hi"),
        ("ซื้อเลยวันนี้", "th"),
        ("Mua ngay hôm nay giảm giá", "vi"),
        ("Kup teraz i oszczędzaj", "pl"),
        ("Şimdi satın al, ücretsiz kargo", "tr"),
        ("Nike Air Max", "en"),
        ("Adidas", "en"),
    ] {
        assert_eq!(code(text), language, "{text}");
    }
}

#[test]
fn what_has_no_letters_has_no_language() {
    for text in ["", " \n", "50% 24/7", "👍🏽 🔥", "https://example.com", "@handle", "\u{301}"] {
        assert_eq!(detect(text), Reading::Unavailable(Cause::NothingToMeasure), "{text}");
    }
}

#[test]
fn only_known_languages_are_covered() {
    let english: Vec<Language> = vec!["en".parse().unwrap()];
    assert!(covered(&detect("Buy now and save"), &english));
    assert!(!covered(&detect("Compra ahora y ahorra"), &english));
    assert!(!covered(&detect(""), &english));
    assert!(!covered(&detect("Buy now and save"), &[]));
}

#[test]
fn long_texts_are_told_by_their_beginning() {
    let text = "Buy our new shoes today and save. ".repeat(20_000);
    let began = std::time::Instant::now();
    assert_eq!(code(&text), "en");
    assert!(began.elapsed().as_secs() < 5);
}
