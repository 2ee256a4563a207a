"""Writes the smallest data folders that `mburoja check` finds in order; all in them is made up.

`write_company(root)` and `write_intents(root)` fill `root/policy_texts/` and `root/intents/`; called again
with another id they set a second company beside the first. `change` plants a fault in what was written.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from bot.knowledge.check import Report, check
from bot.knowledge.companies import read_company
from bot.policy.company import Company

SAMPLE = "shembulli"

_POLICY = """\
Politika e privatësisë e kompanisë Shembulli, përditësuar më 2020-02-02

1. Shembulli mbledh këto të dhëna për kontratën:
1.1. emrin dhe adresën;
1.2. numrin e telefonit.
2. Të dhënat e kontratës ruhen 3 vjet pas mbylljes së kontratës.
3. Të dhënat e kontratës i merr vetëm Posta e Filanit.

Buletini

4. Për buletinin ruhet vetëm adresa elektronike,
deri në tërheqjen e pëlqimit.
5. Adresa elektronike nuk i jepet askujt.

Të drejtat tuaja

6. Ju mund të kërkoni kopje të të dhënave te dpo@shembulli.example.

Versionet e vjetra: https://shembulli.example/vjeter
"""

_CLAUSES = """\
version:
  text: policy.txt
  id: shembulli-2020
  dated: 2020-02-02
  effective: 2020-03-01
  sha256: HASH
clauses:
  - {section: "hyrje", label: "Hyrja", starts: "Politika e privatësisë"}
  - {id: "1", label: "1", starts: "1. Shembulli mbledh"}
  - {id: "1.1", label: "1.1", starts: "1.1. emrin", part_of: "1"}
  - {id: "1.2", label: "1.2", starts: "1.2. numrin", part_of: "1"}
  - {id: "2", label: "2", starts: "2. Të dhënat"}
  - {id: "3", label: "3", starts: "3. Të dhënat"}
  - {section: "buletini", label: "Buletini", starts: "Buletini 4."}
  - {id: "4", label: "4", starts: "4. Për buletinin"}
  - {id: "5", label: "5", starts: "5. Adresa"}
  - {section: "te-drejtat", label: "Të drejtat tuaja", starts: "Të drejtat tuaja"}
  - {id: "6", label: "6", starts: "6. Ju mund"}
  - {gap: "historia", label: "Versionet e vjetra", starts: "Versionet e vjetra"}
"""

_COMPANY = """\
id: shembulli
name: Shembulli
aliases: [shembulli, shembullit, "firma shembulli"]
contact: "Zyrtari për mbrojtjen e të dhënave: dpo@shembulli.example."
acts:
  withdraw_marketing: retention-newsletter
  object_statistics: access-right
  dsar_access: access-right
  dsar_rectification: access-right
  dsar_erasure: access-right
  dsar_restriction: access-right
  dsar_objection: access-right
  dsar_portability: access-right
  human_review: access-right
  contact_dpo: access-right
  complaint: access-right
agency:
  name: "Agjencia e Shembujve"
  confirmed: null
  topics: [silent/children]
switched_off: []
"""

_GRID = """\
purposes:
  contract: {data: data-contract, retention: retention-contract, recipients: recipients-contract}
  newsletter: {retention: retention-newsletter, recipients: recipients-newsletter}
overview:
  retention: retention-overview
"""

_RIGHTS = """\
purposes:
  - id: newsletter
    name: "Për buletinin"
    label: "Buletini"
    clauses: ["4"]
    marketing: true
    words: ["Gazeta e përjavshme", "fletën n’postë"]
  - id: post
    name: "Posta e Filanit"
    label: "Posta"
    clauses: ["3"]
    marketing: false
statistics:
  explains: "Teksti nuk flet për statistika, por kundërshtimin e marrim."
  clauses: ["te-drejtat"]
  withdraws: [post]
limits:
  dsar_access:
    says: "Kopjen e kërkoni edhe te dpo@shembulli.example."
    clauses: ["6"]
    flags: [no_signature]
  dsar_erasure:
    says: "Një pjesë mund të duhet të ruhet, 3 vjet pas mbylljes së kontratës."
    clauses: ["2"]
deadline:
  months: 1
  extension_months: 2
  working_day: true
  source: "GDPR 12(3)"
  confirmed: 2020-03-01
