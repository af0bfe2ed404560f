"""Words that say what a column holds: protected attributes, states of mind and health, relatives.

A modest list in seven languages. Words match as they stand; stems match the beginning of a word where a
language inflects it; parts match anywhere, where nothing else is written so.
"""

from __future__ import annotations

from dataclasses import dataclass

from scs_ml.safeguards.folding import folded


@dataclass(frozen=True)
class Vocabulary:
    """Words of one kind, folded, and the rule that keeps such columns out of models."""

    rule: str
    words: frozenset[str]
    stems: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def _words(*lines: str) -> frozenset[str]:
    return frozenset(folded(word) for line in lines for word in line.split())


def _each(*lines: str) -> tuple[str, ...]:
    return tuple(sorted(_words(*lines)))


PROTECTED = Vocabulary(
    "forbidden_input",
    _words(
        "sex sexes gender genders female male woman women transgender sexual sexuality",
        "pregnant pregnancy maternity race races racial ethnic ethnicity ethnicities minority",
        "caste tribe skin nationality citizenship foreign foreigner immigrant migrant birthplace hukou",
        "religion religious faith creed church disability disabled handicap marital marriage married",
        "political politics birthdate dateofbirth birthday dob birthyear yearofbirth placeofbirth",
        "пол раса брак возраст",
        "geschlecht rasse ethnie konfession familienstand behinderung geburtsdatum geburtsjahr lebensalter",
        "sexo genero raza etnia nacionalidad estadocivil discapacidad edad fechadenacimiento",
        "sexe nationalite etatcivil grossesse datedenaissance",
        "cins irq milliyyət vətəndaşlıq əlillik yaş",
    ),
    _each("гендер национальн этнич религи вероисповед гражданств инвалид беремен рожден"),
    _each(
        "gender ethnicit nationalit staatsangehörig 性别 性別 民族 种族",
        "種族 宗教 国籍 國籍 籍贯 婚姻 残疾 殘疾",
        "年龄 年齡 政治",
    ),
)

STATE_OF_MIND = Vocabulary(
    "state_of_mind",
    _words(
        "mood moods mental stateofmind emotion emotions emotional feeling feelings phobia phobias anxiety",
        "anxious stress stressed depression depressed depressive suicidal suicide psychotic psychosis",
        "personality temperament neuroticism extraversion introversion iq happiness wellbeing loneliness",
        "lonely anger fear trauma",
        "health healthy illness illnesses ill sick sickness disease diseases diagnosis diagnoses diagnosed",
        "medical medication medications medicine medicines prescription prescriptions therapy therapies",
        "hospital hospitals hospitalised hospitalized symptom symptoms syndrome addiction alcoholism",
        "hiv cancer diabetes asthma epilepsy autism adhd dementia bmi bloodpressure heartrate",
        "gesundheit krankheit krank diagnose stimmung angst medikament medikamente therapie psychisch",
        "salud enfermedad diagnostico estres ansiedad medicacion medicamento terapia animo",
        "sante maladie anxiete humeur médicament thérapie",
        "sağlamlıq xəstəlik diaqnoz əhval müalicə dərman",
    ),
    _each("здоров болезн диагноз депресс тревожн стресс настроен лекарств терапи эмоц фоби псих depresiy"),
    _each(
        "phobi psychiat psycholog psixolo psicolog",
        "psiquiat schizophren schizofren depressi anxiet antidepress",
        "心理 精神 情绪 情緒 抑郁 抑鬱 焦虑 焦慮 恐惧症 健康",
        "疾病 病史 诊断 診斷 药物 藥物 治疗 智商 人格 性格",
    ),
)

RELATIVES = Vocabulary(
    "relatives",
    _words(
        "mother mothers father fathers mom mum dad parent parents parental guardian spouse spouses spousal",
        "husband wife sibling siblings brother brothers sister sisters child children son sons daughter",
        "daughters grandparent grandparents grandmother grandfather",
        "grandchild grandchildren uncle aunt cousin",
        "cousins nephew niece relatives kin kinship inlaw inlaws friend friends boyfriend girlfriend",
        "household households family families familial dependant dependants dependents",
        "мать матери мама муж мужа жена жены сын сына дочь друг друга друзья друзей дети детей семья семьи",
        "mutter vater eltern ehepartner ehefrau ehemann geschwister bruder schwester kinder sohn tochter",
        "freund freunde freundin haushalt familie verwandte",
        "madre padre padres esposa esposo conyuge hermano",
        "hermana hermanos hijo hija hijos amigo amigos hogar",
        "familia mère père conjoint époux épouse frère soeur",
        "enfant enfants fille fils ami amis ménage famille",
        "valideyn həyatyoldaşı qardaş bacı övlad uşaq dost dostlar ailə qohum",
    ),
    _each("отец отца родител супруг брат сестр ребен родствен"),
    _each("母亲 母親 父亲 父親 父母 配偶 妻子 丈夫 子女 儿子 女儿 兄弟 姐妹 朋友 亲属 家庭 家人 孩子"),
)

# Neighbours that speak of something else: what a bank was tested for, a company's owner, an obligation.
HARMLESS = frozenset(
    {
        *(("stress", "test"), ("stress", "tests"), ("stress", "tested"), ("household", "waste")),
        *(("parent", "company"), ("parent", "organization"), ("parent", "organisation"), ("parent", "firm")),
        *(("sister", "company"), ("child", "support"), ("child", "maintenance"), ("child", "care")),
    }
)

# `age` also counts the months of an account: it is protected alone, or beside nothing but these words.
BESIDE_AGE = frozenset(
    {"age", "group", "groups", "cat", "category", "band", "bin", "bins", "bracket", "class"}
    | {"years", "year", "in", "at", "of", "person", "subject", "customer", "applicant", "client"}
)
