"""Bundles: a trained forecaster and its scheme in one folder, verified before anything in it is read.

::

    manifest.json   SHA-256 of the files and of itself, scheme's fingerprint, versions, seed, metadata,
                    signature
    model.skops     the forecaster (skops, not pickle: loading runs no code of the file)
    scheme.yaml     the scheme

A forecaster may hold its scheme, and so may parts fitted inside it. `model.skops` holds a reference in its
place, so that the scheme is stored once and is validated when it is read.

The signature is over the manifest, which holds the hashes of the files. The manifest's hash of itself finds
damage; whoever alters a bundle on purpose makes it anew, and is found by the signature alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from scs_ml.exceptions import BundleError, SchemeError
from scs_ml.schemes import Scheme, dump_scheme, load_scheme, scheme_fingerprint
from scs_ml.schemes.load import LARGEST_FILE
from scs_ml.storage.archives import archive_fault
from scs_ml.storage.atomic import atomic_folder, recover_folder
from scs_ml.storage.bounds import FREE_BYTES, MOST_BYTES
from scs_ml.storage.signatures import Signer, key_fingerprint, verify_signature
from scs_ml.storage.trusted import TRUSTED
from scs_ml.storage.versions import library_versions

FORMAT = 2
MANIFEST, MODEL, SCHEME = "manifest.json", "model.skops", "scheme.yaml"
_SIGNED = b"scs_ml bundle\n"  # begins what is signed: no signature of anything else is one of a bundle
_REFERENCE = {"stored in": SCHEME}
_LARGEST = {MANIFEST: FREE_BYTES, MODEL: MOST_BYTES, SCHEME: LARGEST_FILE}  # bytes
_KEEP = (
    "save estimators of the package and of scikit-learn, without functions of your own; keep using any other "
    "in Python: scs_ml.workflow.train trains it, and case_of_forecaster and audit audit it"
)


@dataclass(frozen=True)
class Bundle:
    """What a verified bundle holds.

    `signed_by` is the name and the key's fingerprint of the house that signed it, and `public_key` (32 bytes)
    the key itself; both are None where nobody did.
    """

    forecaster: Any
    scheme: Scheme
    manifest: Mapping[str, Any]
    signed_by: str | None = None
    public_key: bytes | None = None


def save_bundle(
    forecaster: Any,
    scheme: Scheme,
    folder: str | Path,
    *,
    seed: int = 0,
    metadata: Mapping[str, Any] | None = None,
    signer: Signer | None = None,
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
    signer : Signer, optional
        The house that vouches for it.

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
    manifest["signature"] = None if signer is None else _signature(manifest, signer)
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


def load_bundle(folder: str | Path, *, trusted: Collection[bytes] | None = None) -> Bundle:
    """Verify a bundle, then load it.

    Parameters
    ----------
    folder : path
    trusted : collection of bytes (32,), optional
        Public keys: a bundle that is signed by none of them, or not at all, is refused. Without, a signature
        must still be what it says, and a bundle need not have one.

    Returns
    -------
    Bundle
        Its forecaster gives the same probabilities, bit for bit, as the one that was saved.

    Raises
    ------
    BundleError
        If a file is missing, altered or foreign to a bundle; if its signature does not verify, or its key is
        not trusted; if the model holds a type that is not on the fixed list; or if scikit-learn's major
        version is another. The error says which.
    """
    from skops import io as skops

    path = Path(folder)
    manifest, contents = _verified(path)
    signed_by, public_key = _signer_of(manifest, path)
    if trusted is not None and public_key not in trusted:
        _fail(
            path,
            f"it is signed by {signed_by or 'nobody'}, whose key is not trusted here",
            "take one from a house you trust, or train it again",
        )
    theirs, ours = manifest["versions"]["scikit-learn"], library_versions()["scikit-learn"]
    if theirs.split(".")[0] != ours.split(".")[0]:
        _fail(path, f"it was made with scikit-learn {theirs}, this is {ours}", "train it again")
    try:
        scheme = load_scheme(path / SCHEME)
    except SchemeError as error:
        _fail(path, f"{SCHEME} is not valid: {error.what}", "train it again")
    if scheme_fingerprint(scheme) != manifest["scheme_fingerprint"]:
        _fail(path, f"{SCHEME} is not the scheme the manifest names", "restore the folder from its source")
    if fault := archive_fault(contents[MODEL]):
        _fail(path, f"{MODEL} is not unpacked: {fault}", "load no other bundle from that source")
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
    return Bundle(forecaster, scheme, manifest, signed_by, public_key)


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
    if large := sorted(name for name in present if (path / name).stat().st_size > _LARGEST[name]):
        _fail(path, f"files are too large: {', '.join(large)}", "restore the folder from its source")
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
    if not _is_complete(manifest):
        _fail(path, f"{MANIFEST} lacks what it must hold", "restore the folder from its source")
    contents = {name: (path / name).read_bytes() for name in (MODEL, SCHEME)}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    if altered := sorted(name for name in hashes if hashes[name] != manifest["files"].get(name)):
        _fail(path, f"files were altered: {', '.join(altered)}", "restore the folder from its source")
    return manifest, contents


def _is_complete(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest holds what readers ask it for; anybody can compute its hash."""
    parts = [manifest.get(name) for name in ("files", "metadata", "versions")]
    if not all(isinstance(part, dict) for part in parts):
        return False
    texts = (manifest["versions"].get("scikit-learn"), manifest.get("scheme_fingerprint"))
    return isinstance(manifest.get("seed"), int) and all(isinstance(text, str) for text in texts)


def _signature(manifest: Mapping[str, Any], signer: Signer) -> dict[str, str]:
    """Sign a manifest that has no signature and no hash of itself yet."""
    claims = {"by": signer.name, "public_key": signer.public_key.hex()}
    return {**claims, "signature": signer.sign(_to_sign(manifest, claims)).hex()}


def _signer_of(manifest: Mapping[str, Any], path: Path) -> tuple[str, bytes] | tuple[None, None]:
    """Verify a manifest's signature, and say who made it; nobody where there is none."""
    held = manifest.get("signature")
    if held is None:
        return None, None
    try:
        claims = {"by": str(held["by"]), "public_key": held["public_key"]}
        key, signature = bytes.fromhex(held["public_key"]), bytes.fromhex(held["signature"])
    except (KeyError, TypeError, ValueError):
        claims, key, signature = {}, b"", b""
    unsigned = {name: manifest[name] for name in manifest if name not in {"seal", "signature"}}
    if not verify_signature(key, signature, _to_sign(unsigned, claims)):
        _fail(path, "its signature does not verify", "restore the folder from its source")
    return f"{claims['by']} ({key_fingerprint(key)})", key


def _to_sign(manifest: Mapping[str, Any], claims: Mapping[str, str]) -> bytes:
    return _SIGNED + _text({**manifest, "signature": claims}).encode()


def _sealed(manifest: Mapping[str, Any]) -> bytes:
    """Write a manifest with its own hash, in the one text it may have: no byte can change unseen."""
    manifest = json.loads(json.dumps(manifest))  # all keys as text, before they are sorted
    seal = hashlib.sha256(_text(manifest).encode()).hexdigest()
    return (json.dumps({**manifest, "seal": seal}, indent=2, sort_keys=True) + "\n").encode()


def _text(manifest: Mapping[str, Any]) -> str:
    return json.dumps(json.loads(json.dumps(manifest)), sort_keys=True, separators=(",", ":"))


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
