"""Store a network once and read it back without loading it: plain arrays in a folder, memory-mapped."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.durable import flush
from geodata.errors import Fault, InputFormatError, InputMissingError
from geodata.messages import translator
from geodata.modes import Mode
from geodata.roads.assemble import content_hash
from geodata.roads.network import ModeGraph, RoadNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["load_network", "save_network"]

_ = translator("geodata")

FORMAT = 1
MANIFEST = "network.json"
_PLAIN = ("crs", "highway_classes", "content_hash", "repairs", "mode_rows")


def save_network(network: RoadNetwork, folder: str | Path) -> None:
    """Write a network to a folder, whole or not at all; an older one there is replaced.

    Parameters
    ----------
    network
        Network to store.
    folder
        Folder to make.
    """
    target = Path(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for field in fields(RoadNetwork):
            if field.name not in (*_PLAIN, "modes"):
                _write(beside / f"{field.name}.npy", getattr(network, field.name))
        for number, name in enumerate(network.modes):
            for field in fields(ModeGraph):
                array = getattr(network.modes[name], field.name)
                _write(beside / f"mode{number}.{field.name}.npy", array)
        manifest = {name: getattr(network, name) for name in _PLAIN}
        manifest |= {"format": FORMAT, "modes": list(network.modes)}
        manifest["repairs"] = dict(network.repairs)
        manifest["mode_rows"] = {name: asdict(row) for name, row in network.mode_rows.items()}
        with (beside / MANIFEST).open("w", encoding="utf-8") as stream:
            json.dump(manifest, stream, ensure_ascii=False, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        _swap(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as stream:
        np.save(stream, np.ascontiguousarray(array), allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())


def _swap(beside: Path, target: Path) -> None:
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        target.rename(old / target.name)
        beside.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        beside.rename(target)
    flush(target.parent)


def load_network(folder: str | Path, *, check: bool = False) -> RoadNetwork:
    """Open a stored network; arrays are mapped, so many processes share one copy.

    Parameters
    ----------
    folder
        Folder that `save_network` made.
    check
        Whether to hash every value again and compare.

    Returns
    -------
    RoadNetwork

    Raises
    ------
    InputMissingError
        When there is no stored network.
    InputFormatError
        When it is of another format, damaged, or (with ``check``) changed.
    """
    source = Path(folder)
    manifest = _manifest(source)
    try:
        arrays = {
            field.name: _read(source / f"{field.name}.npy")
            for field in fields(RoadNetwork)
            if field.name not in (*_PLAIN, "modes")
        }
        modes = {
            name: ModeGraph(
                **{f.name: _read(source / f"mode{number}.{f.name}.npy") for f in fields(ModeGraph)}
            )
            for number, name in enumerate(manifest["modes"])
        }
    except (OSError, ValueError) as error:
        raise _damaged(source, str(error)) from error
    network = RoadNetwork(
        crs=manifest["crs"],
        highway_classes=tuple(manifest["highway_classes"]),
        content_hash=manifest["content_hash"],
        repairs=manifest["repairs"],
        mode_rows={name: _mode(row) for name, row in manifest["mode_rows"].items()},
        modes=modes,
        **arrays,
    )
    if check and content_hash(network) != network.content_hash:
        raise _damaged(source, _("its values do not match its hash"))
    return network


def _mode(row: dict[str, Any]) -> Mode:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Mode(**values)


def _read(path: Path) -> NDArray[Any]:
    # An empty array cannot be mapped. Copy-on-write: the file cannot be changed through it, and compiled kernels
    # see the same kind of array as right after building, so they need not be compiled twice.
    mapped = path.stat().st_size > 128
    array: NDArray[Any] = np.load(path, mmap_mode="c" if mapped else None, allow_pickle=False)
    return array.view(np.ndarray)


def _manifest(source: Path) -> dict[str, Any]:
    file = source / MANIFEST
    if not file.is_file():
        raise InputMissingError(
            Fault(
                _("there is no stored road network"),
                where=str(source),
                fix=_("Build it from the road file again."),
            )
        )
    try:
        manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT and set(_PLAIN) <= set(manifest)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(source, str(error)) from error
    if not known:
        raise _damaged(source, _("it was stored by another version"))
    return manifest


def _damaged(source: Path, why: str) -> InputFormatError:
    return InputFormatError(
        Fault(
            _("the stored road network cannot be used"),
            where=str(source),
            examples=(why,),
            fix=_("Build it from the road file again."),
        )
    )
