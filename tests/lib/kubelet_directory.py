"""A directory as the kubelet mounts a ConfigMap or a Secret."""

import os
import pathlib
import shutil


class KubeletDirectory:
    """`name -> ..data/name`, `..data -> ..<time>`. An update writes a new ..<time> and renames a new ..data link over the
    old: all files change at once."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._generation = 0

    def __fspath__(self):
        return str(self.path)

    __str__ = __fspath__

    def swap(self, files):
        """`files`: name to text or bytes. Replaces the whole content."""
        self._generation += 1
        stamp = f"..2026_01_02_03_04_05.{self._generation:09}"
        (self.path / stamp).mkdir(mode=0o700)
        for name, content in files.items():
            (self.path / stamp / name).write_bytes(content.encode() if isinstance(content, str) else content)
        data = self.path / "..data"
        old = os.readlink(data) if data.is_symlink() else None
        (self.path / "..data_tmp").symlink_to(stamp)
        (self.path / "..data_tmp").rename(data)
        for name in files:
            if not (self.path / name).is_symlink():
                (self.path / name).symlink_to(f"..data/{name}")
        for entry in self.path.iterdir():
            if not entry.name.startswith("..") and entry.name not in files:
                entry.unlink()
        if old:
            shutil.rmtree(self.path / old)
