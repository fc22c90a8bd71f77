//! What tells a Latin-script language from the others in a few words: its commonest words and what its ads say, letters
//! and ends of words that it has for itself, letters that it only borrows.
//!
//! Used by language detection for texts too short for letter statistics. Words that several languages share count for
//! each, by how few they are. It must never hold names or words that everybody borrows (`hotel`, `online`).

use whatlang::Lang;

/// Letters that few languages write, the languages, and what one is worth in words.
pub(super) const LETTERS: &[(&str, &[&str], f64)] = &[
    ("ñ¿¡", &["es"], 1.5),
    ("ß", &["de"], 2.0),
    ("ãõ", &["pt"], 1.5),
    ("ç", &["fr", "pt", "tr"], 0.4),
    ("œ", &["fr"], 1.5),
    ("êûîë", &["fr"], 0.5),
    ("âô", &["fr", "pt"], 0.4),
    ("àèù", &["fr", "it"], 0.5),
    ("òì", &["it"], 0.8),
    ("é", &["fr", "es", "pt", "hu"], 0.3),
    ("áíú", &["es", "pt", "cs", "hu"], 0.4),
    ("ó", &["es", "pt", "pl", "hu"], 0.4),
    ("ä", &["de", "fi", "sv"], 0.5),
    ("ö", &["de", "fi", "sv", "tr", "hu"], 0.4),
    ("ü", &["de", "tr", "hu"], 0.6),
    ("å", &["sv", "da", "nb"], 0.7),
    ("æø", &["da", "nb"], 0.9),
    ("łżśęąźćń", &["pl"], 1.5),
    ("ğış", &["tr"], 1.5),
    ("őű", &["hu"], 1.5),
    ("țșă", &["ro"], 1.5),
    ("řěůž", &["cs"], 1.0),
    ("ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", &["vi"], 2.0),
];

