"""Where no policy counts across Secrets, the API server is not asked for anything, whatever the flags say."""

import json
import socket
import unittest

import libwebhook


class WithoutCounting(libwebhook.WebhookTest):
    def test_nothing_connects_to_the_api_server(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        listener.setblocking(False)
        kubeconfig = self.directory / "kubeconfig"
        kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": f"https://127.0.0.1:{listener.getsockname()[1]}"}}],
            "users": [{"name": "it", "user": {}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it", "namespace": "it"}}]}), encoding="utf-8")
        for mode in ("local", "strict"):
            with self.subTest(mode):
                webhook = self.start(arguments=[f"--counting={mode}", "--when-counts-unknown=deny", f"--kubeconfig={kubeconfig}"])
                # What would ask has run once.
                libwebhook.wait_until(lambda: webhook.metrics()["secret_hygiene_inventory_synced"] == 1, "a first look at the time")
                webhook.process.stop(libwebhook.TIMEOUT)
                with self.assertRaises(BlockingIOError):
                    listener.accept()
                self.assertEqual([event for event in webhook.events() if event["level"] in ("warning", "error")], [])


if __name__ == "__main__":
    unittest.main()
