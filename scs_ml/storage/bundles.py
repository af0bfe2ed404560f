"""Bundles: a trained forecaster and its scheme in one folder, verified before anything in it is read.

::

    manifest.json   SHA-256 of the files and of itself, scheme's fingerprint, versions, seed, metadata
    model.skops     the forecaster (skops, not pickle: loading runs no code of the file)
    scheme.yaml     the scheme

A forecaster may hold its scheme, and so may parts fitted inside it. `model.skops` holds a reference in its
place, so that the scheme is stored once and is validated when it is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from scs_ml.exceptions import BundleError, SchemeError
from scs_ml.schemes import Scheme, dump_scheme, load_scheme, scheme_fingerprint
from scs_ml.storage.atomic import atomic_folder, recover_folder
from scs_ml.storage.trusted import TRUSTED
from scs_ml.storage.versions import library_versions

FORMAT = 1
MANIFEST, MODEL, SCHEME = "manifest.json", "model.skops", "scheme.yaml"
_REFERENCE = {"stored in": SCHEME}
_KEEP = (
    "save estimators of the package and of scikit-learn, without functions of your own; keep using any other "
    "in Python: scs_ml.workflow.train trains it, and case_of_forecaster and audit audit it"
)


@dataclass(frozen=True)
class Bundle:
    """What a verified bundle holds."""

    forecaster: Any
    scheme: Scheme
    manifest: Mapping[str, Any]


def save_bundle(
    forecaster: Any,
    scheme: Scheme,
    folder: str | Path,
    *,
    seed: int = 0,
    metadata: Mapping[str, Any] | None = None,
) -> Path:
    """Write a forecaster and its scheme as a bundle; a bundle already there is replaced.

    Parameters
    ----------
    forecaster : classifier
        Fitted; of the package, or of scikit-learn.
    scheme : Scheme
        The one it was trained for.
    folder : path
    seed : int
        What the training drew from.
    metadata : mapping, optional
        More to remember (fingerprints of the data, training periods, ...); values that JSON can hold.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    BundleError
        If the forecaster holds a type that no bundle may, or another scheme.
    """
    target = Path(folder)
    if target.exists() and not (target / MANIFEST).is_file() and (target.is_file() or any(target.iterdir())):
        _fail(target, "there is something that is no bundle", "give another folder")
    model = _stored(forecaster, scheme, target)
    contents = {MODEL: model, SCHEME: dump_scheme(scheme).encode()}
    versions = library_versions()
    manifest = {
        "format": FORMAT,
        "created_by": f"scs_ml {versions['scs_ml']}",
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
        "forecaster": type(forecaster).__name__,
        "metadata": dict(metadata or {}),
        "scheme": scheme.name,
        "scheme_fingerprint": scheme_fingerprint(scheme),
        "seed": seed,
        "versions": versions,
    }
    with atomic_folder(target, MANIFEST) as temporary:
        for name, data in contents.items():
            (temporary / name).write_bytes(data)
        (temporary / MANIFEST).write_bytes(_sealed(manifest))
    return target


def require_storable(forecaster: Any, scheme: Scheme, folder: str | Path) -> None:
    """Find out before a long training that what it makes could not be saved.

    Parameters
    ----------
    forecaster : classifier
        Unfitted.
    scheme : Scheme
    folder : path
        Where the bundle is to be; nothing is written.

    Raises
    ------
    BundleError
        If the forecaster holds a type that no bundle may, or a part that cannot be copied.
    """
    _stored(forecaster, scheme, Path(folder))


def load_bundle(folder: str | Path) -> Bundle:
    """Verify a bundle, then load it.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Bundle
        Its forecaster gives the same probabilities, bit for bit, as the one that was saved.

    Raises
    ------
    BundleError
        If a file is missing, altered or foreign to a bundle; if the model holds a type that is not on the
        fixed list; or if scikit-learn's major version is another. The error says which.
    """
    from skops import io as skops

    path = Path(folder)
    manifest, contents = _verified(path)
    theirs, ours = manifest["versions"]["scikit-learn"], library_versions()["scikit-learn"]
    if theirs.split(".")[0] != ours.split(".")[0]:
        _fail(path, f"it was made with scikit-learn {theirs}, this is {ours}", "train it again")
    try:
        scheme = load_scheme(path / SCHEME)
    except SchemeError as error:
        _fail(path, f"{SCHEME} is not valid: {error.what}", "train it again")
    if scheme_fingerprint(scheme) != manifest["scheme_fingerprint"]:
        _fail(path, f"{SCHEME} is not the scheme the manifest names", "restore the folder from its source")
    try:
        types = skops.get_untrusted_types(data=contents[MODEL])
        _check_types(types, path, "train it again from a source you trust; load no other")
        stored = skops.loads(contents[MODEL], trusted=types)
        reference = stored["scheme"]
        forecaster = _swapped(stored["forecaster"], lambda part: part is reference, scheme)
    except BundleError:
        raise
    except ModuleNotFoundError as error:
        _fail(path, f"its forecaster needs {error.name}, which is not installed", f"install {error.name}")
    except Exception as error:  # noqa: BLE001 - skops raises whatever the types it rebuilds raise
        _fail(path, f"{MODEL} cannot be read: {type(error).__name__}", "train it again with these versions")
    return Bundle(forecaster, scheme, manifest)


def _stored(forecaster: Any, scheme: Scheme, target: Path) -> bytes:
    """Give the bytes of a model file."""
    from skops import io as skops

    try:
        model: bytes = skops.dumps(
            {"forecaster": _without_scheme(forecaster, scheme, target), "scheme": _REFERENCE}
        )
        _check_types(skops.get_untrusted_types(data=model), target, _KEEP)
    except BundleError:
        raise
    except Exception as error:  # noqa: BLE001 - a part that cannot be copied raises whatever its type raises
        _fail(target, f"the forecaster cannot be stored ({type(error).__name__})", _KEEP)
    return model


def _verified(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read every file once and prove it to be what the manifest says."""
    recover_folder(path)
    if not path.is_dir():
        _fail(path, "there is no such folder", "check the path, or train a forecaster first: scs-ml train")
    present = {each.name for each in path.iterdir()}
    expected = {MANIFEST, MODEL, SCHEME}
    if absent := sorted(expected - present):
        _fail(path, f"files are missing: {', '.join(absent)}", "restore the folder from its source")
    if extra := sorted(present - expected):
        _fail(path, f"files are too many: {', '.join(extra)}", "take out what is not of the bundle")
    if odd := sorted(name for name in present if (path / name).is_symlink() or not (path / name).is_file()):
        _fail(path, f"no regular files: {', '.join(odd)}", "restore the folder from its source")
    raw = (path / MANIFEST).read_bytes()
    try:
        manifest = json.loads(raw)
        sealed = isinstance(manifest, dict) and raw == _sealed(
            {k: manifest[k] for k in manifest if k != "seal"}
        )
    except (ValueError, RecursionError):
        sealed = False
    if not sealed:
        _fail(path, f"{MANIFEST} was altered", "restore the folder from its source")
    if manifest.get("format") != FORMAT:
        _fail(
            path,
            f"its format is {manifest.get('format')}, not {FORMAT}",
            "read it with the version that made it",
        )
    contents = {name: (path / name).read_bytes() for name in (MODEL, SCHEME)}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    if altered := sorted(name for name in hashes if hashes[name] != manifest["files"].get(name)):
        _fail(path, f"files were altered: {', '.join(altered)}", "restore the folder from its source")
    return manifest, contents


