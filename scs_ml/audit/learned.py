"""How much each check's flag counts among rivals: written by ``benchmarks/attribution.py --write``."""

from __future__ import annotations

LEARNED: dict[str, float] = {
    "cross_domain_spill": 2.609,
    "disaster_as_fault": 2.483,
    "family_spillover": 2.521,
    "forbidden_reliance": 2.29,
    "friends_conduct": 2.792,
    "illness_misread": 2.576,
    "label_residual": 1.114,
    "malicious_informant": 2.284,
    "operator_error": 2.709,
    "organization_to_leaders": 2.399,
    "over_policing": 0.316,
    "parent_to_child": 2.532,
    "postcode_proxy": -0.34,
}
OF_STRENGTH = 0.642
OF_SHARE = 0.525
USUAL = 1.877
