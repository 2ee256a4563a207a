"""What makes a server unsafe to start, as a list for its operator; changes nothing."""

import ipaddress
from collections.abc import Collection, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from bot.delivery.sms.settings import ANYBODY
from bot.web.settings import EVERY, ServerSettings, is_loopback

_MAKE = "Bëni një me «openssl rand -hex 32» dhe jepeni te {name}."
SHORTEST_SECRET = 32  # bytes, where others can reach the server
_FEWEST_SIGNS = 8  # different ones, in a secret
# What stands in examples and is left there.
_PLACEHOLDERS = (
    "change", "ndrysho", "secret", "sekret", "password", "fjalekalim", "default", "example", "shembull", "mburoja",
    "01234567", "12345678", "abcdefgh", "qwerty",
)  # fmt: skip
_WEBHOOK_PORTS = (None, 443, 80, 88, 8443)  # the only ones that Telegram posts to
_WIDEST_V4, _WIDEST_V6 = 8, 7  # the shortest prefixes of networks that somebody keeps: 10.0.0.0/8, fc00::/7


def unsafe(
    settings: ServerSettings,
    *,
    secret: bytes | None,
    companies: Mapping[str, Sequence[str]],
    following: bytes | None = None,
) -> list[str]:
    """Return why the server must not start, in Albanian with the mend; empty where it may.

    ``secret`` is the one that was given on purpose (None: one would be made beside the database), ``following`` the one
    that shall take its place, ``companies`` the embedding origins that each company's own folder names.
    """
    return [
        *_anywhere(settings, companies),
        *unsafe_telegram(settings, companies),
        *unsafe_mail(settings),
        *unsafe_sms(settings, companies),
        *unsafe_directories(settings, companies),
        *(_reached(settings, secret) if settings.reached_by_anybody else ()),
        *(_secret_faults("MBUROJA_SECRET_NEXT", following) if following and settings.reached_by_anybody else ()),
        *(_beyond_loopback(settings, companies) if settings.beyond_loopback else ()),
    ]


def unsafe_telegram(settings: ServerSettings, companies: Collection[str]) -> Iterator[str]:
    """Give what is wrong with the Telegram bots (none without tokens); ``companies`` are those that are known."""
    if not settings.telegram_tokens:
        return
    if strangers := sorted(company for company in settings.telegram_tokens if company not in {*companies, EVERY}):
        yield f"telegram_tokens: {', '.join(strangers)} nuk njihet. Kompanitë janë: {', '.join(sorted(companies))}."
    api = urlsplit(settings.telegram_api)
    if is_loopback(api.hostname or ""):
        return  # a Bot API server of one's own, on this machine
    if api.scheme != "https":
        yield "telegram_api: çelësi i robotit do të udhëtonte i hapur. Shkruani https, p.sh. https://api.telegram.org."
    if settings.telegram_mode == "webhook" and not _is_reached_by_telegram(settings.public_url):
        yield (
            "public_url: me telegram_mode = webhook Telegrami duhet t’ju gjejë me https, te porta 443, 80, 88 ose "
            "8443. Shkruani adresën tuaj publike, ose zgjidhni telegram_mode = polling."
        )


def unsafe_mail(settings: ServerSettings) -> Iterator[str]:
    """Give what is wrong with the mail server (none where none is set)."""
    host = settings.smtp_host
    if not host:
        return
    if "@" not in settings.smtp_from:
        yield "smtp_from: posta s’ka dërgues. Shkruani një adresë, p.sh. mburoja@shembull.example."
    if settings.smtp_security == "none" and not is_loopback(host):
        yield f"smtp_security: te {host} posta do të udhëtonte e hapur. Shkruani starttls ose tls."
    if settings.smtp_password.get_secret_value() and not settings.smtp_user:
        yield "smtp_user: ka fjalëkalim pa emër. Shkruani emrin me të cilin hyhet te serveri."


def unsafe_sms(settings: ServerSettings, companies: Collection[str]) -> Iterator[str]:
    """Give what is wrong with the SMS gateways (none where a screen shows the messages)."""
    if settings.sms != "gateways":
        return
    gateways = settings.sms_gateways
    if not gateways:
        yield "sms_gateways: «gateways» do së paku një portë. Shkruajeni atë, ose zgjidhni sms = screen për prova."
    names = [each.name for each in gateways]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"sms_gateways: emri {name} është dhënë dy herë. Jepini çdo porte një «name» të vetin."
    for each in gateways:
        if each.travels_open:
            yield (
                f"sms_gateways.{each.name}: te {each.host} fjalëkalimi dhe kodet do të udhëtonin të hapura. Shkruani "
                f"{'https' if each.kind == 'http' else 'tls = true'}, ose një adresë të rrjetit tuaj (p.sh. të VPN-it)."
            )
        if strangers := sorted(company for company in each.senders if company not in {*companies, ANYBODY}):
            yield f"sms_gateways.{each.name}.senders: {', '.join(strangers)} nuk njihet."
        without = sorted(company for company in companies if not ({company, ANYBODY} & each.senders.keys()))
        if without:
            yield (
                f"sms_gateways.{each.name}.senders: {', '.join(without)} nuk ka dërgues. Shkruani emrin që e shfaq "
                f'telefoni, p.sh. {{"{without[0]}": "{without[0].capitalize()}"}}.'
            )


