"""What clients get of limits across Secrets, in both ways of counting: sums of bytes, warnings, dry runs, other policies."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libcounting  # noqa: E402
from libcounting import by_limit, counting, data  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

KI = 1024
DENIED = 'admission webhook "validate.secret-hygiene.io" denied the request: '


class Limits:
    """What holds for both; the classes below say which."""

    mode = ""

    def count_with(self, *others, **spec):
        return self.count(libcluster.policies(counting(**spec)), self.mode, *others)

    def reloadable(self, **spec):
        """A webhook, and what gives it another policy: returns once that is in force, and listed where it must be."""
        directory = libcluster.libwebhook.KubeletDirectory(self.directory / "reloaded")
        directory.swap({"policies.yaml": counting(**spec)})
        webhook = self.count(directory, self.mode, "--when-counts-unknown", "deny")

        def reload(listed=False, **changed):
            loaded = len(webhook.events())
            directory.swap({"policies.yaml": counting(**changed)})
            webhook.wait_for_event("policies reloaded", after=loaded)
            if listed:
                webhook.wait_for_event("Secrets are listed", after=loaded)
        return webhook, reload

    def test_a_denial_names_what_is_full_and_the_oldest(self):
        self.count_with(limits={"secretsPerNamespace": 2})
        for name in ("first", "second"):
            self.kubectl("create", "secret", "generic", name)
        denied = self.kubectl("create", "secret", "generic", "third", check=False)
        self.assertEqual(denied.status, 1)
        holds = f'namespace {self.namespace} holds 2 of 2 Secrets that policy "quota" counts; delete some first '
        self.assertIn("error: failed to create secret " + DENIED + holds, denied.stderr)
        self.assertRegex(denied.stderr, r"\(the oldest: (first, second|second, first)\)\. Or ask the platform team\.\n$")
        # An apply of what is stored takes no place.
        self.kubectl("apply", "-f", self.manifest("first", metadata={"labels": {"a": "b"}}))
        self.assertEqual(self.labels("first"), {"a": "b"})
        self.kubectl("delete", "secret", "first")
        self.kubectl("create", "secret", "generic", "third")

    def test_a_warning_from_warn_at_on(self):
        self.count_with(limits={"secretsPerNamespace": 5}, warnAt="80%")
        warnings = [self.created(f"s{number}").warnings for number in range(5)]
        self.assertEqual(warnings[:3], [[], [], []])
        for number in (4, 5):
            self.assertEqual(warnings[number - 1], [
                f'namespace {self.namespace} holds {number} of 5 Secrets that policy "quota" counts, '
                "including this one. Or ask the platform team."])

    def test_a_dry_run_takes_no_place_and_is_told_the_same(self):
        self.count_with(limits={"secretsPerNamespace": 2})
        for number in range(5):
            self.assertEqual(self.create(f"dry-{number}", "?dryRun=All").status, 201)
        self.created("a")
        self.created("b")
        self.assertTrue(by_limit(self.create("c", "?dryRun=All")))
        self.assertEqual(sorted(self.stored()), ["a", "b"])

    def test_a_sum_of_bytes_to_the_byte(self):
        self.count_with(limits={"bytesPerNamespace": "64Ki"}, allowGrowth="4Ki")
        for name, size in (("a", 30 * KI), ("b", 20 * KI + 1), ("c", 0), ("d", 10 * KI)):
            self.created(name, data=data(size))
        self.assertIn(f"namespace {self.namespace} would hold 65537 of 65536 bytes", self.denied("e", data=data(4 * KI)))
        self.created("e", data=data(4 * KI - 1))
        self.denied("f", data=data(1))
        self.created("f")
        # What grows by more than allowGrowth must fit, and what grows by no more is counted all the same.
        self.assertTrue(by_limit(self.update("a", data=data(34 * KI + 1))))
        self.assertEqual(self.update("a", data=data(34 * KI)).status, 200)
        self.assertEqual(self.update("a", metadata={"labels": {"a": "b"}}).status, 200)
        self.assertEqual(self.update("b", data=data(1)).status, 200)
        self.denied("g", data=data(16 * KI + 1))
        self.assertEqual(self.update("c", data=data(16 * KI)).status, 200)
        self.denied("g", data=data(1))
        self.delete("a")
        self.created("g", data=data(34 * KI))
        self.denied("h", data=data(1))

    def test_a_namespace_that_is_deleted_frees_what_it_held(self):
        self.count_with(match={"namespaces": [self.namespace, "other"]},
                        limits={"secretsPerNamespace": 5, "secretsPerCluster": 6})
        for _ in range(2):
            self.admin("create", "namespace", "other")
            for number in range(4):
                self.assertEqual(self.api.create("other", libapi.secret(f"s{number}")).status, 201)
            self.created("a")
            self.created("b")
            self.assertIn("the cluster holds 6 of 6 Secrets", self.denied("c"))
            self.admin("delete", "namespace", "other")
            self.created("c")
            for name in "abc":
                self.delete(name)

    def test_a_limit_below_what_is_stored_stops_only_growth(self):
        limits = {"secretsPerNamespace": 5, "bytesPerNamespace": "1Mi"}
        _, reload = self.reloadable(limits=limits)
        for number in range(4):
            self.created(f"s{number}", data=data(KI))
        reload(limits={"secretsPerNamespace": 2, "bytesPerNamespace": "2Ki"})
        self.assertIn("holds 4 of 2 Secrets", self.denied("more"))
        self.assertEqual(self.update("s0", metadata={"labels": {"a": "b"}}).status, 200)
        self.assertEqual(self.update("s0", data=data(KI - 1)).status, 200)
        self.assertTrue(by_limit(self.update("s1", data=data(KI + 1))))
        self.delete("s0")
        self.delete("s1")
        self.denied("more")
        self.delete("s2")
        self.created("more", data=data(KI))
        self.assertEqual(sorted(self.stored()), ["more", "s3"])

    def test_other_policies_are_counted_from_what_is_known(self):
        limits = {"secretsPerNamespace": 2}
        _, reload = self.reloadable(mode="Warn", limits=limits)
        self.created("a")
        self.created("b")
        # What only warns has no entry: it counts once the watch shows it.
        libcluster.wait_for(lambda: self.create("c", "?dryRun=All").warnings, "both are seen")
        self.assertIn("holds 2 of 2 Secrets", self.created("c").warnings[0])
        reload(limits=limits)
        self.assertIn("holds 3 of 2 Secrets", self.denied("d"))
        other = "example.com/other"
        for name in ("x", "y"):
            self.assertTrue(by_limit(self.create(name, kind=other)))
        reload(listed=True, limits=limits, match={"namespaces": ["test-*"], "types": [other]})
        self.created("d")
        self.created("x", kind=other)
        self.created("y", kind=other)
        self.assertIn("holds 2 of 2 Secrets", self.denied("z", kind=other))


class Local(Limits, libcounting.CountingTest):
    mode = "local"


class Strict(Limits, libcounting.CountingTest):
    mode = "strict"


if __name__ == "__main__":
    unittest.main()
