"""Limits across Secrets when something is wrong: a ledger that is lost, sizes that are forged, clients that never give up."""

import math
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402
import libcounting  # noqa: E402
from burst import Burst  # noqa: E402
from ledger import NAMESPACE_LEDGERS  # noqa: E402
from libcounting import LEDGER_NAME, LEDGERS, counting, data, requests_served, unknown  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

KI = 1024
BYTES = "secret-hygiene.io/bytes"
POLICIES = libcluster.policies(counting(limits={"secretsPerNamespace": 2}))
SUM = libcluster.policies(counting(limits={"bytesPerNamespace": "64Ki"}))
COOLED = 4
NOT_KNOWN = 'policy "quota" cannot count namespace {} now (reservations may have been lost'


class Faults(libcounting.CountingTest):
    # A ledger.

    def edit(self, ledger):
        return self.api.request("PATCH", f"{LEDGERS}/{ledger}", {"data": {"entries": "rubbish\n"}})

    def delete(self, ledger):
        return self.api.request("DELETE", f"{LEDGERS}/{ledger}")

    def test_an_edited_ledger_cools_and_writes_are_allowed_without_a_count(self):
        self.spoil(self.edit, "allow")

    def test_a_deleted_ledger_cools_and_writes_are_denied_where_that_is_asked_for(self):
        self.spoil(self.delete, "deny")

    def spoil(self, how, answer):
        webhook = self.count(POLICIES, "strict", "--when-counts-unknown", answer)
        self.created("before")
        ledger = self.ledger_with(f" {self.namespace} before ")
        before = self.ledgers()
        self.assertEqual(before[ledger]["cooling"], "false")
        self.assertEqual(how(ledger).status, 200)
        self.assert_cools(webhook, answer, ledger, before[ledger]["id"])
        self.assertEqual(unknown(webhook, "cooling"), COOLED)
        self.assertEqual(webhook.get_plain("/readyz").status, 200)
        # What one ledger lost is of no concern to namespaces of the others.
        self.assertEqual({name: each["id"] for name, each in self.ledgers().items() if name != ledger},
                         {name: each["id"] for name, each in before.items() if name != ledger})

    def assert_cools(self, webhook, answer, ledger, before):
        # The first of them meets it when it writes its entry.
        answers = [self.create(f"cooling-{number}") for number in range(COOLED)]
        made = self.ledgers()[ledger]
        self.assertEqual((made["cooling"], made["entries"]), ("true", ""))
        self.assertNotEqual(made["id"], before)
        words = NOT_KNOWN.format(self.namespace)
        for each in answers:
            if answer == "allow":
                self.assertEqual(each.status, 201, each.message)
                self.assertIn(words, each.warnings[0])
            else:
                self.assertEqual(each.status, 403)
                self.assertIn(words, each.message)
                self.assertIn("try again in a moment", each.message)
        libcluster.wait_for(lambda: webhook.metrics()["secret_hygiene_inventory_synced"] == 0, "the metric says so")

    def test_where_there_are_no_ledgers_they_are_made_and_cool(self):
        self.delete_ledgers()
        webhook = self.start(self.policies(POLICIES), arguments=self.arguments("strict"))
        libcluster.wait_for(lambda: len(self.ledgers()) == NAMESPACE_LEDGERS, "ledgers are made")
        self.register(webhook, "Fail")
        self.assertEqual({each["cooling"] for each in self.ledgers().values()}, {"true"})
        self.assert_cools(webhook, "allow", f"{LEDGER_NAME}-0", "")
        # Else nothing would be judged at all in the first minute of an installation.
        libcluster.wait_for(lambda: webhook.get_plain("/readyz").status == 200, "it is ready while they cool")

    # Sizes.

    def test_a_forged_size_is_corrected_when_the_webhook_is_called(self):
        self.count(SUM)
        forged = {"annotations": {BYTES: "1"}}
        self.created("forged", metadata=forged, data=data(40 * KI))
        self.assertEqual(self.secret("forged")["metadata"]["annotations"][BYTES], str(40 * KI))
        self.denied("more", data=data(40 * KI))
        for value in ("0", "", "many", "-1", "99999999999999999999", None):
            self.assertEqual(self.update("forged", metadata={"annotations": {BYTES: value}}).status, 200, value)
            self.assertEqual(self.secret("forged")["metadata"]["annotations"][BYTES], str(40 * KI), value)
        self.assertIn("would hold 80Ki of 64Ki", self.denied("more", data=data(40 * KI)))
        self.created("less", data=data(24 * KI))

    def test_a_size_that_is_no_number_or_missing_is_measured(self):
        for number, value in enumerate(("many", "-1", "", "1e3", "99999999999999999999999", None)):
            annotations = {} if value is None else {BYTES: value}
            self.created(f"s{number}", metadata={"annotations": annotations}, data=data(10 * KI))
        webhook = self.count(SUM, "local", "--when-counts-unknown", "deny")
        libcluster.wait_for(lambda: self.create("probe", "?dryRun=All", data=data(4 * KI)).status == 201, "all are measured")
        self.assertIn("would hold 65Ki of 64Ki", self.denied("more", data=data(5 * KI)))
        self.assertFalse([line for line in webhook.process.lines if "AAAA" in line])

    def test_a_size_that_was_forged_before_the_webhook_came_is_believed_until_the_next_write(self):
        self.created("forged", metadata={"annotations": {BYTES: "1"}}, data=data(40 * KI))
        self.count(SUM)
        self.assertEqual(self.create("more", "?dryRun=All", data=data(40 * KI)).status, 201)
        self.kubectl("annotate", "secret", "forged", BYTES + "-")
        self.assertEqual(self.secret("forged")["metadata"]["annotations"][BYTES], str(40 * KI))
        self.assertIn("would hold 80Ki of 64Ki", self.denied("more", data=data(40 * KI)))

    # Clients that never give up.

    def test_a_storm_of_denied_writes_is_no_storm_of_lists(self):
        self.storm("local", "LIST", "PATCH")

    def test_a_storm_of_denied_writes_is_no_storm_of_markers(self):
        self.storm("strict", "PATCH", "LIST")

    def storm(self, mode, verb, other):
        """A hundred writes a second for five seconds. `verb`: how this way of counting asks before it denies."""
        self.count(POLICIES, mode, "--when-counts-unknown", "deny")
        self.created("a")
        self.created("b")
        before = {each: requests_served(self.api, resource="secrets", verb=each) for each in (verb, other)}
        burst = Burst(libcluster.running, self.namespace, writes=500, clients=100).start().join(120)
        asked = {each: requests_served(self.api, resource="secrets", verb=each) - before[each] for each in before}
        self.assertEqual((burst.broken, burst.stored, len(burst.denied)), ([], [], 500), burst.again)
        # At most ten confirmations a second of one scope; the first and the last may be cut off.
        self.assertGreater(asked[verb], 0)
        self.assertLessEqual(asked[verb], math.ceil(10 * burst.seconds) + 1)
        self.assertEqual(asked[other], 0)

    # What must be there.

    def test_without_permission_to_list_secrets_it_says_so_and_is_not_ready(self):
        webhook = self.start(self.policies(POLICIES), arguments=self.arguments("local", user="alice"))
        said = webhook.wait_for_event("Secrets could not be listed")
        self.assertIn('User "alice" cannot list resource "secrets"', said["error"].replace("\\", ""))
        answer = webhook.get_plain("/readyz?verbose")
        self.assertEqual(answer.status, 503, answer.body)
        self.register(webhook, "Fail")
        self.assertIn("the list of Secrets is not read yet", self.created("a").warnings[0])
        self.assertGreater(unknown(webhook, "not_synced"), 0)

    def test_it_refuses_to_count_for_anybody_or_without_an_api_server(self):
        directory = self.policies(POLICIES)
        arguments = self.arguments("local")
        missing = self.directory / "missing"
        for given, words in ((arguments[2:], "give --client-ca or --endpoint-token"),
                             ([*arguments[:2], "--kubeconfig", missing], "for which the API server must be asked: ")):
            status, said = self.fails_to_start(directory, arguments=given)
            self.assertEqual(status, 2, said)
            self.assertIn(words, said)
            self.assertIn('policy "quota" sets a limit across Secrets', said)


if __name__ == "__main__":
    unittest.main()