def unsafe_directories(settings: ServerSettings, companies: Collection[str]) -> Iterator[str]:
    """Give what is wrong with the companies' own directories (none where there are none)."""
    if strangers := sorted(company for company in settings.directories if company not in companies):
        yield f"directories: {', '.join(strangers)} nuk njihet. Kompanitë janë: {', '.join(sorted(companies))}."
    for company, own in settings.directories.items():
        url = urlsplit(own.url)
        if url.scheme != "https" and not is_loopback(url.hostname or ""):
            yield (
                f"directories.{company}.url: çelësi dhe të dhënat e klientëve do të udhëtonin të hapura. Shkruani "
                "https, p.sh. https://crm.shembull.example/mburoja."
            )


def _is_reached_by_telegram(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and not is_loopback(parts.hostname or "") and parts.port in _WEBHOOK_PORTS


def _anywhere(settings: ServerSettings, companies: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if strangers := [company for company in settings.sites if company not in companies]:
        yield f"sites: {', '.join(strangers)} nuk njihet. Kompanitë janë: {', '.join(sorted(companies))}."
    if _trusts_everybody(settings):
        yield (
            "proxies: u besoni të gjithëve, kështu kushdo mund ta shpikë adresën e vet. Shkruani vetëm adresat e "
            "ndërmjetësve tuaj."
        )
    if settings.metrics_port is not None and not is_loopback(settings.metrics_host):
        yield f"metrics_host: matjet do t’i shihte kushdo te {settings.metrics_host}. Shkruani 127.0.0.1."


def _reached(settings: ServerSettings, secret: bytes | None) -> Iterator[str]:
    if secret is None:
        make = _MAKE.format(name="MBUROJA_SECRET")
        yield f"MBUROJA_SECRET mungon: ai që krijohet vetë rri pranë bazës së të dhënave. {make}"
    else:
        yield from _secret_faults("MBUROJA_SECRET", secret)
    if settings.sms == "screen":
        yield (
            "sms: «screen» i nxjerr kodet në ekran e nuk i dërgon askund. Përtej kësaj makine duhet një ofrues i "
            "SMS-ve; deri atëherë lërini host dhe public_url te 127.0.0.1, e robotët e Telegramit provojini me "
            "«mburoja demo»."
        )


def _beyond_loopback(settings: ServerSettings, companies: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if not settings.secure:
        yield "public_url: përtej kësaj makine duhet https, p.sh. https://mburoja.shembull.example."
    for company, own in companies.items():
        sites = settings.sites_of(company, tuple(own))
        if all(is_loopback(urlsplit(site).hostname or "") for site in sites):
            yield (
                f"sites.{company}: asnjë faqe nuk mund ta shfaqë bisedën. Shkruani origjinat e kompanisë, "
                f'p.sh. {company} = ["https://www.shembull.example"].'
            )


def _trusts_everybody(settings: ServerSettings) -> bool:
    """Tell whether the proxies' networks are, alone or together, wider than any that somebody keeps for themselves."""
    v4 = ipaddress.collapse_addresses(n for n in settings.trusted if isinstance(n, ipaddress.IPv4Network))
    v6 = ipaddress.collapse_addresses(n for n in settings.trusted if isinstance(n, ipaddress.IPv6Network))
    return any(n.prefixlen < _WIDEST_V4 for n in v4) or any(n.prefixlen < _WIDEST_V6 for n in v6)


def _secret_faults(name: str, secret: bytes) -> Iterator[str]:
    if len(secret) < SHORTEST_SECRET:
        yield f"{name} është i shkurtër: duhen së paku {SHORTEST_SECRET} shenja. {_MAKE.format(name=name)}"
    elif _is_guessable(secret):
        yield f"{name} mund të qëllohet: duket si shembull. {_MAKE.format(name=name)}"


def _is_guessable(secret: bytes) -> bool:
    text = secret.decode("utf-8", "replace").lower().replace("ë", "e")
    return len(set(secret)) < _FEWEST_SIGNS or any(word in text for word in _PLACEHOLDERS)
