"""What the kubelet of a node does for the webhook, where there are no nodes: directories with the content of a Secret or of a ConfigMap."""

import base64
import threading

import libapi
import libcluster

# A real one takes up to a minute and a half.
PERIOD = 0.2


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


class Kubelet:
    """Keeps directories as their objects are, from start() to stop(). `mounts`: {MountedDirectory: (API path of a Secret or
    of a ConfigMap, the keys that are mounted or None for all)}."""

    def __init__(self, mounts):
        self._mounts = mounts
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._failure = None

    def start(self):
        with libapi.Api() as api:
            self._sync(api)
        self._thread.start()

    def stop(self):
        """Raises what made it fail."""
        self._end.set()
        self._thread.join()
        if self._failure:
            raise self._failure

    def _run(self):
        try:
            with libapi.Api() as api:
                while not self._end.wait(PERIOD):
                    self._sync(api)
        except Exception as failure:  # pylint: disable=broad-exception-caught  (handed to stop())
            self._failure = failure

    def _sync(self, api):
        for directory, (path, keys) in self._mounts.items():
            answer = api.get(path)
            assert answer.status == 200, (path, answer.status, answer.message)
            found = answer.document
            decode = base64.b64decode if found["kind"] == "Secret" else str.encode
            directory.publish({name: decode(value) for name, value in found["data"].items() if keys is None or name in keys})