/// Letters that a language writes in borrowed words only; a word with one of them speaks against it, by this much.
pub(super) const BORROWED: &[(&str, &str)] = &[
    ("es", "kw"),
    ("fr", "kw"),
    ("pt", "kwy"),
    ("it", "jkwxy"),
    ("ro", "kqwy"),
    ("fi", "bcfqwxz"),
    ("tr", "qwx"),
    ("pl", "qvx"),
    ("cs", "qwx"),
    ("hu", "qwx"),
    ("sv", "qwz"),
    ("da", "cqwxz"),
    ("nb", "cqwxz"),
    ("nl", "q"),
    ("id", "qxz"),
    ("vi", "fjwz"),
];
/// Ends of words of four letters and more that a language has nearly for itself, and what one is worth.
pub(super) const ENDS: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "ing", "ight", "ness", "ful", "ck", "wn", "sh", "th", "ths", "ies", "ly", "'s", "ee", "gh", "ey", "ays",
            "ts", "ds", "ks",
        ],
    ),
    ("es", &["ción", "ciones", "dad", "ando", "iendo", "ado", "ados", "adas", "ero", "illo", "eza", "emos", "amos"]),
    (
        "fr",
        &[
            "eux", "aux", "eau", "eaux", "ment", "ette", "oir", "ais", "ait", "aient", "ez", "que", "elle", "euse",
            "ée", "és", "ées",
        ],
    ),
    (
        "de",
        &[
            "ung", "ungen", "heit", "keit", "lich", "liche", "lichen", "sch", "sche", "schen", "cht", "tz", "tzt",
            "iert", "ieren", "ern", "eln", "schaft", "rz", "ei", "ßen", "nen", "ffen", "llen",
        ],
    ),
    ("pt", &["ção", "ções", "dade", "inho", "inha", "ado", "ados", "endo", "ando", "eiro", "eira", "amos", "ões"]),
    (
        "it",
        &[
            "zione", "zioni", "tà", "tti", "tto", "gli", "cci", "are", "ere", "ato", "ati", "ini", "ella", "elli",
            "etto", "oni", "nti", "eria", "mente", "ioni", "iamo", "ggio", "gio", "cchi",
        ],
    ),
    (
        "nl",
        &[
            "lijk", "lijke", "heid", "ijk", "tie", "aan", "oor", "aar", "eer", "aat", "aal", "uur", "oon", "sch",
            "eel", "eren", "elen", "je", "jes", "jn", "dt", "ijf", "igt",
        ],
    ),
    (
        "fi",
        &[
            "ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "een", "ään", "aan", "iin", "tta", "ttä", "nen",
            "set", "mme", "kin", "ksi", "vat", "ista", "oon", "yy", "ii", "uu", "aa",
        ],
    ),
    ("sv", &["ning", "ningar", "ligt", "ande", "arna", "erna", "skt", "orna"]),
    ("pl", &["ów", "ego", "owe", "nie", "ych", "ość", "ami", "cie"]),
    ("tr", &["lar", "ler", "lik", "lık", "inde", "ında", "iyor", "dır", "dir"]),
];
/// ISO 639-1 of whatlang's languages that have one.
pub(super) fn iso_639_1(language: Lang) -> Option<&'static str> {
    Some(match language.code() {
        "afr" => "af",
        "aka" => "ak",
        "amh" => "am",
        "ara" => "ar",
        "aze" => "az",
        "bel" => "be",
        "ben" => "bn",
        "bul" => "bg",
        "cat" => "ca",
        "ces" => "cs",
        "cmn" => "zh",
        "cym" => "cy",
        "dan" => "da",
        "deu" => "de",
        "ell" => "el",
        "eng" => "en",
        "epo" => "eo",
        "est" => "et",
        "fin" => "fi",
        "fra" => "fr",
        "guj" => "gu",
        "heb" => "he",
        "hin" => "hi",
        "hrv" => "hr",
        "hun" => "hu",
        "hye" => "hy",
        "ind" => "id",
        "ita" => "it",
        "jav" => "jv",
        "jpn" => "ja",
        "kan" => "kn",
        "kat" => "ka",
        "khm" => "km",
        "kor" => "ko",
        "lat" => "la",
        "lav" => "lv",
        "lit" => "lt",
        "mal" => "ml",
        "mar" => "mr",
        "mkd" => "mk",
        "mya" => "my",
        "nep" => "ne",
        "nld" => "nl",
        "nob" => "nb",
        "ori" => "or",
        "pan" => "pa",
        "pes" => "fa",
        "pol" => "pl",
        "por" => "pt",
        "ron" => "ro",
        "rus" => "ru",
        "sin" => "si",
        "slk" => "sk",
        "slv" => "sl",
        "sna" => "sn",
        "spa" => "es",
        "srp" => "sr",
        "swe" => "sv",
        "tam" => "ta",
        "tel" => "te",
        "tgl" => "tl",
        "tha" => "th",
        "tuk" => "tk",
        "tur" => "tr",
        "ukr" => "uk",
        "urd" => "ur",
        "uzb" => "uz",
        "vie" => "vi",
        "yid" => "yi",
        "zul" => "zu",
        _ => return None,
    })
}

/// Cyrillic letters that one language alone writes, in the order to look; Russian goes without.
pub(super) const CYRILLIC_LETTERS: &[(&str, &str)] =
    &[("ў", "be"), ("їєґ", "uk"), ("ќѓѕ", "mk"), ("ђћљњј", "sr"), ("ыэё", "ru"), ("і", "uk")];

