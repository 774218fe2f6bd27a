"""`prune` on a real API server, beside real Helm 3 and 4, and through faults."""

import json
import pathlib
import stat
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libhousekeeping  # noqa: E402
from libhousekeeping import Meanwhile, Process, revision  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop


class Prune(libhousekeeping.HousekeepingTest):
    def prune(self, *arguments, status=0, user="admin"):
        where = () if "-A" in arguments else ("-n", self.namespace)
        return self.hygiene("prune", *where, "--min-age", "0s", "--qps", "0", "-o", "json", *arguments,
                            status=status, user=user)

    def summary(self, done):
        """The counts that are not 0."""
        return {name: value for name, value in done.json()["summary"].items()
                if value and name not in ("applied", "interrupted", "bytesPlanned", "bytesFreed")}

    def prune_slowly(self):
        """Twenty deletes a second, for something to happen meanwhile."""
        return Process(self, "prune", "-n", self.namespace, "--min-age", "0s", "--keep", "2", "--apply", "-o", "json")

    def wait_for_deleted(self, stored, count):
        libcluster.wait_for(lambda: len(self.numbers("web")) <= stored - count, f"{count} revisions are deleted")

    def helm_works_after_it(self, helm):
        self.release("web", 14, helm)
        self.assertEqual(self.summary(self.prune("--keep", "3")), {"releases": 1, "revisions": 15, "planned": 11})
        self.assertEqual(len(self.history("web", helm)), 15)
        done = self.prune("--keep", "3", "--apply", "--sizes")
        self.assertEqual(self.summary(done), {"releases": 1, "revisions": 15, "deleted": 11})
        self.assertGreater(done.json()["summary"]["bytesFreed"], 11 * 100)
        kept = {12: "superseded", 13: "superseded", 14: "superseded", 15: "deployed"}
        self.assertEqual(self.history("web", helm), kept)
        self.assertEqual(self.summary(self.prune("--keep", "3", "--apply")), {"releases": 1, "revisions": 4})
        self.helm(helm, "rollback", "web", "13")
        self.assertEqual(self.colour(), "c11")
        self.helm(helm, "upgrade", "web", self.chart(), "--set", "colour=new")
        self.assertEqual(self.colour(), "new")
        self.assertEqual(self.history("web", helm)[17], "deployed")
        self.helm(helm, "uninstall", "web")
        self.assertEqual(self.numbers("web"), [])

    def colour(self):
        return self.kubectl("get", "configmap", "web", "-o", "jsonpath={.data.colour}").stdout

    def test_helm_3_rolls_back_and_upgrades_after_it(self):
        self.helm_works_after_it(3)

    def test_helm_4_rolls_back_and_upgrades_after_it(self):
        self.helm_works_after_it(4)

    def test_statuses_that_helm_gives_are_left_where_they_must_be(self):
        self.release("web", 4)
        # An upgrade that Helm did not end, as after a kill: Helm writes the status into label and release alike.
        with libapi.Api() as api:
            self.assertEqual(api.create(self.namespace, revision("web", 6, 0)).status, 201)
        self.kubectl("label", "secret", "sh.helm.release.v1.web.v6", "status=pending-upgrade", "--overwrite")
        self.kubectl("label", "secret", "sh.helm.release.v1.web.v2", "status=failed", "--overwrite")
        self.prune("--keep", "1", "--keep-failed", "0", "--apply")
        self.assertEqual(self.numbers("web"), [4, 5, 6])

    def test_helm_rolls_back_to_the_last_good_revision_after_many_failures(self):
        self.release("web", 1)
        # The API server refuses the second object: Helm keeps the revision as failed.
        self.file("chart/templates/bad.yaml", "{{ if .Values.bad }}apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.bad }}\n{{ end }}")
        for _ in range(4):
            self.helm(3, "upgrade", "web", self.directory / "chart", "--set", "bad=Not_A_Name", "--history-max", "0", check=False)
        self.assertEqual(self.history("web"), {1: "superseded", 2: "deployed", 3: "failed", 4: "failed", 5: "failed", 6: "failed"})
        self.helm(3, "upgrade", "web", self.chart(), "--set", "colour=good", "--history-max", "0")
        self.prune("--keep", "2", "--apply")
        self.assertEqual(self.history("web"), {1: "superseded", 2: "superseded", 6: "failed", 7: "deployed"})
        self.helm(3, "rollback", "web", "2")
        self.assertEqual(self.colour(), "c0")

    def test_a_variable_turns_no_dry_run_into_deletes(self):
        self.fill("web", 4)
        done = self.hygiene("prune", "-n", self.namespace, "--min-age", "0s", "--keep", "1",
                            environment={"SECRET_HYGIENE_APPLY": "true"})
        self.assertIn("2 planned", done.stdout)
        self.assertEqual(self.numbers("web"), [1, 2, 3, 4])

    def test_a_release_that_was_just_written_is_left_alone(self):
        self.release("web", 3)
        done = self.hygiene("prune", "-n", self.namespace, "--keep", "1", "--apply", "-o", "json")
        self.assertEqual(done.json()["releases"][0]["leftAlone"], "young")
        self.assertEqual(self.numbers("web"), [1, 2, 3, 4])

    def test_foreign_content_and_names_with_dots(self):
        self.release("my.web.v1", 3)
        self.release("web", 1)
        with libapi.Api() as api:
            foreign = revision("web", 7, 0)
            foreign["metadata"]["labels"]["name"] = "other"
            for secret in (foreign, libapi.secret("anything", libcluster.HELM_TYPE, stringData={"release": "x"})):
                self.assertEqual(api.create(self.namespace, secret).status, 201)
        done = self.prune("--keep", "1", "--apply")
        self.assertEqual([entry["name"] for entry in done.json()["foreign"]], ["anything", "sh.helm.release.v1.web.v7"])
        self.assertEqual(self.numbers("my.web.v1"), [3, 4])
        self.assertEqual(self.history("my.web.v1"), {3: "superseded", 4: "deployed"})
        self.kubectl("get", "secret", "anything", "sh.helm.release.v1.web.v7")
        self.helm(3, "rollback", "my.web.v1", "3")

    def test_a_backup_restores_what_helm_can_go_back_to(self):
        self.release("web", 4)
        before = self.history("web")
        backup = self.directory / "backup"
        self.prune("--keep", "1", "--apply", "--backup", backup)
        self.assertEqual(self.numbers("web"), [4, 5])
        files = sorted((backup / self.namespace).iterdir())
        self.assertEqual([path.name for path in files], [f"sh.helm.release.v1.web.v{number}.json" for number in (1, 2, 3)])
        for path in files:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(backup.stat().st_mode), 0o700)
        self.kubectl("create", "-f", backup / self.namespace)
        self.assertEqual(self.history("web"), before)
        self.helm(3, "rollback", "web", "2")
        self.assertEqual(self.colour(), "c0")

    def test_a_full_disk_stops_before_any_delete(self):
        with libapi.Api() as api:
            for number, size in ((1, 300), (2, 60_000), (3, 300), (4, 300)):
                self.assertEqual(api.create(self.namespace, revision("web", number, 4, size)).status, 201)
        # The first fits into a file, the second does not.
        done = Process(self, "prune", "-n", self.namespace, "--min-age", "0s", "--keep", "1", "--apply", "--backup",
                       self.directory / "backup", file_bytes_max=16_384).wait()
        self.assertEqual(done.status, 2, done.stdout)
        self.assertIn("web.v2 cannot be written: File too large; nothing was deleted", done.stderr)
        self.assertEqual(self.numbers("web"), [1, 2, 3, 4])
        # What the broken run wrote stays, and is no obstacle.
        self.prune("--keep", "1", "--apply", "--backup", self.directory / "backup")
        self.assertEqual(self.numbers("web"), [3, 4])
        written = {path.name for path in (self.directory / "backup" / self.namespace).iterdir()}
        self.assertEqual(written, {f"sh.helm.release.v1.web.{name}.json" for name in ("v1", "v1.2", "v2")})

    def test_beside_helm_that_upgrades_all_the_time_no_release_is_harmed(self):
        self.release("web", 5)
        chart = self.chart()

        def upgrade(times):
            self.helm(3 + times % 2, "upgrade", "web", chart, "--set", f"colour=m{times}", "--history-max", "5")
        with Meanwhile(upgrade) as others:
            while others.times < 4:
                self.prune("--keep", "2", "--apply")
        history = self.history("web")
        self.assertEqual(history[max(history)], "deployed")
        self.assertEqual(self.colour(), f"m{others.times - 1}")
        self.helm(4, "rollback", "web", str(max(history) - 1))

    def test_ctrl_c_leaves_a_true_report_and_the_next_run_does_the_rest(self):
        self.fill("web", 60)
        process = self.prune_slowly()
        self.wait_for_deleted(60, 3)
        process.interrupt()
        done = process.wait()
        summary = done.json()["summary"]
        stored = self.numbers("web")
        self.assertEqual((done.status, summary["interrupted"], summary["deleted"]), (130, True, 60 - len(stored)))
        self.assertEqual(summary["deleted"] + summary["planned"], 57)
        self.prune("--keep", "2", "--apply")
        self.assertEqual(self.numbers("web"), [58, 59, 60])

    def test_an_api_server_that_restarts_is_waited_for(self):
        self.fill("web", 60)
        process = self.prune_slowly()
        self.wait_for_deleted(60, 3)
        libcluster.running.stop_process("kube-apiserver")
        libcluster.running.start_process("kube-apiserver")
        done = process.wait()
        self.assert_outlived_a_restart(done)
        self.assertEqual(done.json()["summary"]["deleted"], 57)
        self.assertEqual(self.numbers("web"), [58, 59, 60])

    def test_a_namespace_that_goes_away_is_no_failure(self):
        self.fill("web", 60)
        process = self.prune_slowly()
        self.wait_for_deleted(60, 3)
        self.admin("delete", "namespace", self.namespace, "--wait=false")
        done = process.wait()
        summary = done.json()["summary"]
        self.assertEqual((done.status, summary["failed"]), (0, 0), done.stderr)
        self.assertEqual(summary["deleted"] + summary["gone"] + summary["left"], 57)

    def test_who_may_work_in_one_namespace_only(self):
        self.fill("web", 4)
        self.allow("alice", self.namespace, "get", "list", "delete")
        done = self.prune("-A", "--keep", "1", "--apply", user="alice", status=2)
        self.assertIn("list secrets in all namespaces", done.stderr)
        self.assertIn("-n NAME", done.stderr)
        self.prune("--keep", "1", "--apply", user="alice")
        self.assertEqual(self.numbers("web"), [3, 4])
        self.fill("api", 4)
        self.allow("bob", self.namespace, "get", "list")
        done = self.prune("--keep", "1", "--apply", user="bob", status=1)
        self.assertIn("delete", json.dumps(done.json()["releases"]))
        self.assertEqual(self.numbers("api"), [1, 2, 3, 4])


class CronJob(libhousekeeping.JobTest):
    def test_the_dry_run_says_what_would_go_and_the_other_deletes_it(self):
        self.fill("web", 13)
        self.assertIn("2 planned", self.run_job("prune", replaced={"--min-age": "0s"}).stdout)
        self.assertEqual(self.numbers("web"), list(range(1, 14)))
        self.assertIn("2 deleted", self.run_job("prune", "prune-apply", replaced={"--min-age": "0s"}).stdout)
        self.assertEqual(self.numbers("web"), list(range(3, 14)))


if __name__ == "__main__":
    unittest.main()