foreign: ["+49", "+41"]
yearly_free: true
ended:
  says: "Të dhënat ruhen 3 vjet pas mbylljes së kontratës."
  clauses: ["2"]
"""

_ANSWERS = {
    "kontrata": """\
answers:
  - topic: data-contract
    label: "Të dhënat e kontratës"
    says: "Shembulli mbledh emrin, adresën dhe numrin e telefonit."
    cites: ["1"]
    then: [retention-contract, recipients-contract]
  - topic: retention-contract
    label: "Sa ruhen të dhënat e kontratës"
    says: "Të dhënat e kontratës ruhen 3 vjet pas mbylljes së saj."
    cites: ["2"]
    then: [recipients-contract]
  - topic: recipients-contract
    label: "Kush i merr të dhënat e kontratës"
    says: "Të dhënat e kontratës i merr vetëm Posta e Filanit."
    cites: ["3"]
  - topic: retention-overview
    label: "Sa ruhen të dhënat"
    says: "Për kontratën 3 vjet pas mbylljes së saj, për buletinin deri në tërheqjen e pëlqimit."
    cites: ["2", "4"]
""",
    "te-tjerat": """\
answers:
  - topic: retention-newsletter
    label: "Sa ruhet adresa për buletinin"
    says: "Adresa elektronike ruhet deri në tërheqjen e pëlqimit."
    cites: ["4"]
  - topic: recipients-newsletter
    label: "Kush e merr adresën"
    says: "Askush tjetër nuk e merr adresën elektronike."
    cites: ["5"]
  - topic: access-right
    label: "Kopja e të dhënave"
    says: "Kopjen e kërkoni te dpo@shembulli.example."
    cites: ["6"]
  - topic: silent/children
    label: "Fëmijët"
    says: "Teksti nuk flet për fëmijët."
    cites: ["te-drejtat"]
    silent: true
""",
}

_LEXICON = """\
concepts:
  - concept: how-long
    forms: [sa gjatë, sa kohë]
  - concept: to-whom
    forms: [kujt, kush i merr]
  - concept: contract
    forms: [kontratë, kontrata]
  - concept: just-asking
    forms: [vetëm po pyes]
"""

_ASPECTS = """\
aspects:
  retention: [how-long]
  recipients: [to-whom]
"""

_LANGUAGES = """\
languages:
  - language: en
    words: [the, what, is, my, you]
    says: "I answer in Albanian only."
    contact: true