/// Language (ISO 639-1) and its words, lower case, separated by spaces.
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "en",
        "the and of to a in is it you that for on are with as at be this have from or by but not what all were we \
         when your can said there an which she do how their if will up about out many then them these so some her \
         would make like him into has look more see no way could people my than first been who its now find down did \
         get come may i me our us they he was his just over new why here only every very after most other off any \
         best today free buy shop save sale offer offers deal deals shipping delivery order book learn discover try \
         start started join download click home made easy fast cheap great big summer winter spring dress dresses \
         shoes shoe bag bags women men kids baby dog cat food coffee beauty skin hair health weight lose loss money \
         cash win play loan loans credit card insurance house car cars phone game games watch gift gifts love life \
         time day night week year years price prices value quality fresh organic natural ultimate ever never always \
         without need want don't it's you're we're i'm isn't can't world city country singles near meet local work \
         jobs hiring apply vote support help stop end ends limited quit smoking approved dream kitchen mattress \
         furniture reduced delivered trick bonus casino bet invest gold works results guaranteed secret simple better \
         perfect real good happy taste feel bring keep take give got let thing things that's where should school news \
         says killed police against team record right left old high open top back black white blue red green wax \
         candy oil chocolate government canada snack vape actually everyone two roll drink bubble australia being say \
         australian marriage sign canadian bar labor crumble those because sex thanks pill community really ways \
         cookies going british american future call across same equality flowers three court south found understand \
         former put wins lemon name families amazing pictures obama china united election small fire rights needs \
         purple character age another states woman diesel working guess liberal lives cream pay strawberry law tax \
         four disney iraq liberals between bomb butter least history apple living economy since federal sydney \
         children members continue hilarious each fight students workers senator crash doing second anyone death \
         security attack less human wedding billion rules list cut child building australians tea report delicious \
         eat football nation mind clean cake build ago program close dogs having words education perfectly arrested \
         communities worst parliament shot calling opportunity military women's council strong candidate happen \
         political announced ahead won't calls crisis happened called org went violence minutes leaders university \
         taken low economic cold biggest protect gets fruit agree town thousands receive send gay centre businesses \
         voting signs lead relief aid talks hate claims helping tried cost return ban presidential growth cuts \
         general relationship survey didn't suicide announces kill trial earthquake told growing schools earth \
         northern medical release financial climate elections select faces others drug injured debate funding deserve \
         success nuclear fighting mean gender birth increase drops emergency reach hurricane missing leadership wrong \
         study science trade committed ensure rise happens beyond hour charged reports murder recipes happening \
         purchased completely sharing posts housing took taxes knows fuel fund goals affordable prison elected pets \
         iconic attacks church rainbow director mayor movement postal saying response southern wage entire huge equal \
         middle judge rich purchase annual aged moving seven third parks names image leading playing decision sugar \
         groups homes benefits driving address heard flu explosion absolutely incredibly anything advice volunteers \
         officials forces supporting laws killing bought governor inquiry higher needed helped shared finds potential \
         critical deliver item sexual millions troops charges foreign boy reveal leaves review becomes strikes looked \
         raise risk victims father threat paying largest honour nine sell accused paid lights democratic abortion \
         historic jet involved mass protests executive coalition opportunities appointment civil fear costs named \
         standing gun current healing secretary lower aren't failed tropical matters shares countries secrets \
         language personality wife shooting faith moves trust bills investment ritual doctor tough investigation \
         relations votes residents excellence email soldiers spent bite reduce electricity ads changed border \
         strategy shut several legislation crime throughout accident army confidence infrastructure membership \
         candidates joy hundreds funds donate agency promises politicians newest seek championship rates programs \
         hydro caring disaster breaks scientists officers seeks bake bold defense leads nations magical rescue abuse \
         healthcare inclusive dollars organization pressure amid heritage planned transit labour hearing anxiety fish \
         concerns delivering suspected dozens worked whose banned founder claim government's committee recession \
         patients governments immigrants terrorism adult fails thinks religious spoke driver parts puts income voted \
         suspect protecting profile proposed veterans above deaths owner announcement rail grew target employees \
         defend ending greater supports providing rocket farm holds smiles protesters independent count consequences \
         period raised gone naturally guard likely wellness eastern raises discrimination reveals relationships \
         actual haven't foot pleased worse loses policies increased provided average values either owners threatens \
         cabinet corruption agreement deputy posted lessons discovered racism houses flavor supplies delay medicine \
         sees flooding joint vulnerable serving controversial rocks visits mouth asks chair bagel imagine arrest \
         consider firm remains pledge areas died farmers sick dispute childhood teeth toy raising sites custom carry \
         convicted carbon expand request affairs voters coal rural seniors behalf fired squad finals meaning socks \
         impossible extremely twenty captured losing restore traffic satellite ties territory advance bride users \
         attempt bombs brings explain viewed parliamentary penalty increases hosting viral drinking truths humanity \
         proof dressed flag discussion arms draw emissions decline levels dignity percent models visiting saving \
         couldn't suits pilot itself theatre marijuana fees construction environmental vital",
    ),
    (
        "es",
        "el la los las de del y que en un una unos unas es por para con no se su sus lo al como más mas pero ya muy \
         sin sobre este esta estos estas ese esa todo todos toda todas tu tus te ti mi nuestro nuestra nuestros \
         cuando donde hay ser está están son fue quien qué cómo porque también desde hasta entre hoy ahora aquí solo \
         sólo nuevo nueva nuevos nuevas mejor mejores compra comprar ahorra ahorro envío envio envíos gratis oferta \
         ofertas descuento descuentos rebajas precio precios barato barata baratos baratas tienda casa hogar gana \
         ganar dinero crédito préstamo rápido rápida fácil peso pierde reserva descarga aprende descubre juega \
         apuesta regalo regalos zapatos ropa mujer mujeres hombre hombres niños verano invierno primavera días día \
         año años última últimas últimos calidad comida perros muebles seguro coche vuelos vota cambio conoce \
         solteros colección vida mundo salud pastillas noche semana adelgaza consigue llama pide visita regístrate \
         únete cuenta tarjeta empleo trabajo inglés bolsos bolso piel viaje viajes empieza cena clases curso cursos \
         limpieza alquiler bicicleta bicicletas relojes joyas cerveza vino café abogados abogado salón cocina baño \
         cama luz agua luego antes después cada otro otra otros otras mismo nadie nada algo cómodo pareja amigos \
         familia ciudad playa montaña libro libros música película zapatillas camisetas vestido vestidos muñeca \
         piernas cuerpo dieta cura médico secreto modelos millonario fiable segura ley gobierno partido pueblo \
         elecciones recién hechas hecho hechos mano vistas dos tres cuatro cinco euros pregunta empezar diseño \
         entrega domicilio gratuita gratuito suscríbete prueba probar pedir sandalias cojín jamón aceite pan queso \
         tarta puerta ventana jardín",
    ),
    (
        "fr",
        "le la les de des du un une et est en dans que qui pour pas sur au aux avec ce ces cette il elle ils elles \
         nous vous je tu on ne se sa son ses mon ma mes ton ta tes votre vos notre nos leur leurs plus mais ou où par \
         sans sous très tout tous toute toutes être avoir fait comme chez d l c j m n s t qu jusqu aujourd'hui \
         aujourd hui maintenant ici achetez acheter achat livraison gratuit gratuite gratuitement offre offres \
         promotion promo soldes remise prix cher chère chers moins meilleur meilleure meilleurs nouveau nouvelle \
         nouveaux nouvelles découvrez profitez réservez téléchargez apprenez jouez gagnez gagner perdez rencontrez \
         essayez commandez inscrivez rejoignez votez maison argent crédit rapide poids été hiver printemps automne \
         chaussures vêtements femme femmes homme hommes enfants cadeau cadeaux lui jour jours semaine année ans \
         qualité meubles assurance voiture vols matelas changement facilement célibataires limitée dernière derniers \
         bien vie monde santé déjà encore quoi quand comment ligne anglais sac sacs cuir faits main voyage voyages \
         commence dîner cours nettoyage tapis vélo vélos location bière vin montres montre bijoux rideaux mesure \
         fiable avocat avocats secret riche devenez mois maigrir régime deux trois quatre cinq euros toujours jamais \
         rien peu petit petite grand grande beau belle bon bonne même autre autres ville plage montagne livre livres \
         musique film cuisine salle bain chambre lit lumière eau corps médecin loi gouvernement élections jeu jeux \
         jouer faire voir venez veut peut dès avant après entre chaque famille amis enfant bébé chien chat nourriture \
         pain fromage jardin porte fenêtre bois livré livrée essai domicile abonnez abonnement frais fraîche façon \
         soin peau cheveux",
    ),
    (
        "de",
        "der die das und ist in den von zu mit sich des auf für im dem nicht ein eine einen einem einer eines als \
         auch es an werden aus er hat dass sie nach wird bei noch wie über so zum war haben nur oder aber vor zur bis \
         mehr durch man sein wurde sind ich du wir ihr uns euch mein meine dein deine deinen deiner unser unsere ihre \
         ihren ihrem kein keine wenn was wer wo warum hier jetzt heute schon sehr alle alles ohne gegen unter diese \
         dieser dieses neu neue neuer neues neuen kaufen sparen kostenlos kostenloser kostenlose versand angebot \
         angebote rabatt preis preise günstig günstige billig billige schnell einfach bestellen buchen lernen \
         gewinnen spielen herunterladen entdecken entdecke testen sichern abnehmen geld verdienen kredit haus zuhause \
         hause schuhe kleidung damen herren frauen männer kinder sommer winter herbst frühling tage tag woche jahr \
         jahre beste besten bester geschenk geschenke möbel versicherung autoversicherung flüge matratze hundefutter \
         wahl wählen leben welt gesundheit kollektion wenige nähe deutschland österreich schweiz am ab wollen geht \
         dann immer dabei menschen gibt kann können muss wieder damit wähler freie uhr unserem unserer zeit vom ganz \
         machen viel beim politik müssen kurz dich viele unseren teilen deshalb mal zukunft dazu denn dafür gut seit \
         jahren statt dir sondern macht weiter kommt endlich teilt diesem diesen doch braucht findet bild etwas eure \
         ch initiative nun abend seine schulz steht grünen letzten vielen gemeinsam sicherheit klar weil danke fragen \
         gute welche zeigt fordern freuen geben schweizer sagt nein ins billag sagen stehen zwei mich hamburg stimmen \
         sonntag ob darf linke gerechtigkeit bereits könnt brauchen grüne gerne sehen wahlkampf arbeit bundestagswahl \
         soll berlin lassen stimme ihrer besser gestern unterstützen programm tun bildung liebe srg nichts selbst \
         bundestag bleibt habt kommen weitere unterstützung gesellschaft bürger geht's demokratie großen jeder \
         fordert wochenende wünschen mir einmal soziale deutschen kannst bitte nächsten sollte nationalrat habe junge \
         tasche taschen leder reise reisen beginnt abendessen drei vier fünf diät werde monat reich reinigung frisch \
         kaffee unterricht uhren schmuck fahrrad fahrräder anwalt rechtsanwalt gesucht vorhänge maß küche bad bett \
         licht wasser vorher nachher jede andere anderen niemand paar freunde familie stadt strand berge buch bücher \
         musik körper arzt gesetz hand lieferung probieren bestelle hole hol deinem bier wein brot käse kuchen tür \
         fenster garten holz haut haare kind hund katze sicher sichere sofort profi bahnhof",
    ),
    (
        "pt",
        "o a os as de do da dos das e que em um uma uns umas é por para com não se seu sua seus suas no na nos nas ao \
         aos à às como mais mas já muito sem sobre este esta esse essa isso todo todos toda todas você vocês te meu \
         minha nosso nossa quando onde há ser está são foi quem também até entre hoje agora aqui só novo nova novos \
         novas melhor melhores pelo pela compre comprar economize frete grátis oferta ofertas desconto descontos \
         promoção promoções preço preços barato barata baratas loja casa lar ganhe ganhar dinheiro crédito empréstimo \
         rápido rápida fácil peso perca reserve baixe aprenda descubra jogue aposte presente presentes sapatos roupa \
         roupas mulher mulheres homem homens crianças verão inverno primavera dias dia ano anos últimos últimas \
         qualidade móveis seguro carro passagens vote mudança conheça solteiros coleção vida mundo saúde aplicativo \
         inglês bônus clique cadastre ligue peça garanta aproveite bolsa bolsas couro viagem viagens começa jantar \
         emagreça emagrecer rico mês limpeza aulas aula curso cursos cerveja vinho relógios relógio joias aluguel \
         bicicleta bicicletas segredo modelos cassino advogado advogados sala cozinha banheiro cama luz água antes \
         depois cada outro outra outros outras mesmo ninguém nada algo casal amigos família cidade praia montanha \
         livro livros música filme tênis camiseta vestido vestidos corpo dieta cura médico lei governo eleições feito \
         feitos mão dois três quatro cinco reais começar entrega assine teste pedir pão queijo bolo porta janela \
         jardim ficar fique tem temos faz fazer pode podem pelos pelas num numa deste desta nesta neste energia \
         técnico liberado bola",
    ),
    (
        "it",
        "il lo la i gli le di del della dei delle degli dello e ed che in un una uno è per con non si su sul sulla al \
         alla ai alle da dal dalla dalle nel nella nei nelle come più ma già molto senza questo questa questi queste \
         tutto tutti tutta tutte tuo tua tuoi tue mio mia nostro nostra nostri vostro suo sua quando dove sono essere \
         ha hanno chi cosa perché anche fino tra fra oggi ora adesso qui solo nuovo nuova nuovi nuove migliore \
         migliori miglior l d acquista compra risparmia spedizione gratuita gratuito gratis offerta offerte sconto \
         sconti saldi prezzo prezzi economica economico economici negozio casa vinci vincere soldi prestito credito \
         veloce velocemente facile peso perdi prenota scarica impara scopri gioca scommetti regalo regali scarpe \
         abbigliamento donna donne uomo uomini bambini estate estivi inverno autunno primavera giorni giorno anno \
         anni ultimi ultime qualità mobili assicurazione voli vota cambiamento incontra vicino collezione vita mondo \
         salute materasso guadagna inglese ci noi voi loro vi te abbiamo ad diretta governo legge presidente lavoro \
         stato fa politica siamo ancora prima ogni fare sinistra fatto paese sempre forza dopo grande contro novembre \
         insieme ho ricetta sarà due cittadini cui elettorale può persone grazie sia piazza ieri italiani quello dell \
         domani partito voto tempo così sera scelta ore elezioni italiana dai popolare altri c'è futuro nazionale \
         parte altro sui leggi agli amici buona l'italia milioni proprio siciliani primo oltre viaggio conferenza \
         sulle momento energia modo domenica avete centrodestra scuola quella poi hai avanti giovani qualche \
         settimana stampa tanti io quale città ottobre campagna banche stati centro commissione dire stata ministro \
         ospite era soli soprattutto intervista volta lista deve vostra nostre mesi destra stasera d'italia meno \
         politiche possono speciale tante cambiare stagione democratico risultato altre regione sicurezza allo poco \
         partire mentre alternativa vogliamo vedere invece rispetto sotto cose dice vediamo proposta subito aver \
         sarebbe vuole quelli continua democrazia punto difesa segretario basta commenti pochi giornata suoi voti \
         candidato bene borsa borse pelle viaggi inizia cena tre quattro cinque dimagrire diventa ricco mese pulizia \
         tappeti domicilio lezioni birra vino orologi orologio gioielli segreto noleggio bicicletta biciclette tende \
         misura avvocato cucina bagno letto luce acqua altra stesso nessuno niente qualcosa coppia famiglia spiaggia \
         montagna libro libri musica corpo dieta cura medico fatti mano euro iniziare consegna prova provare chiedi \
         pane formaggio torta porta finestra giardino artigianale artigianali fresca fresco appena lusso vista caffè \
         guadagno garantito zero rischi pulito bello bella buono piccolo mai fai vuoi puoi",
    ),
    (
        "nl",
        "de het een en van in is dat op te voor met niet zijn die aan er om ook als bij maar dan nog wel naar uit \
         door over zo of tot je jij jouw uw u we wij ons onze hij zij ze haar hem mijn geen meer veel heeft hebben \
         kan kunnen wordt worden was dit deze wat wie waar waarom hier nu vandaag alle alles zonder tegen onder nieuw \
         nieuwe kopen koop bespaar besparen gratis verzending aanbieding aanbiedingen korting prijs prijzen goedkoop \
         goedkope snel makkelijk bestel boek boeken leer win speel download ontdek probeer afvallen geld verdienen \
         lening krediet huis thuis schoenen kleding dames heren vrouwen mannen kinderen zomer winter herfst lente \
         dagen dag week jaar beste cadeau meubels verzekering vluchten matras stem leven wereld gezondheid vlaanderen \
         belgië nederland ik stad mensen mee samen wil hun moet hoe maken gaan goed vanavond moeten iedereen elke \
         vanaf doen eerste gaat jullie zich willen tijd laat tijdens werk grote daar deel zal heel werken kom weten \
         én eens heb werd komt zegt geven toekomst nieuwjaarsreceptie zou beter regering altijd nodig toch groen \
         goede zoals zondag allemaal zien gisteren opnieuw zetten blijven alvast tussen één januari welkom weer \
         minder enkele laatste terug elkaar klaar maak zeker omdat jou komen eigen plaats volgende burgemeester dus \
         lijsttrekker twee vrienden iets kans nieuws graag nemen vraag zullen keer staan doe daarom actie vragen \
         blijft steeds zelf krijgen dankzij nooit zaterdag aflevering hart mag alleen voorzitter jongeren welke maakt \
         vinden zet vijf paire steun laten vindt verder fijne politiek belfius duidelijk uur ga belangrijk kbc debat \
         doet echt februari zorgen maand nieuwste bent belang toe partij aantal achter stadsbestuur ervoor wanneer \
         miljoen langer vooruit volgens onderwijs hen volledige zorg zoveel mogelijk rond groot",
    ),
    (
        "fi",
        "ja on ei se että en hän oli joka mutta niin kuin myös tai jos kun nyt vain sen ovat ole olla me te he minä \
         sinä meidän teidän tämä tämän tässä mitä mikä miten miksi missä kaikki kaikille uusi uudet uuden paras \
         parhaat osta tilaa säästä ilmainen ilmaiseksi toimitus tarjous tarjoukset alennus ale hinta hinnat halpa \
         nopeasti helposti varaa opi voita pelaa lataa tutustu kokeile laihdu rahaa raha laina lainaa koti kotiin \
         kotona kengät vaatteet naisille miehille lapsille kesä talvi syksy kevät päivä päivää viikko vuosi vuotta \
         tänään huomenna lahja lahjat vakuutus auto äänestä elämä maailma terveys suomi suomen suomalainen tule \
         meille kanssa ilman yli jo enemmän sekä eli katso lue lisää voit hyvää mukaan vuoden vielä koko mukana siitä \
         kiitos paljon tulee joulun tervetuloa ensi jonka vuonna jotka maailman löydät sitä kannattaa uutta saa \
         yhdessä olisi pitää olet vaikka aina aika juuri näin tästä saat jossa tänä sitten oletko lisäksi ollut \
         kautta aikana olemme täältä alkaa tällä puheenjohtaja yksi ennen tähän osoitteessa voittaa hyvä onnea \
         elokuvateattereissa vaan arvomme onko zln täällä viime oma tätä eri tehdä kuinka viikon taas mm kesken sillä \
         jälkeen keskustan eivät osallistu käy sinun presidentti ajan kansanedustaja olen esimerkiksi kaikkien \
         hallitus kaksi meillä päivän joulua löytyy itse siihen hallituksen avulla muun nämä tasa uusia kertaa joten \
         siis kertoo vastaan kunniaksi jakaa kerro hbonordic eikä lasten kuitenkin haluamme jopa saada lauantaina \
         eilen aikaa muassa puolesta asti mistä ihan oman eduskunnan sarjan alkaen niitä antaa kohti jotta kuka hyvin \
         kyllä viikolla presidenttiehdokas jokainen oikein blogistamme eduskunnassa ihmisten todella kolme sinulle \
         vähän kommentoi samalla ensimmäinen ihmiset välillä mitään euroa hänen mennessä ottaa kirjoittaa mieltä \
         aivan työtä",
    ),
    (
        "sv",
        "och att det i en ett som på är av för med till den inte har om jag var men de så kan från vi du din ditt \
         dina vår våra er sig när nu hur vad vem varför här alla allt utan mot under över ny nya nytt köp handla \
         spara gratis frakt fri erbjudande rea rabatt pris priser billig billiga snabbt enkelt beställ boka lär vinn \
         spela ladda upptäck prova gå ner vikt pengar lån kredit hus hem hemma skor kläder dam herr kvinnor män barn \
         sommar vinter höst dagar dag vecka år bästa present möbler försäkring flyg rösta liv världen hälsa idag \
         sverige svenska eller också mycket bara",
    ),
    (
        "da",
        "og at det i en et som på er af for med til den ikke har om jeg var men de så kan fra vi du din dit dine \
         vores jer sig når nu hvordan hvad hvem hvorfor her alle alt uden mod under over ny nye nyt køb spar gratis \
         fragt fri levering tilbud udsalg rabat pris priser billig billige hurtigt nemt bestil book lær vind spil \
         hent opdag prøv tab vægt penge lån kredit hus hjem hjemme sko tøj dame herre kvinder mænd børn sommer vinter \
         efterår forår dage dag uge år bedste gave møbler forsikring stem liv verden sundhed dansk danmark eller også \
         meget kun",
    ),
    (
        "nb",
        "og at det i en et ei som på er av for med til den ikke har om jeg var men de så kan fra vi du din ditt dine \
         våre oss seg når nå hvordan hva hvem hvorfor her alle alt uten mot under over ny nye nytt kjøp spar gratis \
         frakt fri levering tilbud salg rabatt pris priser billig billige raskt enkelt bestill lær vinn spill last \
         ned oppdag prøv gå vekt penger lån kreditt hus hjem hjemme sko klær dame herre kvinner menn barn sommer \
         vinter høst vår dager dag uke år beste gave møbler forsikring stem liv verden helse norsk norge eller også \
         mye bare",
    ),
    (
        "pl",
        "i w na z się nie do to że jest o jak za po co od dla ale tak przez czy już tylko tego ich jego jej być może \
         są nasz nasze twój twoja twoje ten ta te który która które wszystko wszystkie bez teraz dziś dzisiaj tutaj \
         nowy nowa nowe kup zamów oszczędzaj darmowa darmowy darmo dostawa wysyłka oferta oferty promocja rabat \
         zniżka cena ceny tanio tanie szybko łatwo zarezerwuj ucz wygraj graj pobierz odkryj spróbuj schudnij \
         pieniądze pożyczka kredyt dom domu buty ubrania kobiet mężczyzn dzieci lato zima jesień wiosna dni dzień \
         tydzień rok lat najlepszy najlepsze prezent meble ubezpieczenie życie świat zdrowie polska sprawdź",
    ),
    (
        "tr",
        "ve bir bu da de için ile çok daha en gibi kadar ne o var yok mi mı ama değil olarak olan sen ben biz siz \
         şimdi hemen bugün burada yeni tüm her şey satın al sipariş ücretsiz bedava kargo indirim indirimli fiyat \
         fiyatlar fırsat fırsatlar ucuz hızlı kolay rezervasyon öğren kazan oyna indir keşfet dene kilo ver para \
         kredi ev evde ayakkabı giyim kadın erkek çocuk yaz kış gün hafta yıl iyi hediye mobilya sigorta uçak bilet \
         hayat dünya sağlık türkiye",
    ),
    (
        "ro",
        "și de la în cu pe un o nu să se este din pentru ca mai care sunt dar sau prin fără cel cea cei ale lui ei al \
         ai noi voi tău ta acum azi astăzi aici nou nouă cumpără comandă economisește gratuit gratuită livrare \
         transport ofertă oferte reducere reduceri preț prețuri ieftin ieftine rapid ușor rezervă învață câștigă \
         joacă descarcă descoperă încearcă slăbește bani împrumut credit casă acasă pantofi haine femei bărbați copii \
         vară iarnă zile zi săptămână an ani bun cadou mobilă asigurare viață lume sănătate românia",
    ),
    (
        "cs",
        "a v na se je že s z do o to jako za po ale by pro tak jen už od nebo si co kdy bez které který která jsou \
         být váš vaše tvůj nový nová nové teď dnes zde všechno kupte koupit objednejte ušetřete zdarma doprava \
         nabídka nabídky sleva slevy cena ceny levné levně rychle snadno rezervujte učte vyhrajte hrajte stáhněte \
         objevte vyzkoušejte zhubněte peníze půjčka úvěr dům domů boty oblečení ženy muže děti léto zima dny den \
         týden rok let nejlepší dárek nábytek pojištění život svět zdraví",
    ),
    (
        "hu",
        "a az és hogy nem is egy van ez azt meg csak de már most ha mint vagy el ki be még minden ön önnek te mi ti \
         ők itt ma új vásároljon vásárolj rendelj rendeljen spórolj ingyenes ingyen szállítás ajánlat ajánlatok akció \
         kedvezmény ár árak olcsó gyorsan könnyen foglalj tanulj nyerj játssz töltsd fedezd próbáld fogyj pénz \
         kölcsön hitel ház otthon cipő ruha női férfi gyerek nyár tél nap napok hét év évek legjobb ajándék bútor \
         biztosítás élet világ egészség magyar",
    ),
    (
        "id",
        "yang dan di ke dari untuk dengan ini itu tidak akan pada adalah juga atau ada anda kamu kami kita saya bisa \
         dapat lebih sudah hanya semua tanpa sekarang hari sini baru beli hemat gratis ongkir pengiriman promo diskon \
         harga murah cepat mudah pesan belajar menang main unduh temukan coba turunkan berat badan uang pinjaman \
         kredit rumah sepatu baju wanita pria anak terbaik hadiah asuransi hidup dunia kesehatan indonesia",
    ),
    (
        "vi",
        "và của là có không cho với các những một được trong này đã để người khi từ đến tại về bạn chúng tôi ngay hôm \
         nay mới mua miễn phí giao hàng giảm giá ưu đãi khuyến mãi rẻ nhanh dễ đặt học thắng chơi tải khám phá thử \
         cân tiền vay tín dụng nhà giày quần áo phụ nữ nam trẻ em tốt nhất quà sức khỏe cuộc sống việt",
    ),
];
