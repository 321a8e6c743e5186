"""How a section's heading is compared, and what the section of the criteria is usually called."""

from __future__ import annotations

import re
import unicodedata

CRITERIA = "Acceptance criteria"
"""The default heading, which stands for all the names below too."""

_CRITERIA = """
    Acceptance criteria; Acceptance criterion; Acceptance conditions; Conditions of acceptance; AC;
    ACs; Acceptance criteria (AC); Akzeptanzkriterien; Akzeptanzkriterium; Abnahmekriterien;
    Critères d'acceptation; Critères d'acceptance; Critère d'acceptation;
    Criterios de aceptación; Criteris d'acceptació; Criterios de aceptación (CA);
    Criteri di accettazione; Criteri di accettabilità;
    Critérios de aceitação; Critérios de aceite; Critério de aceitação;
    Acceptatiecriteria; Acceptatie criteria; Aanvaardingscriteria;
    Kryteria akceptacji; Kryteria akceptacyjne; Akceptační kritéria; Kritéria přijetí;
    Akceptačné kritériá; Elfogadási kritériumok; Criterii de acceptare; Criterii de acceptanță;
    Acceptanskriterier; Acceptkriterier; Acceptkriterie; Akseptansekriterier; Akseptkriterier;
    Hyväksymiskriteerit; Hyväksymisehdot; Kabul kriterleri; Kriteriji prihvaćanja;
    Критерии приемки; Критерии приёмки; Критерии приемлемости; Критерії приймання;
    Критерии за приемане; Κριτήρια αποδοχής; Kriteria penerimaan; Tiêu chí chấp nhận;
    受け入れ基準; 受入基準; 受け入れ条件; 受入条件; 受入れ基準; 受入れ条件;
    验收标准; 验收条件; 验收准则; 驗收標準; 驗收條件; 接受标准;
    인수 조건; 인수조건; 인수 기준; 수용 기준;
    معايير القبول; קריטריוני קבלה
"""
_EDGES = re.compile(r"^[^\w(]+|[^\w)]+$")
"""Signs before and after the words: an emoji, a colon."""


def folded(heading: str) -> str:
    """A heading's plain text as it is compared: without case, accents, and signs around it."""
    plain = unicodedata.normalize("NFKD", heading.replace("’", "'"))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    words = " ".join(_EDGES.sub("", plain.casefold()).split())
    return words or " ".join(heading.split()).casefold()


def accepted(heading: str) -> frozenset[str]:
    """What a section of this heading may be called, each as `folded` gives it."""
    own = folded(heading)
    return USUAL if own in USUAL and own == folded(CRITERIA) else frozenset({own})


USUAL = frozenset(folded(name) for name in _CRITERIA.split(";"))
