"""What the kubelet of a node does for the webhook, where there are no nodes: directories with the content of a Secret or of a ConfigMap."""

import libcluster


class MountedDirectory(libcluster.libwebhook.KubeletDirectory):
    """Where an object is mounted."""

    def __init__(self, path):
        super().__init__(path)
        self._published = None

    def publish(self, files):
        """Makes `files`, {name: bytes}, the content, all at once by a swap of ..data; nothing if it is that already."""
        if files == self._published:
            return False
        self.swap(files)
        self._published = dict(files)
        return True