"""

# What is asked: with diacritics, as typed on a phone, in Gheg.
_TOPICS = {
    "data-contract": (
        "cilat të dhëna mblidhen për kontratën",
        "cka mblidhni per kontrate",
        "shka tubohet për kontratë",
    ),
    "retention-contract": (
        "sa gjatë ruhet kontrata",
        "sa kohe e ruani kontraten",
        "sa gjatë e rujni kontratën",
    ),
    "recipients-contract": (
        "kujt ia jepni kontratën",
        "kush i merr letrat e kontrates",
        "kujt ja çoni kontratën",
    ),
    "retention-overview": (
        "sa kohë ruhen të dhënat",
        "sa gjate i mbani te dhenat",
        "sa kohë i majni t’dhanat",
    ),
    "retention-newsletter": (
        "kur fshihet adresa e buletinit",
        "deri kur ruhet emaili",
        "kur shlyhet emaili i buletinit",
    ),
    "recipients-newsletter": (
        "kush e sheh adresën elektronike",
        "kujt ja tregoni emailin",
        "kush e kqyrë emailin tem",
    ),
    "access-right": ("si marr një kopje të dosjes", "si e marr dosjen time", "qysh me marrë kopjen e dosjes"),
    "silent/children": ("çfarë vlen për fëmijët", "a lejohen femijet", "qysh osht puna për fmi"),
}
_ACCESS = ("më dërgoni kopjen time tani", "ma dergoni kopjen time sot", "ma çoni kopjen teme sod")
_OPENINGS = {
    "standard": ("{}?", "Ju lutem, {}?", "Desha të di: {}?", "Mirëdita, {}?", "Pyetja ime: {}?"),
    "plain": ("{}", "pershendetje {}", "pytje {}", "me intereson {}", "hej {}"),
    "gheg": ("{}", "bre {}", "qe nji pytje, {}", "hajt {}", "amo {}"),
}
_SHARED = {
    "smalltalk/thanks": 'kind: smalltalk\nlongest: 3\nsays: "S’ka përse."\n',
    "handoff/human": 'kind: handoff\nsays: "Një njeri ju përgjigjet këtu:"\n',
    "outofscope/weather": 'kind: outofscope\nsays: "Për motin nuk di gjë."\n',
}
_SAID = {
    "smalltalk/thanks": ("faleminderit", "rrofshi shumë", "flm"),
    "handoff/human": ("dua të flas me njeri", "a ka njeri aty", "lidhmëni me operator"),
    "outofscope/weather": ("a bie shi nesër", "si është moti", "sa gradë bën sot"),
}


def write_company(root: Path, company: str = SAMPLE) -> Path:
    """Write one valid company under ``root/policy_texts/<company>/``; returns its folder."""
    folder = root / "policy_texts" / company
    (folder / "answers").mkdir(parents=True)
    files = {
        "policy.txt": _POLICY,
        "clauses.yaml": _CLAUSES,
        "company.yaml": _COMPANY,
        "grid.yaml": _GRID,
        "rights.yaml": _RIGHTS,
        **{f"answers/{part}.yaml": text for part, text in _ANSWERS.items()},
    }
    for name, text in files.items():
        own = text.replace("Shembulli", company.capitalize()).replace(SAMPLE, company)
        (folder / name).write_text(own, encoding="utf-8")
    pin(folder)
    return folder


def write_intents(root: Path, company: str = SAMPLE) -> Path:
    """Write a company's topics, and the shared intents once, under ``root/intents/``; returns that folder."""
    intents = root / "intents"
    for topic, asked in _TOPICS.items():
        head = f"intent: {company}/{topic}\n"
        _write(intents / f"topics/{company}/{topic}.yaml", head + _phrases(asked))
    access = "intent: dsar_access\nkind: action\naction: dsar_access\nunless: [just-asking]\n"
    _write(intents / "actions/dsar_access.yaml", access + _phrases(_ACCESS))
    for name, head in _SHARED.items():
        said = "".join(f'      - "{text}"\n' for text in _SAID[name])
        phrases = f"phrases:\n  - hand: fisteku\n    plain:\n{said}"
        _write(intents / f"{name}.yaml", f"intent: {Path(name).name}\n{head}{phrases}")
    _write(intents / "lexicon/words.yaml", _LEXICON)
    _write(intents / "aspects.yaml", _ASPECTS)
    _write(intents / "languages.yaml", _LANGUAGES)
    return intents


def read_whole(folder: Path) -> Company:
    """Return the company of a folder that has no fault."""
    faults: list[str] = []
    company = read_company(folder, f"policy_texts/{folder.name}", faults)
    assert company is not None
    assert faults == []
    return company


def check_folder(data: Path, questions: Sequence[str] = ()) -> Report:
    """Check what was written, with a cache beside it."""
    return check(data, data / "cache", questions)


def line_of(path: Path, words: str) -> int:
    """Return the line of words that must stand in the file exactly once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(words) == 1, f"{words!r} stands {text.count(words)} times in {path}"
    return text[: text.index(words)].count("\n") + 1


def change(path: Path, old: str, new: str) -> int:
    """Replace ``old``, which must stand in the file exactly once; returns its line."""
    line = line_of(path, old)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return line


def pin(folder: Path, suffix: str = "") -> None:
    """Write the text's hash into its ``clauses<suffix>.yaml``, as a lawyer does who takes up a text."""
    path = folder / f"clauses{suffix}.yaml"
    digest = hashlib.sha256((folder / f"policy{suffix}.txt").read_bytes()).hexdigest()
    pinned = re.sub(r"sha256: \w+", f"sha256: {digest}", path.read_text(encoding="utf-8"))
    path.write_text(pinned, encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _phrases(asked: tuple[str, str, str]) -> str:
    lines = ["phrases:", "  - hand: filan"]
    for (register, openings), words in zip(_OPENINGS.items(), asked, strict=True):
        lines.append(f"    {register}:")
        lines += [f'      - "{opening.format(words)}"' for opening in openings]
    return "\n".join(lines) + "\n"
