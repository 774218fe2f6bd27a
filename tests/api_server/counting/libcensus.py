"""How many Secrets a namespace holds at every moment: a watch tells each write in the order in which it was stored."""

import threading

import libcluster
from libapi import Api, secrets_path


class Census:
    """Counts from start() to stop(). `highest`: the most that there were at once; `now`: those that there are.

    Thread-safety: start() and stop() on one thread; the numbers may be read on any.
    """

    def __init__(self, namespace):
        self.now = self.highest = 0
        self.revision = 0  # of the last event
        self.broken = None
        self._path = secrets_path(namespace)
        self._api = Api(timeout=600)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self):
        listed = self._api.get(self._path).document
        self.now = self.highest = len(listed["items"])
        self._from = listed["metadata"]["resourceVersion"]
        self._thread.start()
        return self

    def stop(self):
        """Returns once everything that was written before the call is counted. Nothing may be written meanwhile."""
        with Api() as api:
            stored = api.get(self._path).document["items"]
        newest = max((int(item["metadata"]["resourceVersion"]) for item in stored), default=0)
        libcluster.wait_for(lambda: self.broken or (self.now == len(stored) and self.revision >= newest),
                            "the census has seen every write")
        if self.broken:
            raise AssertionError(self.broken)

    def _watch(self):
        try:
            for event in self._api.events(f"{self._path}?watch=1&allowWatchBookmarks=true&resourceVersion={self._from}"):
                if event["type"] == "ERROR":
                    raise OSError(str(event["object"]))
                self.now += {"ADDED": 1, "DELETED": -1}.get(event["type"], 0)
                self.highest = max(self.highest, self.now)
                self.revision = int(event["object"]["metadata"]["resourceVersion"])
            self.broken = "the watch of the census ended"
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.broken = repr(error)