def _sealed(manifest: Mapping[str, Any]) -> bytes:
    """Write a manifest with its own hash, in the one text it may have: no byte can change unseen."""
    manifest = json.loads(json.dumps(manifest))  # all keys as text, before they are sorted
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    seal = hashlib.sha256(text.encode()).hexdigest()
    return (json.dumps({**manifest, "seal": seal}, indent=2, sort_keys=True) + "\n").encode()


def _check_types(types: list[str], path: Path, remedy: str) -> None:
    if foreign := sorted(set(types) - TRUSTED):
        _fail(path, f"the model holds types that no bundle may: {', '.join(foreign)}", remedy)


def _without_scheme(forecaster: Any, scheme: Scheme, path: Path) -> Any:
    def is_scheme(part: Any) -> bool:
        if isinstance(part, Scheme) and part != scheme:
            _fail(path, f"the forecaster holds another scheme, {part.name!r}", "save it with its own")
        return isinstance(part, Scheme)

    return _swapped(forecaster, is_scheme, _REFERENCE)


def _swapped(value: Any, chosen: Callable[[Any], bool], replacement: Any) -> Any:
    """Copy an object with every chosen part of it, however deep, replaced.

    Pickle's persistent ids do exactly this; the bytes are our own and never leave memory.
    """

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> str | None:
            return "swap" if chosen(obj) else None

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:
            return replacement

    buffer = io.BytesIO()
    Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    buffer.seek(0)
    return Unpickler(buffer).load()


def _fail(path: Path, what: str, remedy: str) -> NoReturn:
    raise BundleError(f"not a bundle that can be used: {what}", where=str(path), remedy=remedy) from None
