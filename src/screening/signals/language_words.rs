//! Words that tell a Latin-script language from the others in a few words: its commonest small words, and what its ads say.
//!
//! Used by language detection for texts too short for letter statistics. Words that several languages share count for
//! each, by how few they are. It must never hold names or words that English ads borrow (`hotel`, `online`).

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
         says killed police against team record right left old high open top back black white blue red green",
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
         únete cuenta tarjeta empleo trabajo inglés",
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
         bien vie monde santé déjà encore quoi quand comment ligne anglais",
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
         wahl wählen leben welt gesundheit kollektion wenige nähe deutschland österreich schweiz",
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
         inglês bônus clique cadastre ligue peça garanta aproveite",
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
         salute materasso guadagna inglese ci noi voi loro vi te",
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
         belgië nederland",
    ),
    (
        "fi",
        "ja on ei se että en hän oli joka mutta niin kuin myös tai jos kun nyt vain sen ovat ole olla me te he minä \
         sinä meidän teidän tämä tämän tässä mitä mikä miten miksi missä kaikki kaikille uusi uudet uuden paras \
         parhaat osta tilaa säästä ilmainen ilmaiseksi toimitus tarjous tarjoukset alennus ale hinta hinnat halpa \
         nopeasti helposti varaa opi voita pelaa lataa tutustu kokeile laihdu rahaa raha laina lainaa koti kotiin \
         kotona kengät vaatteet naisille miehille lapsille kesä talvi syksy kevät päivä päivää viikko vuosi vuotta \
         tänään huomenna lahja lahjat vakuutus auto äänestä elämä maailma terveys suomi suomen suomalainen tule \
         meille kanssa ilman yli jo enemmän sekä eli katso lue",
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
