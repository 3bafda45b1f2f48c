"""Kept lists for identity: domains that identify nobody, and legal forms that the library lacks.

Operations extend the first two in the rules of engagement (setting ``shared_hosts``) without a release.
"""

FREE_MAIL = frozenset(
    ["126.com", "139.com", "163.com", "189.cn", "aim.com", "alice.it", "aol.com", "arcor.de", "att.net", "bellsouth.net", "bigpond.com", "bluewin.ch", "btinternet.com", "chmail.ir", "comcast.net", "cox.net", "daum.net", "earthlink.net", "email.cz", "fastmail.com", "fastmail.fm", "foxmail.com", "free.fr", "freemail.hu", "freenet.de", "gazeta.pl", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hanmail.net", "hey.com", "home.pl", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.fr", "hotmail.it", "hushmail.com", "icloud.com", "inbox.lv", "inbox.ru", "interia.eu", "interia.pl", "laposte.net", "libero.it", "list.ru", "live.co.uk", "live.com", "live.de", "live.fr", "live.nl", "mac.com", "mail.bg", "mail.com", "mail.ee", "mail.ru", "mailfence.com", "me.com", "msn.com", "mynet.com", "naver.com", "netvigator.com", "o2.pl", "online.de", "op.pl", "optonline.net", "orange.fr", "outlook.com", "outlook.de", "outlook.fr", "poczta.fm", "poczta.onet.pl", "onet.pl", "onet.eu", "pm.me", "post.cz", "proton.me", "protonmail.com", "qq.com", "rambler.ru", "rediffmail.com", "rocketmail.com", "runbox.com", "sapo.pt", "sbcglobal.net", "seznam.cz", "sfr.fr", "sina.cn", "sina.com", "skynet.be", "sohu.com", "spoko.pl", "startmail.com", "t-online.de", "talktalk.net", "telenet.be", "terra.com.br", "tiscali.it", "tlen.pl", "tuta.com", "tutanota.com", "ukr.net", "uol.com.br", "verizon.net", "virgilio.it", "virginmedia.com", "wanadoo.fr", "web.de", "windowslive.com", "wp.pl", "xtra.co.nz", "yahoo.ca", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.au", "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it", "ya.ru", "yandex.com", "yandex.ru", "yeah.net", "ymail.com", "zoho.com"]
)
"""Mail for everybody: an address here says nothing about the company."""

SHARED_HOSTS = frozenset(
    ["about.me", "academia.edu", "aliexpress.com", "allegro.pl", "amazon.com", "angel.co", "apple.com", "aparat.com", "bandcamp.com", "behance.net", "bing.com", "bio.link", "bit.ly", "booking.com", "calendly.com", "carrd.co", "crunchbase.com", "discord.com", "discord.gg", "divar.ir", "docs.google.com", "dropbox.com", "ebay.com", "eitaa.com", "etsy.com", "eventbrite.com", "facebook.com", "fb.com", "fb.me", "flickr.com", "foursquare.com", "github.com", "gitlab.com", "glassdoor.com", "goo.gl", "google.com", "indeed.com", "instagram.com", "issuu.com", "jd.com", "kakao.com", "line.me", "linkedin.com", "linktr.ee", "lnkd.in", "medium.com", "meetup.com", "messenger.com", "notion.site", "notion.so", "ok.ru", "olx.pl", "patreon.com", "pinterest.com", "quora.com", "reddit.com", "researchgate.net", "slack.com", "slideshare.net", "snapchat.com", "soundcloud.com", "spotify.com", "substack.com", "t.co", "t.me", "taobao.com", "telegram.me", "telegram.org", "threads.net", "tiktok.com", "tinyurl.com", "tmall.com", "tripadvisor.com", "trustpilot.com", "tumblr.com", "twitch.tv", "twitter.com", "upwork.com", "viadeo.com", "vimeo.com", "vk.com", "wa.me", "weebly.com", "wechat.com", "weibo.com", "whatsapp.com", "wikipedia.org", "x.com", "xing.com", "yelp.com", "youtu.be", "youtube.com", "zhihu.com"]
)
"""Social networks, profile, link and market places: a page there belongs to one of millions."""

RESERVED_SUFFIXES = frozenset({"example", "test"})
"""Reserved for examples (RFC 6761), missing in the public-suffix list; demonstrations use them."""

AMBIGUOUS_FORMS = frozenset({"ba", "da", "ent", "ep", "et", "nl", "ok", "private", "ps", "sm", "sp", "uk", "vat"})
"""In the library's list of legal forms, but as often a part of the name proper."""

LEGAL_ENDINGS = (
    "spółka z ograniczoną odpowiedzialnością",
    "spółka akcyjna",
    "spółka jawna",
    "spółka komandytowa",
    "sp. z o.o. sp. k.",
    "gesellschaft mit beschränkter haftung",
    "aktiengesellschaft",
    "gmbh & co. kgaa",
    "ag & co. kg",
    "se & co. kg",
    "se & co. kgaa",
    "se",
    "ug haftungsbeschränkt",
    "ug",
    "kg",
    "eg",
    "société anonyme",
    "sociedad anónima",
    "sociedad limitada",
    "società per azioni",
    "sociedade anônima",
    "eireli",
    "me",
    "pvt ltd",
    "private limited",
    "co ltd",
    "co limited",
    "company limited",
    "public limited company",
    "limited liability company",
    "pjsc",
    "jsc",
    "cjsc",
    "ojsc",
    "fze",
    "fz llc",
    "fzco",
    "wll",
    "saog",
    "a.ş.",
    "anonim şirketi",
    "limited şirketi",
    "ltd. şti.",
    "zrt",
    "kft",
    "bt",
    "s.r.o.",
    "a.s.",
    "d.o.o.",
    "d.d.",
    "oyj",
    "oy ab",
    "abp",
    "aktiebolag",
    "as",
    "asa",
    "общество с ограниченной ответственностью",
    "ооо",
    "оао",
    "зао",
    "пао",
    "ао",
    "тов",
    "пат",
    "прат",
    "еоод",
    "оод",
    "ад",
    "αε",
    "επε",
    "ικε",
    "سهامی خاص",
    "سهامی عام",
    "با مسئولیت محدود",
    "ذ م م",
    "ش م م",
    "ש״מ",
    "בע״מ",
    "pt",
    "tbk",
    "有限公司",
)
"""Legal forms after the name, in scripts and forms that the library does not list."""

LEGAL_BEGINNINGS = (
    "شرکت",
    "شركة",
    "الشركة",
    "مؤسسه",
    "مؤسسة",
    "общество с ограниченной ответственностью",
    "ооо",
    "оао",
    "зао",
    "пао",
    "ао",
    "тов",
    "пат",
    "прат",
    "ooo",
    "oao",
    "zao",
    "tov",
    "pt",
    "sc",
    "uab",
    "sia",
    "société anonyme",
)
"""Legal forms before the name."""

UNSPACED_ENDINGS = (
    "股份有限公司",
    "有限责任公司",
    "有限責任公司",
    "集团有限公司",
    "有限公司",
    "公司",
    "株式会社",
    "有限会社",
    "合同会社",
    "주식회사",
    "유한회사",
)
"""Written without a space after the name, longest first."""

UNSPACED_BEGINNINGS = ("株式会社", "有限会社", "合同会社", "주식회사", "유한회사", "(株)", "(주)")
"""Written without a space before the name."""
