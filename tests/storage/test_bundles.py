from __future__ import annotations

import hashlib
import json
import re
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from scs_ml.exceptions import BundleError
from scs_ml.forecast import BASELINES, FORECASTERS
from scs_ml.schemes import Scheme, dump_scheme, load_scheme, scheme_fingerprint
from scs_ml.storage import bundles, load_bundle, save_bundle

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


@pytest.fixture(scope="module")
def scheme():
    return load_scheme("suining")


@pytest.fixture
def bundle(tmp_path, scheme):
    return save_bundle(
        LogisticRegression().fit(X, Y), scheme, tmp_path / "bundle", seed=3, metadata={"rows": 120}
    )


class Foreign(ClassifierMixin, BaseEstimator):
    """A classifier that is not on the list."""


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        HistGradientBoostingClassifier(max_iter=5),
        RandomForestClassifier(5, random_state=0),
        CalibratedClassifierCV(LogisticRegression()),
        MLPClassifier((4,), max_iter=5, random_state=0),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_probabilities_are_the_same_bit_for_bit(tmp_path, scheme, estimator):
    fitted = clone(estimator).fit(X, Y)
    loaded = load_bundle(save_bundle(fitted, scheme, tmp_path / "b")).forecaster
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("name", [*FORECASTERS, *BASELINES])
def test_every_registered_forecaster_can_be_stored(tmp_path, scheme, name):
    n = 200
    inputs = {i.name: RNG.poisson(1, n).astype(float) for i in scheme.indicators if i.dtype == "number"}
    levels = scheme.indicator("district").levels
    inputs["district"] = pd.Categorical(RNG.choice(levels[:3], n), categories=levels)
    frame = pd.DataFrame(inputs)[[i.name for i in scheme.indicators]]
    frame["current_score"] = RNG.normal(850, 100, n)
    y = scheme.scale.categorise(frame["current_score"] + RNG.normal(0, 50, n))
    cls = {**FORECASTERS, **BASELINES}[name]
    forecaster = (cls(scheme=scheme) if "scheme" in cls().get_params() else cls()).fit(frame, y)
    loaded = load_bundle(save_bundle(forecaster, scheme, tmp_path / name))
    np.testing.assert_array_equal(loaded.forecaster.predict_proba(frame), forecaster.predict_proba(frame))
    if "scheme" in cls().get_params():
        assert loaded.forecaster.scheme is loaded.scheme


def test_a_library_that_a_forecaster_needs_is_named(tmp_path, scheme, monkeypatch):
    pytest.importorskip("lightgbm")
    folder = save_bundle(FORECASTERS["lightgbm"]().fit(X, Y), scheme, tmp_path / "b")
    for name in [each for each in sys.modules if each.partition(".")[0] == "lightgbm"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BundleError, match="needs lightgbm") as caught:
        load_bundle(folder)
    assert "install" in caught.value.remedy


def test_the_scheme_is_stored_once_however_deep_and_often_it_is_held(tmp_path, scheme):
    deep = LogisticRegression().fit(X, Y)
    deep.parts_ = [{"scheme": scheme.model_copy(deep=True)}, (scheme,)]
    loaded = load_bundle(save_bundle(deep, scheme, tmp_path / "b"))
    assert loaded.scheme == scheme
    assert loaded.forecaster.parts_[0]["scheme"] is loaded.scheme
    assert loaded.forecaster.parts_[1][0] is loaded.scheme
    assert deep.parts_[1][0] is scheme, "saving does not touch the forecaster"
    assert (tmp_path / "b" / "model.skops").stat().st_size < 100_000


def test_another_scheme_inside_is_refused(tmp_path, scheme):
    other = scheme.model_copy(update={"title": "another"})
    with pytest.raises(BundleError, match="another scheme"):
        save_bundle(FORECASTERS["boosting"](scheme=other), scheme, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_the_manifest_says_what_made_it(bundle, scheme):
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert manifest["seed"] == 3
    assert manifest["metadata"] == {"rows": 120}
    assert manifest["created_by"].startswith("scs_ml ")
    assert manifest["scheme_fingerprint"] == scheme_fingerprint(scheme)
    assert manifest["versions"]["scikit-learn"]
    for name in ("model.skops", "scheme.yaml"):
        assert manifest["files"][name] == hashlib.sha256((bundle / name).read_bytes()).hexdigest()
    assert load_bundle(bundle).manifest == manifest


@pytest.mark.parametrize("name", ["manifest.json", "model.skops", "scheme.yaml"])
def test_no_byte_can_be_altered(bundle, name):
    path = bundle / name
    original = path.read_bytes()
    for at in np.linspace(0, len(original) - 1, 40).astype(int):
        altered = bytearray(original)
        altered[at] ^= 1
        path.write_bytes(altered)
        with pytest.raises(BundleError, match=re.escape(name)):
            load_bundle(bundle)
    path.write_bytes(original)
    load_bundle(bundle)


def test_a_value_of_the_manifest_cannot_be_altered(bundle):
    path = bundle / "manifest.json"
    path.write_text(path.read_text().replace('"seed": 3', '"seed": 4'))
    with pytest.raises(BundleError, match=r"manifest\.json was altered"):
        load_bundle(bundle)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '{"seal": 1}'])
