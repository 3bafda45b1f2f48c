"""Words that half of all companies carry in their names, each brought to one form whatever its language.

``Logistik``, ``логистика`` and ``物流`` say the same; abbreviated, they are compared as one word. A trailing ``*``
stands for every ending. Words are written as ``fold`` leaves them; those of Han script are found inside a name.
"""

COMMON: dict[str, str] = {
    "intl": "intl int'l internat* internacional* internazional* miedzynarod* mezinarodni международн* міжнародн* "
    "بین‌المللی دولی 国际 國際",
    "tech": "tech techs technolog* tecnolog* technologi* technik technika technique* technic technical technic* "
    "tekno* teknolo* технолог* техник* технич* технолоджи* техно тех فناوری تکنولوژی 科技 技术 技術",
    "logist": "logist logisti* logistyk* logis логисти* логіст* لجستیک 物流",
    "transport": "transport transports transporte transporti transporty transportation transportow* trans. транспорт* "
    "ترابری حمل‌ونقل نقل‌وحمل 运输 運輸",
    "spedition": "spedition speditions spedycja spedycyj* forwarding forwarders экспедици* expedition",
    "trade": "trade trading trader traders handel handels handlow* handl* commerce commercial* commercio comercio "
    "comercial торг* торгов* трейд* трейдинг коммерч* تجارت تجاری بازرگانی 贸易 貿易 商贸 商貿",
    "import": "import imports importers импорт* واردات 进口",
    "export": "export exports exporters экспорт* صادرات 出口",
    "industry": "ind industry industries industrial* industrie industrien industria industrias przemysl przemyslow* "
    "prumysl промышлен* промислов* индустри* صنعت صنایع صنعتی 工业 工業 实业 實業",
    "product": "prod product production produktion produktions produkcja produkcyj* produzione produccion "
    "производств* производствен* تولید تولیدی 生产",
    "manufact": "mfg manufactur* manufaktur* 制造 製造",
    "factory": "factory works fabryka fabrik usine zaklad zaklady zavod завод завода заводы фабрика كارخانه کارخانه "
    "厂 工厂",
    "machine": "machine machines machinery maschinen maszyn maszyny maszynow* машин* машинострои* ماشین ماشین‌سازی "
    "机械 機械 机器",
    "engineer": "eng engrg engg engineer engineers engineering ingenieur ingenieure ingenieurs ingenierie ingenieria "
    "ingegneria inzynier* инженер* инжиниринг مهندسی مهندسین 工程",
    "construct": "constr construct* construction* constructions bau bauten budow* budownictw* budowlan* строит* строй "
    "стройка будівел* batiment ساختمان ساختمانی عمران 建筑 建築 建设 建設",
    "group": "grp group groupe gruppe grupa gruppo grupo група группа груп групп گروه 集团 集團",
    "holding": "hldg hldgs holding holdings холдинг* هلدینگ 控股",
    "service": "svc svcs serv service services serwis serwisy servis servicios servizi uslug* uslugi dienst* "
    "dienstleistung* сервис* услуг* обслуживан* خدمات 服务 服務",
    "solution": "soln solns solution solutions losungen loesungen rozwiazania soluzioni soluciones решения решений "
    "راهکار 解决方案",
    "system": "sys system systems systeme systemy systemes systemen sistemas sistemi систем* سیستم سامانه 系统 系統",
    "software": "sw software softwares oprogramowan* logiciel logiciels софт* программ* نرم‌افزار نرمافزار 软件 軟件 "
    "軟體",
    "comput": "comput* computing computer* komputer* informatik informatique informatyka informatyczn* informatica "
    "компьютер* информатик* رایانه کامپیوتر 计算机 電腦 电脑",
    "data": "data daten danych donnees datos данные данных داده 数据 數據",
    "info": "info information informations informacja informacyj* информац* اطلاعات 信息 資訊",
    "network": "net network networks netzwerk netzwerke siec sieci reseau reseaux сеть сети شبکه 网络 網絡 網路",
    "telecom": "tel telecom telecoms telecommunication* telekom telekommunikation telekomunikac* телеком* "
    "телекоммуникац* связь مخابرات ارتباطات 通信 通讯 電信 电信",
    "electron": "electronic* elektronik* elektroni* electronique* электроник* электрон* الکترونیک 电子 電子",
    "electric": "elec electric* elektro elektrisch* elektryczn* elektrotech* electriqu* электро* электрич* برق 电气 "
    "電氣 电器 電器",
    "energy": "energy energie energies energia energetyk* energetyczn* energi* энерг* енерг* انرژی 能源",
    "oil": "petroleum petrol oil ropa naft* нефт* نفت 石油",
    "gas": "gas gaz газ газов* گاز 燃气 天然气",
    "power": "power 电力 電力",
    "chem": "chem chemical chemicals chemie chemia chemiczn* chimie chimiqu* хим* химич* شیمی شیمیایی 化工 化学",
    "pharma": "pharm pharma pharmaceutical* pharmazie farma farmac* farmaceut* фарм* фармацевт* دارو داروسازی دارویی "
    "制药 製藥 医药 醫藥",
    "medic": "medical medic* medizin* medyczn* medycyn* медиц* медицин* پزشکی طبی 医疗 醫療",
    "hospital": "hosp hospital hospitals krankenhaus szpital hopital больница بیمارستان 医院 醫院",
    "clinic": "clinic clinics klinik kliniken klinikum klinika clinique клиник* کلینیک درمانگاه 诊所",
    "health": "health healthcare gesundheit zdrow* sante здоров* سلامت 健康",
    "bank": "bank banks banque banco bankowosc банк* بانک 银行 銀行",
    "insur": "ins insurance* versicherung* ubezpieczen* assurance* assurances страхов* страхован* بیمه 保险 保險",
    "finance": "fin finance finances financial finanz* finans* financier* финанс* фінанс* مالی 金融 财务 財務",
    "invest": "inv invest invests investment* investi* investycj* inwestycj* инвест* інвест* سرمایه‌گذاری "
    "سرمایهگذاری 投资 投資",
    "capital": "cap capital kapital капитал* سرمایه 资本 資本",
    "consult": "consult* consulting consultants beratung* beratungs berater doradztwo doradcz* conseil conseils "
    "consultor* консалт* консульт* مشاوره مشاوران مشاور 咨询 諮詢 顾问 顧問",
    "manage": "mgmt mgt management managements zarzadzan* gestion менеджмент управлен* управляющ* مدیریت 管理",
    "develop": "dev devt develop* entwicklung* rozwoj rozwoju developpement desarrollo развит* разработк* توسعه 发展 "
    "發展 开发 開發",
    "research": "rsch research forschung* badan badawcz* recherche исследоват* پژوهش تحقیقات 研究",
    "institute": "inst institut* instytut* институт* انستیتو موسسه 研究所 研究院 学院",
    "university": "univ universi* uniwersytet* университет* університет* دانشگاه 大学 大學",
    "school": "sch school schools schule schulen szkola ecole школа مدرسه 学校 學校",
    "academy": "acad academ* akadem* академи* آکادمی آموزشگاه",
    "education": "edu educat* bildung* edukac* oswiat* formation образован* آموزش آموزشی 教育 培训",
    "media": "media medien medias медиа رسانه 传媒 傳媒 媒体",
    "publish": "publish* verlag verlags wydawnictw* edition editions издательств* نشر انتشارات 出版 出版社",
    "print": "print printing druck druckerei drukarnia imprimerie типограф* печать چاپ 印刷",
    "market": "mktg marketing маркетинг بازاریابی 营销 行銷",
    "advert": "adv advertis* werbung* werbe reklam* publicite рекламн* реклама تبلیغات تبلیغاتی 广告 廣告",
    "design": "design designs projektowan* дизайн طراحی 设计 設計",
    "studio": "studio studios студия استودیو 工作室",
    "agency": "agcy agency agencies agentur agenturen agencja agence agencia агентств* آژانس 代理",
    "travel": "travel travels reisen reise turyst* voyages voyage tourism tourismus tourisme turystyka туризм "
    "турист* путешеств* گردشگری مسافرتی 旅游 旅行 旅行社",
    "hotel": "hotel hotels hotelu hotele отель гостиниц* هتل 酒店",
    "restaurant": "restaurant* gaststaette gaststatte restauracj* ресторан* رستوران 餐饮 餐廳",
    "food": "food foods lebensmittel nahrungsmittel spozywcz* zywnosc* alimentaire* alimentos пищев* продукт* "
    "продовольств* غذایی مواد‌غذایی 食品",
    "dairy": "dairy molkerei mleczarnia mleczarsk* mleczna laiterie молочн* молоко لبنیات لبنی 乳业 乳品",
    "bakery": "bakery baeckerei backerei piekarnia boulangerie хлебозавод пекарня نانوایی",
    "farm": "farm farms farming agri agro agrar* agricult* landwirtschaft* rolnicz* rolnictw* agricole* "
    "сельскохозяйств* аграрн* агро* کشاورزی 农业 農業",
    "cooper": "coop cooperative* genossenschaft* spoldzieln* spoldz cooperativ* кооператив* تعاونی 合作社",
    "enterprise": "ent entp enterprise* unternehm* przedsiebiorstw* entreprise* empresa предприяти* підприємств* بنگاه "
    "企业 企業",
    "association": "assoc assn assocs associat* associes verband "
    "verein stowarzyszen* zwiazek ассоциац* انجمن 协会 協會",
    "foundation": "fdn found foundation* stiftung* fundacja fondation фонд بنیاد 基金会",
    "center": "ctr cntr center centers centre centres zentrum zentren centrum центр* مرکز 中心",
    "store": "store stores shop shops laden geschaeft geschaft sklep sklepy magasin магазин* فروشگاه 商店 商场",
    "wholesale": "wholesale* grosshandel* hurtownia hurtow* grossiste оптов* عمده‌فروشی 批发 批發",
    "retail": "retail einzelhandel* detaliczn* рознич* خرده‌فروشی 零售",
    "auto": "auto autos automotive automobil* automobile* motoryzac* samochod* авто* автомобил* خودرو خودروسازی "
    "汽车 汽車",
    "motor": "motor motors motoren silnik* мотор* موتور",
    "aero": "aero aerospace aviation luftfahrt lotnicz* авиа* авиац* هوایی هوافضا 航空 航天",
    "ship": "shipping ship ships schifffahrt schiff reederei zegluga судоход* морск* کشتیرانی 航运 海运",
    "rail": "rail railway* railroad* bahn eisenbahn* kolej kolejow* железн* ж/д راه‌آهن 铁路 鐵路",
    "steel": "steel stahl stal stalow* acier сталь стальн* فولاد 钢铁 鋼鐵",
    "metal": "metal metals metall metalle metalow* металл* فلزات فلزی 金属 金屬",
    "wood": "wood timber holz drewn* bois дерев* лес лесн* چوب 木业 木材",
    "furniture": "furniture moebel mobel mebl* meubles мебел* مبلمان 家具",
    "textile": "textile* textil* tekstyl* текстил* نساجی 纺织 紡織",
    "fashion": "fashion mode moda мода پوشاک 服装 服饰",
    "plastic": "plastic* kunststoff* tworzyw* plastiqu* пластик* пластмасс* پلاستیک 塑料 塑膠",
    "paper": "paper papier papiery papeterie papir бумаг* کاغذ 纸业 造纸",
    "glass": "glass glas szklo verre стекло شیشه 玻璃",
    "optic": "optic* optik* optyk* optyczn* optique оптик* оптич* اپتیک 光学 光電 光电",
    "cement": "cement zement ciment цемент سیمان 水泥",
    "mining": "mining mines bergbau gorniczn* kopalni* miniere* горн* معدن معدنی 矿业 礦業",
    "water": "water wasser wodn* wodociag* eau водоканал آب 水务",
    "environ": "env environment* umwelt* srodowisk* environnement* эколог* محیط‌زیست 环保 環保 环境",
    "estate": "realty estates immobilien* nieruchomosc* immobilier* inmobiliaria недвижимост* املاک 地产 房地产 置业",
    "property": "prop property properties liegenschaft*",
    "law": "law legal rechtsanwaelte rechtsanwalte kanzlei kancelaria avocats юридич* حقوقی 律师事务所",
    "security": "sec security sicherheit* ochrona bezpieczenstw* securite безопасност* охран* امنیت امنیتی 安全 安防",
    "quality": "quality qualitat* jakosc* качеств* کیفیت",
    "global": "global globale globaln* глобал* جهانی 全球 环球 環球",
    "european": "european europejsk* europaisch* europeen* европейск*",
    "national": "natl national* nationale narodow* национальн* ملی 国家",
    "general": "gen general generale generaln* генеральн*",
    "brothers": "bros brothers gebrueder gebruder gebr bracia freres братья برادران 兄弟",
    "sons": "sons soehne sohne synowie fils сыновья پسران",
    "partner": "partner partners partnerzy partenaires партнер* شرکا 合伙",
    "laboratory": "lab labs laborat* labor лаборатор* آزمایشگاه 实验室",
    "equipment": "equip equipment ausrustung* ausruestung* wyposazen* "
    "sprzet* equipement* оборудован* تجهیزات 设备 設備",
    "tool": "tool tools werkzeug* narzedzi* outil* инструмент* ابزار 工具",
    "material": "material* werkstoff* baustoff* материал* مصالح مواد 材料",
    "automation": "automation automatisierung* automatyk* automatyzac* automatisation автоматиз* автоматик* اتوماسیون "
    "自动化 自動化",
    "robot": "robot* robotik* robotyk* робот* ربات رباتیک 机器人 機器人",
    "digital": "digital digitale numerique* cyfrow* цифров* دیجیتال 数字 數位 数码",
    "smart": "smart intelligent* inteligentn* هوشمند 智能 智慧",
    "new": "new neue neu nowa nowe nowy nouveau nouvelle nova novaya нов* جدید",
    "north": "north nord polnoc polnocn* север северн* شمال",
    "south": "south sud sued poludni* юг южн* جنوب",
    "east": "east ost wschod wschodni* est восток восточн* شرق",
    "west": "west zachod zachodni* ouest запад западн* غرب",
    "first": "first erste pierwsz* premier premiere перв* اول 第一",
    "united": "united vereinigt* zjednoczon* unis объединенн* متحد 联合 聯合",
    "company": "cie company compagnie kompania kompaniya компани* компан",
    "firm": "firma firm фирма",
    "public": "public publiczn* publique* oeffentlich* offentlich* общественн* عمومی",
    "nonpublic": "niepubliczn*",
    "independent": "independent unabhangig* samodzieln* независим* مستقل",
    "care": "care opiek* pflege* soins",
    "settled": "ets etablissements etablissement",
    "union": "union объединени* zrzeszen*",
    "scientific": "scientific wissenschaftlich* naukow* научно научн*",
    "branch": "branch niederlassung oddzial succursale filiale филиал شعبه 分公司",
    "office": "office offices buero buro biuro bureau бюро دفتر 办公",
    "house": "house haus dom maison дом خانه",
    "garden": "garden gardens garten ogrod ogrod* jardin* сад сады",
    "family": "family familie rodzin* famille семейн*",
    "city": "city stadt miasto miejsk* ville город городск* شهر شهرداری 市",
    "saint": "saint st. sankt swiety sw. sainte святой",
}
"""The one form, and what is brought to it."""

