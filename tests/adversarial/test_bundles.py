"""Bundles that were tampered with: every byte, every file, foreign types, code that wants to run."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import shutil
import zipfile

import pytest

from scs_ml.exceptions import BundleError
from scs_ml.storage import bundles, load_bundle, save_bundle
from tests.adversarial.attempts import scheme

# Of the model's bytes, prime; benchmarks/adversarial.py takes every one.
STRIDE = int(os.environ.get("SCS_ML_STRIDE", "23"))
FILES = (bundles.MANIFEST, bundles.MODEL, bundles.SCHEME)


class Payload:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("pwned",)


def sealed_again(folder):
    """Let the manifest vouch for the files as they are now: what somebody does who can write and compute."""
    manifest = json.loads((folder / bundles.MANIFEST).read_text())
    manifest.pop("seal")
    for name in (bundles.MODEL, bundles.SCHEME):
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / bundles.MANIFEST).write_bytes(bundles._sealed(manifest))


@pytest.mark.parametrize("name", FILES)
def test_each_single_byte(attempt, bundle, name):
    """No byte of a bundle can change unseen; the model is never opened when one has."""
    path = bundle / name
    data = path.read_bytes()
    unseen = []

    def flip():
        stride = STRIDE if name == bundles.MODEL else 1
        for at in range(0, len(data), stride):
            path.write_bytes(data[:at] + bytes([data[at] ^ (1 + at % 255)]) + data[at + 1 :])
            try:
                bundles._verified(bundle)
            except BundleError:
                continue
            unseen.append(at)
        path.write_bytes(data)

    flip()
    assert not unseen
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    attempt.refused(lambda: load_bundle(bundle), error=BundleError)


def test_a_bundle_as_it_was_saved(attempt, bundle, lender):
    loaded = attempt.handled(lambda: load_bundle(bundle))
    assert loaded.scheme == lender.scheme


def _pickle_as_model(folder):
    (folder / bundles.MODEL).write_bytes(pickle.dumps(Payload()))


def _pickle_in_archive(folder):
    with zipfile.ZipFile(folder / bundles.MODEL, "w") as archive:
        archive.writestr("schema.json", pickle.dumps(Payload()))


def _schema(folder, schema):
    with zipfile.ZipFile(folder / bundles.MODEL, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))


def _node(module, name, loader="ObjectNode", **more):
    return {
        "__class__": name,
        "__module__": module,
        "__loader__": loader,
        "__id__": 1,
        "protocol": 2,
        "_skops_version": "0.13",
        **more,
    }


def _system(folder):
    _schema(
        folder, _node("posix", "system", "FunctionNode", content={"module_path": "os", "function": "system"})
    )


def _reduce(folder):
    content = {
        "__class__": "tuple",
        "__module__": "builtins",
        "__loader__": "TupleNode",
        "content": [],
        "__id__": 2,
    }
    _schema(folder, _node("subprocess", "Popen", "ReduceNode", constructor={}, args=content, content=content))


def _method(folder):
    _schema(folder, _node("builtins", "eval", "MethodNode", content={"func": "eval", "obj": {}}))


def _unknown_loader(folder):
    _schema(folder, _node("os", "system", "NoSuchNode"))


def _circle(folder):
    _schema(
        folder, {"__loader__": "CachedNode", "__id__": 1, "__class__": "x", "__module__": "x", "protocol": 2}
    )


def _not_a_dict(folder):
    _schema(folder, [1, 2, 3])


def _deep(folder):
    text = '{"__loader__": "ListNode", "content": [' * 20_000 + "]}" * 20_000
    with zipfile.ZipFile(folder / bundles.MODEL, "w") as archive:
        archive.writestr("schema.json", text)


def _a_list(folder):
    from skops import io as skops

    (folder / bundles.MODEL).write_bytes(skops.dumps([1, 2]))


def _another_type(folder):
    from skops import io as skops

    (folder / bundles.MODEL).write_bytes(skops.dumps({"forecaster": io.BytesIO, "scheme": {}}))


def _empty_zip(folder):
    zipfile.ZipFile(folder / bundles.MODEL, "w").close()


def _bomb(folder):
    with zipfile.ZipFile(folder / bundles.MODEL, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * 200_000_000)


def _climbing_names(folder):
    with zipfile.ZipFile(folder / bundles.MODEL, "a") as archive:
        archive.writestr("../../pwned", "x")
        archive.writestr("/pwned", "x")


def _nothing(folder):
    (folder / bundles.MODEL).write_bytes(b"")


def _scheme_bomb(folder):
    (folder / bundles.SCHEME).write_text("a: &a [x]\nb: [*a, *a]\n")


def _scheme_object(folder):
    (folder / bundles.SCHEME).write_text("!!python/object/apply:os.mkdir [pwned]")


def _another_scheme(folder):
    text = (folder / bundles.SCHEME).read_text()
    (folder / bundles.SCHEME).write_text(text.replace("kind: agreed", "kind: synthetic"))


MODELS = (
    _pickle_as_model,
    _pickle_in_archive,
    _system,
    _reduce,
    _method,
    _unknown_loader,
    _circle,
    _not_a_dict,
    _deep,
    _a_list,
    _another_type,
    _empty_zip,
    _bomb,
    _nothing,
    _scheme_bomb,
    _scheme_object,
    _another_scheme,
)


@pytest.mark.parametrize("tamper", MODELS, ids=lambda each: each.__name__[1:])
def test_a_forged_file_that_the_manifest_vouches_for(attempt, bundle, tamper):
    tamper(bundle)
    sealed_again(bundle)
    attempt.refused(lambda: load_bundle(bundle), error=BundleError)
    assert not (attempt.folder / "pwned").exists()
    assert not (attempt.folder.parent / "pwned").exists()


def test_names_in_the_archive_that_climb_are_read_by_nobody(attempt, bundle):
    _climbing_names(bundle)
    sealed_again(bundle)
    attempt.handled(lambda: _loads_or_refuses(bundle))
    assert not list(attempt.folder.parent.glob("**/pwned"))


def _loads_or_refuses(folder):
    try:
        load_bundle(folder)
    except BundleError:
        return


def _manifest(**changes):
    def change(folder):
        manifest = json.loads((folder / bundles.MANIFEST).read_text())
        manifest.pop("seal")
        manifest |= changes
        (folder / bundles.MANIFEST).write_bytes(
            bundles._sealed({name: value for name, value in manifest.items() if value is not Ellipsis})
        )

    return change


MANIFESTS = {
    "no files named": _manifest(files={}),
    "files that are a list": _manifest(files=[]),
    "files that are nothing": _manifest(files=None),
    "files gone": _manifest(files=...),
    "another format": _manifest(format=999),
    "format as text": _manifest(format="1"),
    "versions gone": _manifest(versions=...),
    "versions that are a list": _manifest(versions=[1]),
    "versions without a library": _manifest(versions={}),
    "a version that is a number": _manifest(versions={"scikit-learn": 1}),
    "a version of another age": _manifest(versions={"scikit-learn": "99.0"}),
    "a version with markup": _manifest(versions={"scikit-learn": "<script>"}),
    "another fingerprint": _manifest(scheme_fingerprint="0" * 64),
    "no fingerprint": _manifest(scheme_fingerprint=...),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_manifest_that_seals_itself(attempt, bundle, what):
    MANIFESTS[what](bundle)
    attempt.refused(lambda: load_bundle(bundle), error=BundleError)


RAW = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]\n",
    "a number": b"1",
    "nested deep": b"[" * 100_000 + b"]" * 100_000,
    "no UTF-8": b"\xff\xfe{",
    "another order of keys": None,
    "a key twice": None,
}


@pytest.mark.parametrize("what", RAW)
def test_a_manifest_of_other_bytes(attempt, bundle, what):
    path = bundle / bundles.MANIFEST
    raw = RAW[what]
    if what == "another order of keys":
        raw = json.dumps(dict(reversed(json.loads(path.read_text()).items())), indent=2).encode() + b"\n"
    elif what == "a key twice":
        held = f'"format": {bundles.FORMAT}'.encode()
        raw = path.read_bytes().replace(held, b'"format": 99,\n  ' + held)
    path.write_bytes(raw)
    attempt.refused(lambda: load_bundle(bundle), error=BundleError)


def _link_model(folder):
    shutil.move(folder / bundles.MODEL, folder.parent / "elsewhere")
    (folder / bundles.MODEL).symlink_to(folder.parent / "elsewhere")


def _link_to_device(folder):
    (folder / bundles.SCHEME).unlink()
    (folder / bundles.SCHEME).symlink_to("/dev/zero")


def _pipe(folder):
    (folder / bundles.MODEL).unlink()
    os.mkfifo(folder / bundles.MODEL)


def _folder_as_model(folder):
    (folder / bundles.MODEL).unlink()
    (folder / bundles.MODEL).mkdir()


FOLDERS = {
    "a file too many": lambda folder: (folder / "model.pkl").write_bytes(pickle.dumps(Payload())),
    "a hidden file": lambda folder: (folder / ".hook").touch(),
    "a folder too many": lambda folder: (folder / "__pycache__").mkdir(),
    "no model": lambda folder: (folder / bundles.MODEL).unlink(),
    "no scheme": lambda folder: (folder / bundles.SCHEME).unlink(),
    "no manifest": lambda folder: (folder / bundles.MANIFEST).unlink(),
    "nothing at all": lambda folder: [each.unlink() for each in folder.iterdir()],
    "the model is a link": _link_model,
    "the scheme is a device": _link_to_device,
    "the model is a pipe": _pipe,
    "the model is a folder": _folder_as_model,
    "names in another case": lambda folder: (folder / bundles.MODEL).rename(folder / "MODEL.SKOPS"),
}


@pytest.mark.parametrize("what", FOLDERS)
def test_a_folder_of_other_files(attempt, bundle, what):
    FOLDERS[what](bundle)
    attempt.refused(lambda: load_bundle(bundle), error=BundleError)


@pytest.mark.parametrize("kind", ["file", "missing", "pipe"])
def test_a_path_that_is_no_bundle(attempt, kind):
    path = attempt.folder / "bundle"
    if kind == "file":
        path.write_text("x")
    elif kind == "pipe":
        os.mkfifo(path)
    attempt.refused(lambda: load_bundle(path), error=BundleError)


def test_a_forecaster_with_code_of_its_own_is_not_stored(attempt, lender):
    from sklearn.preprocessing import FunctionTransformer

    own = FunctionTransformer(func=os.system)
    attempt.refused(lambda: save_bundle(own, lender.scheme, attempt.folder / "new"), error=BundleError)


def test_a_forecaster_that_runs_when_it_is_copied_is_not_stored(attempt, lender):
    attempt.refused(lambda: save_bundle(open, lender.scheme, attempt.folder / "new"), error=BundleError)
    assert not (attempt.folder / "pwned").exists()


def test_another_scheme_inside_the_forecaster(attempt, lender):
    other = scheme(title="Another")
    forecaster = lender.trained.forecaster
    attempt.refused(lambda: save_bundle([forecaster, other], lender.scheme, attempt.folder / "new"))


def test_somebody_elses_folder_is_not_replaced_by_a_bundle(attempt, lender):
    target = attempt.folder / "thesis"
    target.mkdir()
    (target / "years.txt").write_text("of work")
    attempt.refused(lambda: save_bundle(lender.trained.forecaster, lender.scheme, target), error=BundleError)