def test_what_is_no_manifest_is_refused(bundle, text):
    (bundle / "manifest.json").write_text(text)
    with pytest.raises(BundleError, match=r"manifest\.json was altered"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["manifest.json", "model.skops", "scheme.yaml"])
def test_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=re.escape(f"missing: {name}")):
        load_bundle(bundle)


def test_an_extra_file_and_a_link_are_named(bundle, tmp_path):
    (bundle / "more.py").write_text("")
    with pytest.raises(BundleError, match=r"too many: more\.py"):
        load_bundle(bundle)
    (bundle / "more.py").unlink()
    (bundle / "model.skops").rename(tmp_path / "elsewhere")
    (bundle / "model.skops").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match=r"no regular files: model\.skops"):
        load_bundle(bundle)


def test_no_folder_is_said_to_be_none(tmp_path):
    with pytest.raises(BundleError, match="no such folder"):
        load_bundle(tmp_path / "none")


def reseal(folder, **changes):
    """Write a manifest that is right about itself, as someone who knows the format could."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["seal"]
    manifest.update(changes)
    manifest["files"] = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("model.skops", "scheme.yaml")
    }
    (folder / "manifest.json").write_bytes(bundles._sealed(manifest))


def test_a_foreign_type_is_refused_on_both_sides(bundle, tmp_path, scheme):
    from skops.io import dumps

    with pytest.raises(BundleError, match="Foreign"):
        save_bundle(Foreign(), scheme, tmp_path / "foreign")
    assert not (tmp_path / "foreign").exists()
    (bundle / "model.skops").write_bytes(dumps({"forecaster": Foreign(), "scheme": {}}))
    reseal(bundle)
    with pytest.raises(BundleError, match=r"types that no bundle may: .*Foreign"):
        load_bundle(bundle)


def test_a_model_that_is_none_is_refused(bundle):
    (bundle / "model.skops").write_bytes(b"not a zip")
    reseal(bundle)
    with pytest.raises(BundleError, match=r"model\.skops cannot be read"):
        load_bundle(bundle)


def test_what_cannot_be_copied_is_refused(tmp_path, scheme):
    with pytest.raises(BundleError, match="cannot be stored"):
        save_bundle(FunctionTransformer(lambda x: x), scheme, tmp_path / "b")


def test_other_versions_schemes_and_formats_are_refused(bundle, scheme):
    versions = load_bundle(bundle).manifest["versions"]
    reseal(bundle, versions=versions | {"scikit-learn": "2.0.1"})
    with pytest.raises(BundleError, match=r"scikit-learn 2\.0\.1"):
        load_bundle(bundle)
    reseal(bundle, versions=versions | {"scikit-learn": "1.0.0"})
    load_bundle(bundle)
    reseal(bundle, scheme_fingerprint="0" * 64)
    with pytest.raises(BundleError, match="not the scheme the manifest names"):
        load_bundle(bundle)
    reseal(bundle, scheme_fingerprint=scheme_fingerprint(scheme), format=3)
    with pytest.raises(BundleError, match="format is 3"):
        load_bundle(bundle)
    reseal(bundle, format=2)
    (bundle / "scheme.yaml").write_text(dump_scheme(scheme).replace("format: 1", "format: 7"))
    reseal(bundle)
    with pytest.raises(BundleError, match=r"scheme\.yaml is not valid"):
        load_bundle(bundle)


def test_names_in_the_manifest_lead_nowhere(bundle, tmp_path):
    manifest = json.loads((bundle / "manifest.json").read_text())
    del manifest["seal"]
    manifest["files"]["../outside"] = manifest["files"].pop("model.skops")
    (bundle / "manifest.json").write_bytes(bundles._sealed(manifest))
    with pytest.raises(BundleError, match=r"altered: model\.skops"):
        load_bundle(bundle)


def test_a_bundle_replaces_a_bundle_and_nothing_else(bundle, tmp_path, scheme):
    save_bundle(LogisticRegression(C=0.1).fit(X, Y), scheme, bundle)
    assert load_bundle(bundle).forecaster.C == 0.1
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match="no bundle"):
        save_bundle(LogisticRegression().fit(X, Y), scheme, precious)
    assert (precious / "thesis.txt").exists()


def test_a_scheme_type_is_what_the_bundle_gives_back(bundle):
    assert isinstance(load_bundle(bundle).scheme, Scheme)