ABBREVIATIONS: dict[str, str] = {
    "pphu": "enterprise product trade service",
    "ppuh": "enterprise product service trade",
    "pph": "enterprise product trade",
    "phu": "enterprise trade service",
    "puh": "enterprise service trade",
    "ppu": "enterprise product service",
    "zpu": "factory product service",
    "zph": "factory product trade",
    "zphu": "factory product trade service",
    "fhu": "firm trade service",
    "fph": "firm product trade",
    "fphu": "firm product trade service",
    "nzoz": "nonpublic factory care health",
    "spzoz": "independent public factory care health",
    "zoz": "factory care health",
    "it": "info tech",
    "ict": "info network tech",
    "тд": "trade house",
    "тк": "trade company",
    "гк": "group company",
    "пк": "product company",
    "пкф": "product trade firm",
    "нпо": "scientific product union",
    "нпп": "scientific product enterprise",
    "ск": "construct company",
    "ук": "manage company",
}
"""What is written as one short word and read as several; each is the one form of a common word, or a word as it is."""

PHRASES: dict[str, str] = {
    "بین المللی": "intl",
    "حمل و نقل": "transport",
    "سرمایه گذاری": "invest",
    "نرم افزار": "software",
    "مواد غذایی": "food",
    "ماشین سازی": "machine",
    "راه آهن": "rail",
    "محیط زیست": "environ",
    "خرده فروشی": "retail",
    "عمده فروشی": "wholesale",
    "biuro podrozy": "travel",
    "real estate": "estate",
    "oil and gas": "oil gas",
    "united kingdom": "uk",
    "united states": "usa",
}
"""Several words that are one common word."""

ENDINGS = frozenset({"bau"})
"""Short words that end a compound (“Stahlbau”)."""

STOPWORDS = frozenset(
    (
        "the a an and of for in at by to und der die das fur fuer von am im et de du des la le les l d en aux au "
        "i w z ze na dla oraz e y del della di da los las el и в на для по с та й و از در ال van het een og och u "
        "va ve no nr num numer numero номер"
    ).split()
)
"""Little words that come and go; before a number the number itself says enough."""
